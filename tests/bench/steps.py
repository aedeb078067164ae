"""Steps that do nothing, with everything that is kept of a step: against as many workflows of bare DBOS.

A step is a removal until a fresh look has seen it gone: two runs, three journal rows with what is personal apart,
evidence, a reading, notices. The peer is one workflow that does nothing, on the same database with the same queues.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from statistics import median

from bot.store import Database
from tests.bench.children import run
from tests.bench.lines import Line
from tests.bench.stage import KINDS, database, leaver, people, write
from tests.tools.postgres import NoPostgresError

PEOPLE, ROUNDS, BARE = 20, 2, 360


def measure() -> Iterator[Line]:
    """Everything taken away in twelve systems from twenty people, and seen gone; the rate, and the peer's."""
    for kind in KINDS:
        with suppress(NoPostgresError):
            rounds = [(usher(kind, PEOPLE), bare(kind)) for _ in range(ROUNDS)]
            ours, peer = (median(values) for values in zip(*rounds, strict=True))
            yield Line(f"steps, {kind}", ours, "/s", peer=peer, ratio=0.08, least=True)


def usher(kind: str, count: int) -> float:
    """Steps a second, from the beginning of the first one to the end of the last."""
    with database(kind) as url:
        db = Database(url)
        people(db, count)
        with db.begin() as tx:
            steps = write(tx, [leaver(number) for number in range(count)])
        db.close()
        said = run("working", url, "--queue")
    return len(steps) / (said["over"] - said["began"])


def bare(kind: str) -> float:
    """Workflows a second."""
    with database(kind) as url:
        said = run("bare", url, str(BARE))
    return said["ran"] / (said["over"] - said["began"])
