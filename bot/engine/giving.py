"""What a restore means: its plan, what the reading at its start says, and the end of the offboarding it undoes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import partial

from bot.domain.errors import Refused
from bot.domain.giving import Returned, restore_plan
from bot.domain.lifecycle import RequestState, StepState
from bot.domain.model import Plan, SystemKey, Task, Trigger
from bot.domain.planning import canonical
from bot.domain.reading import Reading
from bot.domain.request import CONTAINED, Request, Step, StepKind
from bot.domain.restore import gives
from bot.domain.verify import Verdict, judge
from bot.engine import progress, reseat, revive, search, tasks
from bot.engine.context import Engine, scene
from bot.engine.reseat import Back
from bot.engine.taken import family
from bot.engine.undo import Undo, seen, weighed
from bot.store import Tx, journal, outbox, records

NOTHING = "nothing"
_ASKED = frozenset({StepState.READY, StepState.HELD, StepState.PARKED})


def parent_of(tx: Tx, request: Request) -> Request:
    """The offboarding that a restore undoes. Raises LookupError."""
    found = records.get(tx, request.parent or "")
    if found is None:
        raise LookupError(request.parent)
    return found


def plan(engine: Engine, tx: Tx, request: Request, now: datetime) -> Plan | None:
    """What gives back what was taken, by what the systems said just now; None where nothing is to be given."""
    around = scene(engine, tx, request, now)
    policy = around.rules.policy
    fresh = _fresh(tx, request)
    every = seen(engine, tx, parent_of(tx, request), fresh)
    undone = [weighed(engine, one, now) for one in every if one.fresh]
    here = reseat.back(engine, tx, parent_of(tx, request)) if request.scope != CONTAINED else reseat.Back((), ())
    _keep(tx, request, undone, here, [one.system.key for one in every if not one.fresh], now)
    found = restore_plan(
        [Returned(policy.systems[one.system], one.preview, one.can) for one in undone if one.system in policy.systems],
        lambda key: around.keeper(request, key),
        partial(search.guide, engine),
        contained=request.scope == CONTAINED,
    )
    found = reseat.beside(found, here)
    if found.steps:
        return found
    over = records.advance(tx, request, RequestState.WITHDRAWN, closed_at=now)
    journal.add(tx, "request.withdrawn", now, request=request.id, facts={"why": NOTHING, "by": None})
    revive.redraw(tx, over, now)
    outbox.tell(tx, "told", now, request=request.id, person=request.requester, what=NOTHING)
    return None


def _fresh(tx: Tx, request: Request) -> Mapping[SystemKey, Reading]:
    """What each system said for this plan; one that did not answer is left out, and nothing is given there."""
    read = [step.system for step in records.steps(tx, request.id) if step.kind is StepKind.READ]
    found = {key: records.last_reading(tx, request.id, key) for key in read}
    return {key: reading for key, reading in found.items() if reading is not None}


def _keep(tx: Tx, request: Request, undone: list[Undo], here: Back, unread: list[SystemKey], now: datetime) -> None:
    """What does not come back, or needs a person, is part of what people decide about."""
    lost = [[one.system, lost.how, lost.what, lost.why] for one in undone for lost in one.preview.lost]
    lost += reseat.rows(here)
    facts = {"gives": sum(len(one.preview.gives) for one in undone), "lost": len(lost), "unread": unread}
    journal.add(tx, "restore.weighed", now, request=request.id, facts=facts, private={"lost": canonical(lost)})


def meet(engine: Engine, tx: Tx, request: Request, seen: Reading, now: datetime) -> None:
    """The reading at the start: what somebody else gave back meanwhile is seen, and nothing is changed there."""
    for step in records.steps(tx, request.id):
        if step.system != seen.system or not _untouched(step) or isinstance(step.action, Task | None):
            continue
        if judge(step.action, seen) is Verdict.CONFIRMED:
            progress.confirmed(tx, step, seen, now, already=True)
            _forget_its_end(tx, request, step, now)
    progress.free(engine, tx, request, now)


def _untouched(step: Step) -> bool:
    return step.kind is StepKind.APPLY and not step.ended and not step.tries and gives(step.action)


def _forget_its_end(tx: Tx, request: Request, given: Step, now: datetime) -> None:
    for step in records.steps(tx, request.id):
        if given.number in step.after_done and step.state is StepState.WAITING:
            records.settle(tx, step, StepState.DROPPED, ended_at=now, due=None, said="It was there already.")


def raise_if_not_now(tx: Tx, request: Request) -> None:
    """Whether a restore may begin: its offboarding must rest, and be the last one. Raises Refused."""
    parent = parent_of(tx, request)
    if parent.state is RequestState.RUNNING and parent.stopped_at is None:
        raise Refused(f"{parent.id} is running.", hint=f"Press Stop in {parent.id} first.")
    steps = [step for one in family(tx, parent.id) for step in records.steps(tx, one.id)]
    if any(step.state is StepState.RUNNING for step in steps):
        raise Refused(f"A step of {parent.id} is at work this moment.", hint="Try again in a minute.")
    if newer(tx, parent):
        raise Refused(f"This person was offboarded again after {parent.id}.", hint="Only the last one can be undone.")


def newer(tx: Tx, parent: Request) -> bool:
    """Whether another offboarding of the same person began after this one."""
    every = [one for one in records.about(tx, parent.subject) if one.trigger is Trigger.LEAVER and one.started_at]
    since = parent.started_at
    return any(one.id != parent.id and one.started_at and since and one.started_at > since for one in every)


def begin(tx: Tx, request: Request, now: datetime) -> None:
    """A restore begins: what its offboarding has not done by now is not done any more."""
    for one in family(tx, request.parent or ""):
        _give_up(tx, records.lock(tx, one.id), request, now)


def _give_up(tx: Tx, parent: Request, request: Request, now: datetime) -> None:
    if parent.state is not RequestState.RUNNING:
        return
    for step in records.steps(tx, parent.id):
        if not step.ended:
            records.settle(tx, step, StepState.DROPPED, ended_at=now, due=None, reminded_at=None)
            if step.assignee and step.state in _ASKED:
                tasks.draw(tx, step, now)  # nothing is asked of them any more
    over = records.note(tx, parent.id, stopped_at=None)
    over = records.advance(tx, over, RequestState.CLOSED, closed_at=now)
    journal.add(tx, "request.given_up", now, request=parent.id, facts={"restore": request.id})
    outbox.tell(tx, "line", now, request=parent.id, what="given up", restore=request.id)
    revive.redraw(tx, over, now)
