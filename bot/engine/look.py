"""Every system is looked at: the readings of a request are queued, and one that fails is tried again or left out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from bot.domain.lifecycle import RequestState, StepState
from bot.domain.model import PersonId, SystemKey, Trigger, Wave
from bot.domain.policy import Policy, System
from bot.domain.request import Request, Step, StepKind
from bot.engine.context import Engine, priority_of
from bot.engine.retry import ABSENT, NO_CONNECTOR, park, retry_later
from bot.engine.taken import taken
from bot.store import Tx, journal, locks, people, records
from connectors.interface import ConnectorError, Kind

_PLANNING_TRIES = 2
_PLANNING_WAIT = timedelta(minutes=1)  # a plan waits so long for a system that asks for a pause
FRESH = timedelta(hours=1)  # so long what contains needs no other look than that of its plan
LATEST = timedelta(seconds=5)  # so long a look waits for what contains: most often it shows that it was done


def look(engine: Engine, tx: Tx, request: Request, now: datetime, *, only: SystemKey | None = None) -> None:
    """Queue one reading for every linked system (or one of them), all at once; a plan also searches all others."""
    policy = engine.rules(tx, request).policy
    linked = [key for key in systems_of(tx, policy, request.subject) if only in {None, key}]
    if request.trigger is Trigger.RESTORE:
        linked = [key for key in linked if key in taken(tx, request.parent or "")]
    if request.state is RequestState.PLANNING and request.removes:
        able = [key for key, one in policy.systems.items() if key in linked or _searchable(engine, one)]
        linked = [key for key in able if only in {None, key}]
    every = records.steps(tx, request.id)
    narrow = request.trigger in {Trigger.RESCAN, Trigger.DELETE}  # a look at all else tells nothing here
    if request.state is RequestState.RUNNING and narrow:
        linked = [key for key in linked if any(step.system == key for step in every if step.kind is StepKind.APPLY)]
    known = {step.number for step in every}
    first = min(known, default=0) - len(linked)  # readings are numbered below the plan: 0, -1, -2, …
    contains = _goes_first(tx, request, every, now)
    fresh = [_read_step(request, first + at, key, contains.get(key, ()), now) for at, key in enumerate(linked)]
    records.add_steps(tx, fresh)
    for step in fresh:
        if step.system in engine.connectors:
            wait = LATEST if step.after else timedelta(0)
            engine.dispatcher.enqueue(tx, step, delay=wait, priority=priority_of(step))
        else:
            absent(engine, tx, request, step, now)


def _goes_first(
    tx: Tx, request: Request, every: tuple[Step, ...], now: datetime
) -> Mapping[SystemKey, tuple[int, ...]]:
    """What contains, by system: where the plan's look is fresh it waits for no other one, which shows it afterwards."""
    if request.state is not RequestState.RUNNING or request.trigger is not Trigger.LEAVER or locks.of(tx, request.id):
        return {}  # what was locked since is looked at first
    newest = {step.system: step for step in sorted(every, key=lambda step: -step.number) if step.kind is StepKind.READ}
    fresh = {key for key, one in newest.items() if one.state is StepState.CONFIRMED and _is_fresh(one, now)}
    found: dict[SystemKey, tuple[int, ...]] = {}
    for step in every:
        waits = step.state is StepState.WAITING and step.kind is StepKind.APPLY and not step.held
        if waits and step.wave is Wave.CONTAIN and step.system in fresh:
            found[step.system] = (*found.get(step.system, ()), step.number)
    return found


def _is_fresh(look: Step, now: datetime) -> bool:
    return look.ended_at is not None and now - look.ended_at <= FRESH


def _searchable(engine: Engine, system: System) -> bool:
    return bool(system.connector) and system.key in engine.connectors


def systems_of(tx: Tx, policy: Policy, person: PersonId) -> tuple[SystemKey, ...]:
    """Systems of the policy in which this person has a confirmed account."""
    linked = {link.system for link in people.links(tx, person)}
    return tuple(key for key, system in policy.systems.items() if system.connector and key in linked)


def _read_step(request: Request, number: int, system: SystemKey, after: tuple[int, ...], now: datetime) -> Step:
    return Step(
        id=records.step_id(request.id, number),
        request=request.id,
        number=number,
        kind=StepKind.READ,
        system=system,
        wave=Wave.CONTAIN,
        action=None,
        state=StepState.READY,
        after=after,
        due=now + LATEST if after else None,
        mass=bool(request.batch),
    )


def unread(
    engine: Engine,
    tx: Tx,
    request: Request,
    step: Step,
    error: ConnectorError,
    now: datetime,
    *,
    hopeless: bool = False,
) -> None:
    """A system could not be read. A plan is not kept waiting: it is shown as unread, and read again at the start."""
    soon = error.after is None or error.after <= _PLANNING_WAIT
    again = step.tries < _PLANNING_TRIES and error.retry and soon and not hopeless
    if request.state is not RequestState.PLANNING or again:
        retry_later(engine, tx, step, error, now)
    else:
        leave_out(tx, request, step, error.said, error.kind.value, now)


def absent(engine: Engine, tx: Tx, request: Request, step: Step, now: datetime) -> None:
    """No connector of its system runs: a plan is made without it, and work waits until there is one again."""
    if request.state is RequestState.PLANNING:
        leave_out(tx, request, step, NO_CONNECTOR, Kind.PERMANENT.value, now)
    else:
        park(engine, tx, step, NO_CONNECTOR, ABSENT, now)


def leave_out(tx: Tx, request: Request, step: Step, said: str, kind: str, now: datetime) -> None:
    """A plan is made without this system, and says why."""
    if records.settle(tx, step, StepState.DROPPED, error=said, error_kind=kind, ended_at=now, due=None) is not None:
        facts = {"system": step.system, "kind": kind, "said": said}
        journal.add(tx, "system.unread", now, request=request.id, facts=facts)
