"""A gift that arrives after we gave its call up: its end is made once more, even if the end was seen already.

A call may hang for longer than anybody waits for it, or its process may be frozen and wake in the middle of it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import structlog

from bot.domain.lifecycle import RequestState, StepState
from bot.domain.model import Revoke, Trigger
from bot.domain.request import Request, Step
from bot.domain.restore import gives
from bot.engine import progress, revive
from bot.engine.context import Engine, queue
from bot.store import Tx, again, journal, outbox, records

log = structlog.get_logger()

_COMES = frozenset({StepState.WAITING, StepState.READY, StepState.RUNNING, StepState.PARKED})  # it is not over yet


def heard(engine: Engine, step: Step, now: datetime) -> None:
    """An attempt that is over is delivered once more: its call may have come back while the database was away."""
    if not gives(step.action):
        return
    with engine.db.look() as tx:
        trail = journal.read(tx, request=step.request, kinds=("step.started", "step.applied", "step.late"))
    mine = {e.kind for e in trail if e.facts.get("step") == step.id and e.facts.get("attempt") == step.attempt}
    if "step.started" in mine and not mine & {"step.applied", "step.late"}:
        answered(engine, step, now)


@again
def answered(engine: Engine, step: Step, now: datetime) -> None:
    """A call came back that may have given something: where its end was made before, it is made after it too."""
    if not gives(step.action):
        return
    with engine.db.begin() as tx:
        request = records.lock(tx, step.request)
        _ = revive.late(engine, tx, request, step, now) or take_back(engine, tx, request, step, now)


def take_back(engine: Engine, tx: Tx, request: Request, step: Step, now: datetime) -> bool:
    """Make the end of a gift of this locked request once more; False where it is still to come."""
    every = records.steps(tx, request.id)
    ends = [one for one in every if isinstance(one.action, Revoke)]
    if request.trigger is not Trigger.ACCESS or not ends or ends[-1].state in _COMES:
        return False
    end = _anew(engine, tx, request, ends[-1], every[-1].number + 1, now)
    journal.add(tx, "step.late", now, request=request.id, facts={"step": step.id, "attempt": step.attempt})
    outbox.tell(tx, "line", now, request=request.id, step=end.id, what="late")
    progress.redraw_access(tx, request, now)
    log.error("a system gave what we had given up; it is taken back", step=step.id, system=step.system)
    return True


def _anew(engine: Engine, tx: Tx, request: Request, end: Step, number: int, now: datetime) -> Step:
    """The end, to be made after this moment; a look that has begun proves nothing about what came since."""
    if end.state is StepState.APPLIED:
        return queue(engine, tx, end, StepState.READY, now, handle="") or end
    if request.state is RequestState.CLOSED:
        records.reopen(tx, request)
    fresh = Step(
        id=records.step_id(request.id, number),
        request=request.id,
        number=number,
        kind=end.kind,
        system=end.system,
        wave=end.wave,
        action=end.action,
        state=StepState.WAITING,
        privileged=end.privileged,
        joined_late=True,  # it was approved with the first end: taking back is part of giving
    )
    records.add_steps(tx, [fresh])
    return queue(engine, tx, fresh, StepState.READY, now) or replace(fresh, state=StepState.READY)
