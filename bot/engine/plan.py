"""Read every system (outside any transaction), then store what it means: a plan, or what joins one that runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

import structlog

from bot.domain.lifecycle import RequestState, StepState
from bot.domain.model import Plan, Trigger
from bot.domain.planning import Found, Ruled, leaver_plan, raise_if_unsafe
from bot.domain.reading import Reading
from bot.domain.request import Request, Step, StepKind
from bot.engine import (
    auto,
    breaker,
    certify,
    confirm,
    erasing,
    giving,
    join,
    lend,
    lock,
    mailbox,
    planned,
    resting,
    search,
    seats,
    trouble,
)
from bot.engine.breaker import Gate
from bot.engine.context import Engine, Scene, scene
from bot.engine.look import leave_out, unread
from bot.engine.retry import LONGEST_CALL, UNEXPECTED, Clock
from bot.engine.ruling import table
from bot.engine.search import Hers
from bot.engine.sight import read_all
from bot.store import Away, Tx, again, journal, outbox, records
from bot.store.breakers import Breaker
from connectors.interface import ConnectorError, Kind

log = structlog.get_logger()

Planner = Callable[[Engine, Tx, Request, datetime], Plan | None]
Meeting = Callable[[Engine, Tx, Request, Reading, datetime], None]


@dataclass(frozen=True, slots=True)
class _Job:
    request: Request
    step: Step
    known: Breaker
    hers: Hers


def read(engine: Engine, step_id: str, attempt: int, clock: Clock) -> None:
    """Run one reading: nothing happens when this attempt is not the one that is due."""
    with engine.db.begin() as tx:
        job = _claim(engine, tx, step_id, attempt, clock())
    if job is None:
        return
    began = clock()
    try:
        seen = look_at(engine, job.request, job.hers, clock, to_prove=bool(job.step.after))
    except ConnectorError as error:
        state = breaker.failed(engine, job.step, error, job.known, clock())
        _unread(engine, job, error, clock(), hopeless=state.opened_at is not None)
    except Away:
        raise
    except Exception:  # our mistake in one connector keeps no other system's keys alive
        log.exception("reading failed unexpectedly", step=step_id, system=job.step.system, request=job.request.id)
        _unread(engine, job, ConnectorError(UNEXPECTED, kind=Kind.PERMANENT), clock())
    else:
        _seen(engine, job, seen, began, clock())
        breaker.answered(engine, job.step.system, job.known, clock())


def look_at(engine: Engine, request: Request, hers: Hers, clock: Clock, *, to_prove: bool = False) -> Reading:
    """What her accounts in one system hold; for a plan also what cannot be done there, and which look like hers.

    `to_prove`: what goes on there was asked for a short time ago, and is left out. Raises ConnectorError. Changes
    nothing, there or here.
    """
    connector = engine.connectors[hers.system]
    planning = request.state is RequestState.PLANNING
    if not hers.links:
        return search.alone(connector, hers, clock())
    seen = read_all(connector, hers.links, clock(), to_prove=to_prove)
    seen = replace(seen, cannot=search.cannot(engine, connector, clock(), fresh=planning) or hers.cannot)
    return search.beside(connector, hers, seen) if planning and request.removes else seen


def _claim(engine: Engine, tx: Tx, step_id: str, attempt: int, now: datetime) -> _Job | None:
    found = records.lock_step(tx, step_id)
    if found is None:
        return None
    step, request = found
    if step.attempt != attempt or step.state not in {StepState.READY, StepState.RUNNING}:
        return None
    if request.state not in {RequestState.PLANNING, RequestState.RUNNING}:
        return None
    leave = breaker.gate(tx, step.system, now)
    if leave.until is not None:
        _not_now(engine, tx, request, step, leave, now)
        return None
    hers = search.known(tx, request, step.system)
    facts = {"tries": step.tries + (step.state is StepState.READY), "first_tried_at": step.first_tried_at or now}
    running = records.settle(tx, step, StepState.RUNNING, due=now + LONGEST_CALL, **facts)
    return _Job(request, running, leave.state, hers) if running else None


def _not_now(engine: Engine, tx: Tx, request: Request, step: Step, shut: Gate, now: datetime) -> None:
    """The system is known to be in trouble: a plan goes on without it at once, everything else waits."""
    if request.state is RequestState.PLANNING and shut.unreadable:
        leave_out(tx, request, step, shut.state.said, shut.state.kind, now)
        plan_if_read(engine, tx, request, now)
    else:
        breaker.wait(engine, tx, step, shut, now)


@again
def _seen(engine: Engine, job: _Job, seen: Reading, began: datetime, now: datetime) -> None:
    with engine.db.begin() as tx:
        request = records.lock(tx, job.request.id)
        if records.settle(tx, job.step, StepState.CONFIRMED, ended_at=now, error="", error_kind="", due=None) is None:
            return
        trouble.ends(tx, job.step, now)
        seen = search.unlinked(tx, seen)
        seen = confirm.beside(engine, tx, job.step, seen) if job.step.after else seen
        records.add_reading(tx, request.id, seen)
        facts = {"system": job.step.system, "control": seen.control, "references": list(seen.evidence)}
        journal.add(tx, "system.read" if job.hers.links else "system.searched", now, request=request.id, facts=facts)
        if request.state is RequestState.RUNNING:
            confirm.settle_first(engine, tx, job.step, seen, began, now)
            _MEETING.get(request.trigger, join.meet)(engine, tx, request, seen, now)
        elif request.state is RequestState.PLANNING:  # and not cancelled meanwhile
            if request.trigger not in _QUIET:
                outbox.tell(tx, "root", now, request=request.id)
            plan_if_read(engine, tx, request, now)


@again
def _unread(engine: Engine, job: _Job, error: ConnectorError, now: datetime, *, hopeless: bool = False) -> None:
    with engine.db.begin() as tx:
        request = records.lock(tx, job.request.id)
        if request.state in {RequestState.PLANNING, RequestState.RUNNING}:
            unread(engine, tx, request, job.step, error, now, hopeless=hopeless)
        if request.state is RequestState.PLANNING:
            plan_if_read(engine, tx, request, now)


def plan_if_read(engine: Engine, tx: Tx, request: Request, now: datetime) -> None:
    """Once the last reading is in: the plan, its digest, and the people to ask."""
    steps = records.steps(tx, request.id)
    if any(not step.ended for step in steps if step.kind is StepKind.READ):
        return
    plan = PLANNERS.get(request.trigger, everything_ends)(engine, tx, request, now)
    if plan is None:
        return
    raise_if_unsafe(plan.steps, join.linked(tx, request))
    records.add_steps(tx, [join.stored(request, line) for line in plan.steps])
    around = scene(engine, tx, request, now)
    rules = auto.approves(engine, tx, request, around, plan)
    asked = planned.ask(tx, request, around, plan, now, quietly=bool(rules or request.batch))
    if rules:
        auto.approve(engine, tx, asked, around, rules, now)
    elif not request.batch:
        lock.offer(tx, around, asked, now)


def everything_ends(engine: Engine, tx: Tx, request: Request, now: datetime) -> Plan:
    """The plan of a leaver: nothing that was found stays."""
    around = scene(engine, tx, request, now)
    found = planned.found(engine, tx, request, around, records.steps(tx, request.id))
    return end_of(engine, tx, request, around, found, table(around, request, now))


def end_of(engine: Engine, tx: Tx, request: Request, around: Scene, found: list[Found], rules: Ruled) -> Plan:
    """The same from what was found, whether it is stored or not."""
    guiding = partial(search.guide, engine)
    plan = leaver_plan(found, planned.can(engine, found), lambda key: around.keeper(request, key), guiding, rules)
    whole = seats.beside(engine, tx, request, around, mailbox.beside(request, around, plan))
    beside = tuple(rules(line, line.action, None) for line in whole.steps[len(plan.steps) :])
    return replace(whole, steps=(*plan.steps, *beside))


# By what a request is for: its plan (None: it asks, or ends, by itself), and what a reading at its start means.
PLANNERS: Mapping[Trigger, Planner] = {
    Trigger.ACCESS: lend.plan,
    Trigger.RESCAN: certify.plan,
    Trigger.RESTORE: giving.plan,
    Trigger.PAUSE: resting.plan,
    Trigger.DELETE: erasing.plan,
}
_QUIET = frozenset({Trigger.RESCAN, Trigger.DELETE})  # nobody waits for it, and often it ends in one line
_MEETING: Mapping[Trigger, Meeting] = {
    Trigger.ACCESS: lend.meet,
    Trigger.RESCAN: certify.meet,
    Trigger.RESTORE: giving.meet,
    Trigger.PAUSE: resting.meet,
    Trigger.LOCK: lock.meet,
    Trigger.DELETE: erasing.meet,
}
