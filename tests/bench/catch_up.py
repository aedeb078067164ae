"""A week of standstill: revocations that came due while nothing ran, made up for, with a kill in the middle.

The peer keeps one job for each revocation in APScheduler's own SQLAlchemyJobStore, as its guide shows: how fast, and
what the same kill costs. (A job leaves that store as it is handed to a thread.)
"""

from __future__ import annotations

import signal
import tempfile
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from subprocess import Popen

import sqlalchemy as sa

from bot.store import Database
from bot.store import tables as t
from tests.bench.children import begin, hear
from tests.bench.lines import Line
from tests.bench.stage import database, lent, now, people, write
from tests.bench.steps import usher
from tests.bench.vast import made

GRANTS, PEOPLE = 600, 25


def measure() -> Iterator[Line]:
    """The rate without a kill beside that of steps; then a kill at the half, for us and for the peer."""
    with database("sqlite") as url:
        rate = _undisturbed(url)
    yield Line("catch-up, revocations of a week", rate, "/s", peer=usher("sqlite", PEOPLE), ratio=0.8, least=True)
    with database("sqlite") as url, tempfile.TemporaryDirectory() as folder:
        yield Line(f"  lost of {GRANTS} by a kill", _killed(url, Path(folder) / "log"), "n", limit=0)
    with tempfile.TemporaryDirectory() as folder:
        lost, peer = _peer(Path(folder))
        yield Line("  APScheduler's job store: rate", peer, "/s")
        yield Line(f"  APScheduler's job store: lost of {GRANTS}", lost, "n")


def _overdue(url: str) -> Database:
    db = Database(url)
    people(db, GRANTS)
    at = now()
    with db.begin() as tx:
        write(tx, [lent(n, at - timedelta(minutes=GRANTS - n), privileged=n % 5 == 0) for n in range(GRANTS)])
    return db


def _undisturbed(url: str) -> float:
    _overdue(url).close()
    process = begin("working", url)
    hear(process)
    said = hear(process)
    process.wait(60)
    return GRANTS / (said["over"] - said["began"])


def _killed(url: str, log: Path) -> int:
    db = _overdue(url)
    process = begin("working", url, "--log", str(log))
    _half(log, process)
    with begin("working", url, "--log", str(log)) as after:
        after.wait(180)
    with db.look() as tx:
        done = sa.select(sa.func.count()).where(t.steps.c.id.endswith(".2"), t.steps.c.state == "confirmed")
        seen = int(tx.execute(done).scalar_one())
    db.close()
    return GRANTS - min(seen, len({name for name, _ in made(log)}))


def _half(log: Path, process: Popen[str]) -> None:
    until = time.monotonic() + 60
    while len(made(log)) < GRANTS // 2 and time.monotonic() < until:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()


def _peer(folder: Path) -> tuple[int, float]:
    url, log = f"sqlite:///{folder / 'jobs.sqlite3'}", folder / "log"
    process = begin("jobs", url, str(log), str(GRANTS))
    began = hear(process)["ready"]
    until = time.monotonic() + 60
    while _lines(log) < GRANTS // 2 and time.monotonic() < until:
        time.sleep(0.01)
    rate = _lines(log) / (time.time() - began)
    process.send_signal(signal.SIGKILL)
    process.wait()
    after = begin("jobs", url, str(log), "0")
    hear(after)
    after.wait(60)
    return GRANTS - _lines(log), rate


def _lines(log: Path) -> int:
    return len(set(log.read_text().split())) if log.exists() else 0
