"""Silence is heard: past its deadline the next people are told, level by level, at a fitting hour, each once."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from bot.domain.errors import Refused
from bot.domain.hold import HOLDS
from bot.domain.lifecycle import RequestState
from bot.domain.model import PersonId
from bot.domain.policy import calm
from bot.domain.request import Request, Step
from bot.domain.successors import QUESTIONS
from bot.engine import chain, desk
from bot.engine.context import Engine, Scene, scene, shared_time
from bot.engine.revisit import revisit
from bot.engine.stopped import left_stopped
from bot.engine.tasks import mine
from bot.engine.unanswered import silent_proposals
from bot.store import Tx, again, escalations, journal, outbox, records
from bot.store.escalations import Told

_AT_ONCE = 500
_BEGAN = frozenset({"plan.made", "request.asked_again", "request.rescheduled", "batch.not_this_one"})


def tick(engine: Engine, now: datetime) -> int:
    """Take up what was left open until now, and tell whoever is next about what nobody moved; by the shared clock."""
    shared = shared_time(engine, now)
    return revisit(engine, shared) + escalate(engine, shared)


def escalate(engine: Engine, now: datetime) -> int:
    """The same at a given time; how many messages."""
    return (
        late_steps(engine, now)
        + silent_approvers(engine, now)
        + silent_proposals(engine, now)
        + left_stopped(engine, now)
    )


def late_steps(engine: Engine, now: datetime) -> int:
    """Open steps past their deadline: one message a person and request, however many steps; how many messages."""
    by_request: defaultdict[str, list[str]] = defaultdict(list)
    after = ""
    besides = HOLDS | QUESTIONS  # of these others are asked at once
    with engine.db.look() as tx:
        _, policy = engine.policy(tx)
        open_now = policy.hours.open_at(now, policy.zone)
        while page := escalations.late(tx, now, policy.escalation.again, besides, after, _AT_ONCE):
            after = page[-1].id
            for step in page:
                if open_now or chain.urgent(step):
                    by_request[step.request].append(step.id)
    return sum(_late(engine, request, steps, now) for request, steps in by_request.items())


@again
def _late(engine: Engine, key: str, steps: list[str], now: datetime) -> int:
    with engine.db.begin() as tx:
        request = records.lock(tx, key)
        if request.state is not RequestState.RUNNING or request.stopped_at is not None:
            return 0
        around = scene(engine, tx, request, now)
        told: defaultdict[PersonId, list[str]] = defaultdict(list)
        for step in records.steps(tx, key):
            if step.id in steps and not step.ended and step.deadline is not None and step.deadline <= now:
                reached = chain.levels(around.rules.policy, step.deadline, now, urgent=chain.urgent(step))
                for level, people in enumerate(chain.of_step(around, request, step, now)[:reached], start=1):
                    _tell(tx, step, level, people, now, told)
                escalations.heard(tx, step.id, reached, now)
        for person, about in sorted(told.items()):
            desk.tell(tx, key, person, about, now)
        return len(told)


def _tell(
    tx: Tx,
    step: Step,
    level: int,
    people: tuple[PersonId, ...],
    now: datetime,
    told: dict[PersonId, list[str]],
) -> None:
    fresh = [person for person in people if escalations.add(tx, Told(step.id, person, level, now))]
    for person in fresh:
        told[person].append(step.id)
    if fresh:
        facts = {"step": step.id, "level": level, "to": fresh}
        journal.add(tx, "step.escalated", now, request=step.request, facts=facts)
        outbox.tell(tx, "line", now, request=step.request, step=step.id, what="escalated", to=fresh)


@again
def escalate_now(engine: Engine, step_id: str, by: PersonId, now: datetime) -> tuple[PersonId, ...]:
    """Whoever may act on a step tells the next in the chain without waiting; who that is. Raises Refused."""
    with engine.db.begin() as tx:
        step, request = mine(engine, tx, step_id, by, now)
        if step.ended:
            raise Refused("This is over already. Nothing is left to do.")
        if request.state is not RequestState.RUNNING:
            raise Refused("This does not run yet.")
        known = {one.person for one in escalations.told(tx, step.id)} | {by}
        around = scene(engine, tx, request, now)
        for level, people in enumerate(chain.of_step(around, request, step, now), start=1):
            left = tuple(person for person in people if person not in known)
            if left:
                told: dict[PersonId, list[str]] = defaultdict(list)
                _tell(tx, step, level, left, now, told)
                for person in left:
                    desk.tell(tx, request.id, person, [step.id], now)
                return left
        raise Refused("Everybody who could be told has been told.", hint="Speak with them, or do it by hand.")


def silent_approvers(engine: Engine, now: datetime) -> int:
    """Removals that nobody decides about: a reminder with buttons half-way, then others hear; how many messages."""
    with engine.db.look() as tx:
        rule = engine.policy(tx)[1].escalation
        waits = escalations.awaiting(tx, now, min(rule.urgent, rule.approval) / 2, min(rule.urgent, rule.again) / 2)
    return sum(_silent(engine, request, now) for request in waits)


@again
def _silent(engine: Engine, key: str, now: datetime) -> int:
    with engine.db.begin() as tx:
        request = records.lock(tx, key)
        if request.state is not RequestState.AWAITING_APPROVAL or request.expires_at is not None:
            return 0
        around = scene(engine, tx, request, now)
        policy = around.rules.policy
        urgent = request.contains_at_once or now >= request.starts_at
        patience = policy.escalation.urgent if urgent else policy.escalation.approval
        asked = _asked_at(tx, request)
        about = f"approval:{request.id}:{request.digest[:16]}"
        if asked is None or now < asked + patience / 2 or not (urgent or policy.hours.open_at(now, policy.zone)):
            return 0
        count = _remind(tx, around, request, about, now, urgent=urgent)
        reached = chain.levels(policy, asked + patience, now, urgent=urgent) if now >= asked + patience else 0
        besides = {*request.approvers, request.subject}
        people = chain.of_question(policy, around.crew, request.requester, besides, now)
        for level, fresh in escalations.tell(tx, about, people[:reached], now):
            for person in fresh:
                outbox.tell(tx, "undecided", now, request=request.id, person=person, since=asked.isoformat())
            journal.add(tx, "request.escalated", now, request=request.id, facts={"level": level, "to": fresh})
            outbox.tell(tx, "line", now, request=request.id, what="undecided", to=fresh)
            count += len(fresh)
        return count


def _asked_at(tx: Tx, request: Request) -> datetime | None:
    """When the question was put that is open now: the plan was made, or people were asked again.

    None while one question for many people stands for it.
    """
    began = {entry.kind: entry.at for entry in journal.read(tx, request=request.id, kinds=_BEGAN)}
    if request.batch and not began.keys() - {"plan.made"}:
        return None
    return max(began.values(), default=request.created_at)


def _remind(tx: Tx, around: Scene, request: Request, about: str, now: datetime, *, urgent: bool) -> int:
    """Whoever was asked and has not answered gets the question once more; once, in no night if it can wait."""
    living = [one for one in records.approvals(tx, request.id) if one.withdrawn_at is None]
    given = {one.person for one in living if one.digest == request.digest}
    count = 0
    for person in sorted(set(request.approvers) - given):
        wakes = now if urgent else calm(around.rules.policy, around.crew, person, now)
        if wakes <= now and escalations.add(tx, Told(about, person, 0, now)):
            outbox.tell(tx, "reminder", now, request=request.id, person=person)
            count += 1
    return count
