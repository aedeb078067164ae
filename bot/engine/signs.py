"""The question behind signals: what it is as things stand now, who is asked, and its card drawn again."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from zoneinfo import ZoneInfo

from bot.domain.model import Person, PersonId, Power, RequestId, Trigger
from bot.domain.policy import Crew, Policy
from bot.domain.request import Request
from bot.domain.signals import Asking, Heard, Sign, Signal, SignalState, Source, question
from bot.engine.context import Engine
from bot.store import Tx, journal, outbox, people, records, signals


def roster_says(tx: Tx, person: PersonId, ends: date | None, now: datetime) -> Signal | None:
    """Keep that the roster names this last day, or names none any more; None where another replica just did."""
    earlier = sum(one.source is Source.ROSTER for one in signals.of(tx, person))
    key = f"{person} {ends or 'stays'} {earlier}"
    sign = Sign.LEAVES if ends else Sign.STAYS
    return signals.hear(tx, Heard(Source.ROSTER, key, sign, person, ends), now)


def asking(tx: Tx, some: Iterable[Signal]) -> Asking:
    """What these signals of one question ask for now."""
    found = tuple(some)
    subject = next((one.person for one in found if one.person), None)
    person = people.one(tx, subject) if subject else None
    about = [one for one in leaving(tx, subject) if not _before(one, person)] if subject else []
    days = {one.id: day_of(one, person) for one in about}
    return Asking(found, question(found, about, days), person)


def _before(request: Request, person: Person | None) -> bool:
    """Whether an offboarding belongs to an earlier time here: the person has begun again since."""
    back = person.starts if person else None
    return bool(back and request.closed_at and day_of(request, person) < back)


def look(engine: Engine, key: int) -> Asking | None:
    """A question as it stands, or None where there is no such question."""
    with engine.db.look() as tx:
        found = signals.asked(tx, key)
        return asking(tx, found) if found else None


def leaving(tx: Tx, subject: PersonId) -> tuple[Request, ...]:
    """Every offboarding of this person, oldest first."""
    return tuple(one for one in records.about(tx, subject) if one.trigger is Trigger.LEAVER)


def day_of(request: Request, person: Person | None) -> date:
    """The last day of a request where its person works."""
    return request.starts_at.astimezone(ZoneInfo(person.zone if person else "UTC")).date()


def able(policy: Policy, crew: Crew, subject: PersonId | None, today: date) -> tuple[PersonId, ...]:
    """Who may be asked about signals, in order: whom policy names, then HR, then all who may begin an offboarding."""
    named = [policy.signals.ask] if policy.signals.ask else []
    hr = sorted(crew.holding(Power.HR))
    others = sorted(one for power in policy.askers(Trigger.LEAVER) for one in crew.holding(power))
    order = dict.fromkeys([*named, *hr, *others])
    return tuple(one for one in order if one != subject and crew.working(one, today) and _may(policy, crew, one))


def next_asked(policy: Policy, crew: Crew, subject: PersonId | None, today: date, last: PersonId) -> PersonId:
    """Whoever comes after somebody who did not answer; themselves where nobody else may."""
    order = able(policy, crew, subject, today)
    others = [one for one in order if one != last and crew.may(one, Power.HR)] or [one for one in order if one != last]
    return others[0] if others else last


def _may(policy: Policy, crew: Crew, person: PersonId) -> bool:
    return crew.may(person, *policy.askers(Trigger.LEAVER))


def draw(tx: Tx, some: Iterable[Signal], now: datetime) -> None:
    """Draw the card of a question again where it stands, or for the first time."""
    places = {(one.question, one.turn, one.asked) for one in some if one.asked}
    for key, turn, person in sorted(places):
        outbox.tell(tx, "signal", now, person=person, question=key, turn=turn)


def meet(tx: Tx, request: Request, now: datetime) -> None:
    """An offboarding begins: the open questions about this person are answered by it, whatever day it names."""
    living = [one for one in signals.of(tx, request.subject) if one.state in {SignalState.OPEN, SignalState.HELD}]
    if living:
        by = None if request.source else request.requester
        settled(tx, living, SignalState.CONFIRMED, now, by=by, request=request.id)


def settled(
    tx: Tx,
    some: Iterable[Signal],
    to: SignalState,
    now: datetime,
    *,
    by: PersonId | None = None,
    request: RequestId | None = None,
) -> int:
    """Settle these signals, write it down, and draw their card again; how many were still open."""
    found = tuple(some)
    count = signals.settle(tx, found, to, now, decided_by=by, request=request)
    facts = {"signals": [one.id for one in found], "state": to.value, "by": by}
    journal.add(tx, "signal.settled", now, request=request, facts=facts)
    draw(tx, found, now)
    return count
