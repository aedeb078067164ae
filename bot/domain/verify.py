"""Done means seen: what a fresh reading says about a change."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

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
    Provision,
    Resume,
    Revoke,
    Suspend,
)
from bot.domain.reading import Part, Reading


class Verdict(StrEnum):
    """What a reading proves about one change."""

    CONFIRMED = "confirmed"
    CONTRADICTED = "contradicted"
    PENDING = "pending"
    UNSEEN = "unseen"


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
            return _off(*_credentials(reading, credential))
        case Enable(credential):
            return _on(*_credentials(reading, credential))
        case Suspend(account):
            return _off([a.active for a in _accounts(reading, account)], reading.account)
        case Resume(account):
            return _on([a.active for a in _accounts(reading, account)], reading.account)
        case Provision(account):
            return _there(_accounts(reading, account), reading.account)
        case Delete(account):
            return _gone(_accounts(reading, account), reading.account)
        case EndSessions():
            return _gone(reading.sessions.items, reading.sessions)
        case HandOver(asset, to):  # pragma: no branch (the last kind there is)
            found = [a for a in reading.assets.items if a.native_id == asset.native_id]
            if not found or to is None:
                return None
            return to.native_id in found[0].admins


def _grants(reading: Reading, grant: Grant) -> list[Grant]:
    return [g for g in reading.grants.items if g.key == grant.key]


def _accounts(reading: Reading, account: Account) -> list[Account]:
    return [a for a in reading.account.items if a.native_id == account.native_id]


def _credentials(reading: Reading, credential: Credential) -> tuple[list[bool | None], Part[Credential]]:
    """Whether it is active wherever it is seen, and the part it belongs to.

    Personal credentials and those made for machines are two parts, each with its own completeness.
    """
    every = (*reading.credentials.items, *reading.made.items)
    part = reading.credentials if credential.personal else reading.made
    return [c.active for c in every if c.native_id == credential.native_id], part


def _gone(found: Sequence[object], part: Part[Any]) -> bool | None:
    if found:
        return False
    return True if part.complete else None


def _there(found: Sequence[object], part: Part[Any]) -> bool | None:
    gone = _gone(found, part)
    return None if gone is None else not gone


def _off(states: Sequence[bool | None], part: Part[Any]) -> bool | None:
    """Seen and inactive is proof in any part; not seen at all only in a complete one."""
    return all(state is False for state in states) if states else _gone(states, part)


def _on(states: Sequence[bool | None], part: Part[Any]) -> bool | None:
    return any(states) if states else _there(states, part)
