"""The list of every request, open and recent, a page at a time: few questions, however many there are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from bot.domain.lifecycle import ENDED_STEPS, OPEN_REQUESTS, RequestState, StepState
from bot.domain.model import PersonId, Trigger
from bot.domain.request import Request, StepKind
from bot.store import tables as t
from bot.store.database import Tx
from bot.store.records import many

_R = t.requests.c
_OPEN = _R.state.in_([state.value for state in OPEN_REQUESTS])
_WORK = t.steps.c.kind != StepKind.READ.value


@dataclass(frozen=True, slots=True)
class Counts:
    """How many requests are open, how many of those are late, and how many ended not long ago."""

    open: int
    late: int
    recent: int

    @property
    def all(self) -> int:
        """How long the list is."""
        return self.open + self.recent


def counts(tx: Tx, reader: PersonId, now: datetime, since: datetime) -> Counts:
    """How long the list of this reader is."""
    late = sa.and_(_OPEN, _late(now))
    sums = (_OPEN, late, ~_OPEN)
    chosen = (sa.func.coalesce(sa.func.sum(sa.case((one, 1), else_=0)), 0) for one in sums)
    return Counts(*tx.execute(sa.select(*chosen).where(_shown(reader, since))).one())


def page(
    tx: Tx, reader: PersonId, now: datetime, since: datetime, *, start: int = 0, size: int | None = None
) -> tuple[Request, ...]:
    """Some of the list: what is late, then what is open, both the oldest first; then what ended, the newest first."""
    late_first = sa.case((sa.and_(_OPEN, _late(now)), 0), (_OPEN, 1), else_=2)
    opened = sa.case((_OPEN, _R.created_at))
    order = (late_first, opened, _R.closed_at.desc(), _R.id)
    rows = tx.execute(sa.select(_R.id).where(_shown(reader, since)).order_by(*order).offset(start).limit(size))
    keys = rows.scalars().all()
    found = {one.id: one for one in many(tx, keys)} if keys else {}
    return tuple(found[key] for key in keys if key in found)


def _shown(reader: PersonId, since: datetime) -> sa.ColumnElement[bool]:
    """Nobody finds what is about themselves, but for access they asked for; nor a look that found nothing."""
    mine = sa.or_(_R.subject != reader, _R.trigger == Trigger.ACCESS.value)
    found = sa.exists().where(t.steps.c.request == _R.id, _WORK)
    told = sa.or_(_R.trigger != Trigger.RESCAN.value, found)
    return sa.and_(mine, sa.or_(_OPEN, sa.and_(_R.closed_at >= since, told)))


def _late(now: datetime) -> sa.ColumnElement[bool]:
    """Something of it is past its time; or its day has come, and nobody decided yet."""
    living = t.steps.c.state.in_([state.value for state in StepState if state not in ENDED_STEPS])
    overdue = sa.select(t.steps.c.request).where(t.steps.c.deadline <= now, _WORK, living)
    running = sa.and_(_R.state == RequestState.RUNNING.value, _R.id.in_(overdue))
    asked = _R.state.in_([RequestState.PLANNING.value, RequestState.AWAITING_APPROVAL.value])
    dated = sa.and_(_R.trigger != Trigger.ACCESS.value, _R.immediate.is_(False), _R.starts_at > _R.created_at)
    return sa.or_(running, sa.and_(asked, dated, _R.starts_at <= now))
