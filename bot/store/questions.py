"""Questions to people about what somebody leaves behind, as rows."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa

from bot.domain.lifecycle import RequestState, StepState
from bot.domain.request import Step
from bot.store import tables as t
from bot.store.database import Tx
from bot.store.records import to_step


def unanswered(tx: Tx, held: Collection[str], now: datetime) -> tuple[Step, ...]:
    """Steps of running requests that wait for such an answer, past their deadline."""
    late = sa.and_(t.steps.c.state == StepState.HELD.value, t.steps.c.held.in_(held), t.steps.c.deadline <= now)
    running = sa.and_(t.requests.c.state == RequestState.RUNNING.value, t.requests.c.stopped_at.is_(None))
    return tuple(map(to_step, tx.execute(sa.select(t.steps).join(t.requests).where(late, running))))
