"""Who could take over what somebody leaves behind, best first, and why: a person picks, and the one picked accepts."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from bot.domain.model import Account, Asset, Person, PersonId
from bot.domain.planning import MACHINE, SUCCESSOR
from bot.domain.policy import Crew

ACCEPT = "accept"
RENEW = "renew"
KEPT = "kept"  # it stays, and somebody accepted to look after it
QUESTIONS = frozenset({SUCCESSOR, ACCEPT, MACHINE, RENEW})  # after silence somebody else is asked


class Bond(StrEnum):
    """What speaks for a person, the strongest first."""

    ADMINISTERS = "administers it too"
    CHANGED = "made the last change to it"
    MANAGER = "is the manager of whoever leaves"
    TEAM = "works in the same department"
    ACTIVE = "was active there lately"
    REACHES = "can write to it already"
    DECLINED = "said no before"


_ORDER = tuple(Bond)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Somebody who could take over, with their account there and what speaks for them."""

    account: Account
    person: PersonId
    bond: Bond


@dataclass(frozen=True, slots=True)
class Around:
    """What is known of the people around one thing: whose accounts these are, who goes, who said no."""

    crew: Crew
    subject: PersonId
    owners: Mapping[str, PersonId]
    today: date
    going: Collection[PersonId] = ()
    declined: Collection[PersonId] = ()


def able(person: PersonId | None, around: Around) -> bool:
    """Whether somebody may take anything over: works here, is not the leaver, and nobody began to offboard them."""
    if person is None or person == around.subject or person in around.going:
        return False
    return around.crew.working(person, around.today)


def suggest(asset: Asset, around: Around) -> tuple[Suggestion, ...]:
    """Everybody who could take it over, best first; whoever declined comes last and is suggested no more."""
    known = {account.native_id: account for account in asset.candidates}
    found = []
    for account in known.values():
        person = around.owners.get(account.native_id)
        if person is not None and able(person, around):
            found.append(Suggestion(account, person, _bond(asset, account, person, around)))
    return tuple(sorted(found, key=lambda one: _rank(one, around)))


def best(suggestions: tuple[Suggestion, ...]) -> Suggestion | None:
    """Whom to suggest; nobody where all of them said no."""
    return next((one for one in suggestions if one.bond is not Bond.DECLINED), None)


def _bond(asset: Asset, account: Account, person: PersonId, around: Around) -> Bond:
    leaver, theirs = around.crew.people.get(around.subject), around.crew.people.get(person)
    if person in around.declined:
        return Bond.DECLINED
    if account.native_id in asset.admins:
        return Bond.ADMINISTERS
    if asset.last_actor and asset.last_actor in {account.label, account.native_id}:
        return Bond.CHANGED
    if leaver is not None and leaver.manager == person:
        return Bond.MANAGER
    if _same_department(leaver, theirs):
        return Bond.TEAM
    return Bond.ACTIVE if account.last_active else Bond.REACHES


def _same_department(one: Person | None, other: Person | None) -> bool:
    return one is not None and other is not None and bool(one.department) and one.department == other.department


def _rank(one: Suggestion, around: Around) -> tuple[int, float, str]:
    """The strongest bond first, then whoever was active last, then by name so that it is the same each time."""
    active = one.account.last_active.timestamp() if one.account.last_active else 0.0
    known = around.crew.people.get(one.person)
    return (_ORDER.index(one.bond), -active, known.name if known else one.person)
