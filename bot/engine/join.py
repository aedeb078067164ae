"""A reading of a running request meets its plan: what is already so is confirmed, and what is new joins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial

from bot.domain.lifecycle import StepState
from bot.domain.model import HandOver, PlannedStep, SystemKey, Task, Wave
from bot.domain.planning import APPROVAL, MACHINE, SUCCESSOR, Found, key_of, raise_if_unsafe, steps_for
from bot.domain.reading import Reading
from bot.domain.request import Request, Step, StepKind, is_rule
from bot.domain.rules import automatic
from bot.domain.verify import Verdict, judge
from bot.engine import desk, progress, rights, search
from bot.engine.context import Engine, Scene, scene
from bot.engine.ruling import table
from bot.store import Tx, journal, outbox, owners, people, records


def linked(tx: Tx, request: Request) -> Mapping[SystemKey, frozenset[str]]:
    """The accounts of whom a request is about, by system: no plan touches any other."""
    found: dict[SystemKey, frozenset[str]] = {}
    for link in people.links(tx, request.subject):
        found[link.system] = found.get(link.system, frozenset()) | {link.native_id}
    return found


def stored(request: Request, line: PlannedStep, *, late: bool = False) -> Step:
    """One line of a plan as the step that it becomes."""
    return Step(
        id=records.step_id(request.id, line.number),
        request=request.id,
        number=line.number,
        kind=StepKind.TASK if isinstance(line.action, Task) else StepKind.APPLY,
        system=line.system,
        wave=line.wave,
        action=line.action,
        state=StepState.WAITING,
        privileged=line.privileged,
        reversible=line.reversible,
        assignee=line.assignee,
        held=line.held,
        after=line.after,
        after_done=line.after_done,
        joined_late=late,
        rule=line.rule,
        why=line.why,
        due=line.due,
        mass=bool(request.batch),
    )


def meet(engine: Engine, tx: Tx, request: Request, seen: Reading, now: datetime) -> None:
    """The reading at the start meets the approved plan: what is already so is confirmed, what is new joins."""
    agree(tx, request, seen, now)
    join(engine, tx, request, seen, now)
    progress.free(engine, tx, request, now)


def agree(tx: Tx, request: Request, seen: Reading, now: datetime) -> None:
    """What is already so is confirmed without being done again."""
    steps = [step for step in records.steps(tx, request.id) if step.system == seen.system]
    for step in steps:
        if step.kind is not StepKind.APPLY or step.ended or step.tries or step.action is None:
            continue
        if isinstance(step.action, HandOver) and _no_longer_alone(step.action, seen):
            progress.confirmed(tx, step, seen, now, already=True)
        elif isinstance(step.action, HandOver):
            _who_could(tx, step, step.action, seen, now)
        elif not isinstance(step.action, Task) and judge(step.action, seen) is Verdict.CONFIRMED:
            progress.confirmed(tx, step, seen, now, already=True)


def _no_longer_alone(action: HandOver, seen: Reading) -> bool:
    """Somebody else administers the thing by now, or it is gone: nobody needs to succeed."""
    found = [asset for asset in seen.assets.items if asset.native_id == action.asset.native_id]
    return not any(asset.sole_admin for asset in found) if found else seen.assets.complete


def _who_could(tx: Tx, step: Step, action: HandOver, seen: Reading, now: datetime) -> None:
    """The question for a successor shows who could take over now."""
    for asset in seen.assets.items:
        if asset.native_id == action.asset.native_id and asset.candidates != action.asset.candidates:
            records.settle(tx, step, step.state, action=replace(action, asset=asset))
            if step.state is StepState.HELD:
                desk.ask(tx, step.request, step.assignee, now)


def join(engine: Engine, tx: Tx, request: Request, seen: Reading, now: datetime) -> None:
    """New removals of the same leaver join by themselves; what cannot be undone asks for an approval of its own."""
    around = scene(engine, tx, request, now)
    system = around.rules.policy.systems[seen.system]
    known = records.steps(tx, request.id)
    first = max((step.number for step in known), default=0) + 1
    lines = steps_for(
        Found(system, seen, kept=owners.kept(tx, seen.system)),
        engine.connectors[seen.system].spec.can,
        lambda key: around.keeper(request, key),
        partial(search.guide, engine),
        table(around, request, now),
        first=first,
    )
    old = {key_of(step.system, step.action): step.number for step in known if step.action is not None}
    keys = {line.number: key_of(line.system, line.action) for line in lines}
    numbers = {line.number: old.get(keys[line.number], line.number) for line in lines}
    fresh = [line for line in lines if keys[line.number] not in old]
    raise_if_unsafe(fresh, linked(tx, request))
    ruled = any(is_rule(given.person) for given in rights.yes(tx, request))
    _wait_for_new(tx, known, {old[keys[line.number]]: line for line in lines if keys[line.number] in old}, numbers)
    for line in fresh:
        late = replace(
            line,
            held=_held(line, around, ruled=ruled),
            after=tuple(numbers[n] for n in line.after),
            after_done=tuple(numbers[n] for n in line.after_done),
        )
        step = stored(request, late, late=True)
        records.add_steps(tx, [step])
        journal.add(tx, "step.joined", now, request=request.id, facts={"step": step.id, "key": "", "held": step.held})
        outbox.tell(tx, "line", now, request=request.id, step=step.id, what="joined", held=step.held)


def _held(line: PlannedStep, around: Scene, *, ruled: bool) -> str:
    """What cannot be undone is approved by itself; where rules approved the rest, so is what none of them covers.

    What ends at once ends at once.
    """
    if line.held in {SUCCESSOR, MACHINE}:
        return line.held
    covered = automatic(around.rules.policy, (line,)) or line.wave is Wave.CONTAIN or isinstance(line.action, Task)
    if line.reversible and (line.held or not ruled or covered):
        return line.held
    return APPROVAL


def _wait_for_new(
    tx: Tx,
    known: tuple[Step, ...],
    lines: Mapping[int, PlannedStep],
    numbers: Mapping[int, int],
) -> None:
    """A membership that carries something found only now waits for its hand-over too."""
    for step in known:
        line = lines.get(step.number)
        wanted = {numbers[n] for n in line.after_done} - set(step.after_done) if line else set()
        if wanted and step.state is StepState.WAITING:
            records.settle(tx, step, step.state, after_done=(*step.after_done, *sorted(wanted)))
