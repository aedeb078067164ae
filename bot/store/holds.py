"""What waits for a person's answer, by its time: what is due, and whom to remind."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa

from bot.domain.hold import HOLDS
from bot.domain.lifecycle import RequestState, StepState
from bot.domain.model import StepId
from bot.domain.request import Step
from bot.store import tables as t
from bot.store.database import Tx
from bot.store.records import to_step
from bot.store.stuck import in_order

_HELD = sa.and_(t.steps.c.state == StepState.HELD.value, t.steps.c.held.in_(sorted(HOLDS)))
_RUNNING = t.requests.c.state == RequestState.RUNNING.value


def any_due(tx: Tx, now: datetime, besides: Collection[StepId]) -> bool:
    """Whether the time of any hold is over, but for stopped requests; nothing is locked."""
    over = sa.and_(_HELD, _RUNNING, t.steps.c.due <= now, t.requests.c.stopped_at.is_(None))
    some = sa.select(t.steps.c.id).join(t.requests).where(over, t.steps.c.id.not_in(besides)).limit(1)
    return tx.execute(some).first() is not None


def any_unreminded(tx: Tx, now: datetime) -> bool:
    """Whether the reminder of any hold is due; nothing is locked."""
    some = sa.select(t.steps.c.id).join(t.requests).where(_HELD, _RUNNING, t.steps.c.reminded_at <= now).limit(1)
    return tx.execute(some).first() is not None


def due(tx: Tx, now: datetime, limit: int, *, besides: Collection[StepId] = ()) -> tuple[Step, ...]:
    """Holds whose time is over, oldest first, but for stopped requests; their requests are locked."""
    return _locked(tx, t.steps.c.due, now, limit, t.steps.c.id.not_in(besides), t.requests.c.stopped_at.is_(None))


def unreminded(tx: Tx, now: datetime, limit: int) -> tuple[Step, ...]:
    """Holds whose reminder is due; their requests are locked."""
    return _locked(tx, t.steps.c.reminded_at, now, limit)


def _locked(
    tx: Tx, at: sa.Column[datetime], now: datetime, limit: int, *only: sa.ColumnElement[bool]
) -> tuple[Step, ...]:
    rows = tx.execute(
        sa.select(t.steps)
        .join(t.requests)
        .where(_HELD, _RUNNING, at <= now, *only)
        .order_by(at, t.steps.c.id)
        .limit(limit)
        .with_for_update(of=t.requests, skip_locked=True),
    )
    return tuple(map(to_step, rows))


def every(tx: Tx) -> tuple[Step, ...]:
    """Every hold of a running request."""
    return in_order(tx.execute(sa.select(t.steps).join(t.requests).where(_HELD, _RUNNING)))
