"""Holds and the clock: what nobody answered, what was kept long enough, reminders, and people who left meanwhile."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from bot.domain.hold import CHECKPOINT, HANDING, USE, Silence
from bot.domain.lifecycle import StepState
from bot.domain.model import HandOver, PersonId, StepId
from bot.domain.policy import calm
from bot.domain.request import Request, Step
from bot.engine import hold, progress
from bot.engine.context import Engine, Scene, scene
from bot.engine.release import let_go
from bot.store import Tx, again, escalations, halts, holds, journal, outbox, people, records
from bot.store.escalations import Told

AT_ONCE = 100  # in one transaction


def ends(engine: Engine, now: datetime) -> int:
    """Do what every hold whose time is over said it would; returns how many moved."""
    seen: set[StepId] = set()
    while True:
        with engine.db.look() as tx:
            quiet = not holds.any_due(tx, now, seen) or halts.now(tx) is not None
        if quiet:
            return len(seen)
        some = _end_some(engine, now, seen)
        if not some:  # somebody answers in this very moment: the next look sees what is left
            return len(seen)
        seen |= some


@again
def _end_some(engine: Engine, now: datetime, besides: set[StepId]) -> set[StepId]:
    with engine.db.begin() as tx:
        steps = holds.due(tx, now, AT_ONCE, besides=besides)
        by_request: defaultdict[str, list[Step]] = defaultdict(list)
        for step in steps:
            by_request[step.request].append(step)
        for key, mine in by_request.items():
            _end(engine, tx, records.lock(tx, key), mine, now)
        return {step.id for step in steps}


def _end(engine: Engine, tx: Tx, request: Request, steps: list[Step], now: datetime) -> None:
    around = scene(engine, tx, request, now)
    told: set[PersonId] = set()
    for step in steps:
        told |= hold.recipients(around, request, step)
        if step.held in {USE, CHECKPOINT} and not _reached(tx, request, step):
            _later(tx, around, step, now)
        elif step.held == CHECKPOINT and hold.team_of(around.rules.policy, step).silence is Silence.WAIT:
            told |= _escalate(tx, around, request, step, now)
        else:
            _silent(tx, around, request, step, now)
    progress.free(engine, tx, request, now)
    hold.tell(tx, request, told, now)


def _silent(tx: Tx, around: Scene, request: Request, step: Step, now: datetime) -> None:
    """The stated default happens. What has nobody else is not taken away before its hand-over, which was asked for."""
    every = records.steps(tx, request.id)
    overs = {other.number for other in every if isinstance(other.action, HandOver)}
    after = tuple(number for number in step.after_done if number in overs) if step.held == HANDING else step.after_done
    if let_go(tx, around, request, step, after_done=after) is None:
        return
    what = "silent" if step.held in {USE, CHECKPOINT} else "ended"
    journal.add(tx, f"hold.{what}", now, request=request.id, facts={"step": step.id})
    hold.line(tx, step, f"hold {what}", now, by=step.assignee)


def _reached(tx: Tx, request: Request, step: Step) -> bool:
    """Whether the question was put where its person can see it, or cannot be because they have no chat account."""
    key = f"holds:{request.id}:{step.assignee}"
    if key in outbox.posts_of(tx, request.id, (key,)):
        return True
    facts = {"person": step.assignee, "kind": "holds", "step": None}
    return journal.has(tx, "person.unreached", facts, request=request.id)


def _later(tx: Tx, around: Scene, step: Step, now: datetime) -> None:
    """Nobody is silent who was never asked: while the chat is away, the question keeps its whole time."""
    length = hold.answer_of(around.rules.policy, step)
    ends = {"due": now + length, "deadline": now + length, "reminded_at": now + length / 2}
    if records.settle(tx, step, step.state, **ends) is not None:
        facts = {"step": step.id, "due": (now + length).isoformat()}
        journal.add(tx, "hold.unsaid", now, request=step.request, facts=facts)


def _escalate(tx: Tx, around: Scene, request: Request, step: Step, now: datetime) -> set[PersonId]:
    """A silent team: it goes on waiting, and those whom policy names are told and may release it too."""
    team = hold.team_of(around.rules.policy, step)
    more = [person for power in team.escalate for person in sorted(around.crew.holding(power))]
    able = [one for one in dict.fromkeys(more) if one != request.subject and around.crew.working(one, around.today)]
    ends = {"due": now + team.answer, "deadline": now + team.answer, "reminded_at": now + team.answer / 2}
    if records.settle(tx, step, step.state, assignee=able[0] if able else step.assignee, **ends) is None:
        return set()
    journal.add(tx, "hold.escalated", now, request=request.id, facts={"step": step.id, "to": able})
    hold.line(tx, step, "hold escalated", now, names=able)
    for person in able:
        outbox.tell(tx, "hold reminder", now, request=request.id, person=person)
    return set(able)


def remind(engine: Engine, now: datetime) -> int:
    """A word before the time is over, one for each person and request, in nobody's night; returns how many."""
    with engine.db.look() as tx:
        if not holds.any_unreminded(tx, now):
            return 0
    with engine.db.begin() as tx:
        told: set[tuple[str, PersonId]] = set()
        for step in holds.unreminded(tx, now, AT_ONCE):
            request = records.lock(tx, step.request)
            around = scene(engine, tx, request, now)
            wakes = {
                one: calm(around.rules.policy, around.crew, one, now) for one in hold.recipients(around, request, step)
            }
            later = min((at for at in wakes.values() if at > now), default=None)
            again = None if later is None or step.due is None or later >= step.due else later
            if records.settle(tx, step, step.state, reminded_at=again) is None:
                continue
            fresh = {one for one, at in wakes.items() if at <= now and escalations.add(tx, _reminded(step, one, now))}
            told |= {(request.id, person) for person in fresh}
            if fresh:
                journal.add(tx, "hold.reminded", now, request=request.id, facts={"step": step.id})
        for key, person in sorted(told):
            outbox.tell(tx, "hold reminder", now, request=key, person=person)
            outbox.tell(tx, "holds", now, request=key, person=person)
    return len(told)


def _reminded(step: Step, person: PersonId, now: datetime) -> Told:
    """Of a team some may be asleep: everybody hears once before each time."""
    ends = step.due.isoformat() if step.due else ""
    return Told(f"hold:{step.id}:{ends}", person, 0, now)


def left_behind(engine: Engine, now: datetime) -> int:
    """A hold of somebody who left goes to whoever is asked now, with half of the usual time at least; how many."""
    with engine.db.look() as tx:
        held = holds.every(tx)
        crew = people.crew(tx) if held else None
    gone = [step for step in held if crew and not (step.assignee and crew.here(step.assignee, now.date()))]
    return sum(_rerouted(engine, step, now) for step in gone)


@again
def _rerouted(engine: Engine, step: Step, now: datetime) -> int:
    with engine.db.begin() as tx:
        request = records.lock(tx, step.request)
        around = scene(engine, tx, request, now)
        heir = hold.asked(around, request, step)
        soon = now + hold.answer_of(around.rules.policy, step) / 2
        ends = max(step.due or soon, soon)
        if heir == step.assignee or step.state is not StepState.HELD:
            return 0
        facts = {"assignee": heir, "due": ends, "deadline": ends, "reminded_at": now + (ends - now) / 2}
        moved = records.settle(tx, step, step.state, **facts)
        if moved is None:
            return 0  # answered in this very moment
        journal.add(tx, "step.reassigned", now, request=request.id, facts={"step": step.id, "to": heir})
        hold.line(tx, moved, "hold asked", now, by=heir, held=step.held, until=ends.isoformat())
        hold.tell(tx, request, hold.recipients(around, request, moved), now)
        outbox.tell(tx, "root", now, request=request.id)
        return 1
