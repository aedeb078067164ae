"""What a request really changed: told by its own rows, never by what is missing now."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.domain.lifecycle import StepState
from bot.domain.model import Change, SystemKey, Task, Trigger, account_of
from bot.domain.planning import key_of
from bot.domain.request import Request, Step
from bot.store import Tx, journal, records
from connectors.interface import Kind

_MOST = 1_000_000  # rows of one request
_REFUSED = frozenset(kind.value for kind in (Kind.PERMISSION, Kind.PERMANENT, Kind.GONE))


@dataclass(frozen=True, slots=True)
class Taken:
    """In one system: the changes by key, and when each account was first changed. `by_people` were made by hand."""

    keys: frozenset[str]
    changes: tuple[Change, ...]
    first: Mapping[str, datetime]
    by_people: datetime | None = None


def made(tx: Tx, request_id: str) -> frozenset[str]:
    """The ids of the steps that changed something, or may have: not those that found it so already, or were refused."""
    trail = journal.read(tx, request=request_id, limit=_MOST)
    begun = Counter(entry.facts["step"] for entry in trail if entry.kind == "step.started")
    answers = {entry.facts["step"]: entry.facts["result"] for entry in trail if entry.kind == "step.applied"}
    return frozenset(s.id for s in records.steps(tx, request_id) if _made(s, begun[s.id], answers.get(s.id, "")))


def _made(step: Step, begun: int, answer: str) -> bool:
    if step.state is StepState.ATTESTED:
        return True
    if not begun:
        return False
    if answer:
        return answer != "already" or begun > 1  # an earlier try of ours may have done it
    return step.error_kind not in _REFUSED


def family(tx: Tx, request_id: str) -> tuple[Request, ...]:
    """An offboarding, and what locked the accounts for it before it was approved."""
    request = records.get(tx, request_id)
    every = records.about(tx, request.subject) if request else ()
    return tuple(
        one for one in every if one.id == request_id or (one.parent == request_id and one.trigger is Trigger.LOCK)
    )


def taken(tx: Tx, request_id: str) -> Mapping[SystemKey, Taken]:
    """What an offboarding took, by system; what people did by hand because it asked them to is its doing too."""
    by_system: defaultdict[SystemKey, list[Step]] = defaultdict(list)
    for one in family(tx, request_id):
        ours = made(tx, one.id)
        for step in records.steps(tx, one.id):
            if step.id in ours:
                by_system[step.system].append(step)
    found = {key: _of(key, steps) for key, steps in by_system.items()}
    return {key: one for key, one in found.items() if one.keys}


def _of(system: SystemKey, steps: list[Step]) -> Taken:
    keys: set[str] = set()
    changes: list[Change] = []
    first: dict[str, datetime] = {}
    by_people: list[datetime] = []
    for step in steps:
        match step.action:
            case None:
                continue
            case Task(target=target):
                if target.startswith(f"{system}|") and step.ended_at:
                    keys.add(target)
                    by_people.append(step.deadline or step.ended_at)
            case change:
                keys.add(key_of(system, change))
                changes.append(change)
                at = step.first_tried_at or step.ended_at
                account = account_of(change).native_id
                if at is not None:
                    first[account] = min(at, first.get(account, at))
    return Taken(frozenset(keys), tuple(changes), first, min(by_people, default=None))
