"""A dispatcher in memory on a clock of the test: delays hold, the order is anybody's, deliveries may come twice."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.model import SystemKey
from bot.domain.request import Step
from bot.engine.context import NORMAL, Engine
from bot.engine.retry import Clock
from bot.engine.run import run_step
from bot.store import DatabaseError, Tx
from tests.proof.ports import Watched


@dataclass(frozen=True, slots=True)
class Job:
    """One attempt of one step, not to run before `due`."""

    step: str
    attempt: int
    due: datetime
    priority: int = NORMAL


class Queue:
    """What was enqueued and committed. `twice` is how often (0 to 1) something is delivered once more."""

    def __init__(self, db: Watched, clock: Clock, chance: random.Random | None = None, twice: float = 0.0) -> None:
        self.db = db
        self.clock = clock
        self.chance = chance
        self.twice = twice
        self.jobs: list[Job] = []
        self.known: set[tuple[str, int]] = set()

    def enqueue(self, tx: Tx, step: Step, *, delay: timedelta = timedelta(0), priority: int = NORMAL) -> None:
        """Run this attempt some time after `tx` commits; the same attempt twice is one."""
        job = Job(step.id, step.attempt, self.clock() + delay, priority)
        self.db.staged.append(lambda: self.add(job))

    def add(self, job: Job) -> None:
        """It is committed: known from now on."""
        if (job.step, job.attempt) not in self.known:
            self.known.add((job.step, job.attempt))
            self.jobs.append(job)

    def lost(self, steps: Iterable[Step]) -> tuple[Step, ...]:
        """Those that nobody will run: their process died, or their attempt ended in an error of the database."""
        waiting = {(job.step, job.attempt) for job in self.jobs}
        return tuple(step for step in steps if (step.id, step.attempt) not in waiting)

    def pace(self, system: SystemKey, rate: float | None) -> None:
        """As fast as the test likes."""

    def next(self, now: datetime) -> Job | None:
        """What runs next: by priority and age, or whatever chance takes."""
        due = [job for job in self.jobs if job.due <= now]
        if not due:
            return None
        return self.chance.choice(due) if self.chance else min(due, key=lambda job: (job.priority, job.due))

    def run(self, engine: Engine, job: Job) -> None:
        """Deliver one attempt. An error of the database ends it, as it ends a real one."""
        try:
            run_step(engine, job.step, job.attempt, self.clock)
        except DatabaseError:
            pass
        finally:
            again = self.chance is not None and self.chance.random() < self.twice
            if not again and job in self.jobs:
                self.jobs.remove(job)

    def drain(self, engine: Engine, most: int = 500) -> int:
        """Run what is due until nothing is; how many ran."""
        for count in range(most):
            job = self.next(self.clock())
            if job is None:
                return count
            self.run(engine, job)
        return most
