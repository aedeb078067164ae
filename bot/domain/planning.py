"""From what a person reaches to the ordered steps that end it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from bot.domain.by_hand import by_hand, decided_by_hand, kind_of, only_by_hand, whose
from bot.domain.hold import HOLDS
from bot.domain.model import (
    Action,
    Assign,
    Blind,
    Change,
    Credential,
    Disable,
    Enable,
    EndSessions,
    Grant,
    HandOver,
    PersonId,
    Plan,
    PlannedStep,
    Revoke,
    Suspend,
    SystemKey,
    Task,
    Trigger,
    Wave,
    account_of,
    inverse,
)
from bot.domain.policy import System
from bot.domain.reading import Completeness, Held, Part, Reading

Can = Mapping[SystemKey, frozenset[type[Change]]]
Keeper = Callable[[SystemKey], PersonId]
Guiding = Callable[[SystemKey, Change], tuple[str, str]]
Ruled = Callable[[PlannedStep, Action, Reading | None], PlannedStep]

ORDER = (Wave.CONTAIN, Wave.HAND_OVER, Wave.MEMBERSHIPS, Wave.TASKS)
SUCCESSOR = "successor"
APPROVAL = "approval"
MACHINE = "machine"  # what becomes of something that was made for programs
_HELD: Mapping[type[Change], str] = {HandOver: SUCCESSOR, Disable: MACHINE}
# What does not exist for one of two accounts says nothing about the other.
_WORSE = (Completeness.NOT_APPLICABLE, Completeness.COMPLETE, Completeness.PARTIAL, Completeness.NOT_PERMITTED)
ACCOUNTS = "accounts"
FURTHER = "further accounts"
NO_ACCOUNT = "No account of this person is known here. Look for the name and the e-mail, and remove what you find."
NOT_CONNECTED = "Usher is not connected to this system. Look for accounts of this person, and remove what you find."


@dataclass(frozen=True, slots=True)
class Found:
    """What reading one system brought: a reading, or why there is none. Systems without a connector bring neither.

    `unasked` says why a system that has a connector was not even asked: a person must look there. `kept` are the
    native ids of what somebody else looks after by now, though she made it.
    """

    system: System
    reading: Reading | None = None
    failure: str = ""
    unasked: str = ""
    kept: frozenset[str] = frozenset()


def unguided(_system: SystemKey, _change: Change) -> tuple[str, str]:
    """No connector tells how a person does it, nor what proves it."""
    return "", ""


def unruled(line: PlannedStep, _action: Action, _reading: Reading | None) -> PlannedStep:
    """No rule of the company has a say."""
    return line


def leaver_plan(
    found: Iterable[Found], can: Can, keeper: Keeper, guiding: Guiding = unguided, ruled: Ruled = unruled
) -> Plan:
    """Nothing is desired: everything that was read ends, what was not read stays open."""
    steps: list[PlannedStep] = []
    blind: list[Blind] = []
    for one in found:
        if one.reading is None and one.failure:
            blind.append(Blind(one.system.key, "everything", one.failure))
        if one.unasked:
            blind.append(Blind(one.system.key, ACCOUNTS, one.unasked))
        lines = steps_for(one, can.get(one.system.key, frozenset()), keeper, guiding, ruled, first=len(steps) + 1)
        steps.extend(lines)
        blind.extend(blind_parts(one.reading))
    return Plan(_speeds(steps), tuple(blind))


def access_plan(system: SystemKey, grant: Grant) -> Plan:
    """Given now and taken back at its end; the end is as urgent as containment, whatever else waits."""
    privileged = grant.entitlement.privileged
    give = PlannedStep(1, system, Wave.MEMBERSHIPS, Assign(grant), privileged)
    return Plan((give, PlannedStep(2, system, Wave.CONTAIN, Revoke(grant), privileged, after_done=(1,))))


def _speeds(steps: list[PlannedStep]) -> tuple[PlannedStep, ...]:
    """What ends at once has the first numbers, so that a plan reads as it runs."""
    ordered = sorted(steps, key=lambda step: step.wave is not Wave.CONTAIN)
    number = {step.number: at for at, step in enumerate(ordered, start=1)}
    return tuple(
        replace(
            step,
            number=number[step.number],
            after=tuple(number[n] for n in step.after),
            after_done=tuple(number[n] for n in step.after_done),
        )
        for step in ordered
    )


def steps_for(
    one: Found,
    can: frozenset[type[Change]],
    keeper: Keeper,
    guiding: Guiding = unguided,
    ruled: Ruled = unruled,
    *,
    first: int,
) -> tuple[PlannedStep, ...]:
    """The steps of one system, numbered from `first`, with what each must wait for inside its own system."""
    owner = keeper(one.system.key)
    # A suspension that a system does not offer is no work for a person: what the account holds goes one by one.
    actions = [(a, w) for a, w in actions_of(one) if type(a) in can or not isinstance(a, Suspend | EndSessions)]
    allowed = _allowed(one.reading, can)
    drafts = [(_draft(one, action, wave, allowed, owner, guiding), action) for action, wave in actions]
    drafts = [(ruled(step, action, one.reading), action) for step, action in drafts]
    drafts.sort(key=lambda draft: (ORDER.index(draft[0].wave), not draft[0].privileged))
    numbered = [(replace(step, number=first + offset), action) for offset, (step, action) in enumerate(drafts)]
    return tuple(_ordered(step, action, numbered) for step, action in numbered)


def actions_of(one: Found) -> Iterable[tuple[Action, Wave]]:
    """Everything that would end in one system, and what a person is asked to look at, each with its wave."""
    reading = one.reading
    if reading is not None:
        yield from ((Suspend(account), Wave.CONTAIN) for account in reading.account.items if account.active)
        yield from ((Disable(held), Wave.CONTAIN) for held in reading.credentials.items if held.active)
        yield from ((Disable(made), _speed(one)) for made in machines(one))
        if reading.sessions.items:  # a session does not say whose of her accounts it is
            yield from ((EndSessions(account), Wave.CONTAIN) for account in reading.account.items)
        yield from ((HandOver(asset), Wave.HAND_OVER) for asset in reading.assets.items if asset.sole_admin)
        yield from ((Revoke(grant), Wave.MEMBERSHIPS) for grant in reading.grants.items)
        yield from ((whose(one.system, account), Wave.TASKS) for account in reading.alike.items)
        yield from ((_attest(one.system, part, reading), Wave.TASKS) for part in blind_parts(reading))
    if one.unasked:
        yield _attest(one.system, Blind(one.system.key, ACCOUNTS, one.unasked)), Wave.TASKS
    rule = one.system.tasks.get(Trigger.LEAVER)
    if rule is not None:
        yield Task(rule.title, rule.how, rule.evidence), Wave.TASKS


def machines(one: Found) -> Iterable[Credential]:
    """What somebody made for programs and nobody else looks after by now."""
    made = one.reading.made.items if one.reading else ()
    return (thing for thing in made if thing.active and thing.native_id not in one.kept)


def _speed(one: Found) -> Wave:
    """A running service is not cut at once, unless the company says so."""
    return Wave.HAND_OVER if one.system.asks else Wave.CONTAIN


def _allowed(reading: Reading | None, can: frozenset[type[Change]]) -> frozenset[type[Change]]:
    """What the connector declares, but for what its credential, plan or server does not let it do now."""
    cannot = reading.cannot if reading else {}
    return frozenset(kind for kind in can if kind_of(kind) not in cannot)


def _draft(
    one: Found,
    action: Action,
    wave: Wave,
    can: frozenset[type[Change]],
    owner: PersonId,
    guiding: Guiding,
) -> PlannedStep:
    """Automatic where the connector can; a named person's task where it cannot."""
    system = one.system
    if isinstance(action, Task):
        return PlannedStep(0, system.key, wave, action, assignee=owner)
    privileged = isinstance(action, Revoke) and action.grant.entitlement.privileged
    why = only_by_hand(action)
    if why or type(action) not in can:
        why = why or (one.reading.cannot.get(action.kind, "") if one.reading else "")
        task = by_hand(system, action, key_of(system.key, action), why, guiding(system.key, action))
        if wave is Wave.HAND_OVER and isinstance(action, Disable):
            task = decided_by_hand(action, task)
        return PlannedStep(0, system.key, wave, task, privileged, assignee=owner)
    held = _HELD.get(type(action), "") if wave is Wave.HAND_OVER else ""
    reversible = inverse(action) is not None or isinstance(action, EndSessions)
    return PlannedStep(0, system.key, wave, action, privileged, reversible, owner if held else None, held)


def _ordered(step: PlannedStep, action: Action, lines: list[tuple[PlannedStep, Action]]) -> PlannedStep:
    """Within one system: memberships after containment was tried; what would lose its owner after its hand-over."""
    tried: list[int] = []
    done: list[int] = []
    for other, theirs in lines:  # what is done by hand keeps its place: the order is of what happens, not of who
        match action, theirs:
            case EndSessions(), Suspend():
                tried.append(other.number)
            case Revoke(grant), HandOver(asset) if asset.native_id in grant.entitlement.carries:
                done.append(other.number)
            case Revoke(grant), Revoke(theirs_too) if _ends_with(grant, theirs_too) and other.held in HOLDS:
                done.append(other.number)  # what may still be in use would end with it, unasked
            case Revoke(), _ if other.wave is Wave.CONTAIN and not isinstance(other.action, Task):
                tried.append(other.number)
    return replace(step, after=tuple(tried), after_done=tuple(done))


def _ends_with(base: Grant, other: Grant) -> bool:
    """Whether the other right ends by itself when this one is taken away."""
    same = base.account.native_id == other.account.native_id
    return base.entitlement.base and same and base.key != other.key


def blind_parts(reading: Reading | None) -> Iterable[Blind]:
    """The parts of a reading that prove nothing, each with its reason."""
    if reading is None:
        return
    named = (
        (ACCOUNTS, reading.account.seen, reading.account.why),
        ("access", reading.grants.seen, reading.grants.why),
        ("keys and tokens", reading.credentials.seen, reading.credentials.why),
        ("things owned", reading.assets.seen, reading.assets.why),
        ("keys made for machines", reading.made.seen, reading.made.why),
        ("open sessions", reading.sessions.seen, reading.sessions.why),
        (FURTHER, reading.alike.seen, reading.alike.why),
    )
    for name, seen, why in named:
        if seen in {Completeness.PARTIAL, Completeness.NOT_PERMITTED}:
            yield Blind(reading.system, name, why)


def _attest(system: System, blind: Blind, reading: Reading | None = None) -> Task:
    title = f"Check {blind.part} in {system.name} by eye"
    names = ", ".join(account.label for account in reading.account.items) if reading else ""
    how = f"{blind.why} The account there: {names}. {system.page}".rstrip() if names else blind.why
    return Task(title, how, "What you looked at and what you saw")


def together(readings: tuple[Reading, ...]) -> Reading:
    """Several accounts of one person in one system as one reading: as complete as its least complete part."""
    first, *others = readings
    for other in others:
        first = replace(
            first,
            at=min(first.at, other.at),
            account=_both(first.account, other.account),
            grants=_both(first.grants, other.grants),
            credentials=_both(first.credentials, other.credentials),
            assets=_both(first.assets, other.assets),
            made=_both(first.made, other.made),
            sessions=_both(first.sessions, other.sessions),
            work=_both(first.work, other.work),
            evidence=first.evidence + other.evidence,
        )
    return first


def _both(one: Part[Held], other: Part[Held]) -> Part[Held]:
    worse = max(one, other, key=lambda part: _WORSE.index(part.seen))
    return Part(one.items + other.items, worse.seen, worse.why)


def key_of(system: SystemKey, action: Action) -> str:
    """What identifies an action across two readings: native ids, never labels or dates, nor who does it."""
    match action:
        case Task():
            if action.target.startswith(f"{system}|"):
                return action.target  # a change that is made by hand is the same change
            target = action.target or action.title
        case Revoke(grant) | Assign(grant):
            target = "|".join(grant.key)
        case Disable(credential) | Enable(credential):
            target = f"{credential.account.native_id}|{credential.native_id}"
        case HandOver(asset):
            target = f"{asset.account.native_id}|{asset.native_id}"
        case _:
            target = account_of(action).native_id
    return f"{system}|{action.kind}|{target}"


def canonical(value: object) -> str:
    """The one way we write a value down before it is hashed: JSON, sorted, without spaces."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def digest(request: str, subject: PersonId, starts: str, steps: Iterable[PlannedStep]) -> str:
    """The name of exactly these steps for this person at this time, whatever facts change by the hour."""
    lines = [
        [
            *(step.number, key_of(step.system, step.action), step.wave.value),
            *(step.reversible, step.held, step.assignee),
            *([step.due.isoformat()] if step.due else ()),
        ]
        for step in steps
    ]
    return hashlib.sha256(canonical([request, subject, starts, lines]).encode()).hexdigest()


def raise_if_unsafe(steps: Iterable[PlannedStep], linked: Mapping[SystemKey, frozenset[str]]) -> None:
    """A plan touches only accounts that are linked to its subject. Raises ValueError: that would be our bug."""
    for step in steps:
        if isinstance(step.action, Task):
            continue
        account = account_of(step.action)
        if account.native_id not in linked.get(step.system, frozenset()) or account.service:
            message = f"step {step.number} would touch an account of somebody else"
            raise ValueError(message)
