"""Ends that come while everything else is busy, and very many ends in one second.

First a mass event fills the queues of all systems, and grants end one after the other meanwhile: how late are they
called? Then thousands of grants end in the same second: when is each one in its queue, and in which order?
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa

from bot.domain.lifecycle import StepState
from bot.engine.context import Engine
from bot.engine.dispatch import Dbos
from bot.engine.expire import tick
from bot.store import Database
from bot.store import tables as t
from tests.bench.children import begin, hear
from tests.bench.lines import Line, percentile
from tests.bench.stage import KINDS, database, held, leaver, lent, now, people, write
from tests.bench.vast import SYSTEMS, made, vast
from tests.tools.postgres import NoPostgresError

EVENT = {"sqlite": 1250, "postgresql": 400}  # people, twelve steps each: queueing them is most of what this takes
GRANTS, SAME = 60, 5000  # ends meanwhile, ends in one second
APART = 0.25  # seconds between two ends
LATE = {"sqlite": 2, "postgresql": 3}  # seconds


def measure() -> Iterator[Line]:
    """How late, at the median and for 99 of 100; then the seconds until all of one second are in their queues."""
    for kind in KINDS:
        with suppress(NoPostgresError):
            yield from _meanwhile(kind)
    yield from _same_second()


def _meanwhile(kind: str) -> Iterator[Line]:
    with database(kind) as url, tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        db = Database(url)
        people(db, EVENT[kind] + GRANTS)
        with db.begin() as tx:
            write(tx, [leaver(number) for number in range(EVENT[kind])])
        process = begin("working", url, "--log", str(log), "--queue")
        hear(process)
        first = now() + timedelta(seconds=1)
        ends = {EVENT[kind] + n: first + n * timedelta(seconds=APART) for n in range(GRANTS)}
        with db.begin() as tx:
            write(tx, [lent(number, due) for number, due in ends.items()])
        names = {_name(number): due.timestamp() for number, due in ends.items()}
        until = time.monotonic() + GRANTS * APART + 15
        while len(late := [at - names[name] for name, at in made(log) if name in names]) < GRANTS:
            if time.monotonic() > until:
                break
            time.sleep(0.2)
        process.kill()
        process.wait()
        db.close()
    yield Line(f"due-under-load, p99, {kind}", percentile(late, 0.99) if late else 99.0, "s", limit=LATE[kind])
    yield Line("  the same, median", percentile(late, 0.5) if late else 99.0, "s")
    yield Line("  not begun in time", GRANTS - len(late), "n", limit=0)


def _name(number: int) -> str:
    grant = held(number, SYSTEMS[number % len(SYSTEMS)])
    return f"{grant.account.native_id}/{grant.entitlement.native_id}"


def _same_second() -> Iterator[Line]:
    """The clock alone, with the real queues that nobody empties: everything is ready to be claimed, in order."""
    with database("sqlite") as url:
        db = Database(url)
        people(db, SAME)
        dispatcher = Dbos(db, runs=False)
        dispatcher.open()
        engine = Engine(db, vast(), dispatcher)
        due = now()
        with db.begin() as tx:
            write(tx, [lent(number, due, privileged=number % 7 == 0) for number in range(SAME)])
        began = time.perf_counter()
        fired = tick(engine, now())
        took = time.perf_counter() - began
        with db.look() as tx:
            left = tx.execute(sa.select(sa.func.count()).where(t.steps.c.state == StepState.WAITING.value)).scalar_one()
        dispatcher.close()
        db.close()
    yield Line(f"  {SAME} in one second, all queued", took, "s", limit=20)
    yield Line("  of them forgotten", SAME - fired + left, "n", limit=0)
