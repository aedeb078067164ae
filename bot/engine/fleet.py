"""Replicas that know of each other: who lives, who takes over from the dead, what nobody should try a fourth time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from bot.domain.lifecycle import StepState
from bot.domain.model import StepId, SystemKey
from bot.domain.request import Step
from bot.engine import after, progress
from bot.engine.context import Engine, requeue
from bot.engine.retry import Clock, park
from bot.store import Tx, journal, records, replicas

log = structlog.get_logger()

BEAT_SECONDS = 2.0
LOOK_SECONDS = 1.0
DEAD_AFTER = timedelta(seconds=6)
MOST_TAKEOVERS = 3
HUNG_AFTER = timedelta(minutes=5)  # connectors cut off what takes long; this is for what they cannot cut off
HUNG_THRICE = "The system left Usher without an answer three times, for minutes each time. Look at it first."
STOPPED_THRICE = "Usher stopped three times while it did this, so it did not try again. Look at it before you do."
_STRANDED_SECONDS = 10.0
_APART = timedelta(seconds=4)
_FORGOTTEN = timedelta(hours=1)
_UNDER_WAY = frozenset({StepState.RUNNING, StepState.APPLIED})


@dataclass(frozen=True, slots=True)
class Claim:
    """One attempt of one step that a process has taken and not ended."""

    executor: str
    system: SystemKey
    step: StepId
    attempt: int


class Work(Protocol):
    """What the fleet must know of whoever dispatches."""

    runs: bool
    executor: str

    def claims(self) -> tuple[Claim, ...]:
        """Every attempt that is claimed by anybody, dead or alive."""
        ...

    def here(self, claim: Claim) -> float | None:
        """For how many seconds a thread of this process has been at it; None when none is."""
        ...

    def give_up(self, claim: Claim) -> None:
        """Count this attempt no more, whatever its thread still does."""
        ...

    def give_back(self, claims: Iterable[Claim]) -> None:
        """Let these attempts be claimed again."""
        ...

    def purge(self, before: datetime) -> int:
        """Forget attempts that ended before; how many."""
        ...


@dataclass(slots=True)
class Fleet:
    """This replica among the others. `steady` counts seconds and never jumps."""

    engine: Engine
    work: Work
    role: str
    clock: Clock
    steady: Callable[[], float] = time.monotonic
    hung_after: timedelta = HUNG_AFTER
    _last: float = float("-inf")
    _since: float = 0.0
    _stranded: dict[Claim, float] = field(default_factory=dict)

    def begin(self) -> None:
        """Be known before the first step is claimed; on SQLite also take up what the process before left behind."""
        self.beat()
        if self.engine.db.is_sqlite and self.work.runs:
            self._take(self.work.claims())

    def beat(self) -> None:
        """Say that this replica lives."""
        with self.engine.db.begin() as tx:
            replicas.beat(tx, self.work.executor, self.role, self.clock())
        now = self.steady()
        if now - self._last > 2 * BEAT_SECONDS:
            self._since = now  # we were silent ourselves, and so perhaps was everybody: nobody is called dead for it
        self._last = now

    def take_over(self) -> int:
        """Give back what dead replicas had claimed, and count it; how many attempts that were."""
        if not self.work.runs:
            return 0
        self._look_at_own()
        steady = self.steady() - self._since >= DEAD_AFTER.total_seconds()
        if self.engine.db.is_sqlite or not steady:
            return 0
        with self.engine.db.begin() as tx:
            if not replicas.alone(tx):
                return 0
            claims = self.work.claims()  # before the question who lives: whoever claimed had a heartbeat by then
            living = replicas.alive(tx, self.clock(), DEAD_AFTER)
            orphans = tuple(claim for claim in claims if claim.executor not in living)
            self._take(orphans)
        return len(orphans)

    def end(self) -> None:
        """The last word of a replica that stopped on purpose: what it did not finish is free for others at once."""
        with self.engine.db.begin() as tx:
            replicas.alone(tx, wait=True)
            replicas.end(tx, self.work.executor)
            if not self.engine.db.is_sqlite:
                self._let_go()
        if self.engine.db.is_sqlite:  # one writer at a time: DBOS would wait for this very transaction
            self._let_go()

    def forget(self) -> int:
        """Drop what the dispatcher remembers of work that is over, and replicas long dead; how many attempts."""
        with self.engine.db.begin() as tx:
            replicas.forget(tx, self.clock(), _FORGOTTEN)
        return self.work.purge(self.clock() - _FORGOTTEN)

    def _let_go(self) -> None:
        if self.work.runs:
            self.work.give_back(claim for claim in self.work.claims() if claim.executor == self.work.executor)

    def _take(self, orphans: Iterable[Claim]) -> None:
        orphans = tuple(orphans)
        suspects = 0
        for claim in sorted(orphans, key=lambda claim: (claim.step, claim.attempt)):
            suspects += self._count(claim, suspects)
        if orphans:
            log.warning("work of a stopped replica is taken over", steps=len(orphans))
        self.work.give_back(orphans)

    def _count(self, claim: Claim, before: int) -> bool:
        """Count one more stop in the middle of a step; whether this step may well be why Usher stops."""
        now = self.clock()
        with self.engine.db.begin() as tx:
            found = records.lock_step(tx, claim.step)
            if found is None or found[0].attempt != claim.attempt or found[0].state not in _UNDER_WAY:
                return False
            step, request = found
            count = step.takeovers + 1
            facts = {"step": step.id, "attempt": step.attempt, "from": claim.executor, "takeovers": count}
            journal.add(tx, "step.taken_over", now, request=request.id, facts=facts)
            counted = records.settle(tx, step, step.state, takeovers=count)
            if counted is None:
                return False
            if count >= MOST_TAKEOVERS:
                park(self.engine, tx, counted, STOPPED_THRICE, "stopped", now)
                progress.free(self.engine, tx, request, now)
                return False
            if count < MOST_TAKEOVERS - 1:
                return False
            if before and request.stopped_at is None:
                self._put_apart(tx, counted, before, now)
        return True

    def _put_apart(self, tx: Tx, step: Step, place: int, now: datetime) -> None:
        """Steps that saw two stops run one after the other, so that the one which causes them takes no other along."""
        requeue(self.engine, tx, step, now, place * _APART, takeovers=step.takeovers)

    def _look_at_own(self) -> None:
        """Claims of our own that no thread is at are given back; those that a thread never ends get a new attempt."""
        now = self.steady()
        mine = {claim: self.work.here(claim) for claim in self.work.claims() if claim.executor == self.work.executor}
        nobody = [claim for claim, seconds in mine.items() if seconds is None]
        self._stranded = {claim: self._stranded.get(claim, now) for claim in nobody}
        old = [claim for claim, since in self._stranded.items() if now - since >= _STRANDED_SECONDS]
        if old:
            log.error("claimed steps that nobody ran are given back", steps=[claim.step for claim in old])
            self.work.give_back(old)
        for claim, seconds in mine.items():
            if seconds is not None and seconds >= self.hung_after.total_seconds():
                self._give_up(claim)

    def _give_up(self, claim: Claim) -> None:
        """A call that hangs longer than any call may: whatever it says later comes from an attempt that is over."""
        now = self.clock()
        with self.engine.db.begin() as tx:
            found = records.lock_step(tx, claim.step)
            step, request = found or (None, None)
            if step and request and step.attempt == claim.attempt and step.state in _UNDER_WAY:
                facts = {"step": step.id, "attempt": step.attempt, "takeovers": step.takeovers + 1}
                journal.add(tx, "step.given_up", now, request=step.request, facts=facts)
                after.given_up(tx, step, now)
                if step.takeovers + 1 >= MOST_TAKEOVERS:
                    park(self.engine, tx, step, HUNG_THRICE, "hung", now)
                    progress.free(self.engine, tx, request, now)
                else:
                    requeue(self.engine, tx, step, now, takeovers=step.takeovers + 1)
        self.work.give_up(claim)
        log.error("a step hangs in its system and is begun anew", step=claim.step, attempt=claim.attempt)
