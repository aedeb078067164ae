"""Accounts that should make somebody look: nobody's, of somebody who left, idle, or no person's at all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.model import Account, PersonId

IDLE = timedelta(days=90)


class Finding(StrEnum):
    """Why somebody should look at an account."""

    ORPHAN = "no person is linked to it"
    PROPOSED = "somebody is said to own it, and nobody confirmed that"
    LEFT = "its person has left"
    IDLE = "idle"
    NEVER = "never used"
    SERVICE = "not a person's"


class Activity(StrEnum):
    """What is known about the last use of an account. Unknown is not never."""

    KNOWN = "known"
    NEVER = "never"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose an account is by its link, whether somebody confirmed that, and whether this person still works here."""

    person: PersonId
    confirmed: bool
    works: bool


def activity(account: Account) -> Activity:
    """Whether the vendor tells when the account was last active, says never, or says nothing."""
    if account.last_active is not None:
        return Activity.KNOWN
    return Activity.NEVER if account.used is False else Activity.UNKNOWN


def findings(account: Account, holder: Holder | None, now: datetime, idle: timedelta = IDLE) -> tuple[Finding, ...]:
    """Everything that is odd about one account; nothing for a locked one. What is unknown is never called idle."""
    if account.active is False:
        return ()
    odd: list[Finding] = []
    if account.service:
        odd.append(Finding.SERVICE)
    if holder is None:
        odd.append(Finding.ORPHAN)
    elif not holder.confirmed:
        odd.append(Finding.PROPOSED)
    elif not holder.works:
        odd.append(Finding.LEFT)
    match activity(account):
        case Activity.NEVER:
            odd.append(Finding.NEVER)
        case Activity.KNOWN if account.last_active is not None and now - account.last_active > idle:
            odd.append(Finding.IDLE)
    return tuple(odd)
