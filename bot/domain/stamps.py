"""The six moments that count, for each system and in total: a pure reading of rows that are there anyway."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.lifecycle import RequestState, StepState
from bot.domain.model import SystemKey, Wave
from bot.domain.request import Request, Step, StepKind

PROVEN = frozenset({StepState.CONFIRMED, StepState.ATTESTED, StepState.LAPSED})


@dataclass(frozen=True, slots=True)
class Stamps:
    """When it was asked (T0), approved (T1), contained (T2), all applied (T3), all confirmed (T4), closed (T5).

    None: not yet, or never; what was left open by decision is never confirmed.
    """

    asked: datetime
    approved: datetime | None = None
    contained: datetime | None = None
    applied: datetime | None = None
    confirmed: datetime | None = None
    closed: datetime | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """A promise held against what happened: until when, whether it was kept (None: not known yet), what was late."""

    due: datetime
    kept: bool | None
    reached: datetime | None = None
    late: tuple[Step, ...] = ()


def total(request: Request, steps: Iterable[Step]) -> Stamps:
    """The moments of the whole request."""
    every = tuple(step for step in steps if step.kind is not StepKind.READ)
    found = _stamps(request, every)
    closed = request.closed_at if request.state is RequestState.CLOSED else None
    left = any(step.wave is Wave.CONTAIN and step.ended and step.state not in PROVEN for step in every)
    contained = None if left else request.contained_at
    return Stamps(request.created_at, request.decided_at, contained, request.applied_at, found.confirmed, closed)


def by_system(request: Request, steps: Iterable[Step]) -> Mapping[SystemKey, Stamps]:
    """The moments of each system in which something is to be done, in the order of the plan."""
    found: dict[SystemKey, list[Step]] = {}
    for step in steps:
        if step.kind is not StepKind.READ:
            found.setdefault(step.system, []).append(step)
    return {system: _stamps(request, tuple(mine)) for system, mine in found.items()}


def _stamps(request: Request, steps: tuple[Step, ...]) -> Stamps:
    contain = [_proven(step) for step in steps if step.wave is Wave.CONTAIN]
    automatic = [step for step in steps if step.kind is StepKind.APPLY]
    return Stamps(
        asked=request.created_at,
        approved=request.decided_at,
        contained=_last(contain),
        applied=_last(step.applied_at or step.ended_at for step in automatic),
        confirmed=_last(map(_proven, automatic)),
        closed=_last(step.ended_at for step in steps),
    )


def _proven(step: Step) -> datetime | None:
    """When it ended, if anybody saw that it did; what was left open is never contained, nor confirmed."""
    return step.ended_at if step.state in PROVEN else None


def _last(moments: Iterable[datetime | None]) -> datetime | None:
    """The last of them; None while one has not come, or where there is none."""
    found = list(moments)
    there = [moment for moment in found if moment is not None]
    return max(there) if there and len(there) == len(found) else None


def begins(request: Request) -> datetime | None:
    """When the clock of the promise starts: the chosen moment, or the approval of what begins with it."""
    return request.decided_at if request.contains_at_once else request.starts_at


def deadlines(request: Request, hours: Mapping[Wave, int]) -> Mapping[Wave, datetime]:
    """By when each kind of work is promised; nothing before its clock has started."""
    start = begins(request)
    return {wave: start + timedelta(hours=length) for wave, length in hours.items()} if start else {}


def judged(request: Request, steps: Iterable[Step], promise: timedelta, now: datetime) -> Judged | None:
    """Whether all that ends first had ended, and was proven, within so long; None while no clock has started."""
    start = begins(request)
    if start is None or request.started_at is None:
        return None
    due = start + promise
    contain = [step for step in steps if step.wave is Wave.CONTAIN]
    late = tuple(step for step in contain if (step.ended_at or now) > due)
    left = tuple(step for step in contain if step.ended and step.state not in PROVEN)
    reached = request.contained_at
    if reached is not None:
        return Judged(due, reached <= due and not left, reached, (*late, *(step for step in left if step not in late)))
    return Judged(due, None if now <= due else False, None, late)
