"""What got lost between the queue and us is queued again: no step is forgotten because a database went away."""

from __future__ import annotations

from datetime import datetime

import structlog

from bot.domain.lifecycle import StepState
from bot.engine.context import Engine, queue
from bot.store import journal, records

log = structlog.get_logger()


def recover(engine: Engine, now: datetime) -> int:
    """Give every step a new attempt that nobody would run any more; returns how many."""
    with engine.db.look() as tx:
        moving = records.in_flight(tx)
    lost = engine.dispatcher.lost(moving) if moving else ()
    for step in lost:
        log.error("step was lost and is queued again", step=step.id, attempt=step.attempt, request=step.request)
        to = StepState.APPLIED if step.state is StepState.APPLIED else StepState.READY
        with engine.db.begin() as tx:
            records.lock(tx, step.request)
            if queue(engine, tx, step, to, now) is not None:
                facts = {"step": step.id, "attempt": step.attempt}
                journal.add(tx, "step.recovered", now, request=step.request, facts=facts)
    return len(lost)
