"""What IT and security look at in the morning, and HR at any time: open work, what is late, who leaves this month."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.domain.lifecycle import RequestState, StepState
from bot.domain.model import Person, PersonId, Trigger
from bot.domain.policy import Crew, Policy
from bot.domain.request import Request, Step, StepKind
from bot.engine.context import Engine
from bot.store import Tx, breakers, digests, due, people
from bot.store.breakers import Breaker

_MOST = 40  # leavers of one board


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything open, what is overdue the longest first, the systems in trouble, and what later looks found."""

    crew: Crew
    policy: Policy
    open: tuple[Request, ...] = ()
    overdue: tuple[tuple[Step, Request], ...] = ()
    down: tuple[Breaker, ...] = ()
    findings: tuple[Request, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether there is nothing to say."""
        return not (self.open or self.overdue or self.down or self.findings)


@dataclass(frozen=True, slots=True)
class Leaving:
    """How one offboarding of this month stands: `done` of `systems` are confirmed, `waits` names who is waited for."""

    request: Request
    person: Person
    done: int
    systems: int
    waits: tuple[str, ...]


def look(engine: Engine, tx: Tx, crew: Crew, now: datetime, besides: Iterable[PersonId] = ()) -> Overview:
    """What is open now, but for what concerns some people: they can read along."""
    out = frozenset(besides)
    every = {one.id: one for one in digests.work(tx) if one.subject not in out}
    late = tuple((step, every[step.request]) for step in digests.overdue(tx, now) if step.request in every)
    down = tuple(one for one in breakers.troubled(tx) if one.opened_at is not None)
    found = tuple(r for r in every.values() if r.trigger is Trigger.RESCAN and r.state is not RequestState.PLANNING)
    rest = tuple(r for r in every.values() if r.trigger is not Trigger.RESCAN)
    return Overview(crew, engine.policy(tx)[1], rest, late, down, found)


def now_open(engine: Engine, now: datetime, besides: Iterable[PersonId] = ()) -> Overview:
    """The same, as it stands at this moment."""
    with engine.db.look() as tx:
        return look(engine, tx, people.crew(tx), now, besides)


def board(engine: Engine, reader: PersonId, now: datetime) -> tuple[Leaving, ...]:
    """This month's leavers and those of earlier months that are not over; never the reader."""
    with engine.db.look() as tx:
        _, policy = engine.policy(tx)
        crew = people.crew(tx)
        local = now.astimezone(ZoneInfo(policy.zone))
        since = local.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        until = (since + timedelta(days=32)).replace(day=1)
        found = [one for one in digests.leavers(tx, since, until, _MOST) if one.subject != reader]
        steps = due.steps(tx, [one.id for one in found]) if found else {}
        return tuple(_leaving(crew, one, steps[one.id]) for one in found)


def _leaving(crew: Crew, request: Request, steps: tuple[Step, ...]) -> Leaving:
    work = [step for step in steps if step.kind is not StepKind.READ]
    systems = {step.system for step in work}
    open_ones = {step.system for step in work if not step.ended}
    person = crew.people.get(request.subject) or Person(request.subject, request.subject, "")
    waits = dict.fromkeys(_name(crew, one) for one in _asked(request, work))
    return Leaving(request, person, len(systems - open_ones), len(systems), tuple(waits))


def _asked(request: Request, work: list[Step]) -> Iterable[PersonId]:
    if request.state is RequestState.AWAITING_APPROVAL:
        return request.approvers
    if request.state is not RequestState.RUNNING:
        return ()
    waits = {StepState.HELD, StepState.PARKED}
    return [s.assignee for s in work if s.assignee and (s.state in waits or _is_task(s))]


def _is_task(step: Step) -> bool:
    return step.kind is StepKind.TASK and step.state is StepState.READY


def _name(crew: Crew, person: PersonId) -> str:
    return crew.people[person].name if person in crew.people else person
