"""A company with a hundred thousand and a million open grants: what it costs that nothing is due, and a start.

The grants are written by SQL. What a tick costs is held against the same three questions asked of the database alone.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from statistics import median

import sqlalchemy as sa

from bot.engine.context import Engine
from bot.engine.expire import expire
from bot.engine.inline import Inline
from bot.engine.start import start_due
from bot.store import Database, Tx, due
from tests.bench.children import begin, hear
from tests.bench.lines import Line
from tests.bench.stage import database, lent, now, people, write
from tests.bench.vast import made, vast
from tests.tools.postgres import NoPostgresError

SIZES = (("sqlite", 100_000), ("postgresql", 100_000), ("sqlite", 1_000_000))
TIMES = 30


def measure() -> Iterator[Line]:
    """For each size: the tick, the same questions alone, the first revocation after a start, the memory."""
    for kind, size in SIZES:
        with suppress(NoPostgresError), database(kind) as url:
            db = Database(url)
            people(db, 2)
            with db.begin() as tx:
                write(tx, [lent(0, now() + timedelta(days=2))])
                _copy(tx, size)
            if kind == "postgresql":
                _look_over(db)
            name = f"{size:,} grants, {kind}"
            tick, alone = _idle(db)
            yield Line(f"idle, {name}: over its query", tick - alone, "ms", limit=1 if kind == "sqlite" else 3)
            yield Line("  of it the query itself", alone, "ms")
            yield from _cold(db, url)
            db.close()


def _copy(tx: Tx, size: int) -> None:
    """So many open grants more, each ending at another moment of the next weeks, with the request that gave it."""
    series = "SELECT n FROM generate_series(1, :size) AS g(n)" if tx.dialect.name == "postgresql" else _NUMBERS
    for table in ("requests", "steps"):
        names = [row[0] for row in tx.execute(sa.text(f"SELECT * FROM {table} LIMIT 0")).cursor.description]
        values = {name: f'"{name}"' for name in names}
        if table == "requests":
            values["id"] = "'ACC-' || (200000 + n)"
        else:
            values["id"] = "'ACC-' || (200000 + n) || '.2'"
            values["request"] = "'ACC-' || (200000 + n)"
            values["due"] = _LATER[tx.dialect.name]
        columns = ", ".join(f'"{name}"' for name in names)
        source = f"{table}, ({series}) AS s" + (" WHERE state = 'waiting'" if table == "steps" else "")
        sql = f"INSERT INTO {table} ({columns}) SELECT {', '.join(values.values())} FROM {source}"
        tx.execute(sa.text(sql), {"size": size})


def _look_over(db: Database) -> None:
    """What a PostgreSQL that was not filled within a second does by itself: count its rows, before it plans."""
    with db.engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql("ANALYZE")


_NUMBERS = "WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < :size) SELECT n FROM s"
_LATER = {
    "sqlite": "strftime('%Y-%m-%d %H:%M:%f000', due, '+' || n || ' seconds')",
    "postgresql": "due + n * interval '1 second'",
}


def _idle(db: Database) -> tuple[float, float]:
    """Median milliseconds of the ticks that look for what is due, and of their questions without anything around."""
    engine = Engine(db, vast(), Inline())

    def tick() -> None:
        expire(engine, now())
        start_due(engine, now())

    def alone() -> None:
        with db.begin() as tx:
            at = now()
            due.ending(tx, at, 500), due.unanswered(tx, at, 500), due.soon(tx, at, 500), due.resting(tx, at)

    pairs = [(_timed(tick), _timed(alone)) for _ in range(TIMES)]
    return median(one for one, _ in pairs), median(two for _, two in pairs)


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def _cold(db: Database, url: str) -> Iterator[Line]:
    """One grant came due while nothing ran: from the start of the process to the call that takes it back."""
    with db.begin() as tx:
        write(tx, [lent(1, now() - timedelta(minutes=1))])
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        began = time.time()
        process = begin("working", url, "--log", str(log))
        hear(process)
        until = time.monotonic() + 30
        while not made(log) and time.monotonic() < until:
            time.sleep(0.01)
        memory = _memory(process.pid)
        process.wait(60)
        yield Line("  start to first revocation", made(log)[0][1] - began, "s", limit=4)
        yield Line("  memory of that process", memory, "MB", limit=200)


def _memory(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("VmRSS"))) / 1024
