"""Done means seen: what a fresh reading says about a change."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from bot.domain.model import (
    Account,
    Assign,
    Change,
    Credential,
    Delete,
    Disable,
    Enable,
    EndSessions,
    Grant,
    HandOver,
    Part,
    Provision,
    Reading,
    Resume,
    Revoke,
    Suspend,
)


class Verdict(StrEnum):
    """What a reading proves about one change."""

    CONFIRMED = "confirmed"
    CONTRADICTED = "contradicted"
    PENDING = "pending"
    UNSEEN = "unseen"


Item = TypeVar("Item")


def judge(change: Change, reading: Reading, settled_at: datetime | None = None) -> Verdict:
    """Whether the reading shows the change. Before `settled_at` a contradiction is only pending.

    Absence in anything but a complete part proves nothing; ids decide, labels and dates do not.
    """
    holds = _holds(change, reading)
    if holds is None:
        return Verdict.UNSEEN
    if holds:
        return Verdict.CONFIRMED
    return Verdict.PENDING if settled_at and reading.at < settled_at else Verdict.CONTRADICTED


def _holds(change: Change, reading: Reading) -> bool | None:
    match change:
        case Revoke(grant):
            return _gone(_grants(reading, grant), reading.grants)
        case Assign(grant):
            return _there(_grants(reading, grant), reading.grants)
        case Disable(credential):
            return _gone((c for c in _credentials(reading, credential) if c.active), _part_of(reading, credential))
        case Enable(credential):
            return _there((c for c in _credentials(reading, credential) if c.active), _part_of(reading, credential))
        case Suspend(account):
            return _gone((a for a in _accounts(reading, account) if a.active is not False), reading.account)
        case Resume(account):
            return _there((a for a in _accounts(reading, account) if a.active), reading.account)
        case Provision(account):
            return _there(_accounts(reading, account), reading.account)
        case Delete(account):
            return _gone(_accounts(reading, account), reading.account)
        case EndSessions():
            return _gone(reading.sessions.items, reading.sessions)
        case HandOver(asset, to):
            found = [a for a in reading.assets.items if a.native_id == asset.native_id]
            if not found or to is None:
                return None
            return to.native_id in found[0].admins


def _grants(reading: Reading, grant: Grant) -> Iterable[Grant]:
    return (g for g in reading.grants.items if g.key == grant.key)


def _accounts(reading: Reading, account: Account) -> Iterable[Account]:
    return (a for a in reading.account.items if a.native_id == account.native_id)


def _credentials(reading: Reading, credential: Credential) -> Iterable[Credential]:
    every = (*reading.credentials.items, *reading.made.items)
    return (c for c in every if c.native_id == credential.native_id)


def _part_of(reading: Reading, credential: Credential) -> Part[Credential]:
    """Personal credentials and those made for machines are two parts, each with its own completeness."""
    in_made = any(c.native_id == credential.native_id for c in reading.made.items)
    return reading.made if in_made or not credential.personal else reading.credentials


def _gone(found: Iterable[Item], part: Part[Item] | Part[Credential] | Part[Account] | Part[Grant]) -> bool | None:
    if any(True for _ in found):
        return False
    return True if part.complete else None


def _there(found: Iterable[Item], part: Part[Item] | Part[Credential] | Part[Account] | Part[Grant]) -> bool | None:
    if any(True for _ in found):
        return True
    return False if part.complete else None
