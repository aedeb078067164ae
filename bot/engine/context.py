"""What every verb of the engine is handed: the database, the connectors, the dispatcher, the rules in force."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from random import Random
from typing import Any, Protocol

from bot.domain.errors import Refused
from bot.domain.lifecycle import StepState
from bot.domain.model import LIKE_A_LEAVER, Person, PersonId, SystemKey, Trigger, Wave
from bot.domain.policy import Crew, Decision, Policy, Reason, Runbook, decide, keeper
from bot.domain.request import CONTAINED, Request, Step
from bot.runbooks import parse_policy, parse_runbook
from bot.store import Database, Tx, due, people, records, versions
from connectors.interface import Check, Connector

CONTAIN_FIRST = 1
NORMAL = 10
MASS = 20  # steps of several people at once come behind all others


class Dispatcher(Protocol):
    """Who runs steps, how many at once, not before when. What is true stays in our own rows."""

    def enqueue(self, tx: Tx, step: Step, *, delay: timedelta = timedelta(0), priority: int = NORMAL) -> None:
        """Run this attempt of this step some time after `tx` commits; nothing if it rolls back."""
        ...

    def lost(self, steps: Iterable[Step]) -> tuple[Step, ...]:
        """Those of these steps whose attempt neither waits nor runs any more."""
        ...

    def pace(self, system: SystemKey, rate: float | None) -> None:
        """At most so many steps of a system a second, in the whole fleet; None for no limit. Outside a transaction."""
        ...


@dataclass(frozen=True, slots=True)
class Rules:
    """Policy and runbook of one request, as they were when it began."""

    policy: Policy
    runbook: Runbook


@dataclass(slots=True)
class Engine:
    """One running Usher. Holds no state of its own: everything true is in the database."""

    db: Database
    connectors: Mapping[SystemKey, Connector]
    dispatcher: Dispatcher
    chance: Random = field(default_factory=Random)  # jitter; a seed makes a story the same each time
    checks: dict[SystemKey, tuple[datetime, Check]] = field(default_factory=dict)  # when asked, and what it said
    _parsed: dict[int, Policy | Runbook] = field(default_factory=dict)
    _looks: tuple[threading.Lock, ...] = field(default_factory=lambda: tuple(threading.Lock() for _ in range(64)))

    def looking(self, step: Step) -> threading.Lock:
        """Held while a system is read to confirm steps of one request: a second look at the same time tells no more."""
        return self._looks[hash((step.request, step.system)) % len(self._looks)]

    def rules(self, tx: Tx, request: Request) -> Rules:
        """The versions this request began with."""
        policy = self._parse(tx, request.policy_version, runbook=False)
        assert isinstance(policy, Policy)  # noqa: S101 - one version number never means two things
        return Rules(policy, self.written(tx, request.runbook_version))

    def policy(self, tx: Tx) -> tuple[int, Policy]:
        """The policy in force. Raises Refused when none was ever loaded."""
        found = versions.newest(tx, "policy.yaml")
        if found is None:
            raise Refused(
                "Usher has no policy yet.", hint="It is taken over when Usher starts: app.py lint, then app.py serve."
            )
        policy = self._parse(tx, found, runbook=False)
        assert isinstance(policy, Policy)  # noqa: S101
        return found, policy

    def runbook(self, tx: Tx, trigger: Trigger) -> int:
        """The version of the runbook in force for a trigger. Raises Refused when there is none."""
        found = versions.newest(tx, f"runbooks/{trigger.value}.yaml")
        like = LIKE_A_LEAVER | {Trigger.ACCESS}  # the rules of access stand in the policy; whom to call is the same
        if found is None and trigger in like:
            found = versions.newest(tx, f"runbooks/{Trigger.LEAVER.value}.yaml")
        if found is None:
            raise Refused(f"There is no runbook for this yet: {trigger.value}.")
        return found

    def written(self, tx: Tx, version: int) -> Runbook:
        """The runbook of this version."""
        runbook = self._parse(tx, version, runbook=True)
        assert isinstance(runbook, Runbook)  # noqa: S101
        return runbook

    def _parse(self, tx: Tx, version: int, *, runbook: bool) -> Policy | Runbook:
        if version not in self._parsed:
            text = versions.body(tx, version)
            self._parsed[version] = parse_runbook(text) if runbook else parse_policy(text)
        return self._parsed[version]


@dataclass(frozen=True, slots=True)
class Scene:
    """The people around one request, as known now."""

    rules: Rules
    crew: Crew
    today: date

    def keeper(self, request: Request, system: SystemKey) -> PersonId:
        """Who does a person's work in a system for this request."""
        return keeper(self.rules.policy, self.crew, system, besides=request.subject, today=self.today)

    def decide(self, request: Request, systems: Iterable[SystemKey], *, by: PersonId | None = None) -> Decision:
        """Who may decide today about a request on these systems, asked for by its requester or `by` somebody else."""
        found = decide(
            self.rules.policy,
            self.crew,
            request.trigger,
            requester=by or request.requester,
            subject=request.subject,
            systems=systems,
            today=self.today,
            offer=request.offer,
            together=bool(request.batch),
        )
        if request.scope == CONTAINED and found.approvers:  # a wrong person waits for one yes alone
            return replace(found, reason=Reason.NEEDS_APPROVAL, quorum=1)
        return found

    def person(self, key: PersonId) -> Person:
        """A person, even one the roster forgot."""
        return self.crew.people.get(key) or Person(key, key, "")


def shared_time(engine: Engine, now: datetime) -> datetime:
    """Now, by the clock that all replicas share: the database's own, where there is one."""
    with engine.db.look() as tx:
        return due.time(tx, now)


def scene(engine: Engine, tx: Tx, request: Request, now: datetime) -> Scene:
    """The rules of a request and the people of today."""
    return Scene(engine.rules(tx, request), people.crew(tx), now.date())


def priority_of(step: Step) -> int:
    """Containment and readings before everything else, and changes before the looks that confirm them.

    One look confirms all that was changed before it: looked at last, a system is looked at less often.
    Whoever leaves alone goes before whoever leaves with many others: their end is nearest.
    """
    first = CONTAIN_FIRST if step.wave is Wave.CONTAIN else NORMAL
    return first + (step.state is StepState.APPLIED) + (MASS if step.mass else 0)


def requeue(
    engine: Engine, tx: Tx, step: Step, now: datetime, wait: timedelta = timedelta(0), **facts: Any
) -> Step | None:
    """Have a step done anew, or only looked at anew where its change was made; None when somebody else was first."""
    return queue(engine, tx, step, restart_of(step), now, wait, **facts)


def restart_of(step: Step) -> StepState:
    """Where a step begins anew: what was changed is only looked at again."""
    return StepState.APPLIED if step.state is StepState.APPLIED else StepState.READY


def queue(
    engine: Engine,
    tx: Tx,
    step: Step,
    to: StepState,
    now: datetime,
    wait: timedelta = timedelta(0),
    **facts: Any,
) -> Step | None:
    """Move a step to its next attempt and have that run, `wait` after `now`; None when somebody else was first."""
    next_try: dict[str, Any] = {"attempt": step.attempt + 1, "takeovers": 0, "due": now + wait if wait else None}
    moved = records.settle(tx, step, to, **{**next_try, **facts})
    if moved is not None:
        engine.dispatcher.enqueue(tx, moved, delay=wait, priority=priority_of(moved))
    return moved
