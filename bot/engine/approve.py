"""A person decides. The button says only which request and which plan; everything else is looked up here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.domain.errors import Refused
from bot.domain.lifecycle import RequestState, StepState
from bot.domain.model import HandOver, PersonId, Trigger
from bot.domain.planning import APPROVAL
from bot.domain.request import Request, StepKind
from bot.engine import erasing, giving, lend, progress, rights, succeed
from bot.engine.context import Engine, scene
from bot.engine.start import start
from bot.store import Tx, again, journal, outbox, records


@dataclass(frozen=True, slots=True)
class Decided:
    """What a press led to: the request now, and how many more are needed."""

    request: Request
    missing: int


@again
def approve(engine: Engine, request_id: str, seen: str, by: PersonId, now: datetime, *, yes: bool) -> Decided:
    """Record one yes or no to the plan this person saw. Raises Refused, in words for a late or wrong click.

    The deny, or the yes that completes the quorum, decides; whoever is first in the database wins.
    """
    with engine.db.begin() as tx:
        request = records.lock(tx, request_id)
        _still_open(tx, engine, request, now)
        _same_plan(request, seen)
        able = _may(engine, tx, request, by, now)
        _not_twice(tx, request, by)
        items = [step.number for step in records.steps(tx, request.id) if step.kind is not StepKind.READ]
        records.add_approval(tx, request, by, yes=yes, items=items, at=now)
        facts = {"by": by, "digest": seen, "yes": yes, "items": items}
        journal.add(tx, "request.approval", now, request=request.id, facts=facts)
        # A yes counts while its giver may give it, and each person's once.
        missing = request.quorum - len({given.person for given in rights.yes(tx, request)} & able)
        if not yes:
            _deny(tx, request, by, now)
        elif missing <= 0:
            _shielded(engine, tx, request, now)
            if request.trigger is Trigger.RESTORE:
                giving.raise_if_not_now(tx, request)
            if request.deletes:
                erasing.raise_if_not_now(engine, tx, request)
            _approved(engine, tx, request, by, now)
        else:
            outbox.tell(tx, "line", now, request=request.id, what="one yes", by=by, missing=missing)
        _refresh(tx, request, now)
        found = records.get(tx, request.id)
        return Decided(found or request, max(0, missing))


@again
def take_back(engine: Engine, request_id: str, by: PersonId, now: datetime) -> Request:
    """Take one's yes back, until the first step it allowed has started. Raises Refused."""
    with engine.db.begin() as tx:
        request = records.lock(tx, request_id)
        mine = [a for a in records.approvals(tx, request.id) if a.person == by and a.yes and a.withdrawn_at is None]
        mine = [approval for approval in mine if approval.digest == request.digest]
        if not mine:
            raise Refused("There is no approval of yours to take back.")
        if request.state in {RequestState.APPROVED, RequestState.SCHEDULED}:
            request = records.advance(tx, request, RequestState.AWAITING_APPROVAL, decided_at=None)
        elif request.state is not RequestState.AWAITING_APPROVAL:
            raise Refused("It is too late to take this back: the work has started.", hint="You can press Stop instead.")
        records.withdraw_approval(tx, mine[-1].id, now)
        journal.add(tx, "request.approval_withdrawn", now, request=request.id, facts={"by": by})
        outbox.tell(tx, "line", now, request=request.id, what="taken back", person=None, by=by)
        _refresh(tx, request, now)
        return request


@again
def approve_item(engine: Engine, step_id: str, seen: str, by: PersonId, now: datetime, *, yes: bool) -> None:
    """Decide about one item that appeared after the approval and cannot be undone. Raises Refused."""
    with engine.db.begin() as tx:
        found = records.lock_step(tx, step_id)
        if found is None:
            raise Refused("I cannot find this item any more.")
        step, request = found
        if step.state is not StepState.HELD or step.held != APPROVAL:
            raise Refused("This item was decided already.")
        _same_plan(request, seen)
        _may(engine, tx, request, by, now)
        given = [a for a in records.approvals(tx, request.id) if step.number in a.items and a.withdrawn_at is None]
        if any(a.person == by for a in given):
            raise Refused("You have decided about this item already.")
        records.add_approval(tx, request, by, yes=yes, items=[step.number], at=now)
        journal.add(tx, "step.approval", now, request=request.id, facts={"by": by, "step": step.id, "yes": yes})
        if not yes and isinstance(step.action, HandOver):  # the thing needs somebody all the same
            succeed.not_this_one(engine, tx, step, request, now)
        elif not yes:
            records.settle(tx, step, StepState.DROPPED, ended_at=now, ended_by=by)
            outbox.tell(tx, "line", now, request=request.id, step=step.id, what="left", by=by)
        elif progress.allowed(request, step, records.approvals(tx, request.id)):
            records.settle(tx, step, StepState.WAITING, held="")
        for person in request.approvers:
            outbox.tell(tx, "item", now, request=request.id, step=step.id, person=person)
        progress.free(engine, tx, request, now)


def _still_open(tx: Tx, engine: Engine, request: Request, now: datetime) -> None:
    late = request.expires_at is not None and request.expires_at <= now
    if request.state is RequestState.AWAITING_APPROVAL and not late:
        return
    if request.state in {RequestState.AWAITING_APPROVAL, RequestState.EXPIRED}:
        raise _over(request)
    decided = [a for a in records.approvals(tx, request.id) if a.digest == request.digest and a.withdrawn_at is None]
    if request.state is RequestState.WITHDRAWN:
        raise Refused(f"{request.id} was cancelled. Nothing is left to decide.")
    if decided:
        last = decided[-1]
        verb = "approved" if last.yes else "denied"
        name = scene(engine, tx, request, last.at).person(last.person).name
        raise Refused(f"{request.id} was already {verb} by {name} at {last.at:%H:%M} UTC. Thank you all the same.")
    raise Refused(f"{request.id} is not waiting for a decision.")


def _over(request: Request) -> Refused:
    at = f" at {request.expires_at:%H:%M} UTC on {request.expires_at:%Y-%m-%d}" if request.expires_at else ""
    return Refused(
        f"{request.id} waited for an answer and ended{at}. Nothing was given.",
        hint="Whoever asked has been told and may ask again.",
    )


def _same_plan(request: Request, seen: str) -> None:
    if request.digest != seen:
        raise Refused("The plan changed after you were asked.", hint="Look at the newest message about it.")


def _may(engine: Engine, tx: Tx, request: Request, by: PersonId, now: datetime) -> frozenset[PersonId]:
    """Everybody who may decide now: people leave, move and are replaced between question and answer."""
    if by == request.subject:
        raise Refused("You cannot decide about a request that concerns you.")
    if by == request.requester:
        raise Refused("You made this request: somebody else must decide.", hint="The people asked know already.")
    around = scene(engine, tx, request, now)
    if request.trigger is Trigger.ACCESS and not around.crew.working(request.subject, around.today):
        raise Refused("This can no longer be given.", hint="Nothing is left to decide here.")
    able = rights.decision(engine, tx, request, now).approvers
    if by not in able and (back := around.crew.away.get(by)) and not around.crew.here(by, around.today):
        raise Refused(f"You said that you are away until {back}: others are asked.", hint="First type /usher back.")
    if by not in able:
        raise Refused("You are not among the people who may decide about this.")
    return able


def _shielded(engine: Engine, tx: Tx, request: Request, now: datetime) -> None:
    if rights.returned(tx, request, now):
        raise Refused("This person works here again: nothing of this is to end.", hint="It closes by itself.")
    ends = request.removes or request.deletes or request.trigger is Trigger.PAUSE
    if ends and rights.is_protected(engine, tx, request.subject):
        raise Refused(
            "Policy protects this person since the request was made: it cannot be approved.",
            hint="Talk to security; the request can be cancelled.",
        )


def _not_twice(tx: Tx, request: Request, by: PersonId) -> None:
    for approval in records.approvals(tx, request.id):
        if approval.person == by and approval.digest == request.digest and approval.withdrawn_at is None:
            raise Refused("You have decided already.", hint="One more person is needed; they have been asked.")


def _deny(tx: Tx, request: Request, by: PersonId, now: datetime) -> None:
    if records.decide(tx, request, RequestState.DENIED, now, closed_at=now) is None:
        raise _over(request)
    journal.add(tx, "request.denied", now, request=request.id, facts={"by": by})
    outbox.tell(tx, "line", now, request=request.id, what="denied", by=by)
    if not request.batch:  # who asked hears of all of them at once
        outbox.tell(tx, "told", now, request=request.id, person=request.requester, what="denied", by=by)


def _approved(engine: Engine, tx: Tx, request: Request, by: PersonId, now: datetime) -> None:
    approved = records.decide(tx, request, RequestState.APPROVED, now)
    if approved is None:
        raise _over(request)
    if request.trigger is Trigger.ACCESS:
        approved = lend.begin(tx, approved, now)
    journal.add(tx, "request.approved", now, request=request.id, facts={"digest": request.digest})
    outbox.tell(tx, "line", now, request=request.id, what="approved", by=by)
    if not request.batch:
        outbox.tell(tx, "told", now, request=request.id, person=request.requester, what="approved", by=by)
    if approved.contains_at_once or approved.starts_at <= now:
        start(engine, tx, approved, now)
    else:
        records.advance(tx, approved, RequestState.SCHEDULED)


def _refresh(tx: Tx, request: Request, now: datetime) -> None:
    """Everybody's copy tells the same story."""
    outbox.tell(tx, "root", now, request=request.id)
    for person in request.approvers:
        outbox.tell(tx, "approval", now, request=request.id, person=person)
