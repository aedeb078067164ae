"""What a leaver has in Usher itself: shown in the plan, passed on when the work begins, seen passed on."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from bot.domain.errors import Refused
from bot.domain.lifecycle import RequestState, StepState
from bot.domain.model import Person, PersonId, Plan, Power, SystemKey, Task, Trigger
from bot.domain.policy import Crew, Policy, Runbook
from bot.domain.request import Evidence, Request, Step
from bot.domain.seats import (
    DECISIONS,
    TASKS,
    USHER,
    Waiting,
    is_automatic,
    kept_task,
    last_admin,
    lines,
    passed_on,
    seat_task,
    written,
)
from bot.domain.verify import Verdict
from bot.engine import join, progress, rights
from bot.engine.context import Engine, Scene, scene
from bot.runbooks.reading import read
from bot.store import Tx, journal, outbox, owners, people, questions, records, versions

Line = tuple[SystemKey, Task, PersonId | None]


def beside(engine: Engine, tx: Tx, request: Request, around: Scene, plan: Plan) -> Plan:
    """The plan of a leaver with what they have in Usher itself, after everything else."""
    more = lines(_lines(engine, tx, request, around), len(plan.steps) + 1)
    return replace(plan, steps=(*plan.steps, *more))


def begin(engine: Engine, tx: Tx, request: Request, now: datetime) -> None:
    """The work begins: roles end now, what waits for them is passed on; what they got since the plan joins it."""
    around = scene(engine, tx, request, now)
    known = records.steps(tx, request.id)
    shown = {step.action.target for step in known if isinstance(step.action, Task)}
    first = max((step.number for step in known), default=0) + 1
    fresh = [one for one in _lines(engine, tx, request, around) if one[1].target not in shown]
    records.add_steps(tx, [join.stored(request, line, late=True) for line in lines(fresh, first)])
    for power in people.end_powers(tx, request.subject, now):
        facts = {"person": request.subject, "power": power.value, "said": power.value}
        journal.add(tx, "power.ended", now, request=request.id, facts=facts)
    for one in owners.of(tx, request.subject):
        owners.forget(tx, one.system, one.native_id, now)
    for step in records.steps(tx, request.id):
        if isinstance(step.action, Task) and is_automatic(step.action) and step.state is StepState.WAITING:
            ready = records.settle(tx, step, StepState.READY)
            if ready is not None and step.action.target not in {DECISIONS, TASKS}:
                seen_here(tx, ready, now)


def pass_on(engine: Engine, now: datetime) -> int:
    """Ask others about everything that waits for an approver who is not here any more; returns how much moved."""
    with engine.db.look() as tx:
        waiting = (*records.open_requests(tx, state=RequestState.AWAITING_APPROVAL), *questions.with_items(tx))
        auto = questions.automatic(tx, USHER)
        lost = rights.lost(engine, tx, waiting, now)
    return sum(_ask_others(engine, one.id, now) for one in lost) + sum(_look(engine, step.id, now) for step in auto)


def _ask_others(engine: Engine, request_id: str, now: datetime) -> bool:
    with engine.db.begin() as tx:
        return rights.ask_others(engine, tx, records.lock(tx, request_id), now)


def _look(engine: Engine, step_id: str, now: datetime) -> bool:
    """Whether what was to be passed on is seen passed on, in the rows themselves."""
    with engine.db.begin() as tx:
        found = records.lock_step(tx, step_id)
        if found is None or found[0].state is not StepState.READY or not isinstance(found[0].action, Task):
            return False
        step, request = found
        left = _decisions(tx, request) if found[0].action.target == DECISIONS else _tasks(tx, request)
        if left:
            return False
        seen_here(tx, step, now)
        progress.free(engine, tx, request, now)
        return True


def seen_here(tx: Tx, step: Step, now: datetime) -> None:
    """What Usher did in itself is seen there at once."""
    said = f"{step.action.title}: done." if isinstance(step.action, Task) else ""
    if records.settle(tx, step, StepState.CONFIRMED, ended_at=now, said=said) is not None:
        records.add_evidence(tx, Evidence(step.id, Verdict.CONFIRMED, now, "Usher itself", said))
        facts = {"step": step.id, "seen_at": now.isoformat(), "control": "Usher itself", "already": False}
        journal.add(tx, "step.confirmed", now, request=step.request, facts=facts)
        body = {"what": "confirmed", "seen": now.isoformat(), "said": said}
        outbox.tell(tx, "line", now, request=step.request, step=step.id, **body)


def _lines(engine: Engine, tx: Tx, request: Request, around: Scene) -> Iterable[Line]:
    subject = request.subject
    waiting = Waiting(
        roles=tuple(sorted(around.crew.powers.get(subject, ()))),
        decisions=_decisions(tx, request),
        tasks=_tasks(tx, request),
        asked=questions.begun_by(tx, subject),
        lent=questions.lent_by(tx, subject),
    )
    yield from ((USHER, task, None) for task in passed_on(waiting))
    asked = request.requester
    with suppress(LookupError):  # a company without a single role: whoever asked has to see to it
        asked = around.keeper(request, USHER)
    policy, runbooks = rules_in_force(engine, tx)
    for place, seat in written(subject, policy, runbooks):
        yield USHER, seat_task(place, seat, _line(tx, *place), subject), asked
    for one in owners.of(tx, subject):
        known = around.rules.policy.systems.get(one.system)
        name = known.name if known else one.system
        yield one.system, kept_task(name, one.label, one.native_id), around.keeper(request, one.system)


def _decisions(tx: Tx, request: Request) -> tuple[str, ...]:
    return tuple(key for key in questions.put_to(tx, request.subject) if key != request.id)


def _tasks(tx: Tx, request: Request) -> tuple[str, ...]:
    return tuple(dict.fromkeys(other.id for _step, other in records.assigned(tx, request.subject)))


def rules_in_force(engine: Engine, tx: Tx) -> tuple[Policy, dict[str, Runbook]]:
    """The files in force now: a seat of a year ago is nobody's work."""
    names = [f"runbooks/{trigger.value}.yaml" for trigger in Trigger]
    found = {name: version for name in names if (version := versions.newest(tx, name)) is not None}
    return engine.policy(tx)[1], {name: engine.written(tx, version) for name, version in found.items()}


def _line(tx: Tx, file: str, path: tuple[str, ...]) -> int:
    version = versions.newest(tx, file)
    return read(versions.body(tx, version), file).line(path) if version is not None else 0


def raise_if_needed(tx: Tx, policy: Policy, crew: Crew, person: Person, now: datetime) -> None:
    """Raises Refused where Usher could not go on without this person: its last admin, or whose credential it uses."""
    for system in policy.systems.values():
        if system.credential_of == person.id:
            raise Refused(
                f"Usher works in {system.name} with a credential of {person.name}: it would lock itself out half-way.",
                hint=f"Give Usher a credential of its own there first, and change `credential_of` of {system.key} "
                "in policy.yaml. If that cannot wait, lock the account by hand.",
                field="person",
            )
    gone = people.going(tx)
    stay = [one for one in crew.holding(Power.ADMIN) if one not in gone and crew.working(one, now.date())]
    if last_admin(crew, person.id, stay):
        raise Refused(
            f"{person.name} is the last admin of Usher: without one, nobody could give roles any more.",
            hint="Make somebody else an admin first: /usher role. If that cannot wait, lock the account by hand.",
            field="person",
        )
