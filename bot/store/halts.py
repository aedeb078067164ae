"""The times in which Usher itself made no change but containment: at most one of them is open."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from bot.domain.lifecycle import RequestState, StepState
from bot.domain.model import PersonId, RequestId, StepId, Trigger, Wave
from bot.store import tables as t
from bot.store.database import Tx, insert
from bot.store.undo_tables import halts as h

_OPEN = sa.select(h).where(h.c.ended_at.is_(None))  # asked before each change, so it is built once
_GIVES = ("assign", "enable", "resume")

# What a pause keeps back: every change but those that lock or take something away at once.
KEPT_BACK = sa.and_(
    t.steps.c.kind == "apply",
    t.steps.c.state == StepState.READY.value,
    sa.or_(t.steps.c.wave != Wave.CONTAIN.value, t.steps.c.action["kind"].as_string().in_(_GIVES)),
)
MOVES = sa.not_(sa.and_(KEPT_BACK, sa.exists().where(h.c.ended_at.is_(None))))

# What Stop holds of a request is all of it, but for what takes back again what a restore gave.
GOES_ON = sa.or_(
    t.requests.c.stopped_at.is_(None),
    sa.and_(
        t.requests.c.trigger == Trigger.RESTORE.value,
        t.steps.c.wave == Wave.CONTAIN.value,
        t.steps.c.action["kind"].as_string().not_in(_GIVES),
    ),
)


@dataclass(frozen=True, slots=True)
class Halt:
    """Who paused Usher, when, and why."""

    id: int
    by: PersonId
    at: datetime
    why: str = ""


def now(tx: Tx) -> Halt | None:
    """The pause in force, if there is one."""
    row = tx.execute(_OPEN).one_or_none()
    return Halt(int(row.id), row.by, row.at, row.why) if row else None


def begin(tx: Tx, by: PersonId, at: datetime, why: str) -> bool:
    """Pause; False when somebody was faster."""
    fresh = insert(tx, h).values(by=by, at=at, why=why).on_conflict_do_nothing().returning(h.c.id)
    return tx.execute(fresh).one_or_none() is not None


def end(tx: Tx, key: int, by: PersonId, at: datetime) -> bool:
    """Go on; False when it was over already."""
    mine = sa.and_(h.c.id == key, h.c.ended_at.is_(None))
    return tx.execute(sa.update(h).where(mine).values(ended_by=by, ended_at=at)).rowcount == 1


def running(tx: Tx) -> tuple[RequestId, ...]:
    """Requests whose work goes on, or would."""
    query = sa.select(t.requests.c.id).where(t.requests.c.state == RequestState.RUNNING.value)
    return tuple(tx.execute(query.order_by(t.requests.c.created_at)).scalars())


def waiting(tx: Tx, limit: int) -> tuple[StepId, ...]:
    """Changes that were kept back and that no Stop holds; their requests are locked, but for those others hold now."""
    rows = tx.execute(
        sa.select(t.steps.c.id)
        .join(t.requests)
        .where(KEPT_BACK, t.requests.c.stopped_at.is_(None), t.requests.c.state == RequestState.RUNNING.value)
        .order_by(t.steps.c.id)
        .limit(limit)
        .with_for_update(of=t.requests, skip_locked=True),
    )
    return tuple(rows.scalars())
