"""A system in trouble is asked by one for all: while its breaker is open nothing but a probe is sent to it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.model import PersonId, Power, SystemKey
from bot.domain.policy import keeper
from bot.domain.request import Step, StepKind
from bot.engine import outage
from bot.engine.context import Engine, requeue, restart_of
from bot.engine.retry import BRISK, PROBE, age_of, next_check, put_back
from bot.store import Tx, breakers, journal, outbox, people, records, stuck
from bot.store.breakers import Breaker
from connectors.interface import ConnectorError, Kind

MANY = 5  # failures of different steps in a row: it is the system, not one thing in it
SOON = timedelta(minutes=1)  # between probes of a system that does not answer, at first
CALM = timedelta(minutes=5)  # without being asked to slow down, until we go at the old speed again
FAR = timedelta(hours=2)  # nobody waits so long: what lies further ahead was written by a clock that was wrong
PAUSE = timedelta(seconds=30)  # for a system that asks us to slow down and does not say for how long
SHRINK = 0.7  # of its speed is left to a system each time it asks us to slow down


@dataclass(frozen=True, slots=True)
class Gate:
    """Whether a system may be called now: `until` is None, or when it may be asked again."""

    state: Breaker
    until: datetime | None = None

    @property
    def unreadable(self) -> bool:
        """Whether a plan should go on without this system rather than wait for it."""
        return self.until is not None and self.state.opened_at is not None


def gate(tx: Tx, system: SystemKey, now: datetime) -> Gate:
    """Ask for leave to call a system; whoever is given it while the breaker is open makes the probe."""
    state = breakers.of(tx, system)
    if state.slow_until is not None and now < state.slow_until <= now + FAR:
        return Gate(state, state.slow_until)
    if state.opened_at is None or breakers.probe(tx, system, now, now + _between_probes(state, now), now + FAR):
        return Gate(state)
    return Gate(state, max(breakers.of(tx, system).probe_at or now, now + timedelta(seconds=1)))


def _between_probes(state: Breaker, now: datetime) -> timedelta:
    young = state.opened_at is not None and now - state.opened_at < BRISK
    return SOON if young and state.kind != Kind.CREDENTIAL.value else PROBE


def wait(engine: Engine, tx: Tx, step: Step, shut: Gate, now: datetime) -> None:
    """Put a step back without calling its system; the trouble is the system's, and told once for all of its steps."""
    until = shut.until or now
    if shut.unreadable and age_of(step, now) > BRISK:
        until = max(until, now + next_check(age_of(step, now)))  # woken earlier, when the system answers again
    pause = until - now + timedelta(seconds=engine.chance.uniform(0, 5))
    put_back(engine, tx, step, restart_of(step), (shut.state.kind, shut.state.said), now, pause)


def failed(engine: Engine, step: Step, error: ConnectorError, known: Breaker, now: datetime) -> Breaker:
    """What an error says about the whole system, before the step itself is put back. In a transaction of its own."""
    match error.kind:
        case Kind.CREDENTIAL:
            return _trouble(engine, step.system, error, 1, now)
        case Kind.THROTTLED:
            return _slower(engine, step.system, error, now)
        case Kind.TRANSIENT:
            # One thing that always fails is not an outage: a step counts when it begins to fail.
            count = 1 if step.kind is StepKind.READ or not step.error_kind else 0
            return _trouble(engine, step.system, error, count, now)
        case _:
            answered(engine, step.system, known, now)
            return Breaker(step.system)


def _trouble(engine: Engine, system: SystemKey, error: ConnectorError, count: int, now: datetime) -> Breaker:
    with engine.db.begin() as tx:
        state = breakers.failed(tx, system, error.kind.value, error.said, count)
        rejected = error.kind is Kind.CREDENTIAL
        if not rejected and state.failures < MANY:
            return state
        if breakers.open_up(tx, system, now, now + (PROBE if rejected else SOON)):
            facts = {"system": system, "kind": error.kind.value, "said": error.said}
            journal.add(tx, "breaker.opened", now, facts=facts)
            if rejected:
                _tell(engine, tx, system, now, "rejected", error.said)
            besides = told(engine, tx, system, now) if rejected else ()
            outage.begins(engine, tx, breakers.of(tx, system), now, besides)
        return breakers.of(tx, system)


def _slower(engine: Engine, system: SystemKey, error: ConnectorError, now: datetime) -> Breaker:
    with engine.db.begin() as tx:
        state = breakers.failed(tx, system, error.kind.value, error.said)
        first = breakers.slow(tx, system, now + (error.after or PAUSE))
        if first:
            journal.add(tx, "system.slowed", now, facts={"system": system, "failures": state.failures})
    if first:
        spec = engine.connectors[system].spec
        engine.dispatcher.pace(system, (spec.rate or spec.concurrency) * SHRINK ** min(state.failures, 10))
    return state


def answered(engine: Engine, system: SystemKey, known: Breaker, now: datetime) -> None:
    """A call went through: what was known before it as trouble is over, and whatever waits is due now."""
    if known.quiet or (known.slow_until is not None and now < known.slow_until + CALM):
        return
    with engine.db.begin() as tx:
        before = breakers.recovered(tx, system)
        if before is not None and before.opened_at is not None:
            facts = {"system": system, "kind": before.kind, "since": before.opened_at.isoformat()}
            journal.add(tx, "breaker.closed", now, facts=facts)
            besides = told(engine, tx, system, now) if before.kind == Kind.CREDENTIAL.value else ()
            if besides:
                _tell(engine, tx, system, now, "accepted", "")
            outage.ends(tx, before, now, besides)
    if before is None:
        return
    if before.slow_until is not None:
        engine.dispatcher.pace(system, engine.connectors[system].spec.rate)
    if before.opened_at is not None:
        wake(engine, system, now)


def wake(engine: Engine, system: SystemKey, now: datetime, most: int = 100_000) -> int:
    """Make the steps due that wait for this system to answer again, the most powerful first; how many."""
    with engine.db.look() as tx:
        waiting = stuck.put_back(tx, system, now, most)
    count = 0
    for step in waiting:  # each alone: a step is never moved without its request held
        with engine.db.begin() as tx:
            records.lock(tx, step.request)
            count += requeue(engine, tx, step, now) is not None
    return count


def _tell(engine: Engine, tx: Tx, system: SystemKey, now: datetime, what: str, said: str) -> None:
    """Whoever looks after the system, and security, hear that our credentials are refused, or accepted again."""
    for person in told(engine, tx, system, now):
        outbox.tell(tx, "system", now, person=person, what=what, system=system, said=said)


def told(engine: Engine, tx: Tx, system: SystemKey, now: datetime) -> tuple[PersonId, ...]:
    """Who hears about a system as a whole: its keeper first, then security; only who works here."""
    _, policy = engine.policy(tx)
    crew, today = people.crew(tx), now.date()
    every = dict.fromkeys(sorted(crew.holding(Power.SECURITY)))
    if system in policy.systems:
        with suppress(LookupError):  # nobody looks after it, nor after anything else
            every = {keeper(policy, crew, system, besides=PersonId(""), today=today): None} | every
    return tuple(person for person in every if crew.working(person, today))
