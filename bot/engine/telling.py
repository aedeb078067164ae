"""People who are not asked hear once that somebody's access ends, and once that it is over; never the leaver."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.model import Person, PersonId, RequestId, SystemKey, Trigger
from bot.domain.policy import Crew, Policy
from bot.domain.request import Request, touched
from bot.domain.telling import FINISHED, GIVEN_BACK, STARTED
from bot.engine.context import Engine, scene
from bot.engine.waiting import works
from bot.store import Tx, again, outbox, people, records, tellings
from bot.store.tellings import Telling

NEWS = "news"  # the kind of notice
_AT_ONCE = 500
_TOGETHER = timedelta(hours=1)  # several people who leave at once are one message, not hundreds


@dataclass(frozen=True, slots=True)
class News:
    """One thing to tell of a request, with whom it is about."""

    what: str
    request: Request
    person: Person


def started(engine: Engine, tx: Tx, request: Request, now: datetime) -> None:
    """The work of a locked request began: whoever policy names hears of it. What is given back is told like that."""
    if request.trigger is Trigger.RESTORE and request.parent:
        _back(engine, tx, request, request.parent, now)
    if request.trigger is not Trigger.LEAVER:
        return
    around = scene(engine, tx, request, now)
    systems = touched(records.steps(tx, request.id))
    told = named(around.rules.policy.tell.started, around.rules.policy, around.crew, request.subject, systems)
    know = {request.requester, *(request.approvers if request.contains_at_once else ())}  # they pressed a moment ago
    _plan(tx, around.rules.policy, around.crew, request, STARTED, told - know, now)


def finished(engine: Engine, tx: Tx, request: Request, now: datetime) -> None:
    """A locked request is over: whoever policy names hears of it."""
    if request.trigger is not Trigger.LEAVER:
        return
    around = scene(engine, tx, request, now)
    systems = touched(records.steps(tx, request.id))
    told = named(around.rules.policy.tell.finished, around.rules.policy, around.crew, request.subject, systems)
    _plan(tx, around.rules.policy, around.crew, request, FINISHED, told - {request.requester}, now)


def _back(engine: Engine, tx: Tx, request: Request, parent: RequestId, now: datetime) -> None:
    """Whoever heard that access ended hears that it is given back."""
    around = scene(engine, tx, request, now)
    told = {one.person for one in tellings.of(tx, parent, STARTED)} - {request.requester}
    _plan(tx, around.rules.policy, around.crew, request, GIVEN_BACK, told, now)


def _plan(
    tx: Tx, policy: Policy, crew: Crew, request: Request, what: str, told: Iterable[PersonId], now: datetime
) -> None:
    late = now + _TOGETHER if request.batch else now
    hour = late.replace(minute=0, second=0, microsecond=0) if request.batch else now
    zones = {one: crew.people[one].zone for one in told if one in crew.people and one != request.subject}
    tellings.plan(tx, request.id, what, {one: policy.quiet.over(hour, zone) for one, zone in zones.items()})


def named(
    names: Iterable[str], policy: Policy, crew: Crew, subject: PersonId, systems: Iterable[SystemKey]
) -> frozenset[PersonId]:
    """Everybody behind these names of policy, never the subject."""
    found: set[PersonId] = set()
    for name in names:
        if name == "manager":
            person = crew.people.get(subject)
            found |= {person.manager} if person and person.manager else set()
        elif name == "owners":
            found |= {policy.systems[key].owner for key in systems if key in policy.systems}
        else:
            found |= policy.tell.payroll if name == "payroll" else crew.holding(name)
    return frozenset(found - {subject})


def tick(engine: Engine, now: datetime) -> int:
    """Tell what is due, everything that one person is to hear in one message; how many messages."""
    with engine.db.look() as tx:
        if not tellings.any_due(tx, now):
            return 0
    return _tell(engine, now)


@again
def _tell(engine: Engine, now: datetime) -> int:
    with engine.db.begin() as tx:
        some = tellings.due(tx, now, _AT_ONCE)
        crew = people.crew(tx)
        grouped: dict[PersonId, list[Telling]] = defaultdict(list)
        for one in _worth(some):
            if works(crew, one.person, now):
                grouped[one.person].append(one)
        for person, mine in sorted(grouped.items()):
            outbox.tell(tx, NEWS, now, person=person, about=[[one.request, one.what] for one in mine])
        tellings.told(tx, some, now)
        return len(grouped)


def _worth(some: Iterable[Telling]) -> Iterable[Telling]:
    """Whoever is told in the same moment that it is over need not be told that it started."""
    over = {(one.request, one.person) for one in some if one.what == FINISHED}
    return (one for one in some if one.what != STARTED or (one.request, one.person) not in over)


def told_of(engine: Engine, about: Iterable[tuple[str, str]]) -> tuple[News, ...]:
    """What a message tells, as it stands."""
    with engine.db.look() as tx:
        known = people.every(tx)
        found = []
        for key, what in about:
            request = records.get(tx, key)
            if request is not None:
                person = known.get(request.subject) or Person(request.subject, request.subject, "")
                found.append(News(what, request, person))
        return tuple(found)
