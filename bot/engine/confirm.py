"""Done means seen: a fresh reading judges every applied step of its system."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.domain.lifecycle import RequestState, StepState
from bot.domain.model import Assign, Link, Revoke, Task, Trigger
from bot.domain.reading import Reading
from bot.domain.request import Evidence, Request, Step
from bot.domain.verify import Verdict, judge
from bot.engine import breaker, join, poll, progress, trouble
from bot.engine.context import Engine, queue
from bot.engine.retry import Clock, age_of, delay, park, parks, put_back
from bot.engine.sight import read_all
from bot.store import Tx, breakers, journal, outbox, people, records
from bot.store.breakers import Breaker
from connectors.interface import ConnectorError, Kind, Polls, Proves

_SOON = timedelta(seconds=0.5)  # so long one look waits for another, which most likely confirms its step too
_LIED = "The system said yes, but a fresh look still shows it."
_BACK = "It was seen done, and then it was changed back."
_PATIENCE = timedelta(hours=1)  # for a part that is hidden now and may be shown later


def confirm(engine: Engine, step_id: str, attempt: int, clock: Clock) -> None:
    """Read the system again and settle every step of this request that was applied before the reading began."""
    with engine.db.look() as tx:
        step = _applied(tx, step_id, attempt)
        if step is None:
            return
        known = breakers.of(tx, step.system)
        links = people.links(tx, records.subject_of(tx, step.request), system=step.system)
    if not (known.quiet or _admitted(engine, step_id, attempt, clock())):
        return
    if step.handle and isinstance(engine.connectors[step.system], Polls):
        poll.ask(engine, step, known, clock)
        return
    looking = engine.looking(step)
    if not looking.acquire(timeout=_SOON.total_seconds()):
        with engine.db.begin() as tx:
            queue(engine, tx, step, StepState.APPLIED, clock(), _SOON)
        return
    try:
        if _waits(engine, step):
            _look(engine, step, links, known, clock)
    finally:
        looking.release()


def _waits(engine: Engine, step: Step) -> bool:
    """Whether the look before this one, which may have ended a moment ago, has left the step as it was."""
    with engine.db.look() as tx:
        return _applied(tx, step.id, step.attempt) is not None


def _applied(tx: Tx, step_id: str, attempt: int) -> Step | None:
    step = records.step(tx, step_id)
    return step if step and step.attempt == attempt and step.state is StepState.APPLIED else None


def _admitted(engine: Engine, step_id: str, attempt: int, now: datetime) -> bool:
    """Whether a system that was in trouble may be asked now; if not, the look is put off."""
    with engine.db.begin() as tx:
        found = records.lock_step(tx, step_id)
        step = found[0] if found else None
        if step is None or step.attempt != attempt or step.state is not StepState.APPLIED:
            return False
        leave = breaker.gate(tx, step.system, now)
        if leave.until is not None:
            breaker.wait(engine, tx, step, leave, now)
        return leave.until is None


def _look(engine: Engine, step: Step, links: tuple[Link, ...], known: Breaker, clock: Clock) -> None:
    began = clock()
    try:
        connector = engine.connectors[step.system]
        seen = read_all(connector, links, began, to_prove=True)
    except ConnectorError as error:
        breaker.failed(engine, step, error, known, clock())
        with engine.db.begin() as tx:
            records.lock(tx, step.request)
            _again(engine, tx, step, clock(), error)
        return
    with engine.db.begin() as tx:
        _settle(engine, tx, step, seen, began, clock())
    breaker.answered(engine, step.system, known, clock())


def _settle(engine: Engine, tx: Tx, step: Step, seen: Reading, began: datetime, now: datetime) -> None:
    request = records.lock(tx, step.request)
    seen = beside(engine, tx, step, seen)
    records.add_reading(tx, step.request, seen)
    twice = settle_applied(engine, tx, records.steps(tx, step.request), seen, began, now)
    if twice and engine.connectors[step.system].spec.twice and _may_join(request):
        join.join(engine, tx, request, seen, now)  # what was made anew between our change and now
    progress.free(engine, tx, request, now)


def beside(engine: Engine, tx: Tx, step: Step, seen: Reading) -> Reading:
    """The reading with what goes on there as the plan saw it: a look that proves a change does not ask for it again."""
    earlier = records.last_reading(tx, step.request, step.system)
    kept = earlier is not None and isinstance(engine.connectors[step.system], Proves)
    return replace(seen, work=earlier.work) if earlier and kept else seen


def settle_applied(
    engine: Engine, tx: Tx, steps: tuple[Step, ...], seen: Reading, began: datetime, now: datetime
) -> bool:
    """Judge what was applied in this system before the look began; whether any of it should have settled by then."""
    polls = isinstance(engine.connectors[seen.system], Polls)
    twice = False
    mine = [step for step in steps if step.system == seen.system]
    shown = _shown(engine, mine)
    for step in mine:
        applied = step.state is StepState.APPLIED and not (polls and step.handle)
        if applied and step.applied_at is not None and step.applied_at <= began:
            trouble.ends(tx, step, now)
            twice |= began >= _settled_at(engine, step, step.applied_at)
            if began < shown and isinstance(step.action, Revoke):
                queue(engine, tx, step, StepState.APPLIED, now, max(_SOON, shown - now), error="", error_kind="")
            else:
                _judge(engine, tx, step, seen, now)
    return twice


def settle_first(engine: Engine, tx: Tx, look: Step, seen: Reading, began: datetime, now: datetime) -> None:
    """What went before the look at the start is judged by it; what came later waits for it no more."""
    steps = records.steps(tx, look.request) if look.after else ()
    settle_applied(engine, tx, steps, seen, began, now)
    for step in steps:
        late = step.state is StepState.APPLIED and step.applied_at is not None and step.applied_at > began
        if late and step.number in look.after and step.due is not None and not step.error_kind:
            queue(engine, tx, step, StepState.APPLIED, now)


def _shown(engine: Engine, steps: list[Step]) -> datetime:
    """When what this request gave here is shown for certain: not to see it before then proves no removal."""
    given = ((one, one.applied_at or one.first_tried_at) for one in steps if isinstance(one.action, Assign))
    return max((_settled_at(engine, one, at) for one, at in given if at), default=datetime.min.replace(tzinfo=UTC))


def _may_join(request: Request) -> bool:
    return request.state is RequestState.RUNNING and request.trigger is Trigger.LEAVER


def _settled_at(engine: Engine, step: Step, applied_at: datetime) -> datetime:
    return applied_at + engine.connectors[step.system].spec.settle


def _judge(engine: Engine, tx: Tx, step: Step, seen: Reading, now: datetime) -> None:
    if step.action is None or isinstance(step.action, Task) or step.applied_at is None:
        return
    settled_at = _settled_at(engine, step, step.applied_at)
    match judge(step.action, seen, settled_at):
        case Verdict.CONFIRMED if engine.connectors[step.system].spec.twice and seen.at < settled_at:
            _once(engine, tx, step, seen, settled_at, now)
        case Verdict.CONFIRMED:
            progress.confirmed(tx, step, seen, now)
        case Verdict.CONTRADICTED:
            _reopen(engine, tx, step, seen, now)
        case Verdict.PENDING:
            pause = min(now - step.applied_at, settled_at - now)
            queue(engine, tx, step, StepState.APPLIED, now, max(timedelta(seconds=1), pause))
        case Verdict.UNSEEN:
            kind = Kind.TRANSIENT if now < settled_at + _PATIENCE else Kind.PERMISSION
            _again(engine, tx, step, now, ConnectorError("The system did not show this part.", kind=kind))


def _once(engine: Engine, tx: Tx, step: Step, seen: Reading, settled_at: datetime, now: datetime) -> None:
    """Seen as wanted, but what this system shows may still change back: a second look when it has settled."""
    if queue(engine, tx, step, StepState.APPLIED, now, max(_SOON, settled_at - now), error="", error_kind=""):
        facts = {"step": step.id, "seen_at": seen.at.isoformat()}
        journal.add(tx, "step.seen", now, request=step.request, facts=facts)


def _reopen(engine: Engine, tx: Tx, step: Step, seen: Reading, now: datetime) -> None:
    """The system said yes, and a fresh look shows otherwise: the step is open again and tried again."""
    back = _was_seen(tx, step)
    wait = delay(Kind.TRANSIENT, step.tries, age_of(step, now), None, engine.chance)
    said = _BACK if back else _LIED
    facts = {"error": said, "error_kind": "contradicted", "handle": ""}
    if queue(engine, tx, step, StepState.READY, now, wait, **facts) is None:
        return
    records.add_evidence(tx, Evidence(step.id, Verdict.CONTRADICTED, seen.at, seen.control, step.said, seen.evidence))
    journal.add(tx, "step.contradicted", now, request=step.request, facts={"step": step.id, "back": back})
    what = "back" if back else "contradicted"
    if trouble.fresh(tx, step, step.id, what, now):
        at = (now + wait).isoformat()
        outbox.tell(tx, "line", now, request=step.request, step=step.id, what=what, seen=seen.at.isoformat(), at=at)


def _was_seen(tx: Tx, step: Step) -> bool:
    """Whether a look since the last change already saw it as wanted: then somebody changed it back."""
    since = step.applied_at
    trail = journal.read(tx, request=step.request, kinds=("step.seen",))
    mine = (entry for entry in trail if entry.facts["step"] == step.id)
    return any(since is not None and entry.at >= since for entry in mine)


def _again(engine: Engine, tx: Tx, step: Step, now: datetime, error: ConnectorError) -> None:
    """Look again later; the step stays applied, which is never shown as done. What only a person can see is asked."""
    if parks(error.kind):
        park(engine, tx, step, error.said, error.kind.value, now)
    else:
        age = now - (step.applied_at or now)
        wait = delay(error.kind, step.attempt, age, error.after, engine.chance)
        put_back(engine, tx, step, StepState.APPLIED, (error.kind.value, error.said), now, wait)
