"""What got lost between the queue and us is queued again: no step is forgotten because a database went away."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import structlog

from bot.domain.lifecycle import StepState
from bot.domain.request import Step
from bot.engine.context import Engine, requeue
from bot.store import journal, records

log = structlog.get_logger()


def recover(engine: Engine, now: datetime) -> int:
    """Give every step a new attempt that nobody would run any more, when it is due; returns how many."""
    count = 0
    for page in _in_flight(engine):
        for step in engine.dispatcher.lost(page):
            count += _again(engine, step, now)
    return count


def _in_flight(engine: Engine) -> Iterator[tuple[Step, ...]]:
    """Everything that moves, by pages: tens of thousands of steps may wait at once."""
    after = ""
    while True:
        with engine.db.look() as tx:
            page = records.in_flight(tx, after=after)
        if not page:
            return
        yield page
        after = page[-1].id


def _again(engine: Engine, step: Step, now: datetime) -> bool:
    waits = step.due is not None and step.state is not StepState.RUNNING  # there it says when the call should be over
    wait = max(step.due - now, timedelta(0)) if step.due and waits else timedelta(0)
    with engine.db.begin() as tx:
        records.lock(tx, step.request)
        if requeue(engine, tx, step, now, wait) is None:
            return False  # it moved meanwhile, or another replica was first
        facts = {"step": step.id, "attempt": step.attempt}
        journal.add(tx, "step.recovered", now, request=step.request, facts=facts)
    log.warning("step was lost and is queued again", step=step.id, attempt=step.attempt, request=step.request)
    return True
