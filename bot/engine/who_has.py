"""Who has what, from the newest readings and the open requests: for those who look after it, at any time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.domain.errors import Refused
from bot.domain.lifecycle import RequestState, StepState
from bot.domain.model import Grant, Person, PersonId, Power, SystemKey, Trigger
from bot.domain.policy import Crew, Policy, System
from bot.domain.reading import Reading
from bot.domain.request import Request, Step, StepKind
from bot.engine.context import Engine
from bot.engine.lookup import plain
from bot.store import Tx, deletions, due, people, records, rescans, sights
from bot.store.deletions import Deletion
from bot.store.rescans import Look

ASKERS = (Power.AUDITOR, Power.HR, Power.IT, Power.SECURITY)
_NOT_YOURS = "You may not ask this."
_WHO_MAY = "Auditors, HR, IT and security may, and whoever looks after a system, about that system."


@dataclass(frozen=True, slots=True)
class Holder:
    """One person in one system: what was seen last (None: never read), and which rights match what was asked for."""

    person: Person
    labels: tuple[str, ...]
    seen: Reading | None
    matching: tuple[Grant, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """Who has something in one system. `right` is what was asked for beyond the system, or nothing."""

    system: System
    right: str
    holders: tuple[Holder, ...]
    lent: tuple[tuple[Request, Person], ...]


@dataclass(frozen=True, slots=True)
class Happened:
    """An open request about somebody, or one that took something away, with those of its steps that may be shown."""

    request: Request
    steps: tuple[Step, ...]

    @property
    def open(self) -> tuple[Step, ...]:
        """What is still to be done."""
        return tuple(step for step in self.steps if not step.ended)

    @property
    def taken(self) -> tuple[Step, ...]:
        """What was seen gone or attested."""
        done = {StepState.CONFIRMED, StepState.ATTESTED, StepState.LAPSED}
        return tuple(step for step in self.steps if step.state in done)

    @property
    def kept(self) -> tuple[Step, ...]:
        """What people decided to leave, for a while or for good."""
        left = (step for step in self.steps if step.state is StepState.DROPPED and step.ended_by)
        return (*(step for step in self.steps if step.state is StepState.WAIVED and step.due), *left)


@dataclass(frozen=True, slots=True)
class Portrait:
    """One person as Usher knows them at `now`; `systems` are those the asker may hear of."""

    now: datetime
    person: Person
    policy: Policy
    crew: Crew
    systems: tuple[System, ...]
    readings: Mapping[SystemKey, Reading]
    known: Mapping[SystemKey, tuple[str, ...]]
    requests: tuple[Happened, ...]
    next_look: Look | None = None
    deletions: tuple[Deletion, ...] = ()  # accounts to be deleted some day, in these systems


def who_has(engine: Engine, asked: str, by: PersonId, now: datetime) -> tuple[Answer, ...]:
    """Who has a system, or a right in one, by its name. Raises Refused: not allowed, or nothing of that name."""
    with engine.db.look() as tx:
        _, policy = engine.policy(tx)
        crew = people.crew(tx)
        scope = _scope(policy, crew, by, now)
        wanted = plain(asked).strip()
        if not wanted:
            raise Refused("Say which system or which right.", hint="For example: /who-has github")
        named = [one for one in scope if wanted in {plain(one.key), plain(one.name)}]
        if named:
            return tuple(_whole(tx, one, crew, by) for one in named)
        found = [answer for one in scope for answer in _rights(tx, one, crew, by, wanted)]
    if not found:
        names = ", ".join(one.name for one in scope)
        raise Refused(f"I know no system and no right like “{asked.strip()[:60]}”.", hint=f"Systems: {names}.")
    return tuple(found)


def portrait(engine: Engine, key: PersonId, by: PersonId, now: datetime) -> Portrait:
    """Everything about one person that the asker may hear. Raises Refused; nobody hears about themselves."""
    with engine.db.look() as tx:
        _, policy = engine.policy(tx)
        crew = people.crew(tx)
        scope = _scope(policy, crew, by, now)
        person = crew.people.get(key)
        if person is None:
            raise Refused("I do not know this person.")
        if key == by:
            raise Refused("I tell nobody about themselves here.", hint="Ask HR.")
        keys = frozenset(one.key for one in scope)
        seen = {system: sight.reading for system, sight in sights.of(tx, key).items() if system in keys}
        whole = crew.may(by, *ASKERS)
        return Portrait(
            now=now,
            person=person,
            policy=policy,
            crew=crew,
            systems=scope,
            readings=seen,
            known=_labels(tx, key),
            requests=_happened(tx, key, keys, by, whole=whole),
            next_look=rescans.next_for(tx, key) if whole else None,
            deletions=tuple(one for one in deletions.coming(tx, key) if one.system in keys),
        )


def scope_of(engine: Engine, by: PersonId, now: datetime) -> tuple[System, ...]:
    """The systems that somebody may ask about. Raises Refused where there are none."""
    with engine.db.look() as tx:
        return _scope(engine.policy(tx)[1], people.crew(tx), by, now)


def _scope(policy: Policy, crew: Crew, by: PersonId, now: datetime) -> tuple[System, ...]:
    if not crew.working(by, now.date()):
        raise Refused(_NOT_YOURS, hint=_WHO_MAY)
    every = tuple(policy.systems.values())
    if crew.may(by, *ASKERS):
        return every
    mine = tuple(one for one in every if by in {one.owner, one.deputy})
    if not mine:
        raise Refused(_NOT_YOURS, hint=_WHO_MAY)
    return mine


def _labels(tx: Tx, person: PersonId) -> Mapping[SystemKey, tuple[str, ...]]:
    found: dict[SystemKey, tuple[str, ...]] = {}
    for link in people.links(tx, person):
        found[link.system] = (*found.get(link.system, ()), link.label)
    return found


def _whole(tx: Tx, system: System, crew: Crew, by: PersonId) -> Answer:
    labels: dict[PersonId, tuple[str, ...]] = {}
    for link in sights.linked(tx, system.key):
        labels[link.person] = (*labels.get(link.person, ()), link.label)
    seen = {person: sight.reading for person, sight in sights.within(tx, system.key).items()}
    keys = [key for key in dict.fromkeys((*labels, *seen)) if key != by and key in crew.people]
    holders = (Holder(crew.people[key], labels.get(key, ()), seen.get(key)) for key in keys)
    shown = sorted((one for one in holders if _has(one)), key=lambda one: (one.seen is None, one.person.name))
    return Answer(system, "", tuple(shown), _lent(tx, system.key, crew, by))


def _has(holder: Holder) -> bool:
    """Whether there is something to tell: an account that may be there, or anything that was seen."""
    seen = holder.seen
    if seen is None or not seen.account.complete:
        return bool(holder.labels)
    return bool(seen.account.items or seen.grants.items or seen.credentials.items or seen.made.items)


def _rights(tx: Tx, system: System, crew: Crew, by: PersonId, wanted: str) -> Iterable[Answer]:
    """By the name of a right or of a thing, whoever was seen with it last."""
    found: dict[str, list[Holder]] = {}
    for key, sight in sights.within(tx, system.key).items():
        if key == by or key not in crew.people:
            continue
        seen = sight.reading
        names = (*(one.entitlement.label for one in seen.grants.items), *(one.label for one in seen.assets.items))
        for name in dict.fromkeys(name for name in names if wanted in plain(name)):
            matching = tuple(one for one in seen.grants.items if one.entitlement.label == name)
            labels = tuple(one.label for one in seen.account.items)
            found.setdefault(name, []).append(Holder(crew.people[key], labels, seen, matching))
    for name, holders in found.items():
        yield Answer(system, name, tuple(sorted(holders, key=lambda one: one.person.name)), ())


def _lent(tx: Tx, system: SystemKey, crew: Crew, by: PersonId) -> tuple[tuple[Request, Person], ...]:
    running = records.open_requests(tx, state=RequestState.RUNNING, trigger=Trigger.ACCESS)
    steps = due.steps(tx, [one.id for one in running])
    mine = (one for one in running if any(step.system == system for step in steps[one.id]))
    return tuple((one, crew.people[one.subject]) for one in mine if one.subject != by and one.subject in crew.people)


def _happened(
    tx: Tx, person: PersonId, systems: frozenset[SystemKey], by: PersonId, *, whole: bool
) -> tuple[Happened, ...]:
    """What was and is asked for about somebody; an owner hears of what has begun, or what they are asked about."""
    found = []
    for request in records.about(tx, person):
        every = [step for step in records.steps(tx, request.id) if step.kind is not StepKind.READ]
        steps = tuple(step for step in every if step.system in systems)
        if request.trigger is Trigger.RESCAN and not every:
            continue  # a look that found nothing
        asked = by in {request.requester, *request.approvers, *(step.assignee for step in steps)}
        if whole or asked or (request.started_at is not None and steps):
            found.append(Happened(request, steps))
    return tuple(found)
