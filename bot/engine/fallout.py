"""The fallout desk: one card for all that is stuck in a system, in the thread and with whoever looks after it."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.domain.errors import Refused
from bot.domain.hold import DATE, latest
from bot.domain.lifecycle import RequestState, StepState
from bot.domain.model import PersonId, SystemKey, Wave
from bot.domain.request import Step, StepKind
from bot.engine import desk
from bot.engine.context import Engine, scene
from bot.engine.tasks import mine, retry
from bot.store import Tx, again, journal, outbox, records

_MINUTE = timedelta(minutes=1)  # forms know minutes only


@again
def put_off(engine: Engine, step_id: str, by: PersonId, until: datetime, now: datetime) -> Step:
    """Leave a step alone until a day, and then go on with it. Raises Refused with the field."""
    with engine.db.begin() as tx:
        step, request = mine(engine, tx, step_id, by, now)
        raise_if_never(step)
        if request.state is not RequestState.RUNNING:
            raise Refused("This does not run yet.")
        if until <= now:
            raise Refused("That time has already passed.", field="day")
        around = scene(engine, tx, request, now)
        if until > latest(now, around.rules.policy.holds) + _MINUTE:
            raise Refused(f"Policy allows at most {around.rules.policy.holds.longest.days} days.", field="day")
        facts = {"held": DATE, "due": until, "deadline": until, "reminded_at": None, "error": "", "error_kind": ""}
        if records.settle(tx, step, StepState.HELD, **{**facts, "assignee": by}) is None:
            raise Refused("Somebody else was a moment faster.")
        told = {"step": step.id, "by": by, "until": until.isoformat()}
        journal.add(tx, "step.put_off", now, request=request.id, facts=told)
        outbox.tell(tx, "line", now, request=request.id, step=step.id, what="put off", by=by, until=until.isoformat())
        outbox.tell(tx, "root", now, request=request.id)
        _redraw(tx, step, now)
        return step


def raise_if_never(step: Step) -> None:
    """What may not be put off at all. Raises Refused."""
    if step.wave is Wave.CONTAIN:
        raise Refused("This is among what must end first. It cannot be put off.", hint="Do it by hand, or escalate.")
    if step.kind is StepKind.READ:
        raise Refused("A look at a system cannot be put off: nothing would be known.", hint="Press Retry now.")
    if step.ended:
        raise Refused("This is over already. Nothing is left to do.")
    waits = step.state is StepState.READY and (step.kind is StepKind.TASK or bool(step.error))
    if step.state is not StepState.PARKED and not waits:
        raise Refused("This is being done right now, or waits for somebody already.")


@again
def retry_all(engine: Engine, request_id: str, system: SystemKey, by: PersonId, now: datetime) -> int:
    """Try everything that is stuck in a system once more, now; how many steps. Raises Refused."""
    with engine.db.begin() as tx:
        records.lock(tx, request_id)
        waits = [s for s in records.steps(tx, request_id) if s.system == system and desk.is_stuck(s)]
        count = 0
        for one in waits:
            step, request = mine(engine, tx, one.id, by, now)
            count += retry(engine, tx, step, request, by, now) is not None
        if not count:
            raise Refused("Nothing is stuck here any more.")
        return count


def _redraw(tx: Tx, step: Step, now: datetime) -> None:
    desk.redraw(tx, step, now)
    if step.kind is StepKind.TASK:
        desk.ask(tx, step.request, step.assignee, now)
    elif step.assignee:
        outbox.tell(tx, "stuck", now, request=step.request, step=step.id, person=step.assignee)
