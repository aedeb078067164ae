"""What is given back fails closed: given while it may be, never later, and taken back where it came too late."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from bot.domain.by_hand import by_hand
from bot.domain.lifecycle import NOT_STARTED, RequestState, StepState
from bot.domain.model import Assign, Change, PersonId, Task, Trigger, Wave, inverse
from bot.domain.planning import key_of
from bot.domain.request import Request, Step, StepKind
from bot.domain.restore import gives
from bot.engine import progress, search
from bot.engine.context import Engine, queue, scene
from bot.engine.taken import made
from bot.store import Tx, journal, outbox, people, records

LEAVING = "This person is being offboarded."
_OVER = "Its own end has passed."
_NOT_OURS = "It was so before, and not because of this request."
_TOO_LATE = "Its time was over before it was done."
GIVES = frozenset({Trigger.RESTORE, Trigger.PAUSE})
_TRIED = frozenset({StepState.RUNNING, StepState.APPLIED, StepState.PARKED})


def given(request: Request, step: Step) -> bool:
    """Whether this step gives something back."""
    return request.trigger in GIVES and gives(step.action)


def why_not(tx: Tx, request: Request, step: Step, now: datetime) -> str:
    """Why this step of a restore or of a leave of absence must not run any more; empty where it may."""
    if request.trigger not in GIVES or not isinstance(step.action, Change):
        return ""
    works = people.crew(tx).working(request.subject, now.date())
    if not gives(step.action):
        late = request.trigger is Trigger.PAUSE and request.until is not None and request.until <= now
        return _TOO_LATE if late and works and not step.tries else ""
    if not works:
        return LEAVING
    if isinstance(step.action, Assign) and step.action.grant.until and step.action.grant.until <= now:
        return _OVER
    if request.trigger is Trigger.PAUSE and not set(_locks(tx, step)) & made(tx, request.id):
        return _NOT_OURS
    return ""


def _locks(tx: Tx, step: Step) -> tuple[str, ...]:
    """The steps that this one undoes at the end of a leave."""
    return tuple(records.step_id(step.request, number) for number in step.after_done)


def leave(engine: Engine, tx: Tx, request: Request, step: Step, why: str, now: datetime) -> None:
    """Give this up, and say why; where the system may have been asked already, it is taken back."""
    if records.settle(tx, step, StepState.DROPPED, ended_at=now, due=None, said=why, reminded_at=None) is None:
        return
    journal.add(tx, "gift.left", now, request=request.id, facts={"step": step.id, "why": why})
    outbox.tell(tx, "line", now, request=request.id, step=step.id, what="not given", why=why)
    if given(request, step) and (step.tries or step.state in _TRIED):
        _take_back(engine, tx, request, step, now)


def _take_back(engine: Engine, tx: Tx, request: Request, step: Step, now: datetime) -> Step | None:
    back = inverse(step.action) if isinstance(step.action, Change) else None
    if back is None:
        return None
    if request.state is RequestState.CLOSED:
        records.reopen(tx, request)
    end = _more(tx, request, step, StepKind.APPLY, back, Wave.CONTAIN)
    return queue(engine, tx, end, StepState.READY, now)


def _more(
    tx: Tx,
    request: Request,
    step: Step,
    kind: StepKind,
    action: Change | Task,
    wave: Wave,
    *,
    asked: PersonId | None = None,
) -> Step:
    number = records.steps(tx, request.id)[-1].number + 1
    more = Step(
        id=records.step_id(request.id, number),
        request=request.id,
        number=number,
        kind=kind,
        system=step.system,
        wave=wave,
        action=action,
        state=StepState.WAITING,
        privileged=step.privileged,
        assignee=asked,
        joined_late=True,  # it was approved with what it ends, or a person does it
    )
    records.add_steps(tx, [more])
    return more


def failed(engine: Engine, tx: Tx, request: Request, step: Step, said: str, kind: str, now: datetime) -> bool:
    """End what cannot be given back, and ask whoever looks after the system; False for every other step."""
    if not given(request, step) or not isinstance(step.action, Change):
        return False
    to = StepState.FAILED if step.state is StepState.RUNNING else StepState.DROPPED
    if records.settle(tx, step, to, ended_at=now, error=said, error_kind=kind, due=None) is None:
        return True
    facts = {"step": step.id, "attempt": step.attempt, "kind": kind, "said": said}
    journal.add(tx, "step.failed", now, request=request.id, facts=facts)
    outbox.tell(tx, "line", now, request=request.id, step=step.id, what="failed")
    around = scene(engine, tx, request, now)
    system = around.rules.policy.systems[step.system]
    guiding = partial(search.guide, engine)
    target = f"instead of {key_of(step.system, step.action)}"
    task = by_hand(system, step.action, target, said, guiding(step.system, step.action))
    _more(tx, request, step, StepKind.TASK, task, Wave.TASKS, asked=around.keeper(request, step.system))
    progress.free(engine, tx, request, now)
    return True


def late(engine: Engine, tx: Tx, request: Request, step: Step, now: datetime) -> bool:
    """A call came back that may have given what had been given up meanwhile: it is taken back once more."""
    found = records.step(tx, step.id)
    if not given(request, step) or found is None or found.state is not StepState.DROPPED:
        return False
    end = _take_back(engine, tx, request, step, now)
    if end is not None:
        journal.add(tx, "step.late", now, request=request.id, facts={"step": step.id, "attempt": step.attempt})
        outbox.tell(tx, "line", now, request=request.id, step=end.id, what="late")
    return end is not None


def end_for_leaver(engine: Engine, tx: Tx, subject: PersonId, now: datetime) -> None:
    """An offboarding began: nothing is given back any more, and what was being given is taken back."""
    for trigger in sorted(GIVES):
        for known in records.open_requests(tx, subject=subject, trigger=trigger):
            request = records.lock(tx, known.id)
            if request.state in NOT_STARTED:
                over = records.advance(tx, request, RequestState.WITHDRAWN, closed_at=now)
                journal.add(tx, "request.withdrawn", now, request=over.id, facts={"why": "leaving", "by": None})
                redraw(tx, over, now)
            elif request.state is RequestState.RUNNING:
                _end(engine, tx, request, now)


def _end(engine: Engine, tx: Tx, request: Request, now: datetime) -> None:
    going = records.note(tx, request.id, stopped_at=None)  # what takes back must not wait for a person
    for step in records.steps(tx, request.id):
        if step.ended or (request.trigger is Trigger.PAUSE and step.wave is Wave.CONTAIN):
            continue  # what is being locked is locked
        if step.kind is StepKind.READ:
            records.settle(tx, step, StepState.DROPPED, ended_at=now, due=None)
        elif step.kind is StepKind.TASK or given(request, step):
            leave(engine, tx, going, step, LEAVING, now)
        elif step.state is StepState.WAITING:
            records.settle(tx, step, step.state, due=now)
    progress.free(engine, tx, going, now)
    redraw(tx, going, now)


def redraw(tx: Tx, request: Request, now: datetime) -> None:
    """The head of its thread and everybody's copy tell how it stands."""
    outbox.tell(tx, "root", now, request=request.id)
    for person in request.approvers:
        outbox.tell(tx, "approval", now, request=request.id, person=person)
