"""One step meets its system: guard in a transaction, change outside of any, settle in a second one."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import structlog

from bot.domain.lifecycle import ENDED_STEPS, RequestState, StepState
from bot.domain.mailbox import NO_DELETE
from bot.domain.model import Change, Task, account_of, inverse
from bot.domain.planning import canonical
from bot.domain.request import Request, Step, StepKind
from bot.engine import (
    breaker,
    confirm,
    erasing,
    halt,
    late,
    lend,
    look,
    mailbox,
    plan,
    progress,
    revive,
    rights,
    trouble,
)
from bot.engine.context import Engine, queue
from bot.engine.retry import LONGEST_CALL, UNEXPECTED, Clock, park, parks, removes, retry_later
from bot.store import Away, Tx, again, journal, people, records
from bot.store.breakers import Breaker
from connectors.interface import ConnectorError, Kind, Outcome, Result

log = structlog.get_logger()


def run_step(engine: Engine, step_id: str, attempt: int, clock: Clock) -> None:
    """Whatever is due for this step: a reading, a change, or the fresh look that confirms it. Safe to call twice."""
    with engine.db.look() as tx:
        step = records.step(tx, step_id)
    if step is None:
        return
    if step.attempt != attempt or step.state in ENDED_STEPS | {StepState.PARKED}:
        late.heard(engine, replace(step, attempt=attempt), clock())
        return
    if step.kind is not StepKind.TASK and step.system not in engine.connectors:  # it ran when this was queued
        _absent(engine, step_id, attempt, clock())
        return
    try:
        if step.kind is StepKind.READ:
            plan.read(engine, step_id, attempt, clock)
        elif step.state is StepState.APPLIED:
            confirm.confirm(engine, step_id, attempt, clock)
        elif erasing.still_idle(engine, step, clock):
            apply(engine, step_id, attempt, clock)
    except Away:
        raise  # the database, not the step: whoever dispatched this attempt runs it again
    except Exception:
        log.exception("step failed unexpectedly", step=step_id, attempt=attempt, request=step.request)
        _park(engine, step_id, attempt, clock)


def apply(engine: Engine, step_id: str, attempt: int, clock: Clock) -> None:
    """Make one approved change; "already so" is success too. What was not approved does not run."""
    with engine.db.begin() as tx:
        found = _claim(engine, tx, step_id, attempt, clock())
    if found is None:
        return
    step, change, known, tried = found
    nothing = False
    try:
        outcome = engine.connectors[step.system].apply(change)
    except ConnectorError as error:
        nothing = parks(error.kind)  # it was refused: whenever that was, nothing was given
        _failed(engine, step, error, known, clock, tried=tried)
    else:
        _settle(engine, step, outcome, clock, tried=tried)
        breaker.answered(engine, step.system, known, clock())
    finally:
        if not nothing:
            late.answered(engine, step, clock())


def _failed(engine: Engine, step: Step, error: ConnectorError, known: Breaker, clock: Clock, *, tried: bool) -> None:
    breaker.failed(engine, step, error, known, clock())
    if error.kind is Kind.GONE and removes(step.action):
        _settle(engine, step, Outcome(Result.ALREADY, error.said), clock, tried=tried)  # only a fresh look will tell
        return
    with engine.db.begin() as tx:
        # Before the step, as everywhere: two who wait for each other wait long.
        request = records.lock(tx, step.request)
        retry_later(engine, tx, step, error, clock())
        progress.free(engine, tx, request, clock())


def _claim(
    engine: Engine, tx: Tx, step_id: str, attempt: int, now: datetime
) -> tuple[Step, Change, Breaker, bool] | None:
    """The step at work, its change, how its system fared, and whether it was tried before; None if it may not run."""
    found = records.lock_step(tx, step_id)
    if found is None:
        return None
    step, request = found
    change = step.action
    if change is None or isinstance(change, Task) or step.attempt != attempt:
        return None
    if not _may(tx, step, change, request, now):
        return None
    if why := revive.why_not(tx, request, step, now):
        revive.leave(engine, tx, request, step, why, now)
        progress.free(engine, tx, request, now)
        return None
    if erasing.stops(engine, tx, request, step, now):
        return None
    if halt.keeps_back(tx, step):
        return None  # whoever lets Usher go on has it run
    if step.state is StepState.READY and rights.shielded(engine, tx, request, now):
        return None
    if mailbox.must_be_kept(engine, tx, request, change):
        park(engine, tx, step, NO_DELETE, Kind.PERMANENT.value, now)
        return None
    leave = breaker.gate(tx, step.system, now)
    if leave.until is not None:
        breaker.wait(engine, tx, step, leave, now)
        progress.free_due(engine, tx, request, now)
        return None
    back = inverse(change)  # kept before the first write: what undoes it is known whatever happens next
    facts = {
        "step": step.id,
        "attempt": attempt,
        "change": change.kind,
        "system": step.system,
        "inverse": back.kind if back else "",
    }
    before = {"before": canonical(_before(change))}
    journal.add(tx, "step.started", now, request=request.id, facts=facts, private=before)
    tries = step.tries + (step.state is StepState.READY)  # else the same attempt again, after a crash
    first = step.first_tried_at or now
    running = records.settle(tx, step, StepState.RUNNING, tries=tries, first_tried_at=first, due=now + LONGEST_CALL)
    return (running, change, leave.state, step.tries > 0) if running else None


def _may(tx: Tx, step: Step, change: Change, request: Request, now: datetime) -> bool:
    """Everything that allowed the step is looked at again before the first write."""
    if step.state not in {StepState.READY, StepState.RUNNING} or request.state is not RequestState.RUNNING:
        return False
    if progress.stopped(request, step) and step.state is StepState.READY:
        return False  # what ran when somebody pressed Stop ends, also after a crash
    if not progress.allowed(request, step, records.approvals(tx, request.id)):
        return False
    if not lend.in_time(tx, request, step, now):
        return False  # the clock ends it
    if people.owner_of(tx, step.system, account_of(change).native_id) != request.subject:
        raise ValueError("the account is no longer linked to the person this request is about")
    return True


def _before(change: Change) -> object:
    return {"kind": change.kind, "account": account_of(change).native_id, "label": account_of(change).label}


@again
def _settle(engine: Engine, step: Step, outcome: Outcome, clock: Clock, *, tried: bool) -> None:
    if tried and outcome.result is Result.ALREADY and outcome.said:  # "was not held" alone would hide our own hand
        outcome = replace(outcome, said=f"{outcome.said} {erasing.EARLIER}")
    now = clock()
    with engine.db.begin() as tx:
        request = records.lock(tx, step.request)
        answer: dict[str, Any] = {
            "applied_at": now,
            "said": outcome.said,
            "handle": outcome.handle,
            "error": "",
            "error_kind": "",
        }
        steps = records.steps(tx, step.request)
        soon = not outcome.handle and progress.shown_soon(steps, step)
        wait = look.LATEST if soon else timedelta(0)
        moved = queue(engine, tx, step, StepState.APPLIED, now, wait, **answer)
        if moved is None:
            return
        trouble.ends(tx, step, now)
        facts = {
            "step": step.id,
            "attempt": step.attempt,
            "result": outcome.result.value,
            "references": list(outcome.evidence),
        }
        journal.add(tx, "step.applied", now, request=step.request, facts=facts, private={"said": outcome.said})
        progress.free(engine, tx, request, now, tuple(moved if one.id == moved.id else one for one in steps))


def _park(engine: Engine, step_id: str, attempt: int, clock: Clock) -> None:
    """Our own mistake must not be repeated blindly: the step waits for a person, and people are told."""
    now = clock()
    with engine.db.begin() as tx:
        if (found := _mine(tx, step_id, attempt)) is not None:
            step, request = found
            park(engine, tx, step, UNEXPECTED, "bug", now)
            progress.free(engine, tx, request, now)  # one step that is stuck holds no other back


def _absent(engine: Engine, step_id: str, attempt: int, now: datetime) -> None:
    with engine.db.begin() as tx:
        if (found := _mine(tx, step_id, attempt)) is None:
            return
        step, request = found
        if request.state in {RequestState.PLANNING, RequestState.RUNNING}:
            look.absent(engine, tx, request, step, now)
            after = plan.plan_if_read if request.state is RequestState.PLANNING else progress.free
            after(engine, tx, request, now)


def _mine(tx: Tx, step_id: str, attempt: int) -> tuple[Step, Request] | None:
    """The step and its request, locked, unless somebody else went on with it meanwhile."""
    found = records.lock_step(tx, step_id)
    if found is None or found[0].attempt != attempt:
        return None
    return found if found[0].state in {StepState.READY, StepState.RUNNING, StepState.APPLIED} else None
