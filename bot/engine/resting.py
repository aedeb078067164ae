"""What a leave of absence means: what is locked, what gives it back on its day, and what a reading says about both."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from bot.domain.giving import give_back, leave_plan, returns
from bot.domain.lifecycle import StepState
from bot.domain.model import PersonId, Plan, PlannedStep, Power, Task, Trigger, Wave
from bot.domain.planning import Found, key_of, leaver_plan, raise_if_unsafe, steps_for
from bot.domain.policy import calm
from bot.domain.reading import Reading
from bot.domain.request import Request, Step, StepKind
from bot.domain.verify import Verdict, judge
from bot.engine import join, planned, progress, search
from bot.engine.context import Engine, scene
from bot.store import Tx, due, journal, outbox, people, records

REMIND = timedelta(days=1)  # before the day, where the leave is longer than twice that
AT_ONCE = 500


def plan(engine: Engine, tx: Tx, request: Request, now: datetime) -> Plan | None:
    """What locks the accounts, and what unlocks them on the day; everything else is kept."""
    around = scene(engine, tx, request, now)
    found = planned.found(engine, tx, request, around, records.steps(tx, request.id))
    guiding = partial(search.guide, engine)
    whole = leaver_plan(found, planned.can(engine, found), lambda key: around.keeper(request, key), guiding)
    return leave_plan(whole, end_of(request))


def end_of(request: Request) -> datetime:
    """The day on which everything is given back."""
    if request.until is None:
        raise ValueError(f"{request.id} has no end")
    return request.until


def backs(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """The steps that give back, and have not begun."""
    return tuple(step for step in steps if step.wave is not Wave.CONTAIN and step.state is StepState.WAITING)


def meet(engine: Engine, tx: Tx, request: Request, seen: Reading, now: datetime) -> None:
    """The reading at the start: what is locked already is not ours to unlock; what appeared is locked too."""
    for step in records.steps(tx, request.id):
        if step.system != seen.system or step.wave is not Wave.CONTAIN or not _untouched(step):
            continue
        if not isinstance(step.action, Task | None) and judge(step.action, seen) is Verdict.CONFIRMED:
            progress.confirmed(tx, step, seen, now, already=True)
            forget(tx, request, step, now, "It was so already, so it stays so.")
    _join(engine, tx, request, seen, now)
    progress.free(engine, tx, request, now)


def _untouched(step: Step) -> bool:
    return step.kind is StepKind.APPLY and not step.ended and not step.tries


def forget(tx: Tx, request: Request, lock: Step, now: datetime, why: str) -> None:
    """There is nothing of ours to give back for this step."""
    for step in backs(records.steps(tx, request.id)):
        if lock.number in step.after_done:
            records.settle(tx, step, StepState.DROPPED, ended_at=now, due=None, reminded_at=None, said=why)


def _join(engine: Engine, tx: Tx, request: Request, seen: Reading, now: datetime) -> None:
    """What appeared since the plan is locked with the rest; a person gives it back, because nobody approved that."""
    around = scene(engine, tx, request, now)
    known = records.steps(tx, request.id)
    first = max((step.number for step in known), default=0) + 1
    lines = steps_for(
        Found(around.rules.policy.systems[seen.system], seen),
        engine.connectors[seen.system].spec.can,
        lambda key: around.keeper(request, key),
        partial(search.guide, engine),
        first=first,
    )
    old = {key_of(step.system, step.action) for step in known if step.action is not None}
    locks = [line for line in lines if line.wave is Wave.CONTAIN and returns(line)]
    fresh = [line for line in locks if key_of(line.system, line.action) not in old]
    raise_if_unsafe(fresh, join.linked(tx, request))
    for number, line in enumerate(fresh):
        lock = replace(line, number=first + 2 * number, after=(), after_done=())
        keeper = around.keeper(request, seen.system)
        every = [lock, *(_by_a_person(lock, back, keeper) for back in give_back(lock, end_of(request)))]
        records.add_steps(tx, [join.stored(request, one, late=True) for one in every])
        step = records.step_id(request.id, lock.number)
        journal.add(tx, "step.joined", now, request=request.id, facts={"step": step, "key": "", "held": ""})
        outbox.tell(tx, "line", now, request=request.id, step=step, what="joined")


def _by_a_person(lock: PlannedStep, back: PlannedStep, keeper: PersonId) -> PlannedStep:
    how = "It appeared after the leave was approved, and was locked with the rest. Unlock it if it is needed."
    title = f"Look at what appeared late: {key_of(lock.system, lock.action)}"
    task = back.action if isinstance(back.action, Task) else Task(title, how, target=f"undo {lock.number}")
    return replace(back, number=lock.number + 1, action=task, wave=Wave.TASKS, assignee=keeper)


def reminder(since: datetime, until: datetime) -> datetime | None:
    """When people are told that the day comes near; never for what is short anyway."""
    return until - REMIND if until - since > 2 * REMIND else None


def begin(tx: Tx, request: Request, now: datetime) -> None:
    """The leave begins: others are asked meanwhile; one of the steps that give back carries the reminder of the day."""
    people.go_away(tx, request.subject, end_of(request).date())
    for step in backs(records.steps(tx, request.id))[:1]:
        records.settle(tx, step, step.state, reminded_at=reminder(now, end_of(request)))


def remind(engine: Engine, now: datetime) -> int:
    """A word to whoever asked, the day before, but not in their night; how many."""
    with engine.db.begin() as tx:
        found = due.soon(tx, now, AT_ONCE, trigger=Trigger.PAUSE)
        if not found:
            return 0
        policy, crew = engine.policy(tx)[1], people.crew(tx)
        for step in found:
            request = records.lock(tx, step.request)
            told = in_charge(tx, request, now)
            wakes = max((calm(policy, crew, person, now) for person in told), default=now)
            night = now < wakes < (step.due or now)
            records.settle(tx, step, step.state, reminded_at=wakes if night else None)
            for person in () if night else told:
                outbox.tell(tx, "told", now, request=request.id, person=person, what="ends soon")
    return len(found)


def in_charge(tx: Tx, request: Request, now: datetime) -> tuple[PersonId, ...]:
    """Whoever asked, or HR where they have left."""
    crew = people.crew(tx)
    if crew.working(request.requester, now.date()):
        return (request.requester,)
    hr = sorted(crew.holding(Power.HR) - {request.subject})
    return tuple(one for one in hr if crew.working(one, now.date()))
