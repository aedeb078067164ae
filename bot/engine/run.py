"""One step meets its system: guard in a transaction, change outside of any, settle in a second one."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import structlog

from bot.domain.lifecycle import RequestState, StepState
from bot.domain.model import Change, Task, account_of
from bot.domain.planning import canonical
from bot.domain.request import Step, StepKind
from bot.engine import confirm, lend, plan, progress
from bot.engine.context import Engine, queue
from bot.engine.retry import UNEXPECTED, Clock, park, retry_later
from bot.store import Away, Tx, journal, people, records
from connectors.interface import ConnectorError, Outcome

log = structlog.get_logger()


def run_step(engine: Engine, step_id: str, attempt: int, clock: Clock) -> None:
    """Whatever is due for this step: a reading, a change, or the fresh look that confirms it. Safe to call twice."""
    with engine.db.look() as tx:
        step = records.step(tx, step_id)
    if step is None or step.attempt != attempt:
        return
    try:
        if step.kind is StepKind.READ:
            plan.read(engine, step_id, attempt, clock)
        elif step.state is StepState.APPLIED:
            confirm.confirm(engine, step_id, attempt, clock)
        else:
            apply(engine, step_id, attempt, clock)
    except Away:
        raise  # the database, not the step: whoever dispatched this attempt runs it again
    except Exception:
        log.exception("step failed unexpectedly", step=step_id, attempt=attempt, request=step.request)
        _park(engine, step_id, attempt, clock)


def apply(engine: Engine, step_id: str, attempt: int, clock: Clock) -> None:
    """Make one approved change; "already so" is success too. What was not approved does not run."""
    with engine.db.begin() as tx:
        step = _claim(tx, step_id, attempt, clock())
    if step is None or step.action is None or isinstance(step.action, Task):
        return
    try:
        outcome = engine.connectors[step.system].apply(step.action)
    except ConnectorError as error:
        with engine.db.begin() as tx:
            records.lock(tx, step.request)  # before the step, as everywhere: two who wait for each other wait for ever
            retry_later(engine, tx, step, error, clock())
            progress.free(engine, tx, step.request, clock())
    else:
        _settle(engine, step, outcome, clock)


def _claim(tx: Tx, step_id: str, attempt: int, now: datetime) -> Step | None:
    """Everything that allowed the step is looked at again before the first write."""
    found = records.lock_step(tx, step_id)
    if found is None:
        return None
    step, request = found
    if step.attempt != attempt or step.state not in {StepState.READY, StepState.RUNNING}:
        return None
    if request.state is not RequestState.RUNNING:
        return None
    if request.stopped_at is not None and step.state is StepState.READY:
        return None  # what ran when somebody pressed Stop ends, also after a crash
    if not progress.allowed(request, step, records.approvals(tx, request.id)):
        return None
    if not lend.in_time(tx, request, step, now):
        return None  # the clock ends it
    change = step.action
    if change is None or isinstance(change, Task):
        return None
    account = account_of(change)
    if people.owner_of(tx, step.system, account.native_id) != request.subject:
        raise ValueError("the account is no longer linked to the person this request is about")
    journal.add(
        tx,
        "step.started",
        now,
        request=request.id,
        facts={"step": step.id, "attempt": attempt, "change": change.kind, "system": step.system},
        private={"before": canonical(_before(change))},
    )
    if step.state is StepState.RUNNING:
        return step  # the same attempt again, after a crash: connectors are idempotent
    return records.settle(
        tx,
        step,
        StepState.RUNNING,
        tries=step.tries + 1,
        first_tried_at=step.first_tried_at or now,
    )


def _before(change: Change) -> object:
    return {"kind": change.kind, "account": account_of(change).native_id, "label": account_of(change).label}


def _settle(engine: Engine, step: Step, outcome: Outcome, clock: Clock) -> None:
    now = clock()
    with engine.db.begin() as tx:
        records.lock(tx, step.request)
        answer: dict[str, Any] = {
            "applied_at": now,
            "said": outcome.said,
            "handle": outcome.handle,
            "error": "",
            "error_kind": "",
        }
        if queue(engine, tx, step, StepState.APPLIED, now, **answer) is None:
            return
        facts = {"step": step.id, "result": outcome.result.value, "references": list(outcome.evidence)}
        journal.add(tx, "step.applied", now, request=step.request, facts=facts, private={"said": outcome.said})
        progress.free(engine, tx, step.request, now)


def _park(engine: Engine, step_id: str, attempt: int, clock: Clock) -> None:
    """Our own mistake must not be repeated blindly: the step waits for a person, and people are told."""
    now = clock()
    with engine.db.begin() as tx:
        step = records.step(tx, step_id)
        if step is None or step.attempt != attempt:
            return  # somebody else went on with it meanwhile
        if step.state not in {StepState.READY, StepState.RUNNING, StepState.APPLIED}:
            return
        park(engine, tx, step, UNEXPECTED, "bug", now)
        progress.free(engine, tx, step.request, now)  # one step that is stuck holds no other back
