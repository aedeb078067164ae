"""What a clock does about trouble: probes that nobody makes, permissions that came back, calls that do not end."""

from __future__ import annotations

from collections import defaultdict
from contextlib import suppress
from datetime import datetime, timedelta

import structlog

from bot.domain.lifecycle import StepState
from bot.domain.model import SystemKey
from bot.domain.policy import Crew
from bot.domain.request import Step
from bot.domain.successors import ACCEPT
from bot.engine import breaker, desk, lapse, owed
from bot.engine.context import Engine, queue, scene
from bot.engine.retry import HOUR, PROBE, age_of, next_check
from bot.engine.seats import pass_on
from bot.engine.silence import unanswered
from bot.engine.succeed import put_back
from bot.engine.tasks import refresh
from bot.store import breakers, journal, outbox, people, records, stuck

log = structlog.get_logger()

_LATE = timedelta(seconds=30)  # by then a step that was put back would have made the probe itself


def tend(engine: Engine, now: datetime) -> int:
    """Everything in this file, once; returns how many steps were moved or shown."""
    moved = knock(engine, now) + permitted(engine, now) + hanging(engine, now)
    moved += left_behind(engine, now) + unanswered(engine, now)
    return moved + lapse.left_behind(engine, now) + owed.reviews(engine, now) + pass_on(engine, now)


def knock(engine: Engine, now: datetime) -> int:
    """Let one step of each closed system make the probe that is due; a system that was slow long ago is quiet again."""
    with engine.db.look() as tx:
        troubled = breakers.troubled(tx)
    count = 0
    for state in troubled:
        if state.opened_at is None:
            if state.slow_until is not None:
                breaker.answered(engine, state.system, state, now)
        elif state.probe_at is not None and not now - _LATE < state.probe_at <= now + breaker.FAR:
            count += breaker.wake(engine, state.system, now, 1)
    return count


def permitted(engine: Engine, now: datetime) -> int:
    """Ask the systems of parked steps what we may do there; where nothing is missing any more, try again."""
    with engine.db.begin() as tx:
        parked = stuck.unpermitted(tx, now, now + PROBE)
    by_system: defaultdict[SystemKey, list[Step]] = defaultdict(list)
    for step in parked:
        by_system[step.system].append(step)
    return sum(_checked(engine, system, steps, now) for system, steps in by_system.items())


def _checked(engine: Engine, system: SystemKey, steps: list[Step], now: datetime) -> int:
    found = engine.connectors[system].check() if system in engine.connectors else None
    well = found is not None and found.ready and not found.missing
    count = 0
    for step in steps:
        with engine.db.begin() as tx:
            records.lock(tx, step.request)
            if not well:
                records.settle(tx, step, StepState.PARKED, due=now + next_check(age_of(step, now)))
            elif queue(engine, tx, step, StepState.READY, now) is not None:
                journal.add(tx, "step.unparked", now, request=step.request, facts={"step": step.id, "by": None})
                count += 1
    return count


def hanging(engine: Engine, now: datetime) -> int:
    """Show people the steps that are at work for longer than any call should take, once an hour."""
    with engine.db.begin() as tx:
        steps = stuck.hanging(tx, now, now + HOUR)
        for step in steps:
            request = records.get(tx, step.request)
            if request is None:
                continue
            asked = step.assignee or scene(engine, tx, request, now).keeper(request, step.system)
            facts = {"step": step.id, "attempt": step.attempt, "system": step.system}
            journal.add(tx, "step.hangs", now, request=step.request, facts=facts)
            outbox.tell(tx, "line", now, request=step.request, step=step.id, what="hangs", by=asked)
            about = {"what": "hangs", "system": step.system, "id": step.request}
            outbox.tell(tx, "system", now, request=step.request, person=asked, **about)
    for step in steps:
        log.error("step hangs", step=step.id, attempt=step.attempt, system=step.system, request=step.request)
    return len(steps)


def left_behind(engine: Engine, now: datetime) -> int:
    """Give what waits for somebody who left or is away to whoever looks after the system now, and ask; how many."""
    with engine.db.look() as tx:
        crew = people.crew(tx)
        gone = [step for step in stuck.waiting_for_people(tx) if not _works(crew, step, now)]
    count = 0
    for step in gone:
        with engine.db.begin() as tx, suppress(LookupError):  # nobody is left who could be asked
            request = records.lock(tx, step.request)
            if step.held == ACCEPT:
                count += put_back(engine, tx, step, request, now, "cannot") is not None
                continue
            heir = scene(engine, tx, request, now).keeper(request, step.system)
            if heir == step.assignee:
                continue  # away, and nobody else is there
            moved = records.settle(tx, step, step.state, assignee=heir)
            if moved is None:
                continue  # answered in this very moment
            journal.add(tx, "step.reassigned", now, request=request.id, facts={"step": step.id, "to": heir})
            refresh(tx, moved, now, "stuck" if step.state is StepState.PARKED else desk.TASKS)
            outbox.tell(tx, "line", now, request=request.id, step=step.id, what="asked", asked=heir)
            count += 1
    return count


def _works(crew: Crew, step: Step, now: datetime) -> bool:
    if step.assignee is None:
        return False
    whether = crew.working if step.held == ACCEPT else crew.here  # who was asked to take over may well come back
    return whether(step.assignee, now.date())
