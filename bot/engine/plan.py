"""Read every system (outside any transaction), then store what it means: a plan, or what joins one that runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

import structlog

from bot.domain.lifecycle import RequestState, StepState
from bot.domain.model import Change, HandOver, Plan, PlannedStep, SystemKey, Task, Trigger
from bot.domain.planning import (
    APPROVAL,
    NO_ACCOUNT,
    NOT_CONNECTED,
    Found,
    digest,
    key_of,
    leaver_plan,
    raise_if_unsafe,
    steps_for,
)
from bot.domain.policy import Reason
from bot.domain.reading import Reading
from bot.domain.request import Request, Step, StepKind, touched
from bot.domain.verify import Verdict, judge
from bot.engine import breaker, lend, progress, search, trouble
from bot.engine.breaker import Gate
from bot.engine.context import Engine, Scene, scene
from bot.engine.retry import LONGEST_CALL, UNEXPECTED, Clock, retry_later
from bot.engine.search import Hers
from bot.engine.sight import read_all
from bot.store import Away, Tx, again, journal, outbox, people, records
from bot.store.breakers import Breaker
from connectors.interface import ConnectorError, Kind

log = structlog.get_logger()

_PLANNING_TRIES = 2
_PLANNING_WAIT = timedelta(minutes=1)  # a plan waits so long for a system that asks for a pause


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
    try:
        seen = _look(engine, job, clock)
    except ConnectorError as error:
        state = breaker.failed(engine, job.step, error, job.known, clock())
        _unread(engine, job, error, clock(), hopeless=state.opened_at is not None)
    except Away:
        raise
    except Exception:  # our mistake in one connector keeps no other system's keys alive
        log.exception("reading failed unexpectedly", step=step_id, system=job.step.system, request=job.request.id)
        _unread(engine, job, ConnectorError(UNEXPECTED, kind=Kind.PERMANENT), clock())
    else:
        _seen(engine, job, seen, clock())
        breaker.answered(engine, job.step.system, job.known, clock())


def _look(engine: Engine, job: _Job, clock: Clock) -> Reading:
    """What her accounts hold; for a plan also what the system does not let us do, and which accounts look like hers."""
    connector = engine.connectors[job.step.system]
    planning = job.request.state is RequestState.PLANNING
    if not job.hers.links:
        return search.alone(connector, job.hers, clock())
    seen = read_all(connector, job.hers.links, clock())
    seen = replace(seen, cannot=search.cannot(engine, connector, clock(), fresh=planning) or job.hers.cannot)
    return search.beside(connector, job.hers, seen) if planning and job.request.removes else seen


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
        _leave_out(tx, request, step, shut.state.said, shut.state.kind, now)
        plan_if_read(engine, tx, request, now)
    else:
        breaker.wait(engine, tx, step, shut, now)


@again
def _seen(engine: Engine, job: _Job, seen: Reading, now: datetime) -> None:
    with engine.db.begin() as tx:
        request = records.lock(tx, job.request.id)
        if records.settle(tx, job.step, StepState.CONFIRMED, ended_at=now, error="", error_kind="", due=None) is None:
            return
        trouble.ends(tx, job.step, now)
        seen = search.unlinked(tx, seen)
        records.add_reading(tx, request.id, seen)
        facts = {"system": job.step.system, "control": seen.control, "references": list(seen.evidence)}
        journal.add(tx, "system.read" if job.hers.links else "system.searched", now, request=request.id, facts=facts)
        if request.state is RequestState.RUNNING and request.trigger is Trigger.ACCESS:
            lend.meet(engine, tx, request, seen, now)
        elif request.state is RequestState.RUNNING:
            meet(engine, tx, request, seen, now)
        elif request.state is RequestState.PLANNING:  # and not cancelled meanwhile
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


def unread(
    engine: Engine,
    tx: Tx,
    request: Request,
    step: Step,
    error: ConnectorError,
    now: datetime,
    *,
    hopeless: bool = False,
) -> None:
    """A system could not be read. A plan is not kept waiting: it is shown as unread, and read again at the start."""
    soon = error.after is None or error.after <= _PLANNING_WAIT
    again = step.tries < _PLANNING_TRIES and error.retry and soon and not hopeless
    if request.state is not RequestState.PLANNING or again:
        retry_later(engine, tx, step, error, now)
    else:
        _leave_out(tx, request, step, error.said, error.kind.value, now)


def _leave_out(tx: Tx, request: Request, step: Step, said: str, kind: str, now: datetime) -> None:
    if records.settle(tx, step, StepState.DROPPED, error=said, error_kind=kind, ended_at=now, due=None) is not None:
        facts = {"system": step.system, "kind": kind, "said": said}
        journal.add(tx, "system.unread", now, request=request.id, facts=facts)


def plan_if_read(engine: Engine, tx: Tx, request: Request, now: datetime) -> None:
    """Once the last reading is in: the plan, its digest, and the people to ask."""
    steps = records.steps(tx, request.id)
    if any(not step.ended for step in steps if step.kind is StepKind.READ):
        return
    PLANNERS.get(request.trigger, _plan)(engine, tx, request, now)


def _plan(engine: Engine, tx: Tx, request: Request, now: datetime) -> None:
    """What a leaver has: all of it ends, once enough people said yes."""
    steps = records.steps(tx, request.id)
    around = scene(engine, tx, request, now)
    found = _found(engine, tx, request, around, steps)
    guiding = partial(search.guide, engine)
    plan = leaver_plan(found, _can(engine, found), lambda system: around.keeper(request, system), guiding)
    raise_if_unsafe(plan.steps, _linked(tx, request))
    records.add_steps(tx, [_stored(request, line) for line in plan.steps])
    _ask(tx, request, around, plan, now)


# Who makes the plan of a request once its systems were read; a leaver's where none is named.
PLANNERS: dict[Trigger, Callable[[Engine, Tx, Request, datetime], None]] = {Trigger.ACCESS: lend.plan}


def _found(engine: Engine, tx: Tx, request: Request, around: Scene, steps: tuple[Step, ...]) -> list[Found]:
    newest = {step.system: step for step in sorted(steps, key=lambda s: -s.number) if step.kind is StepKind.READ}
    linked = _linked(tx, request)
    found = []
    for key, system in around.rules.policy.systems.items():
        if not system.connector:
            found.append(Found(system))
        elif key in newest:
            read_step = newest[key]
            seen = records.last_reading(tx, request.id, key) if read_step.state is StepState.CONFIRMED else None
            if seen or key in linked:
                found.append(Found(system, seen, "" if seen else read_step.error))
            else:
                found.append(Found(system, unasked=f"{NO_ACCOUNT} {read_step.error}".strip()))
        else:
            found.append(Found(system, unasked=NO_ACCOUNT if key in engine.connectors else NOT_CONNECTED))
    return found


def _ask(tx: Tx, request: Request, around: Scene, plan: Plan, now: datetime) -> None:
    name = digest(request.id, request.subject, request.starts_at.isoformat(), plan.steps)
    decision = around.decide(request, touched(records.steps(tx, request.id)))
    facts = {
        "digest": name,
        "steps": len(plan.steps),
        "approvers": sorted(decision.approvers),
        "quorum": decision.quorum,
    }
    journal.add(tx, "plan.made", now, request=request.id, facts=facts)
    asked = records.advance(
        tx,
        request,
        RequestState.AWAITING_APPROVAL,
        digest=name,
        quorum=decision.quorum,
        approvers=sorted(decision.approvers),
    )
    outbox.tell(tx, "root", now, request=request.id)
    outbox.tell(tx, "plan", now, request=request.id)
    for person in asked.approvers:
        outbox.tell(tx, "approval", now, request=request.id, person=person)
    if decision.reason is not Reason.NEEDS_APPROVAL:
        outbox.tell(tx, "line", now, request=request.id, what="nobody")


def _can(engine: Engine, found: list[Found]) -> Mapping[SystemKey, frozenset[type[Change]]]:
    """Of the systems that were read: asking another would load its connector inside a transaction."""
    keys = [one.system.key for one in found if one.reading]
    return {key: engine.connectors[key].spec.can for key in keys}


def _linked(tx: Tx, request: Request) -> Mapping[SystemKey, frozenset[str]]:
    linked: dict[SystemKey, frozenset[str]] = {}
    for link in people.links(tx, request.subject):
        linked[link.system] = linked.get(link.system, frozenset()) | {link.native_id}
    return linked


def _stored(request: Request, line: PlannedStep, *, late: bool = False) -> Step:
    return Step(
        id=records.step_id(request.id, line.number),
        request=request.id,
        number=line.number,
        kind=StepKind.TASK if isinstance(line.action, Task) else StepKind.APPLY,
        system=line.system,
        wave=line.wave,
        action=line.action,
        state=StepState.WAITING,
        privileged=line.privileged,
        reversible=line.reversible,
        assignee=line.assignee,
        held=line.held,
        after=line.after,
        after_done=line.after_done,
        joined_late=late,
        rule=line.rule,
        why=line.why,
    )


def meet(engine: Engine, tx: Tx, request: Request, seen: Reading, now: datetime) -> None:
    """The reading at the start meets the approved plan: what is already so is confirmed, what is new joins."""
    steps = [step for step in records.steps(tx, request.id) if step.system == seen.system]
    for step in steps:
        if step.kind is not StepKind.APPLY or step.ended or step.tries or step.action is None:
            continue
        if isinstance(step.action, HandOver) and _no_longer_alone(step.action, seen):
            progress.confirmed(tx, step, seen, now, already=True)
        elif isinstance(step.action, HandOver):
            _who_could(tx, step, step.action, seen, now)
        elif not isinstance(step.action, Task) and judge(step.action, seen) is Verdict.CONFIRMED:
            progress.confirmed(tx, step, seen, now, already=True)
    join(engine, tx, request, seen, now)
    progress.free(engine, tx, request, now)


def _no_longer_alone(action: HandOver, seen: Reading) -> bool:
    """Somebody else administers the thing by now, or it is gone: nobody needs to succeed."""
    found = [asset for asset in seen.assets.items if asset.native_id == action.asset.native_id]
    return not any(asset.sole_admin for asset in found) if found else seen.assets.complete


def _who_could(tx: Tx, step: Step, action: HandOver, seen: Reading, now: datetime) -> None:
    """The question for a successor shows who could take over now."""
    for asset in seen.assets.items:
        if asset.native_id == action.asset.native_id and asset.candidates != action.asset.candidates:
            records.settle(tx, step, step.state, action=replace(action, asset=asset))
            if step.state is StepState.HELD:
                outbox.tell(tx, "task", now, request=step.request, step=step.id, person=step.assignee)


def join(engine: Engine, tx: Tx, request: Request, seen: Reading, now: datetime) -> None:
    """New removals of the same leaver join by themselves; what cannot be undone asks for an approval of its own."""
    around = scene(engine, tx, request, now)
    system = around.rules.policy.systems[seen.system]
    known = records.steps(tx, request.id)
    first = max((step.number for step in known), default=0) + 1
    lines = steps_for(
        Found(system, seen),
        engine.connectors[seen.system].spec.can,
        lambda key: around.keeper(request, key),
        partial(search.guide, engine),
        first=first,
    )
    old = {key_of(step.system, step.action): step.number for step in known if step.action is not None}
    keys = {line.number: key_of(line.system, line.action) for line in lines}
    numbers = {line.number: old.get(keys[line.number], line.number) for line in lines}
    fresh = [line for line in lines if keys[line.number] not in old]
    raise_if_unsafe(fresh, _linked(tx, request))
    _wait_for_new(tx, known, {old[keys[line.number]]: line for line in lines if keys[line.number] in old}, numbers)
    for line in fresh:
        late = replace(
            line,
            held=line.held or ("" if line.reversible else APPROVAL),
            after=tuple(numbers[n] for n in line.after),
            after_done=tuple(numbers[n] for n in line.after_done),
        )
        step = _stored(request, late, late=True)
        records.add_steps(tx, [step])
        journal.add(tx, "step.joined", now, request=request.id, facts={"step": step.id, "key": "", "held": step.held})
        outbox.tell(tx, "line", now, request=request.id, step=step.id, what="joined")


def _wait_for_new(
    tx: Tx,
    known: tuple[Step, ...],
    lines: Mapping[int, PlannedStep],
    numbers: Mapping[int, int],
) -> None:
    """A membership that carries something found only now waits for its hand-over too."""
    for step in known:
        line = lines.get(step.number)
        wanted = {numbers[n] for n in line.after_done} - set(step.after_done) if line else set()
        if wanted and step.state is StepState.WAITING:
            records.settle(tx, step, step.state, after_done=(*step.after_done, *sorted(wanted)))
