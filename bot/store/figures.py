"""What can be counted about the work without naming anybody: systems, states, ages in seconds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.domain.lifecycle import OPEN_REQUESTS, RequestState, StepState
from bot.store import chat_tables as c
from bot.store import halts
from bot.store import tables as t
from bot.store.database import Tx
from bot.store.instant import Instant

_ALIVE = timedelta(seconds=6)
_OPEN = [state.value for state in OPEN_REQUESTS]
_REMOVALS = ("revoke", "disable", "suspend", "end-sessions", "delete")


@dataclass(frozen=True, slots=True)
class Figures:
    """One moment. Ages are in seconds, 0 where nothing waits."""

    overdue: float
    steps: dict[tuple[str, str], int]
    queued: dict[str, tuple[int, float]]
    retries: dict[str, int]
    breakers: dict[str, bool]
    outbox: tuple[int, float]
    replicas: dict[str, int]
    paused: bool = False


def read(tx: Tx, now: datetime) -> Figures:
    """Everything that is measured, of the requests that are not over."""
    return Figures(
        overdue=_age(_oldest_overdue(tx, now), now),
        steps=_steps(tx),
        queued=_queued(tx, now),
        retries=_retries(tx),
        breakers=_breakers(tx),
        outbox=_outbox(tx, now),
        replicas=_replicas(tx, now),
        paused=halts.now(tx) is not None,
    )


def _age(since: datetime | None, now: datetime) -> float:
    return max(0.0, (now - since).total_seconds()) if since else 0.0


def _oldest_overdue(tx: Tx, now: datetime) -> datetime | None:
    """Since when something should be gone that is not: access past its end, a leaver past the start."""
    step, request = t.steps.c, t.requests.c
    removal = sa.and_(step.ended_at.is_(None), step.kind == "apply", step.action["kind"].as_string().in_(_REMOVALS))
    ends = sa.select(sa.func.min(request.until)).join(t.steps).where(removal, request.state == "running")
    waits = sa.select(sa.func.min(step.due)).join(t.requests).where(removal, step.state == StepState.WAITING.value)
    planned = [RequestState.APPROVED.value, RequestState.SCHEDULED.value]
    starts = sa.select(sa.func.min(request.starts_at)).where(request.state.in_(planned))
    found = (
        tx.execute(ends.where(request.until <= now)).scalar(),
        tx.execute(waits.where(step.due <= now, request.state == "running")).scalar(),
        tx.execute(starts.where(request.starts_at <= now)).scalar(),
    )
    return min((moment for moment in found if moment), default=None)


def _steps(tx: Tx) -> dict[tuple[str, str], int]:
    step = t.steps.c
    query = sa.select(step.state, step.system, sa.func.count()).join(t.requests)
    rows = tx.execute(query.where(t.requests.c.state.in_(_OPEN)).group_by(step.state, step.system))
    return {(state, system): count for state, system, count in rows}


def _queued(tx: Tx, now: datetime) -> dict[str, tuple[int, float]]:
    """What could run now and does not yet, by system, and the age of the oldest."""
    step, request = t.steps.c, t.requests.c
    since = sa.func.coalesce(step.due, step.applied_at, step.first_tried_at, request.started_at, request.created_at)
    rows = tx.execute(
        sa.select(step.system, sa.func.count(), sa.type_coerce(sa.func.min(since), Instant))
        .join(t.requests)
        .where(
            step.state.in_([StepState.READY.value, StepState.APPLIED.value]),
            step.kind != "task",
            sa.or_(step.due.is_(None), step.due <= now),
            request.state.in_([RequestState.PLANNING.value, RequestState.RUNNING.value]),
            request.stopped_at.is_(None),
        )
        .group_by(step.system),
    )
    return {system: (count, _age(oldest, now)) for system, count, oldest in rows}


def _retries(tx: Tx) -> dict[str, int]:
    step = t.steps.c
    rows = tx.execute(sa.select(step.system, sa.func.sum(step.tries - 1)).where(step.tries > 1).group_by(step.system))
    return {system: int(count) for system, count in rows}


def _breakers(tx: Tx) -> dict[str, bool]:
    rows = tx.execute(sa.select(t.breakers.c.system, t.breakers.c.opened_at))
    return {system: opened is not None for system, opened in rows}


def _outbox(tx: Tx, now: datetime) -> tuple[int, float]:
    notice = c.notices.c
    query = sa.select(sa.func.count(), sa.func.min(notice.at)).where(notice.sent_at.is_(None))
    count, oldest = tx.execute(query).one()
    return count, _age(oldest, now)


def _replicas(tx: Tx, now: datetime) -> dict[str, int]:
    replica = t.replicas.c
    query = sa.select(replica.role, sa.func.count()).where(replica.seen_at > now - _ALIVE).group_by(replica.role)
    return dict(row._tuple() for row in tx.execute(query))  # noqa: SLF001 - SQLAlchemy's public name
