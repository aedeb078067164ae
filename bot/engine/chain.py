"""Who hears next when nobody moves something: deputy or manager, then engineering or who is on call, then security."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from datetime import date, datetime

from bot.domain.model import PersonId, Power, Wave
from bot.domain.policy import Crew, Policy
from bot.domain.request import Request, Step, StepKind
from bot.engine.context import Scene

Chain = tuple[tuple[PersonId, ...], ...]


def urgent(step: Step) -> bool:
    """Whether it cannot wait for the morning: what must end first, and powerful access that a program takes away."""
    return step.wave is Wave.CONTAIN or (step.privileged and step.kind is not StepKind.TASK)


def of_step(around: Scene, request: Request, step: Step, now: datetime) -> Chain:
    """Who hears about a step, level by level, each person once; never whom the request is about."""
    policy, crew = around.rules.policy, around.crew
    system = policy.systems.get(step.system)
    first: list[PersonId] = []
    owner = step.assignee
    if owner is None and system is not None:
        with suppress(LookupError):
            owner = around.keeper(request, step.system)
        first += [owner] if owner else []
    deputy = system.deputy if system else None
    if deputy and deputy != owner and crew.working(deputy, around.today):
        first.append(deputy)
    else:
        boss = crew.people[owner].manager if owner and owner in crew.people else None
        first += [boss] if boss else []
    on_call = contacts(policy, crew, now)
    if urgent(step) and not policy.hours.open_at(now, policy.zone):
        first += on_call  # at night nobody waits for a level
    security = sorted(crew.holding(Power.SECURITY))
    return _once(crew, around.today, (first, on_call, security), but={step.assignee, request.subject})


def of_question(policy: Policy, crew: Crew, asker: PersonId, besides: Iterable[PersonId], now: datetime) -> Chain:
    """Who hears that nobody decides: who asked and security, then the admins, then who is on call; `besides` never."""
    first = [*sorted(crew.holding(Power.SECURITY)), asker]
    admins = sorted(crew.holding(Power.ADMIN))
    return _once(crew, now.date(), (first, admins, contacts(policy, crew, now)), but={*besides})


def levels(policy: Policy, since: datetime, now: datetime, *, urgent: bool) -> int:
    """How many levels of a chain have come; what can wait for working hours waits for them."""
    if not urgent and not policy.hours.open_at(now, policy.zone):
        return 0
    begins = since if urgent else policy.hours.next_open(since, policy.zone)
    return 1 + int((now - begins) / policy.escalation.again) if now >= begins else 0


def contacts(policy: Policy, crew: Crew, now: datetime) -> tuple[PersonId, ...]:
    """The engineering contact of this hour; where policy's has left, IT, security, an admin: whoever there is."""
    named = policy.engineering
    name = named.contact if policy.hours.open_at(now, policy.zone) else named.after_hours
    for one in (name, Power.IT, Power.SECURITY, Power.ADMIN):
        people = {PersonId(one)} if one in crew.people else crew.holding(one)
        able = tuple(sorted(person for person in people if crew.working(person, now.date())))
        if able:
            return able
    return ()


def _once(crew: Crew, today: date, some: Iterable[Iterable[PersonId]], *, but: set[PersonId | None]) -> Chain:
    seen = set(but)
    found: list[tuple[PersonId, ...]] = []
    for level in some:
        able = [one for one in dict.fromkeys(level) if one not in seen and crew.working(one, today)]
        seen.update(able)
        found.append(tuple(able))
    return tuple(found)
