"""What is due at a time: steps whose end has come, questions nobody answered, reminders before an end."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from bot.domain.lifecycle import ENDED_STEPS, RequestState, StepState
from bot.domain.model import RequestId, StepId, Trigger
from bot.domain.request import Approval, Request, Step, StepKind
from bot.store import halts, records
from bot.store import tables as t
from bot.store.database import Tx

_RUNNING = t.requests.c.state == RequestState.RUNNING.value


def time(tx: Tx, now: datetime) -> datetime:
    """The time of the database, which no replica's clock can lead or lag; on SQLite our own, which is the same."""
    if tx.dialect.name == "sqlite":
        return now
    found: datetime = tx.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
    return found.astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Waits:
    """Whether anything is to be done: an end, a question that nobody answered, a word before an end."""

    ends: bool
    unanswered: bool
    words: bool


def waits(tx: Tx, now: datetime) -> Waits:
    """What has come, asked in one look that locks nothing: mostly it is nothing."""
    first = (
        _ending(now).with_only_columns(t.steps.c.id).order_by(t.steps.c.due),
        _unanswered(now).order_by(t.requests.c.expires_at),
        _soon(now, Trigger.ACCESS, Trigger.PAUSE).with_only_columns(t.steps.c.id).order_by(t.steps.c.reminded_at),
    )  # not EXISTS, which knows no order: each as its index is sorted, so that open ends are not looked through
    row = tx.execute(sa.select(*(one.limit(1).scalar_subquery() for one in first))).one()
    return Waits(*(found is not None for found in row))


def _ending(now: datetime) -> sa.Select[Any]:
    mine = sa.and_(t.steps.c.state == StepState.WAITING.value, t.steps.c.due <= now)
    return sa.select(t.steps).join(t.requests).where(mine, _RUNNING, halts.GOES_ON)


def _unanswered(now: datetime) -> sa.Select[Any]:
    asked = t.requests.c.state == RequestState.AWAITING_APPROVAL.value
    return sa.select(t.requests.c.id).where(asked, t.requests.c.expires_at <= now)


def _soon(now: datetime, *triggers: Trigger) -> sa.Select[Any]:
    mine = sa.and_(t.steps.c.state == StepState.WAITING.value, t.steps.c.reminded_at <= now, t.steps.c.due > now)
    about = t.requests.c.trigger.in_([trigger.value for trigger in triggers])
    return sa.select(t.steps).join(t.requests).where(mine, _RUNNING, about)


def ending(tx: Tx, now: datetime, limit: int, *, besides: Collection[StepId] = ()) -> tuple[Step, ...]:
    """Steps that waited for a moment which has come, most privileged first, then oldest; their requests are locked.

    Those of a request that somebody else holds right now are left for the next look.
    """
    rows = tx.execute(
        _ending(now)
        .where(t.steps.c.id.not_in(besides))
        .order_by(t.steps.c.privileged.desc(), t.steps.c.due, t.steps.c.id)
        .limit(limit)
        .with_for_update(of=t.requests, skip_locked=True),
    )
    return tuple(records.to_step(row) for row in rows)


def requests(tx: Tx, keys: Collection[str]) -> dict[str, Request]:
    """These requests, by id."""
    return {one.id: one for one in records.many(tx, keys)}


def steps(tx: Tx, keys: Collection[str]) -> dict[str, tuple[Step, ...]]:
    """All steps of these requests, in the order of their plans."""
    found: dict[str, list[Step]] = {key: [] for key in keys}
    rows = tx.execute(sa.select(t.steps).where(t.steps.c.request.in_(keys)).order_by(t.steps.c.number))
    for row in rows:
        found[row.request].append(records.to_step(row))
    return {key: tuple(value) for key, value in found.items()}


def approvals(tx: Tx, keys: Collection[str]) -> dict[str, tuple[Approval, ...]]:
    """Every yes and no to these requests, with the steps it covers."""
    mine = t.approvals.c.request.in_(keys)
    rows = tx.execute(sa.select(t.approvals).where(mine).order_by(t.approvals.c.id))
    items = tx.execute(sa.select(t.approval_items).join(t.approvals).where(mine))
    found: dict[str, list[Approval]] = {key: [] for key in keys}
    for approval in records.to_approvals(rows, items):
        found[approval.request].append(approval)
    return {key: tuple(value) for key, value in found.items()}


def fire(tx: Tx, ids: Collection[StepId]) -> dict[StepId, Step]:
    """Make those of these steps that still wait ready for their next attempt, all with one update."""
    if not ids:
        return {}
    rows = tx.execute(
        sa.update(t.steps)
        .where(t.steps.c.id.in_(ids), t.steps.c.state == StepState.WAITING.value)
        .values(state=StepState.READY.value, attempt=t.steps.c.attempt + 1, due=None, reminded_at=None, takeovers=0)
        .returning(*t.steps.c),
    )
    return {row.id: records.to_step(row) for row in rows}


def unanswered(tx: Tx, now: datetime, limit: int) -> tuple[RequestId, ...]:
    """Requests whose time to be answered is over; they are locked."""
    rows = tx.execute(
        _unanswered(now).order_by(t.requests.c.expires_at).limit(limit).with_for_update(skip_locked=True),
    )
    return tuple(rows.scalars())


def resting(tx: Tx, now: datetime) -> tuple[RequestId, ...]:
    """Leavers contained before their date, which has come: nobody has read their systems since, or all has ended."""
    mine = sa.select(t.steps.c.id).where(t.steps.c.request == t.requests.c.id)
    reads = mine.where(t.steps.c.kind == StepKind.READ.value)
    since = reads.where(sa.or_(t.steps.c.first_tried_at.is_(None), t.steps.c.first_tried_at >= t.requests.c.starts_at))
    left = mine.where(t.steps.c.state.not_in([state.value for state in ENDED_STEPS]))
    rows = tx.execute(
        sa.select(t.requests.c.id)
        .where(t.requests.c.trigger == Trigger.LEAVER.value, _RUNNING)
        .where(t.requests.c.starts_at <= now, t.requests.c.started_at < t.requests.c.starts_at)
        .where(sa.or_(~since.exists(), ~left.exists()))
        .order_by(t.requests.c.starts_at),
    )
    return tuple(rows.scalars())


def soon(tx: Tx, now: datetime, limit: int, *, trigger: Trigger = Trigger.ACCESS) -> tuple[Step, ...]:
    """Steps that will come due, and whose reminder is due already, the oldest first; their requests are locked."""
    rows = tx.execute(
        _soon(now, trigger)
        .order_by(t.steps.c.reminded_at)  # as its index is sorted: a million open ends are not looked through
        .limit(limit)
        .with_for_update(of=t.requests, skip_locked=True),
    )
    return tuple(records.to_step(row) for row in rows)


def waived(tx: Tx, now: datetime, limit: int) -> tuple[Step, ...]:
    """Steps that two people left open until a moment which has come."""
    over = sa.and_(t.steps.c.state == StepState.WAIVED.value, t.steps.c.due <= now)
    rows = tx.execute(sa.select(t.steps).where(over).order_by(t.steps.c.due, t.steps.c.id).limit(limit))
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
