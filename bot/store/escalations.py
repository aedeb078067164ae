"""Who was told what because others were silent: nobody is told the same thing twice."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from bot.domain.lifecycle import RequestState, StepState
from bot.domain.model import PersonId
from bot.domain.request import Request, Step, StepKind
from bot.store import fallout_tables as f
from bot.store import records
from bot.store import tables as t
from bot.store.database import Tx, insert

_e = f.escalations
_OPEN = (StepState.READY, StepState.HELD, StepState.PARKED, StepState.APPLIED)


@dataclass(frozen=True, slots=True)
class Told:
    """That somebody was told about something, at which level of the chain, and when."""

    about: str
    person: PersonId
    level: int
    at: datetime


def add(tx: Tx, told: Told) -> bool:
    """Write it down; False when this person was told about this before."""
    row = insert(tx, _e).values(about=told.about, person=told.person, level=told.level, at=told.at)
    return tx.execute(row.on_conflict_do_nothing().returning(_e.c.about)).one_or_none() is not None


def told(tx: Tx, about: str) -> tuple[Told, ...]:
    """Everybody who was told about this, in order."""
    rows = tx.execute(sa.select(_e).where(_e.c.about == about).order_by(_e.c.level, _e.c.at, _e.c.person))
    return tuple(Told(row.about, PersonId(row.person), row.level, row.at) for row in rows)


def of_steps(tx: Tx, request: str) -> dict[str, tuple[PersonId, ...]]:
    """Who was told about the steps of a request, by step."""
    mine = _e.c.about.in_(sa.select(t.steps.c.id).where(t.steps.c.request == request))
    found: dict[str, tuple[PersonId, ...]] = {}
    for row in tx.execute(sa.select(_e).where(mine).order_by(_e.c.level, _e.c.at, _e.c.person)):
        found[row.about] = (*found.get(row.about, ()), PersonId(row.person))
    return found


def late(tx: Tx, now: datetime, besides: Collection[str], limit: int) -> tuple[Step, ...]:
    """Open steps past their deadline in requests that go on; `besides` are the kinds of holds that end by themselves.

    An automatic step is late only while something is in its way.
    """
    waits = sa.and_(t.steps.c.state.in_([one.value for one in _OPEN]), t.steps.c.deadline <= now)
    going = sa.and_(t.requests.c.state == RequestState.RUNNING.value, t.requests.c.stopped_at.is_(None))
    by_people = sa.or_(t.steps.c.kind == StepKind.TASK.value, t.steps.c.state == StepState.HELD.value)
    rows = tx.execute(
        sa.select(t.steps)
        .join(t.requests)
        .where(waits, going, t.steps.c.held.not_in(list(besides)), sa.or_(by_people, t.steps.c.error_kind != ""))
        .order_by(t.steps.c.privileged.desc(), t.steps.c.deadline, t.steps.c.id)
        .limit(limit),
    )
    return tuple(records.to_step(row) for row in rows)


def awaiting(tx: Tx) -> tuple[Request, ...]:
    """Requests that wait for people's yes and do not end by themselves."""
    waits = records.open_requests(tx, state=RequestState.AWAITING_APPROVAL)
    return tuple(request for request in waits if request.expires_at is None)
