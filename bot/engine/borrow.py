"""Somebody asks for access by name, for a while: checked, stored, and its one system put in the queue to be read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot.domain.errors import Refused
from bot.domain.lifecycle import RequestState
from bot.domain.model import Person, PersonId, Trigger
from bot.domain.policy import Crew, Offer, Policy, Reason, decide
from bot.domain.request import Request, Wanted
from bot.engine.context import Engine
from bot.engine.look import look
from bot.engine.plan import plan_if_read
from bot.engine.rights import may_borrow
from bot.store import Tx, again, inbound, journal, outbox, people, records

PREFIX = "ACC"


@dataclass(frozen=True, slots=True)
class Borrowing:
    """What somebody asks for. Without `until` it lasts as long as the policy says is usual."""

    requester: PersonId
    subject: PersonId
    offer: str
    reason: str
    until: datetime | None = None


@again
def submit(engine: Engine, asked: Borrowing, now: datetime, *, delivery: str = "") -> Request:
    """Store a request for time-boxed access and queue its reading. Raises Refused, naming the field.

    The same `delivery` twice gives the request of the first time: a platform may deliver a form twice.
    """
    with engine.db.begin() as tx:
        people.hold(tx, asked.subject)  # two requests for the same thing at the same instant are one
        if delivery and inbound.seen(tx, f"form:{delivery}", now):
            mine = [r for r in records.about(tx, asked.subject) if r.requester == asked.requester]
            earlier = [r for r in mine if r.offer == asked.offer]
            if earlier:
                return earlier[-1]
        version, policy = engine.policy(tx)
        person, offer = _checked(engine, tx, policy, asked, now)
        request = _request(engine, tx, version, person, offer, asked, now)
        records.add(tx, request)
        _tell(tx, request, person, now)
        planning = records.advance(tx, request, RequestState.PLANNING)
        look(engine, tx, planning, now, only=offer.system)
        plan_if_read(engine, tx, planning, now)  # a system that cannot be asked is an answer too
        return records.get(tx, request.id) or planning


def _checked(engine: Engine, tx: Tx, policy: Policy, asked: Borrowing, now: datetime) -> tuple[Person, Offer]:
    offer = policy.access.offers.get(asked.offer)
    if offer is None:
        raise Refused("This cannot be asked for any more.", hint="Choose something from the list.", field="what")
    person = _person(policy, people.crew(tx), asked, now.date())
    if not asked.reason.strip():
        raise Refused("Say in a sentence what it is for.", field="reason")
    raise_if_too_long(offer, asked.until, now)
    if all(link.system != offer.system for link in people.links(tx, person.id)):
        name = policy.systems[offer.system].name
        raise Refused(
            f"I know no account of {person.name} in {name}.", hint="Ask its owner to link it first.", field="what"
        )
    for other in records.open_requests(tx, subject=person.id, trigger=Trigger.ACCESS):
        if other.offer == offer.key:
            raise Refused(f"This is asked for or given already: {other.id}.", hint="It can be extended.", field="what")
    _raise_if_nobody(policy, people.crew(tx), offer, asked, now.date())
    if offer.system not in engine.connectors:
        raise Refused("I am not connected to this system right now.", hint="Tell IT, and try again.", field="what")
    return person, offer


def _person(policy: Policy, crew: Crew, asked: Borrowing, today: date) -> Person:
    person = crew.people.get(asked.subject)
    if person is None or not crew.working(asked.subject, today):
        raise Refused("Nothing can be given to this person now.", hint="Choose somebody else.", field="person")
    if not may_borrow(policy, crew, asked.requester, asked.subject, today):
        raise Refused("You may ask for yourself and for whom you manage.", field="person")
    if person.id in policy.protected:
        raise Refused(f"{person.name} is protected by policy.", hint="Talk to security first.", field="person")
    return person


def raise_if_too_long(offer: Offer, until: datetime | None, now: datetime, since: datetime | None = None) -> None:
    """Raises Refused for an end that has passed, or that lies further away from the beginning than policy allows."""
    if until is None:
        return
    if until <= now:
        raise Refused("That time has already passed.", hint="Choose a later one.", field="day")
    last = (since or now) + offer.longest
    if until > last:
        raise Refused(f"That is too long: {in_words(offer.longest)} is the longest.", field="day")


def in_words(length: timedelta) -> str:
    """90 minutes, 8 hours, 5 days: as the policy writes it."""
    seconds = round(length.total_seconds())
    for size, unit in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size and seconds % size == 0:
            return f"{seconds // size} {unit}{'s' * (seconds != size)}"
    return f"{seconds} second{'s' * (seconds != 1)}"


def _raise_if_nobody(policy: Policy, crew: Crew, offer: Offer, asked: Borrowing, today: date) -> None:
    decision = decide(
        policy,
        crew,
        Trigger.ACCESS,
        requester=asked.requester,
        subject=asked.subject,
        systems=[offer.system],
        today=today,
        offer=offer.key,
    )
    if decision.reason is not Reason.NEEDS_APPROVAL:
        hint = "Everyone who may is involved, or has left. Ask an admin to add somebody."
        raise Refused("Nobody is left who could approve this.", hint=hint, field="what")


def _request(
    engine: Engine, tx: Tx, version: int, person: Person, offer: Offer, asked: Borrowing, now: datetime
) -> Request:
    return Request(
        id=records.next_id(tx, PREFIX),
        trigger=Trigger.ACCESS,
        state=RequestState.SUBMITTED,
        requester=asked.requester,
        subject=person.id,
        starts_at=now,
        reason=asked.reason.strip(),
        created_at=now,
        policy_version=version,
        runbook_version=engine.runbook(tx, Trigger.ACCESS),
        until=asked.until,
        wanted=Wanted(offer.key, None if asked.until else offer.usual.total_seconds()),
    )


def _tell(tx: Tx, request: Request, person: Person, now: datetime) -> None:
    facts = {
        "requester": request.requester,
        "subject": request.subject,
        "offer": request.offer,
        "until": request.until.isoformat() if request.until else "",
        "seconds": request.wanted.seconds if request.wanted else None,
        "policy_version": request.policy_version,
    }
    private = {"reason": request.reason, "subject_name": person.name}
    journal.add(tx, "request.submitted", now, request=request.id, facts=facts, private=private)
    outbox.tell(tx, "root", now, request=request.id)
