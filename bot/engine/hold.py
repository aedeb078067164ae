"""The turn of something that may still be in use: its owner, or a team, is asked once, with a time and a default."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from bot.domain.hold import CHECKPOINT, HOLDS, Checkpoint, first_of
from bot.domain.lifecycle import StepState
from bot.domain.model import PersonId, PlannedStep, Power, Wave
from bot.domain.policy import Crew, Policy
from bot.domain.request import Request, Step
from bot.domain.rule import Effect
from bot.domain.rules import is_sensitive as marked_sensitive
from bot.engine.context import Engine, Scene, scene
from bot.store import Tx, journal, outbox, records


def waits(step: Step) -> bool:
    """Whether somebody must be asked before this step; what contains never waits, whatever a rule says."""
    return step.held in HOLDS and step.wave is not Wave.CONTAIN


def ask(engine: Engine, tx: Tx, request: Request, steps: Iterable[Step], now: datetime) -> None:
    """The turn of these steps has come: each waits for an answer until its time, one message a person."""
    around = scene(engine, tx, request, now)
    told: set[PersonId] = set()
    for step in steps:
        person = asked(around, request, step)
        length = answer_of(around.rules.policy, step)
        facts = {"assignee": person, "due": now + length, "deadline": now + length, "reminded_at": now + length / 2}
        moved = records.settle(tx, step, StepState.HELD, **facts)
        if moved is None:
            continue
        seen = {"step": step.id, "to": person, "held": step.held, "due": (now + length).isoformat()}
        journal.add(tx, "hold.asked", now, request=request.id, facts=seen)
        line(tx, moved, "hold asked", now, by=person, held=step.held, until=(now + length).isoformat())
        told |= recipients(around, request, moved)
    tell(tx, request, told, now)


def tell(tx: Tx, request: Request, told: Iterable[PersonId], now: datetime) -> None:
    """Draw the one message of each of these people anew: all that they are asked about this request."""
    for person in sorted(set(told)):
        outbox.tell(tx, "holds", now, request=request.id, person=person)


def line(tx: Tx, step: Step, what: str, now: datetime, **facts: Any) -> None:
    """One line of the thread about what waits."""
    outbox.tell(tx, "line", now, request=step.request, step=step.id, what=what, **facts)


def asked(around: Scene, request: Request, step: Step) -> PersonId:
    """Who is asked about a step now: somebody who works here, never the leaver, and never nobody."""
    ways: list[Iterable[PersonId]] = []
    if step.held == CHECKPOINT:
        team = team_of(around.rules.policy, step)
        ways += [members(team, around.crew), *(_holding(around.crew, power) for power in team.escalate)]
    elif is_sensitive(around.rules.policy, step):
        ways += [_holding(around.crew, Power.SECURITY), _holding(around.crew, Power.ADMIN)]
    else:
        ways.append([step.assignee] if step.assignee else [])
        ways.append(_keepers(around.rules.policy, step))
    ways += [_holding(around.crew, power) for power in (Power.IT, Power.SECURITY, Power.ADMIN, Power.HR)]
    able = ([person for person in way if _able(around, request, person)] for way in ways)
    return first_of(*able) or request.requester


def _keepers(policy: Policy, step: Step) -> list[PersonId]:
    system = policy.systems[step.system]
    return [system.owner, *([system.deputy] if system.deputy else [])]


def _holding(crew: Crew, power: Power) -> list[PersonId]:
    return sorted(crew.holding(power))


def _able(around: Scene, request: Request, person: PersonId) -> bool:
    return person != request.subject and around.crew.here(person, around.today)


def members(team: Checkpoint, crew: Crew) -> list[PersonId]:
    """Everybody in a team, in a fixed order, whether they work here or not."""
    return sorted(team.people | (crew.holding(team.power) if team.power else frozenset()))


def team_of(policy: Policy, step: Step) -> Checkpoint:
    """The team that releases a step; security, where the rule names none that there is."""
    rule = policy.rule(step.rule)
    named = policy.checkpoints.get(rule.team) if rule else None
    return named or Checkpoint(step.rule, "security", power=Power.SECURITY)


def is_sensitive(policy: Policy, step: Step) -> bool:
    """Whether security answers instead of the owner: it is powerful, marked so, or a rule says so."""
    rule = policy.rule(step.rule)
    if step.privileged or (rule is not None and rule.then is Effect.SECURITY):
        return True
    line = PlannedStep(step.number, step.system, step.wave, step.action) if step.action else None
    return line is not None and marked_sensitive(policy, line, None)


def answer_of(policy: Policy, step: Step) -> timedelta:
    """How long a question about this step waits before its default."""
    return team_of(policy, step).answer if step.held == CHECKPOINT else policy.holds.answer


def recipients(around: Scene, request: Request, step: Step) -> frozenset[PersonId]:
    """Everybody whose message shows this step: who is asked, and the whole of a team."""
    found = {step.assignee} if step.assignee else set()
    if step.held == CHECKPOINT:
        found.update(members(team_of(around.rules.policy, step), around.crew))
    return frozenset(person for person in found if person and _able(around, request, person))


def may_answer(around: Scene, request: Request, step: Step, by: PersonId) -> bool:
    """Whether this person may answer for a held step: who is asked, the team, the system's own people, security."""
    if not _able(around, request, by):
        return False
    if by == step.assignee or around.crew.may(by, Power.SECURITY):
        return True
    if step.held == CHECKPOINT:
        team = team_of(around.rules.policy, step)
        return by in members(team, around.crew) or around.crew.may(by, *team.escalate)
    return not is_sensitive(around.rules.policy, step) and by in _keepers(around.rules.policy, step)
