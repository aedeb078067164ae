"""Undoing an offboarding gives back what it took in Usher itself: roles nobody else got since; the rest is told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from bot.domain.lifecycle import StepState
from bot.domain.model import Person, PersonId, Plan, Power, Task
from bot.domain.policy import Crew
from bot.domain.request import Request, Step
from bot.domain.restore import LEFT
from bot.domain.seats import USHER, lines, role_back, written
from bot.engine import seats
from bot.engine.context import Engine
from bot.store import Tx, journal, people, records

_POWERFUL = frozenset({Power.ADMIN, Power.SECURITY})
_MOST = 1_000_000  # rows of one request
_THERE = "It is there again."
_ANEW = "{names} got this role since. An admin can give it anew with /usher role."
_ENDED = "It was given back since, and people ended it again. An admin can give it anew with /usher role."
_OTHER = "{name} stands there now. Whoever keeps the files can write it anew."
_NOBODY = "It was agreed with others since. Agree anew who looks after it."


@dataclass(frozen=True, slots=True)
class Back:
    """What comes back in Usher, and what is left as it is, each with its reason."""

    roles: tuple[Power, ...]
    left: tuple[tuple[str, str], ...]


def back(engine: Engine, tx: Tx, left: Request) -> Back:
    """What an offboarding took in Usher, and what of it can be given back as things stand now."""
    crew = people.crew(tx)
    roles, rest = [], []
    for power, at in _ended(tx, left):
        why = _why_not(tx, crew, left.subject, power, at)
        if why:
            rest.append((f"role {power.value}", why))
        else:
            roles.append(power)
    return Back(tuple(roles), (*rest, *_seats(engine, tx, crew, left)))


def preview(engine: Engine, request: Request) -> Back:
    """The same, for a form."""
    with engine.db.look() as tx:
        return back(engine, tx, request)


def took(tx: Tx, left: Request) -> bool:
    """Whether an offboarding ended a role in Usher."""
    return bool(_ended(tx, left))


def beside(plan: Plan, found: Back) -> Plan:
    """The plan of a restore with the roles that come back, after everything else."""
    tasks = [(USHER, role_back(power), None) for power in found.roles]
    more = lines(tasks, len(plan.steps) + 1)
    powerful = [power in _POWERFUL for power in found.roles]
    steps = (replace(line, privileged=strong) for line, strong in zip(more, powerful, strict=True))
    return replace(plan, steps=(*plan.steps, *steps))


def rows(found: Back) -> list[list[str]]:
    """What is left as it is, as it is kept with what people decide about."""
    return [[USHER, LEFT, what, why] for what, why in found.left]


def begin(tx: Tx, request: Request, now: datetime) -> None:
    """The restore begins: each role comes back, unless somebody else got it while people decided."""
    crew = people.crew(tx)
    left = records.get(tx, request.parent or "")
    ended = dict(_ended(tx, left)) if left else {}
    for step in records.steps(tx, request.id):
        power = _role(step)
        if power is None or step.state is not StepState.WAITING:
            continue
        why = _why_not(tx, crew, request.subject, power, ended.get(power, now))
        if why:
            records.settle(tx, step, StepState.DROPPED, ended_at=now, due=None, said=why)
            journal.add(tx, "gift.left", now, request=request.id, facts={"step": step.id, "said": why})
            continue
        people.give(tx, request.subject, power, now, by=request.id)
        facts = {"person": request.subject, "power": power.value, "said": power.value}
        journal.add(tx, "power.returned", now, request=request.id, facts=facts)
        ready = records.settle(tx, step, StepState.READY)
        if ready is not None:  # pragma: no branch (its request is locked)
            seats.seen_here(tx, ready, now)


def _role(step: Step) -> Power | None:
    target = step.action.target if isinstance(step.action, Task) and step.system == USHER else ""
    return next((power for power in Power if target == role_back(power).target), None)


def _ended(tx: Tx, left: Request) -> list[tuple[Power, datetime]]:
    trail = journal.read(tx, request=left.id, limit=_MOST)
    return [(Power(entry.facts["power"]), entry.at) for entry in trail if entry.kind == "power.ended"]


def _why_not(tx: Tx, crew: Crew, person: PersonId, power: Power, since: datetime) -> str:
    if crew.may(person, power):
        return _THERE
    if people.was_given_since(tx, person, power, since):
        return _ENDED
    others = people.given_since(tx, power, since)
    return _ANEW.format(names=", ".join(_name(crew.people, one) for one in others)) if others else ""


def _seats(engine: Engine, tx: Tx, crew: Crew, left: Request) -> Iterable[tuple[str, str]]:
    """Seats in the company's files that somebody else has by now, and what others look after."""
    now: dict[str, PersonId] = {}
    policy, runbooks = seats.rules_in_force(engine, tx)
    holders = {one for system in policy.systems.values() for one in (system.owner, system.deputy) if one}
    for person in holders | {runbook.owner for runbook in runbooks.values()}:
        for (file, path), _seat in written(person, policy, runbooks):
            now[f"seat:{file}:{'/'.join(path)}"] = person
    for step in records.steps(tx, left.id):
        if not isinstance(step.action, Task):
            continue
        holder = now.get(step.action.target)
        if step.action.target.startswith("seat:") and holder not in {None, left.subject}:
            seat = step.action.title.removeprefix("Name a new ")
            yield seat, _OTHER.format(name=_name(crew.people, holder or left.subject))
        elif step.action.target.startswith("kept:"):
            yield step.action.title.removeprefix("Find somebody who "), _NOBODY


def _name(known: Mapping[PersonId, Person], person: PersonId) -> str:
    return known[person].name if person in known else person
