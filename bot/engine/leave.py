"""Somebody is away for a while: asked for, ended early or later, by HR and never by whom it is about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.errors import Refused
from bot.domain.lifecycle import RequestState, StepState
from bot.domain.model import Person, PersonId, Trigger, Wave
from bot.domain.policy import Crew, Policy, Reason, decide
from bot.domain.request import Request, Step
from bot.engine import progress, resting, revive, rights
from bot.engine.context import Engine, scene
from bot.engine.look import look
from bot.engine.plan import plan_if_read
from bot.store import Tx, again, inbound, journal, outbox, people, records

PREFIX = "PSE"
LONGEST = timedelta(days=366)
OVER = "This leave has ended, or is ending."


@dataclass(frozen=True, slots=True)
class Leave:
    """What somebody asks for. `starts_at` None: as soon as it is approved."""

    requester: PersonId
    subject: PersonId
    until: datetime
    starts_at: datetime | None = None
    reason: str = ""


@again
def submit(engine: Engine, asked: Leave, now: datetime, *, delivery: str = "") -> Request:
    """Store a leave of absence and queue its readings. Raises Refused, naming the field.

    The same `delivery` twice gives the request of the first time: a platform may deliver a form twice.
    """
    with engine.db.begin() as tx:
        people.hold(tx, asked.subject)  # two requests for the same person at the same instant are one
        if delivery and inbound.seen(tx, f"form:{delivery}", now):
            earlier = [one for one in _open(tx, asked.subject) if one.requester == asked.requester]
            if earlier:
                return earlier[-1]
        version, policy = engine.policy(tx)
        person = raise_if_refused(tx, policy, people.crew(tx), asked, now)
        request = _request(engine, tx, version, asked, now)
        records.add(tx, request)
        _tell(tx, request, person, now)
        planning = records.advance(tx, request, RequestState.PLANNING)
        look(engine, tx, planning, now)
        plan_if_read(engine, tx, planning, now)
        return records.get(tx, request.id) or planning


def _open(tx: Tx, subject: PersonId) -> tuple[Request, ...]:
    return records.open_requests(tx, subject=subject, trigger=Trigger.PAUSE)


def may_ask(policy: Policy, crew: Crew, by: PersonId, now: datetime) -> bool:
    """Whether this person may lock accounts for a leave: whoever may ask for an offboarding."""
    return crew.working(by, now.date()) and crew.may(by, *policy.askers(Trigger.PAUSE))


def raise_if_refused(tx: Tx, policy: Policy, crew: Crew, asked: Leave, now: datetime) -> Person:
    """The person, if this leave may be asked for. Raises Refused with the field it belongs to."""
    person = crew.people.get(asked.subject)
    if not may_ask(policy, crew, asked.requester, now):
        raise Refused("You may not ask for a leave of absence.", hint="People in HR may.")
    if person is None or not crew.working(person.id, now.date()):
        raise Refused("This person does not work here now.", hint="Choose somebody else.", field="person")
    if person.id == asked.requester:
        raise Refused("You cannot ask for your own leave.", hint="Ask a colleague in HR.", field="person")
    if person.id in policy.protected:
        raise Refused(f"{person.name} is protected by policy.", hint="Talk to security first.", field="person")
    for trigger in (Trigger.PAUSE, Trigger.LEAVER, Trigger.RESTORE):
        for other in records.open_requests(tx, subject=person.id, trigger=trigger):
            hint = f"Type /offboard {other.id} to see it."
            raise Refused(f"{person.name} is in another request already: {other.id}.", hint=hint, field="person")
    _raise_if_no_time(asked.starts_at or now, asked.until, now)
    decision = decide(policy, crew, Trigger.PAUSE, requester=asked.requester, subject=person.id,
                      systems=tuple(policy.systems), today=now.date())  # fmt: skip
    if decision.reason is not Reason.NEEDS_APPROVAL:
        hint = "Everyone who may is involved, or has left. Ask an admin to add somebody."
        raise Refused("Nobody is left who could approve this.", hint=hint, field="person")
    return person


def _raise_if_no_time(since: datetime, until: datetime, now: datetime) -> None:
    if until <= max(since, now):
        raise Refused("That day is not after the first one.", hint="Choose a later one.", field="day")
    if until > since + LONGEST:
        raise Refused("A leave may last a year at most.", hint="Choose an earlier day; it can be moved.", field="day")


def _request(engine: Engine, tx: Tx, version: int, asked: Leave, now: datetime) -> Request:
    later = asked.starts_at is not None and asked.starts_at > now
    return Request(
        id=records.next_id(tx, PREFIX),
        trigger=Trigger.PAUSE,
        state=RequestState.SUBMITTED,
        requester=asked.requester,
        subject=asked.subject,
        starts_at=asked.starts_at if later and asked.starts_at else now,
        immediate=not later,
        reason=asked.reason.strip(),
        created_at=now,
        policy_version=version,
        runbook_version=engine.runbook(tx, Trigger.PAUSE),
        until=asked.until,
    )


def _tell(tx: Tx, request: Request, person: Person, now: datetime) -> None:
    facts = {
        "requester": request.requester,
        "subject": request.subject,
        "starts_at": request.starts_at.isoformat(),
        "until": request.until.isoformat() if request.until else "",
        "policy_version": request.policy_version,
    }
    private = {"reason": request.reason, "subject_name": person.name}
    journal.add(tx, "request.submitted", now, request=request.id, facts=facts, private=private)
    outbox.tell(tx, "root", now, request=request.id)


@again
def end_now(engine: Engine, request_id: str, by: PersonId, now: datetime) -> Request:
    """Give everything back now: she is back, or it was a mistake. Raises Refused."""
    with engine.db.begin() as tx:
        request = _mine(engine, tx, request_id, by, now)
        if request.until is not None and request.until <= now:
            raise Refused(OVER)
        going = records.note(tx, request.id, until=now, stopped_at=None)
        people.go_away(tx, request.subject, None)
        journal.add(tx, "leave.ended", now, request=request.id, facts={"by": by})
        outbox.tell(tx, "line", now, request=request.id, what="leave ended", by=by)
        for step in records.steps(tx, request.id):
            if step.wave is Wave.CONTAIN and not step.ended and not _begun(step):
                records.settle(tx, step, StepState.DROPPED, ended_at=now, due=None, said="The leave was over first.")
                resting.forget(tx, going, step, now, "It was never locked.")
        for step in resting.backs(records.steps(tx, request.id)):
            records.settle(tx, step, step.state, due=now, reminded_at=None)
        progress.free(engine, tx, going, now)
        revive.redraw(tx, going, now)
        return records.get(tx, request.id) or going


def _begun(step: Step) -> bool:
    return step.tries > 0 or step.first_tried_at is not None


@again
def move(engine: Engine, request_id: str, by: PersonId, until: datetime, now: datetime) -> Request:
    """Another day for the end of a leave that runs. Raises Refused, naming the field."""
    with engine.db.begin() as tx:
        request = _mine(engine, tx, request_id, by, now)
        if request.until is None or request.until <= now:
            raise Refused(OVER)
        _raise_if_no_time(request.started_at or request.starts_at, until, now)
        moved = records.note(tx, request.id, until=until)
        people.go_away(tx, request.subject, until.date())
        remind: datetime | None = resting.reminder(now, until)
        for step in resting.backs(records.steps(tx, request.id)):
            records.settle(tx, step, step.state, due=until, reminded_at=remind)
            remind = None  # one word for all of them
        journal.add(tx, "leave.moved", now, request=request.id, facts={"by": by, "until": until.isoformat()})
        outbox.tell(tx, "line", now, request=request.id, what="leave moved", by=by, until=until.isoformat())
        revive.redraw(tx, moved, now)
        return moved


def _mine(engine: Engine, tx: Tx, request_id: str, by: PersonId, now: datetime) -> Request:
    """The running leave, locked, if this person may steer it. Raises Refused."""
    request = records.lock(tx, request_id)
    around = scene(engine, tx, request, now)
    if by == request.subject or not rights.steers(around, request, by):
        raise Refused("You may not do this.", hint="HR, security and whoever asked may.")
    if request.trigger is not Trigger.PAUSE or request.state is not RequestState.RUNNING:
        raise Refused(f"{request.id} is no leave that runs.", hint="Before it begins it can be cancelled.")
    return request
