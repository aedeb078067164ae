"""All that waits for people, each thing once, most urgent first: what the daily digest and Home are made from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from bot.domain.hold import CHECKPOINT, DATE, HANDING, HOLDS
from bot.domain.lifecycle import RequestState, StepState
from bot.domain.model import PersonId, RequestId, StepId, Trigger
from bot.domain.planning import APPROVAL
from bot.domain.policy import Crew
from bot.domain.proposal import over
from bot.domain.request import Request, Step
from bot.engine import hold, stopped
from bot.engine.context import Engine, Scene
from bot.engine.powers import seconders
from bot.store import Tx, brakes, digests, due, people, proposals, records

SOON = timedelta(days=2)  # what is kept until a day is shown again so long before it
_FAR = datetime.max.replace(tzinfo=UTC)


class Waits(StrEnum):
    """What is wanted of a person, the most urgent kind first."""

    STUCK = "stuck"
    STOPPED = "stopped"
    FINDING = "finding"
    APPROVAL = "approval"
    MORE = "more"
    PROPOSAL = "proposal"
    ITEM = "item"
    HOLD = "hold"
    QUESTION = "question"
    SIGNAL = "signal"
    POWER = "power"
    TASK = "task"


_ORDER = tuple(Waits)


@dataclass(frozen=True, slots=True)
class Waiting:
    """One thing that waits for one person, since when and until when. `about` is whom it concerns, if anybody.

    `key` is the number of a proposal, of a question about somebody who may leave, or of a role; `turn` goes with it.
    """

    what: Waits
    person: PersonId
    since: datetime
    about: PersonId | None = None
    due: datetime | None = None
    request: Request | None = None
    step: Step | None = None
    key: int = 0
    turn: int = 0

    @property
    def name(self) -> str:
        """What it is about, by its id."""
        if self.key:
            return f"{self.key}"
        return self.step.id if self.step else self.request.id if self.request else ""

    def late(self, now: datetime) -> bool:
        """Whether its time is over."""
        return self.due is not None and self.due <= now

    def urgency(self, now: datetime) -> tuple[bool, int, datetime, datetime, str]:
        """Sorts the most urgent first: what is late or stuck, then by its kind, then by its time."""
        pressing = self.late(now) or self.what is Waits.STUCK or _at_once(self)
        return not pressing, _ORDER.index(self.what), self.due or _FAR, self.since, self.name


def _at_once(one: Waiting) -> bool:
    return one.what is Waits.APPROVAL and one.request is not None and one.request.contains_at_once


def of(engine: Engine, person: PersonId, now: datetime, crew: Crew | None = None) -> tuple[Waiting, ...]:
    """What waits for this person; nothing for whoever does not work here today. `crew`, where it was just read."""
    with engine.db.look() as tx:
        return collect(engine, tx, crew or people.crew(tx), now, person).get(person, ())


def collect(
    engine: Engine, tx: Tx, crew: Crew, now: datetime, only: PersonId | None = None
) -> Mapping[PersonId, tuple[Waiting, ...]]:
    """What waits for everybody, or for one: as many questions to the database for 2,000 people as for two.

    Nobody sees anything that concerns themselves, and nobody who does not work here today sees anything.
    """
    asked = records.open_requests(tx, state=RequestState.AWAITING_APPROVAL)
    items = _steps(engine, tx, crew, now, digests.steps(tx, only))
    every = (*_approvals(tx, asked), *items, *_proposals(tx), *_questions(tx))
    found: dict[PersonId, dict[tuple[Waits, str], Waiting]] = defaultdict(dict)
    for one in (*every, *_stopped(tx, crew, now), *_more(tx), *_powers(tx, crew, now)):
        wanted = only in {None, one.person} and one.about != one.person
        if wanted and works(crew, one.person, now):
            found[one.person][one.what, one.name] = one
    return {person: tuple(sorted(mine.values(), key=lambda one: one.urgency(now))) for person, mine in found.items()}


def among(
    engine: Engine, tx: Tx, crew: Crew, now: datetime, some: Collection[Request]
) -> Mapping[RequestId, tuple[PersonId, ...]]:
    """Who is waited for in each of these requests, the most urgent first; nobody who does not work here today."""
    keys = {one.id for one in some}
    asked = [one for one in some if one.state is RequestState.AWAITING_APPROVAL]
    items = _steps(engine, tx, crew, now, digests.steps(tx, among=keys)) if keys else ()
    found: dict[RequestId, list[Waiting]] = defaultdict(list)
    for one in (*_approvals(tx, asked), *items, *_proposals(tx), *_stopped(tx, crew, now), *_more(tx)):
        if one.request is not None and one.request.id in keys and works(crew, one.person, now):
            found[one.request.id].append(one)
    for mine in found.values():
        mine.sort(key=lambda one: (*one.urgency(now), one.person))
    return {key: tuple(dict.fromkeys(one.person for one in mine)) for key, mine in found.items()}


def works(crew: Crew, person: PersonId, now: datetime) -> bool:
    """Whether somebody works here today, by the day it is where they are."""
    known = crew.people.get(person)
    return known is not None and crew.working(person, now.astimezone(ZoneInfo(known.zone)).date())


def _approvals(tx: Tx, found: Collection[Request]) -> Iterable[Waiting]:
    apart = digests.together(tx) if any(one.batch for one in found) else frozenset()
    awaiting = {one.id: one for one in found if one.id not in apart}
    given = due.approvals(tx, awaiting) if awaiting else {}
    for request in awaiting.values():
        living = [a for a in given[request.id] if a.digest == request.digest and a.withdrawn_at is None]
        what = Waits.FINDING if request.trigger is Trigger.RESCAN else Waits.APPROVAL
        for person in set(request.approvers) - {a.person for a in living}:
            yield Waiting(what, person, request.created_at, request.subject, request.expires_at, request)


def _steps(
    engine: Engine, tx: Tx, crew: Crew, now: datetime, found: Collection[tuple[Step, Request]]
) -> Iterable[Waiting]:
    items = {step.request for step, _request in found if step.held == APPROVAL}
    given = due.approvals(tx, items) if items else {}
    for step, request in found:
        if step.state is StepState.HELD and step.held == APPROVAL:
            said = {a.person for a in given[request.id] if step.number in a.items and a.withdrawn_at is None}
            for person in set(request.approvers) - said:
                yield _step(Waits.ITEM, person, step, request)
        elif step.state is StepState.HELD and step.held == CHECKPOINT:
            around = Scene(engine.rules(tx, request), crew, now.date())
            for person in hold.recipients(around, request, step):
                yield _step(Waits.HOLD, person, step, request)
        elif step.assignee and not _rests(step, now):
            yield _step(_kind(step), step.assignee, step, request)


def _rests(step: Step, now: datetime) -> bool:
    """What is kept until a day waits for nobody before that day comes near."""
    kept = step.state is StepState.HELD and step.held in {DATE, HANDING}
    return kept and step.due is not None and step.due > now + SOON


def _kind(step: Step) -> Waits:
    if step.state is StepState.PARKED:
        return Waits.STUCK
    if step.state is StepState.HELD:
        return Waits.HOLD if step.held in HOLDS else Waits.QUESTION
    return Waits.TASK


def _step(what: Waits, person: PersonId, step: Step, request: Request) -> Waiting:
    until = step.due if what is Waits.HOLD else step.deadline
    since = step.first_tried_at or request.started_at or request.created_at
    return Waiting(what, person, since, request.subject, until, request, step)


def _proposals(tx: Tx) -> Iterable[Waiting]:
    found = proposals.open_ones(tx)
    requests = {one.id: one for one in records.many(tx, {one.request for one in found})} if found else {}
    given = proposals.given(tx, [one.id for one in found]) if found else {}
    every = due.steps(tx, {one.request for one in found if one.step and one.request in requests})
    about_it = {step.id: step for steps in every.values() for step in steps}
    for one in found:
        request = requests.get(RequestId(one.request))
        if over(one, request, about_it.get(StepId(one.step))):
            continue
        among = frozenset() if request else frozenset(map(PersonId, brakes.subjects(tx, one.id)))
        for person in set(one.asked) - given.get(one.id, frozenset()) - among:
            about = request.subject if request else None
            yield Waiting(Waits.PROPOSAL, person, one.proposed_at, about, None, request, key=one.id)


def _questions(tx: Tx) -> Iterable[Waiting]:
    for key, turn, asked, about, since in digests.questions(tx):
        yield Waiting(Waits.SIGNAL, asked, since, about, key=key, turn=turn)


def _stopped(tx: Tx, crew: Crew, now: datetime) -> Iterable[Waiting]:
    for request, by in digests.stopped(tx):
        for person in stopped.asked(crew, request, by, now):
            yield Waiting(Waits.STOPPED, person, request.stopped_at or now, request.subject, request=request)


def _more(tx: Tx) -> Iterable[Waiting]:
    found = digests.more(tx)
    given = due.approvals(tx, [one.id for one in found]) if found else {}
    for request in found:
        more = request.wanted.more if request.wanted else None
        if more is not None:
            said = {a.person for a in given[request.id] if a.digest == more.digest and a.withdrawn_at is None}
            for person in set(more.approvers) - said:
                since = request.started_at or request.created_at
                yield Waiting(Waits.MORE, person, since, request.subject, request.until, request)


def _powers(tx: Tx, crew: Crew, now: datetime) -> Iterable[Waiting]:
    for one, since in digests.powers(tx):
        for person in seconders(crew, one.proposed_by, one.person, now):
            yield Waiting(Waits.POWER, person, since, one.person, key=one.id)
