"""Everything the words about a request are made from, read at once; cards and reports are pure functions of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bot.domain.errors import Refused
from bot.domain.lifecycle import StepState
from bot.domain.model import Account, Blind, HandOver, Link, Person, PersonId, Power, SystemKey, Task, Trigger, Wave
from bot.domain.planning import ACCOUNTS, NO_ACCOUNT, NOT_CONNECTED, blind_parts
from bot.domain.policy import Crew, Policy, Runbook, keeper
from bot.domain.reading import Reading
from bot.domain.request import Approval, Evidence, Request, Step, StepKind
from bot.domain.successors import ACCEPT
from bot.engine.context import Engine, scene
from bot.store import Tx, halts, journal, outbox, people, records
from bot.store.halts import Halt

# Who may see every request, but those about themselves.
READERS = (Power.HR, Power.IT, Power.SECURITY, Power.AUDITOR, Power.ADMIN)


@dataclass(frozen=True, slots=True)
class View:
    """One request as it stands at `now`."""

    now: datetime
    request: Request
    steps: tuple[Step, ...]
    reads: tuple[Step, ...]
    approvals: tuple[Approval, ...]
    evidence: tuple[Evidence, ...]
    readings: Mapping[SystemKey, Reading]
    crew: Crew
    policy: Policy
    runbook: Runbook
    links: tuple[Link, ...]
    journal: tuple[journal.Entry, ...]
    thread_link: str = ""
    owners: Mapping[tuple[SystemKey, str], PersonId] = field(default_factory=dict)
    going: frozenset[PersonId] = frozenset()
    halt: Halt | None = None

    def name(self, person: str | None) -> str:
        """A person's name, or what stands for one."""
        found = self.crew.people.get(PersonId(person or ""))
        return found.name if found else (person or "Usher")

    def account(self, account: Account) -> str:
        """An account, by the name of whose it is."""
        owner = self.owners.get((account.system, account.native_id))
        return f"{self.name(owner)} ({account.label})" if owner else account.label

    @property
    def subject(self) -> Person:
        """Whom the request is about."""
        return self.crew.people.get(self.request.subject) or Person(self.request.subject, self.request.subject, "")

    def system(self, key: SystemKey) -> str:
        """A system's name."""
        found = self.policy.systems.get(key)
        return found.name if found else key

    def keeper(self, key: SystemKey) -> PersonId:
        """Who looks after a system today."""
        return keeper(self.policy, self.crew, key, besides=self.request.subject, today=self.now.date())

    @property
    def blind(self) -> tuple[Blind, ...]:
        """What could not be seen: systems that did not answer, and parts that no system shows."""
        unread = [
            Blind(step.system, "everything", step.error)
            for step in self.newest_reads
            if step.state is not StepState.CONFIRMED and step.error
        ]
        unasked = [
            Blind(step.system, ACCOUNTS, step.action.how)
            for step in self.steps
            if isinstance(step.action, Task) and step.action.how.startswith((NO_ACCOUNT, NOT_CONNECTED))
        ]
        unseen = [part for reading in self.readings.values() for part in blind_parts(reading)]
        return tuple(dict.fromkeys([*unread, *unasked, *unseen]))  # one is told by its task and by its reading

    @property
    def newest_reads(self) -> tuple[Step, ...]:
        """The latest reading step of each system."""
        newest = {step.system: step for step in sorted(self.reads, key=lambda step: -step.number)}
        return tuple(newest.values())

    @property
    def contain(self) -> tuple[Step, ...]:
        """What ends at once."""
        return tuple(step for step in self.steps if step.wave is Wave.CONTAIN)

    @property
    def rest(self) -> tuple[Step, ...]:
        """What can wait."""
        return tuple(step for step in self.steps if step.wave is not Wave.CONTAIN)

    @property
    def done(self) -> int:
        """How many steps have ended."""
        return sum(step.ended for step in self.steps)


def view(engine: Engine, request_id: str, now: datetime) -> View:
    """The request as it stands. Raises LookupError."""
    with engine.db.look() as tx:
        return look_at(engine, tx, request_id, now)


def look_at(engine: Engine, tx: Tx, request_id: str, now: datetime) -> View:
    """The same within a transaction. Raises LookupError."""
    request = records.get(tx, request_id)
    if request is None:
        raise LookupError(request_id)
    return _view(engine, tx, request, now)


def _view(engine: Engine, tx: Tx, request: Request, now: datetime) -> View:
    around = scene(engine, tx, request, now)
    every = records.steps(tx, request.id)
    systems = {step.system for step in every}
    found = {key: records.last_reading(tx, request.id, key) for key in sorted(systems)}
    readings = {key: reading for key, reading in found.items() if reading is not None}
    root = outbox.post(tx, f"root:{request.id}")
    return View(
        now=now,
        request=request,
        steps=tuple(step for step in every if step.kind is not StepKind.READ),
        reads=tuple(step for step in every if step.kind is StepKind.READ),
        approvals=records.approvals(tx, request.id),
        evidence=records.evidence(tx, request.id),
        readings=readings,
        crew=around.crew,
        policy=around.rules.policy,
        runbook=around.rules.runbook,
        links=people.links(tx, request.subject),
        journal=journal.read(tx, request=request.id),
        thread_link=root.link if root else "",
        owners=_owners(tx, every, readings.values()),
        halt=halts.now(tx),
        going=people.going(tx) if any(step.state is StepState.HELD for step in every) else frozenset(),
    )


def _owners(tx: Tx, steps: tuple[Step, ...], readings: Iterable[Reading]) -> Mapping[tuple[SystemKey, str], PersonId]:
    """Whose the accounts are that could take something over, or changed something last."""
    accounts = {
        (step.system, account.native_id)
        for step in steps
        if isinstance(step.action, HandOver)
        for account in (*step.action.asset.candidates, step.action.to)
        if account is not None
    }
    actors = (work.last_actor for reading in readings for work in reading.work.items)
    accounts |= {(actor.system, actor.native_id) for actor in actors if actor is not None}
    return people.owners(tx, accounts) if accounts else {}


def seen_by(engine: Engine, request_id: str, person: PersonId, now: datetime) -> View:
    """The request, for somebody who may see it: those involved, HR, IT, security, auditors; never the subject.

    Nobody who has left sees any. Raises Refused without saying whether the request exists.
    """
    hidden = Refused(f"I cannot show you {request_id}.", hint="It may not exist, or it is not yours to see.")
    with engine.db.look() as tx:
        request = records.get(tx, request_id)
        concerned = request is not None and person == request.subject
        if request is None or (concerned and request.trigger is not Trigger.ACCESS):
            raise hidden
        found = _view(engine, tx, request, now)
    doing = {step.assignee for step in found.steps if step.held != ACCEPT}  # who is asked to take over sees that alone
    involved = {request.requester, *request.approvers, *doing}
    may = concerned or person in involved or found.crew.may(person, *READERS)
    if not may or not found.crew.working(person, now.date()):
        raise hidden
    return found
