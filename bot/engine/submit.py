"""A request begins: checked, stored, and its first readings put in the queue."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from bot.domain.disagree import odd
from bot.domain.errors import Refused
from bot.domain.lifecycle import RequestState
from bot.domain.model import Person, PersonId, Trigger
from bot.domain.policy import Crew, Policy, Reason, decide
from bot.domain.request import Request
from bot.engine import brake, seats, signs
from bot.engine.context import Engine
from bot.engine.look import look
from bot.engine.plan import plan_if_read
from bot.store import Conflict, Tx, again, inbound, journal, outbox, people, records

_PREFIX = {Trigger.LEAVER: "OFF"}
YOURSELF = "You cannot offboard yourself."


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody asks for. `starts_at` is ignored when `immediate`."""

    requester: PersonId
    subject: PersonId
    starts_at: datetime
    immediate: bool
    voluntary: bool
    reason: str = ""
    note: str = ""
    typed_name: str = ""
    source: str = ""  # what policy trusts to ask, where no person did
    batch: str = ""  # those approved together


@again
def submit(engine: Engine, asked: Asked, now: datetime, *, delivery: str = "") -> Request:
    """Store a leaver request and queue its readings. Raises Refused, naming the field.

    The same `delivery` twice gives the request of the first time: a platform may deliver a form twice.
    """
    try:
        with engine.db.begin() as tx:
            return _submit(engine, tx, asked, now, delivery)
    except Conflict:  # somebody was faster by a moment: what they left is seen by the second try
        with engine.db.begin() as tx:
            return _submit(engine, tx, asked, now, delivery)


def submit_in(engine: Engine, tx: Tx, asked: Asked, now: datetime) -> Request:
    """The same within a transaction of something else. Raises Refused before anything is written."""
    return _submit(engine, tx, asked, now, "")


def _submit(engine: Engine, tx: Tx, asked: Asked, now: datetime, delivery: str) -> Request:
    if delivery and inbound.seen(tx, f"form:{delivery}", now):
        earlier = _earlier(tx, asked)
        if earlier:
            return earlier
    version, policy = engine.policy(tx)
    crew = people.crew(tx)
    person = raise_if_refused(tx, policy, crew, asked, now)
    request = Request(
        id=records.next_id(tx, _PREFIX[Trigger.LEAVER]),
        trigger=Trigger.LEAVER,
        state=RequestState.SUBMITTED,
        requester=asked.requester,
        subject=person.id,
        starts_at=now if asked.immediate else asked.starts_at,
        immediate=asked.immediate,
        voluntary=asked.voluntary,
        reason=asked.reason,
        note=asked.note,
        created_at=now,
        policy_version=version,
        runbook_version=engine.runbook(tx, Trigger.LEAVER),
        source=asked.source,
        batch=asked.batch,
    )
    records.add(tx, request)
    signs.meet(tx, request, now)
    _write_down(tx, request, person, now)
    outbox.tell(tx, "root", now, request=request.id)
    brake.watch(engine, tx, policy, crew, request, now)
    planning = records.advance(tx, request, RequestState.PLANNING)
    look(engine, tx, planning, now)
    plan_if_read(engine, tx, planning, now)  # nothing to read is a plan too: the tasks of people
    return records.get(tx, request.id) or planning


def _write_down(tx: Tx, request: Request, person: Person, now: datetime) -> None:
    day = request.starts_at.astimezone(ZoneInfo(person.zone)).date()
    today = now.astimezone(ZoneInfo(person.zone)).date()
    facts = {
        "requester": request.requester,
        "subject": request.subject,
        "odd": list(odd(person, day, today, named=people.is_named(tx, person.id))),
        "roster_ends": f"{person.ends or ''}",
        "starts_at": request.starts_at.isoformat(),
        "immediate": request.immediate,
        "source": request.source,
        "policy_version": request.policy_version,
        "runbook_version": request.runbook_version,
    }
    # That somebody goes against their will is as personal as the reason.
    private = {
        "reason": request.reason,
        "note": request.note,
        "subject_name": person.name,
        "exit": "voluntary" if request.voluntary else "involuntary",
    }
    journal.add(tx, "request.submitted", now, request=request.id, facts=facts, private=private)


def _earlier(tx: Tx, asked: Asked) -> Request | None:
    mine = (asked.requester, Trigger.LEAVER)
    found = [r for r in records.about(tx, asked.subject) if (r.requester, r.trigger) == mine]
    return found[-1] if found else None


def raise_if_refused(tx: Tx, policy: Policy, crew: Crew, asked: Asked, now: datetime) -> Person:
    """The person, if this request may be made at all. Raises Refused with the field it belongs to."""
    person = crew.people.get(asked.subject)
    if person is None:
        raise Refused("I do not know this person.", hint="Choose somebody from the list.", field="person")
    raise_if_not_allowed(policy, crew, asked.requester, now.date())
    if person.id == asked.requester:
        raise Refused(YOURSELF, hint="Ask a colleague in HR to do it.", field="person")
    if person.id in policy.protected:
        raise Refused(
            f"{person.name} is protected by policy and cannot be offboarded from chat.",
            hint="Talk to security first.",
            field="person",
        )
    if records.open_requests(tx, subject=person.id, trigger=Trigger.LEAVER):
        raise _already(tx, person.id)
    seats.raise_if_needed(tx, policy, crew, person, now)
    if not asked.immediate and asked.starts_at <= now:
        raise Refused("That time has already passed.", hint="Choose a later one, or choose Now.", field="day")
    typed = asked.source or asked.batch or not (asked.immediate or not asked.voluntary)
    if not typed and not _same_name(asked.typed_name, person.name):
        raise Refused(f"Type the name exactly to confirm: {person.name}", field="typed")
    keys = tuple(policy.systems)
    decision = decide(
        policy,
        crew,
        Trigger.LEAVER,
        requester=asked.requester,
        subject=person.id,
        systems=keys,
        today=now.date(),
        together=bool(asked.batch),
    )
    if decision.reason is not Reason.NEEDS_APPROVAL:
        raise Refused(
            "Nobody is left who could approve this.",
            hint="Everyone who may is involved, or has left. Ask an admin to add somebody.",
            field="person",
        )
    return person


def raise_if_not_allowed(policy: Policy, crew: Crew, requester: PersonId, today: date) -> None:
    """Raises Refused when this person may not start an offboarding."""
    if not crew.working(requester, today):
        raise Refused("You may not start an offboarding.", hint="Only people who work here may.")
    if not crew.may(requester, *policy.askers(Trigger.LEAVER)):
        names = ", ".join(sorted(power.called for power in policy.askers(Trigger.LEAVER)))
        raise Refused("You may not start an offboarding.", hint=f"People with one of these roles may: {names}.")


def _same_name(typed: str, name: str) -> bool:
    return " ".join(typed.split()).casefold() == " ".join(name.split()).casefold()


def _already(tx: Tx, subject: PersonId) -> Refused:
    running = records.open_requests(tx, subject=subject, trigger=Trigger.LEAVER)
    which = running[-1].id if running else ""
    return Refused(
        f"This person is already being offboarded: {which}.",
        hint=f"Type /offboard {which} to see it.",
        field="person",
    )
