"""Several people on one list, in a company of five thousand: what each costs, from the list to the last look.

In seconds of this process, because nothing waits here: no calls, no queue, no clock. Against the same list in a company
that has nobody else: what a list costs must be its people, not its people times the roster.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.domain.batch import Batch
from bot.domain.model import Power
from bot.engine import batch, seconds
from bot.engine.context import Engine
from bot.engine.inline import Inline
from bot.engine.start import start_due
from bot.store import Database, batches
from bot.store import people as rows
from tests.bench import stage
from tests.bench.lines import Line
from tests.bench.vast import vast

LISTED, COMPANY = 40, 5000  # no more than the brake lets pass


@dataclass
class Layoff:
    """One list at work, on a clock of its own, and the seconds that each part of it took."""

    engine: Engine
    now: datetime = field(default_factory=stage.now)
    dispatcher: Inline = field(default_factory=Inline)

    def tick(self) -> datetime:
        """A clock that moves a little at every look."""
        self.now += timedelta(milliseconds=1)
        return self.now

    def begin(self) -> str:
        """The list is sent."""
        with self.engine.db.look() as tx:
            every = rows.every(tx)
        some = tuple(every[stage.person(number)] for number in range(LISTED))
        facts = {"immediate": True, "voluntary": True, "reason": "", "note": "", "typed": str(LISTED)}
        return batch.begin(self.engine, stage.ASKER, some, starts_at=self.now, now=self.now, **facts).id  # type: ignore[arg-type]

    def until(self, there: Callable[[], bool]) -> float:
        """Look and work until it is there; the seconds of this process."""
        began = time.process_time()
        while not there():
            batch.forward(self.engine, self.tick())
            start_due(self.engine, self.tick())
            self.dispatcher.drain(self.engine, self.tick, most=10_000)
        return time.process_time() - began

    def agree(self, proposal: int | None) -> None:
        """Two people say yes."""
        for who in (stage.BOSS, stage.OWNER):
            seconds.answer(self.engine, proposal or 0, who, self.tick(), yes=True)


def measure() -> Iterator[Line]:
    """The plans of all of them, and everything after the yes."""
    planned, done = one_list(COMPANY)
    alone, _ = one_list(LISTED)
    each = 1000 / LISTED
    yield Line("batch: each plan, 5,000 people", each * planned, "ms", peer=each * alone, ratio=1.5)
    yield Line("  batch: from the yes to gone", each * done, "ms")


def one_list(company: int) -> tuple[float, float]:
    """Seconds until every plan is shown and, where there are others too, from the yes until every request is closed."""
    with stage.database("sqlite") as url, closing(Database(url)) as db:
        stage.people(db, company)
        with db.begin() as tx:
            rows.give(tx, stage.BOSS, Power.ADMIN, stage.now(), by="set-up")
            rows.give(tx, stage.OWNER, Power.SECURITY, stage.now(), by="set-up")
        here = Layoff(Engine(db, vast(), Inline()))
        key = here.begin()

        def known() -> Batch:
            with db.look() as tx:
                found = batches.get(tx, key)
            assert found is not None
            return found

        planned = here.until(lambda: known().proposal is not None)
        if company == LISTED:
            return planned, 0.0
        here.agree(known().proposal)
        return planned, here.until(lambda: known().closed_at is not None)
