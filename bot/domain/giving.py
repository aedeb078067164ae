"""Plans that give: back what an offboarding took, or at the end of a leave of absence."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from bot.domain.by_hand import by_hand
from bot.domain.model import (
    Assign,
    Change,
    Enable,
    EndSessions,
    Plan,
    PlannedStep,
    Resume,
    Revoke,
    Task,
    Wave,
    inverse,
)
from bot.domain.planning import Guiding, Keeper, key_of, unguided
from bot.domain.policy import System
from bot.domain.restore import Preview

_ORDER = (Resume, Assign, Enable)  # an account first, what works without signing in last


@dataclass(frozen=True, slots=True)
class Returned:
    """One system: what is to be given back there, and which changes a program may make."""

    system: System
    preview: Preview
    can: frozenset[type[Change]]


def restore_plan(
    every: Iterable[Returned], keeper: Keeper, guiding: Guiding = unguided, *, contained: bool = False
) -> Plan:
    """What gives back what was taken; with `contained` only what was contained, and that as fast as containment."""
    steps: list[PlannedStep] = []
    for one in every:
        gives = [give for give in one.preview.gives if not contained or isinstance(give, Resume | Enable)]
        gives.sort(key=lambda give: (_ORDER.index(type(give)), _powerful(give)))
        earlier: list[PlannedStep] = []
        for give in gives:
            step = _step(len(steps) + 1, one, give, keeper, guiding, contained=contained)
            waits = [s.number for s in earlier if type(s.action) is not type(give) and not isinstance(s.action, Task)]
            earlier.append(replace(step, after=tuple(waits)))
            steps.append(earlier[-1])
            steps += _end(len(steps) + 1, earlier[-1])
    return Plan(tuple(steps))


def _powerful(change: Change) -> bool:
    return isinstance(change, Assign) and change.grant.entitlement.privileged


def _step(
    number: int, one: Returned, give: Change, keeper: Keeper, guiding: Guiding, *, contained: bool
) -> PlannedStep:
    key, wave = one.system.key, Wave.CONTAIN if contained else Wave.MEMBERSHIPS
    if type(give) in one.can:
        return PlannedStep(number, key, wave, give, _powerful(give))
    task = by_hand(one.system, give, key_of(key, give), guide=guiding(key, give))
    return PlannedStep(number, key, wave if contained else Wave.TASKS, task, _powerful(give), assignee=keeper(key))


def _end(number: int, given: PlannedStep) -> Iterable[PlannedStep]:
    """Access that had an end of its own keeps it."""
    match given.action:
        case Assign(grant) if grant.until is not None:
            end = Revoke(grant)
            after = (given.number,)
            yield PlannedStep(
                number, given.system, Wave.CONTAIN, end, given.privileged, after_done=after, due=grant.until
            )


def leave_plan(plan: Plan, until: datetime) -> Plan:
    """For a leave of absence: what a leaver's plan contains and can be given back, and the giving back at its end."""
    lines = [step for step in plan.steps if step.wave is Wave.CONTAIN and returns(step)]
    numbers = {step.number: at for at, step in enumerate(lines, start=1)}
    locks = [
        replace(
            step,
            number=numbers[step.number],
            after=tuple(numbers[n] for n in step.after if n in numbers),
            after_done=tuple(numbers[n] for n in step.after_done if n in numbers),
        )
        for step in lines
    ]
    backs = [back for lock in locks for back in give_back(lock, until)]
    numbered = [replace(back, number=len(locks) + at) for at, back in enumerate(backs, start=1)]
    return Plan((*locks, *numbered), plan.blind)


def returns(step: PlannedStep) -> bool:
    """Whether what this line does ends with a leave of absence: who signs in again has open sessions again."""
    action = step.action
    return isinstance(action, Task | EndSessions) or inverse(action) is not None


def give_back(lock: PlannedStep, until: datetime) -> Iterable[PlannedStep]:
    """The line that undoes this one at the end of the leave; its number is still to be given."""
    wave = Wave.TASKS if isinstance(lock.action, Task) else Wave.MEMBERSHIPS
    undo = _undo(lock.action) if isinstance(lock.action, Task) else inverse(lock.action)
    if undo is not None:
        yield PlannedStep(0, lock.system, wave, undo, assignee=lock.assignee, after_done=(lock.number,), due=until)


def _undo(task: Task) -> Task:
    how = f"Undo what you were asked to do when the leave began, and nothing more. That was: {task.how}"
    return Task(f"Undo: {task.title}", how, task.evidence, target=f"undo {task.target}")
