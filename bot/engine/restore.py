"""Somebody asks to give back what an offboarding took: checked, stored, and its systems put in the queue to be read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.domain.errors import Refused
from bot.domain.lifecycle import NOT_STARTED, RequestState
from bot.domain.model import PersonId, Power, Trigger
from bot.domain.policy import Crew, Policy, Reason, decide
from bot.domain.request import CONTAINED, Request
from bot.engine import giving, reseat
from bot.engine.context import Engine
from bot.engine.look import look
from bot.engine.plan import plan_if_read
from bot.engine.taken import taken
from bot.store import Tx, again, inbound, journal, outbox, people, records

PREFIX = "RST"


@dataclass(frozen=True, slots=True)
class Restoring:
    """What somebody asks for: everything that `parent` took, or, where the person was the wrong one, what it locked."""

    requester: PersonId
    parent: str
    reason: str = ""
    contained: bool = False


@again
def submit(engine: Engine, asked: Restoring, now: datetime, *, delivery: str = "") -> Request:
    """Store a restore and queue its readings. Raises Refused, naming the field.

    The same `delivery` twice gives the request of the first time: a platform may deliver a form twice.
    """
    with engine.db.begin() as tx:
        parent = _parent(tx, asked)
        earlier = _open(tx, parent)
        if delivery and inbound.seen(tx, f"form:{delivery}", now) and earlier and earlier.requester == asked.requester:
            return earlier
        version, policy = engine.policy(tx)
        raise_if_refused(tx, policy, people.crew(tx), asked, parent, now)
        if asked.contained and parent.state is RequestState.RUNNING and parent.stopped_at is None:
            _stop(tx, parent, asked.requester, now)
        request = _request(engine, tx, version, parent, asked, now)
        records.add(tx, request)
        _tell(tx, request, now)
        planning = records.advance(tx, request, RequestState.PLANNING)
        look(engine, tx, planning, now)
        plan_if_read(engine, tx, planning, now)
        return records.get(tx, request.id) or planning


def raise_if_not_possible(engine: Engine, asked: Restoring, now: datetime) -> None:
    """Raises Refused where this would be refused now: nobody fills in a form for nothing."""
    with engine.db.look() as tx:
        found = records.get(tx, asked.parent)
        if found is None or found.trigger is not Trigger.LEAVER:
            raise Refused(f"I cannot show you {asked.parent}.", hint="It may not exist, or it is not yours to see.")
        raise_if_refused(tx, engine.policy(tx)[1], people.crew(tx), asked, found, now)


def _parent(tx: Tx, asked: Restoring) -> Request:
    found = records.get(tx, asked.parent)
    if found is None or found.trigger not in {Trigger.LEAVER, Trigger.LOCK} or asked.requester == found.subject:
        raise Refused(f"I cannot show you {asked.parent}.", hint="It may not exist, or it is not yours to see.")
    return records.lock(tx, found.id)


def _open(tx: Tx, parent: Request) -> Request | None:
    found = records.open_requests(tx, subject=parent.subject, trigger=Trigger.RESTORE)
    return next((one for one in found if one.parent == parent.id), None)


def may_ask(policy: Policy, crew: Crew, by: PersonId, parent: Request, now: datetime) -> bool:
    """Whether this person may ask to undo that offboarding: who could ask for one, HR, security, an admin."""
    powers = (*policy.askers(Trigger.RESTORE), Power.HR, Power.SECURITY, Power.ADMIN)
    return by != parent.subject and crew.working(by, now.date()) and crew.may(by, *powers)


def raise_if_refused(tx: Tx, policy: Policy, crew: Crew, asked: Restoring, parent: Request, now: datetime) -> None:
    """Raises Refused where this offboarding cannot be undone, with what to do instead."""
    if not may_ask(policy, crew, asked.requester, parent, now):
        raise Refused("You may not undo an offboarding.", hint="People in HR and security may.")
    earlier = _open(tx, parent)
    if earlier is not None:
        raise Refused(f"This is asked for already: {earlier.id}.", hint=f"Type /offboard {earlier.id} to see it.")
    if parent.state in NOT_STARTED:
        raise Refused(f"{parent.id} has not begun.", hint="Cancel it, and nothing more is taken.")
    _raise_if_not_ready(policy, asked, parent, now)
    if giving.newer(tx, parent):
        raise Refused(f"This person was offboarded again after {parent.id}.", hint="Only the last one can be undone.")
    if not taken(tx, parent.id) and not reseat.took(tx, parent):
        raise Refused(f"{parent.id} took nothing so far that could be given back.")
    person = crew.people.get(parent.subject)
    if person is not None and person.ends is not None and person.ends < now.date():
        raise Refused(
            f"The roster says that {person.name} left on {person.ends:%d %b %Y}.",
            hint="Let HR put the last day right first. Access is given only to people who work here.",
        )
    decision = decide(policy, crew, Trigger.RESTORE, requester=asked.requester, subject=parent.subject,
                      systems=tuple(taken(tx, parent.id)), today=now.date())  # fmt: skip
    if not decision.approvers or (decision.reason is not Reason.NEEDS_APPROVAL and not asked.contained):
        hint = "Everyone who may is involved, or has left. Ask an admin to add somebody."
        raise Refused("Nobody is left who could approve this.", hint=hint)


def _raise_if_not_ready(policy: Policy, asked: Restoring, parent: Request, now: datetime) -> None:
    running = parent.state is RequestState.RUNNING
    if asked.contained and not running and parent.trigger is not Trigger.LOCK:
        raise Refused(f"{parent.id} is not running any more.", hint=f"Type /usher undo {parent.id} to give all back.")
    if running and parent.stopped_at is None and not asked.contained:
        raise Refused(f"{parent.id} is running.", hint=f"Press Stop in {parent.id} first; then ask again.")
    if not running and parent.closed_at is not None and parent.closed_at + policy.undo.within < now:
        days = policy.undo.within.days
        raise Refused(
            f"{parent.id} ended on {parent.closed_at:%d %b %Y}, and policy lets it be undone for {days} days.",
            hint="Ask whoever looks after each system to give what is needed now.",
        )


def _stop(tx: Tx, parent: Request, by: PersonId, now: datetime) -> None:
    stopped = records.note(tx, parent.id, stopped_at=now)
    journal.add(tx, "request.stopped", now, request=parent.id, facts={"by": by, "why": "wrong person"})
    outbox.tell(tx, "line", now, request=parent.id, what="wrong person", by=by)
    outbox.tell(tx, "root", now, request=stopped.id)


def _request(engine: Engine, tx: Tx, version: int, parent: Request, asked: Restoring, now: datetime) -> Request:
    return Request(
        id=records.next_id(tx, PREFIX),
        trigger=Trigger.RESTORE,
        state=RequestState.SUBMITTED,
        requester=asked.requester,
        subject=parent.subject,
        starts_at=now,
        reason=asked.reason.strip(),
        created_at=now,
        policy_version=version,
        runbook_version=engine.runbook(tx, Trigger.RESTORE),
        parent=parent.id,
        scope=CONTAINED if asked.contained else "",
    )


def _tell(tx: Tx, request: Request, now: datetime) -> None:
    facts = {
        "requester": request.requester,
        "subject": request.subject,
        "parent": request.parent,
        "scope": request.scope,
        "policy_version": request.policy_version,
    }
    person = people.one(tx, request.subject)
    private = {"reason": request.reason, "subject_name": person.name if person else ""}
    journal.add(tx, "request.submitted", now, request=request.id, facts=facts, private=private)
    outbox.tell(tx, "root", now, request=request.id)
    outbox.tell(tx, "line", now, request=request.parent, what="undo asked", by=request.requester, restore=request.id)
