"""A dispatcher without threads and without a queue: what is due in our rows runs when somebody says so."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from bot.domain.model import SystemKey
from bot.domain.request import Step
from bot.engine.context import NORMAL, Engine
from bot.engine.retry import Clock
from bot.engine.run import run_step
from bot.store import Tx, records


class Inline:
    """For tests, and for commands that work beside a running Usher: it finds their rows and runs them."""

    def __init__(self) -> None:
        self.ran: list[tuple[str, int]] = []

    def enqueue(self, tx: Tx, step: Step, *, delay: timedelta = timedelta(0), priority: int = NORMAL) -> None:
        """Nothing to do: the rows themselves say what is due."""

    def lost(self, steps: Iterable[Step]) -> tuple[Step, ...]:
        """None: the rows themselves say what is due."""
        return ()

    def pace(self, system: SystemKey, rate: float | None) -> None:
        """Nothing to do: one step runs at a time."""

    def drain(self, engine: Engine, clock: Clock, most: int = 1000) -> int:
        """Run every step that is due now, until none is; how many ran."""
        count = 0
        seen: set[tuple[str, int, str]] = set()
        while count < most:
            with engine.db.begin() as tx:
                every = records.runnable(tx, clock())
            due = [step for step in every if (step.id, step.attempt, step.state) not in seen]
            if not due:
                return count  # what did not move, such as a step of a stopped request, waits
            for step in due:
                seen.add((step.id, step.attempt, step.state))
                self.ran.append((step.id, step.attempt))
                run_step(engine, step.id, step.attempt, clock)
                count += 1
        return count
