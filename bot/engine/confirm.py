"""Done means seen: a fresh reading judges every applied step of its system."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.domain.lifecycle import StepState
from bot.domain.model import Reading, Task
from bot.domain.planning import together
from bot.domain.request import Evidence, Step
from bot.domain.verify import Verdict, judge
from bot.engine import progress
from bot.engine.context import Engine, queue
from bot.engine.retry import Clock, delay, park, parks
from bot.store import Tx, journal, outbox, people, records
from connectors.interface import ConnectorError, Kind

_SOON = timedelta(seconds=0.5)  # by then a look that is going on has most likely confirmed this step too
_PATIENCE = timedelta(hours=1)  # for a part that is hidden now and may be shown later


def confirm(engine: Engine, step_id: str, attempt: int, clock: Clock) -> None:
    """Read the system again and settle every step of this request that was applied before the reading began."""
    with engine.db.look() as tx:
        step = records.step(tx, step_id)
    if step is None or step.attempt != attempt or step.state is not StepState.APPLIED:
        return
    looking = engine.looking(step)
    if not looking.acquire(blocking=False):
        with engine.db.begin() as tx:
            queue(engine, tx, step, StepState.APPLIED, clock(), _SOON)
        return
    try:
        _look(engine, step_id, attempt, clock)
    finally:
        looking.release()


def _look(engine: Engine, step_id: str, attempt: int, clock: Clock) -> None:
    with engine.db.look() as tx:
        step = records.step(tx, step_id)
        if step is None or step.attempt != attempt or step.state is not StepState.APPLIED:
            return
        request = records.get(tx, step.request)
        links = [link for link in people.links(tx, request.subject) if link.system == step.system] if request else []
    began = clock()
    try:
        connector = engine.connectors[step.system]
        seen = together(tuple(connector.read(link, began) for link in links))
    except ConnectorError as error:
        with engine.db.begin() as tx:
            _again(engine, tx, step, clock(), error)
        return
    with engine.db.begin() as tx:
        records.lock(tx, step.request)
        records.add_reading(tx, step.request, seen)
        for other in records.steps(tx, step.request):
            applied = other.state is StepState.APPLIED and other.system == step.system
            if applied and other.applied_at is not None and other.applied_at <= began:
                _judge(engine, tx, other, seen, clock())
        progress.free(engine, tx, step.request, clock())


def _judge(engine: Engine, tx: Tx, step: Step, seen: Reading, now: datetime) -> None:
    if step.action is None or isinstance(step.action, Task) or step.applied_at is None:
        return
    settled_at = step.applied_at + engine.connectors[step.system].spec.settle
    match judge(step.action, seen, settled_at):
        case Verdict.CONFIRMED:
            progress.confirmed(tx, step, seen, now)
        case Verdict.CONTRADICTED:
            _reopen(engine, tx, step, seen, now)
        case Verdict.PENDING:
            _again(engine, tx, step, now, None)
        case Verdict.UNSEEN:
            kind = Kind.TRANSIENT if now < settled_at + _PATIENCE else Kind.PERMISSION
            _again(engine, tx, step, now, ConnectorError("The system did not show this part.", kind=kind))


def _reopen(engine: Engine, tx: Tx, step: Step, seen: Reading, now: datetime) -> None:
    """The system said yes and did not do it: the step is open again and tried again."""
    wait = delay(Kind.TRANSIENT, step.tries, now - (step.first_tried_at or now), None)
    facts = {"error": "The system said yes, but a fresh look still shows it.", "error_kind": "contradicted"}
    if queue(engine, tx, step, StepState.READY, now, wait, **facts) is None:
        return
    verdict = Evidence(step.id, Verdict.CONTRADICTED, seen.at, seen.control, step.said, seen.evidence)
    records.add_evidence(tx, verdict)
    journal.add(tx, "step.contradicted", now, request=step.request, facts={"step": step.id})
    outbox.tell(tx, "line", now, request=step.request, step=step.id, what="contradicted", seen=seen.at.isoformat())


def _again(engine: Engine, tx: Tx, step: Step, now: datetime, error: ConnectorError | None) -> None:
    """Look again later; the step stays applied, which is never shown as done. What only a person can see is asked."""
    if error and parks(error.kind):
        park(engine, tx, step, error.said, error.kind.value, now)
        return
    age = now - (step.applied_at or now)
    wait = delay(error.kind, step.attempt, age, error.after) if error else timedelta(seconds=1)
    facts = {"error": error.said, "error_kind": error.kind.value} if error else {}
    queue(engine, tx, step, StepState.APPLIED, now, wait, **facts)
