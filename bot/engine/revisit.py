"""What two people left open comes up again on its day: it is read anew, and what is still there is asked for again."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.domain.lifecycle import RequestState, StepState
from bot.domain.model import Trigger
from bot.domain.planning import APPROVAL
from bot.domain.request import Request, Step, StepKind
from bot.engine import progress
from bot.engine.context import Engine, scene
from bot.engine.look import look
from bot.store import Tx, again, due, journal, outbox, records

_AT_ONCE = 100


def revisit(engine: Engine, now: datetime) -> int:
    """Take up everything whose time of being left open is over, however long ago that was; returns how much."""
    with engine.db.look() as tx:
        over = due.waived(tx, now, _AT_ONCE)
    return sum(_revisit(engine, step.id, now) for step in over)


@again
def _revisit(engine: Engine, step_id: str, now: datetime) -> bool:
    with engine.db.begin() as tx:
        found = records.lock_step(tx, step_id)
        if found is None:
            return False
        step, request = found
        if step.state is not StepState.WAIVED or step.due is None or step.due > now:
            return False  # another replica took it up
        records.settle(tx, step, step.state, due=None)
        back = scene(engine, tx, request, now).crew.working(request.subject, now.date())
        what = "waiver back" if back else "waiver over"
        facts = {"step": step.id, "back": back}
        journal.add(tx, "step.waiver_over", now, request=request.id, facts=facts)
        outbox.tell(tx, "line", now, request=request.id, step=step.id, what=what)
        if not back and not _another_is_open(tx, request):
            _take_up(engine, tx, step, request, now)
        return True


def _another_is_open(tx: Tx, request: Request) -> bool:
    """A newer removal of the same person reads every system itself."""
    mine = records.open_requests(tx, subject=request.subject, trigger=Trigger.LEAVER)
    return any(other.id != request.id for other in mine)


def _take_up(engine: Engine, tx: Tx, step: Step, request: Request, now: datetime) -> None:
    """The same item once more, behind a fresh reading: what is gone by now is confirmed without a change."""
    if request.state is RequestState.CLOSED:
        records.reopen(tx, request)
        request = records.lock(tx, request.id)
    number = max(one.number for one in records.steps(tx, request.id)) + 1
    fresh = Step(
        id=records.step_id(request.id, number),
        request=request.id,
        number=number,
        kind=step.kind,
        system=step.system,
        wave=step.wave,
        action=step.action,
        state=StepState.WAITING,
        privileged=step.privileged,
        reversible=step.reversible,
        assignee=step.assignee,
        joined_late=True,
        rule=step.rule,
        why=step.why,
    )
    if step.kind is StepKind.APPLY and not progress.allowed(request, fresh, ()):
        fresh = replace(fresh, held=step.held or APPROVAL)
    records.add_steps(tx, [fresh])
    if step.kind is StepKind.APPLY:
        look(engine, tx, request, now, only=step.system)
    outbox.tell(tx, "root", now, request=request.id)
    progress.free(engine, tx, request, now)
