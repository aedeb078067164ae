"""Deleting the accounts of somebody who left, long after: which may go for good, which stay, and why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bot.domain.by_hand import by_hand, kind_of, once
from bot.domain.model import Account, Change, Delete, Plan, PlannedStep, Suspend, Wave
from bot.domain.planning import Guiding, Keeper, key_of, unguided
from bot.domain.policy import System
from bot.domain.reading import Completeness, Reading

BACK = "This person works here again."
RESTORING = "A request to give back what was taken is open."
WORKS = "It works: it was unlocked since, or was never locked."
SERVICE = "A program uses it."
PROTECTED = "Policy protects this person."
UNREAD = "The system could not be read."
_HIDDEN = frozenset({Completeness.PARTIAL, Completeness.NOT_PERMITTED})


@dataclass(frozen=True, slots=True)
class Seen:
    """One system of somebody who left: what was read, and what its connector can do."""

    system: System
    reading: Reading
    can: frozenset[type[Change]]


def why_kept(account: Account, seen: Reading, can: frozenset[type[Change]]) -> str:
    """Why this account must not be deleted, by what was seen just now; empty where it may. Doubt keeps it."""
    if account.service:
        return SERVICE
    if account.active and Suspend in can:
        return WORKS
    for part in (seen.account, seen.assets, seen.made):
        if part.seen in _HIDDEN:
            return f"Not everything of it could be seen: {part.why}"
    owned = [one for one in seen.assets.items if one.account.native_id == account.native_id and one.sole_admin]
    if owned:
        return f"Nobody else is in charge of {once(owned[0].kind, owned[0].label)}."
    made = [one for one in seen.made.items if one.account.native_id == account.native_id and one.active]
    return f"A program may use {once(made[0].kind, made[0].label)}, which hangs on it." if made else ""


def kept(one: Seen) -> Iterator[tuple[Account, str]]:
    """The accounts of a system that stay, each with its reason."""
    for account in one.reading.account.items:
        if why := why_kept(account, one.reading, one.can):
            yield account, why


def erase_plan(every: list[Seen], keeper: Keeper, guiding: Guiding = unguided) -> Plan:
    """One line for each account that may go; nothing brings it back. By hand where no program can do it."""
    lines: list[PlannedStep] = []
    for one in every:
        stay = {account.native_id for account, _why in kept(one)}
        for account in one.reading.account.items:
            if account.native_id not in stay:
                lines.append(_line(one, account, len(lines) + 1, keeper, guiding))
    return Plan(tuple(lines))


def _line(one: Seen, account: Account, number: int, keeper: Keeper, guiding: Guiding) -> PlannedStep:
    key, change = one.system.key, Delete(account)
    why = one.reading.cannot.get(kind_of(Delete), "")
    if Delete in one.can and not why:
        return PlannedStep(number, key, Wave.TASKS, change, reversible=False)
    task = by_hand(one.system, change, key_of(key, change), why, guiding(key, change))
    return PlannedStep(number, key, Wave.TASKS, task, reversible=False, assignee=keeper(key))


def goes_with(account: Account, seen: Reading) -> Iterator[str]:
    """What ends with an account for good: what it still holds, as far as the system shows it."""
    mine = account.native_id
    yield from (once(g.entitlement.kind, g.entitlement.label) for g in seen.grants.items if g.account.native_id == mine)
    for part in (seen.credentials, seen.made):
        yield from (once(one.kind, one.label) for one in part.items if one.account.native_id == mine)
    yield from (once(one.kind, one.label) for one in seen.assets.items if one.account.native_id == mine)
