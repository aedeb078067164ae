"""What is due at a time: steps whose end has come, questions nobody answered, reminders before an end."""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa

from bot.domain.lifecycle import RequestState, StepState
from bot.domain.model import RequestId, StepId, Trigger
from bot.domain.request import Step
from bot.store import records
from bot.store import tables as t
from bot.store.database import Tx

_RUNNING = t.requests.c.state == RequestState.RUNNING.value


def time(tx: Tx, now: datetime) -> datetime:
    """The time of the database, which no replica's clock can lead or lag; on SQLite our own, which is the same."""
    if tx.dialect.name == "sqlite":
        return now
    found: datetime = tx.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
    return found.astimezone(UTC)


def ending(tx: Tx, now: datetime, limit: int) -> tuple[Step, ...]:
    """Steps that waited for a moment which has come, most privileged first, then oldest; their requests are locked.

    Those of a request that somebody else holds right now are left for the next look.
    """
    rows = tx.execute(
        sa.select(t.steps)
        .join(t.requests)
        .where(t.steps.c.state == StepState.WAITING.value, t.steps.c.due <= now, _RUNNING)
        .where(t.requests.c.stopped_at.is_(None))
        .order_by(t.steps.c.privileged.desc(), t.steps.c.due, t.steps.c.id)
        .limit(limit)
        .with_for_update(of=t.requests, skip_locked=True),
    )
    return tuple(records.to_step(row) for row in rows)


def unanswered(tx: Tx, now: datetime, limit: int) -> tuple[RequestId, ...]:
    """Requests whose time to be answered is over; they are locked."""
    rows = tx.execute(
        sa.select(t.requests.c.id)
        .where(t.requests.c.state == RequestState.AWAITING_APPROVAL.value, t.requests.c.expires_at <= now)
        .order_by(t.requests.c.expires_at)
        .limit(limit)
        .with_for_update(skip_locked=True),
    )
    return tuple(rows.scalars())


def soon(tx: Tx, now: datetime, limit: int) -> tuple[Step, ...]:
    """Steps that will come due, and whose reminder is due already, the next end first."""
    rows = tx.execute(
        sa.select(t.steps)
        .join(t.requests)
        .where(t.steps.c.state == StepState.WAITING.value, t.steps.c.reminded_at <= now, _RUNNING)
        .where(t.requests.c.trigger == Trigger.ACCESS.value)
        .order_by(t.steps.c.due)
        .limit(limit)
        .with_for_update(of=t.steps, skip_locked=True),
    )
    return tuple(records.to_step(row) for row in rows)


def postpone(
    tx: Tx, step_id: StepId, seen: datetime, due: datetime, remind: datetime | None, now: datetime
) -> Step | None:
    """Another end for a step that still waits for the one that was `seen`; None when it came, or is another by now."""
    row = tx.execute(
        sa.update(t.steps)
        .where(t.steps.c.id == step_id, t.steps.c.state == StepState.WAITING.value)
        .where(t.steps.c.due == seen, t.steps.c.due > now)
        .values(due=due, reminded_at=remind)
        .returning(*t.steps.c),
    ).one_or_none()
    return records.to_step(row) if row else None
