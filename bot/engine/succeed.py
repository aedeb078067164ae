"""Who takes over: somebody is named, asked, and says yes or no themselves; only a yes lets the hand-over run."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.domain.errors import Refused
from bot.domain.lifecycle import StepState
from bot.domain.model import Account, Disable, HandOver, PersonId
from bot.domain.planning import APPROVAL, MACHINE, SUCCESSOR
from bot.domain.request import Evidence, Request, Step
from bot.domain.successors import ACCEPT, KEPT, Around, able
from bot.engine import desk, progress, rights
from bot.engine.context import Engine, queue, scene
from bot.engine.look import look
from bot.engine.tasks import mine, refresh
from bot.store import Tx, again, journal, outbox, owners, people, records

_KEPT = "It stays; I look after it from now on."


@again
def name_successor(engine: Engine, step_id: str, by: PersonId, native_id: str, now: datetime) -> Step:
    """Say who shall take over an asset; that person is asked, unless it is whoever says it. Raises Refused."""
    with engine.db.begin() as tx:
        step, request = mine(engine, tx, step_id, by, now)
        action = _open(step)
        to, person = _candidate(engine, tx, step, native_id, request, now)
        if step.held == ACCEPT and action.to is not None and action.to.native_id == to.native_id:
            raise Refused("They have been asked already.", hint="Wait for the answer, or choose somebody else.")
        facts = {"step": step.id, "by": by, "to": to.native_id, "person": person}
        journal.add(tx, "step.successor", now, request=request.id, facts=facts, private={"label": to.label})
        refresh(tx, step, now)  # whoever was asked before
        outbox.tell(tx, "line", now, request=request.id, step=step.id, what="successor", by=by, to=to.label)
        action = replace(action, to=to)
        named = taken_on(engine, tx, step, request, now, action) if person == by else None
        if person != by:
            times = progress.deadline(engine, tx, request, step, now)
            named = records.settle(tx, step, StepState.HELD, action=action, held=ACCEPT, assignee=person, **times)
        if named is None:
            raise Refused("Somebody else was a moment faster.")
        refresh(tx, named, now)
        desk.ask(tx, request.id, by, now)
        return named


@again
def accept(engine: Engine, step_id: str, by: PersonId, now: datetime) -> Step | None:
    """The person who was named says yes; None when it is theirs no more, and somebody else is asked. Raises Refused."""
    with engine.db.begin() as tx:
        step, request = _asked(tx, step_id, by)
        if not _theirs(tx, step, by) or not may_take(engine, tx, by, request, now):
            put_back(engine, tx, step, request, now, "cannot")
            return None
        journal.add(tx, "step.accepted", now, request=request.id, facts={"step": step.id, "by": by})
        outbox.tell(tx, "line", now, request=request.id, step=step.id, what="accepted", by=by)
        if isinstance(step.action, Disable):
            taken = look_after(engine, tx, step, request, by, now)
        else:
            taken = taken_on(engine, tx, step, request, now)
        if taken is None:
            raise Refused("Somebody else was a moment faster.")
        refresh(tx, step, now)
        refresh(tx, taken, now)
        desk.redraw_asked(tx, request.id, now)  # whoever named them may decide nothing about it any more
        return taken


@again
def decline(engine: Engine, step_id: str, by: PersonId, reason: str, now: datetime) -> None:
    """The person who was named says no, and why: whoever looks after the system is asked again. Raises Refused."""
    if not reason.strip():
        raise Refused("Say in a sentence why not, so that somebody else can be found.", field="reason")
    with engine.db.begin() as tx:
        step, request = _asked(tx, step_id, by)
        put_back(engine, tx, step, request, now, "declined", reason.strip())


def put_back(
    engine: Engine, tx: Tx, step: Step, request: Request, now: datetime, why: str, reason: str = ""
) -> Step | None:
    """The question goes back to whoever looks after the system, with the next suggestion."""
    keeper = scene(engine, tx, request, now).keeper(request, step.system)
    action = replace(step.action, to=None) if isinstance(step.action, HandOver) else step.action
    held = SUCCESSOR if isinstance(step.action, HandOver) else MACHINE
    times = progress.deadline(engine, tx, request, step, now)
    back = records.settle(tx, step, StepState.HELD, action=action, held=held, assignee=keeper, **times)
    if back is None:
        return None
    facts = {"step": step.id, "by": step.assignee, "to": keeper}
    journal.add(tx, f"step.{why}", now, request=request.id, facts=facts, private={"reason": reason})
    outbox.tell(tx, "line", now, request=request.id, step=step.id, what=why, by=step.assignee, asked=keeper)
    refresh(tx, step, now)
    refresh(tx, back, now)
    return back


def not_this_one(engine: Engine, tx: Tx, step: Step, request: Request, now: datetime) -> None:
    """An approver said no to who takes over: somebody else is looked for, and decided about anew."""
    for given in records.approvals(tx, request.id):
        if given.items == (step.number,):
            records.withdraw_approval(tx, given.id, now)
    put_back(engine, tx, step, request, now, "refused")


@again
def look_again(engine: Engine, step_id: str, by: PersonId, now: datetime) -> None:
    """Read the system again, because somebody who could succeed was given access meanwhile. Raises Refused."""
    with engine.db.begin() as tx:
        step, request = mine(engine, tx, step_id, by, now)
        if step.state is not StepState.HELD or step.held != SUCCESSOR:
            raise Refused("A successor was named already.")
        look(engine, tx, request, now, only=step.system)


def _open(step: Step) -> HandOver:
    """The hand-over that still waits for somebody. Raises Refused."""
    waits = step.state is StepState.HELD and step.held in {SUCCESSOR, ACCEPT}
    if not waits or not isinstance(step.action, HandOver):
        raise Refused("A successor was named already.")
    return step.action


def _asked(tx: Tx, step_id: str, by: PersonId) -> tuple[Step, Request]:
    """The question, for the one person who was asked. Raises Refused."""
    found = records.lock_step(tx, step_id)
    if found is None:
        raise Refused("I cannot find this step any more.")
    step, request = found
    waits = step.state is StepState.HELD and step.held == ACCEPT
    if not waits or step.assignee != by or by == request.subject:
        raise Refused("This is not waiting for you any more.", hint="Nothing is left to do here.")
    return step, request


def _theirs(tx: Tx, step: Step, person: PersonId) -> bool:
    """Whether the account that would take over is still linked to this person."""
    to = step.action.to if isinstance(step.action, HandOver) else None
    return to is None or people.owner_of(tx, step.system, to.native_id) == person


def may_take(engine: Engine, tx: Tx, person: PersonId, request: Request, now: datetime) -> bool:
    """Whether somebody may take anything over from whom this request is about, today."""
    around = scene(engine, tx, request, now)
    return able(person, Around(around.crew, request.subject, {}, around.today, people.going(tx)))


def look_after(engine: Engine, tx: Tx, step: Step, request: Request, person: PersonId, now: datetime) -> Step | None:
    """It stays, and this person looks after it from now on: that is written down as their own word."""
    assert isinstance(step.action, Disable)  # noqa: S101 - whoever calls has looked
    facts = {"held": KEPT, "assignee": person, "ended_at": now, "ended_by": person, "said": _KEPT, "due": None}
    done = records.settle(tx, step, StepState.ATTESTED, **facts)
    if done is not None:
        owners.keep(tx, step.action.credential, person, request.id, now)
        records.add_evidence(tx, Evidence(step.id, None, now, person, _KEPT))
        progress.free(engine, tx, request, now)
    return done


def taken_on(
    engine: Engine, tx: Tx, step: Step, request: Request, now: datetime, action: HandOver | None = None
) -> Step | None:
    """The change that was decided runs; what joined after the approval asks for an approval of its own."""
    keeper = scene(engine, tx, request, now).keeper(request, step.system)
    facts: dict[str, Any] = {"action": action or step.action, "assignee": keeper, "reminded_at": None}
    if progress.allowed(request, step, records.approvals(tx, request.id)):
        return queue(engine, tx, step, StepState.READY, now, held="", **facts)
    held = records.settle(tx, step, StepState.HELD, held=APPROVAL, **facts)
    if held is not None:
        outbox.tell(tx, "line", now, request=request.id, step=step.id, what="held", held=held.held)
        for person in rights.deciders(engine, tx, request, now):
            outbox.tell(tx, "item", now, request=request.id, step=step.id, person=person)
    return held


def _candidate(
    engine: Engine, tx: Tx, step: Step, native_id: str, request: Request, now: datetime
) -> tuple[Account, PersonId]:
    candidates = step.action.asset.candidates if isinstance(step.action, HandOver) else ()
    found = next((account for account in candidates if account.native_id == native_id), None)
    if found is None:
        raise Refused("Choose somebody from the list.")
    owner = people.owner_of(tx, step.system, native_id)
    if owner is None or owner == request.subject:
        raise Refused("I do not know whose account this is.", hint="Choose somebody else, or link the account first.")
    around = scene(engine, tx, request, now)
    if not around.crew.working(owner, around.today):
        raise Refused("That person does not work here any more.")
    if owner in people.going(tx):  # why they cannot is not for everybody to know
        raise Refused("They cannot take this over.", hint="Choose somebody else.")
    return found, owner
