"""Three hundred revocations while the process is killed again and again: what is lost, what is done twice, how long.

Each kill comes 0.7 seconds after the process had begun to work; on SQLite, where the next one takes up what was left.
"""

from __future__ import annotations

import signal
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import sqlalchemy as sa

from bot.store import Database
from bot.store import tables as t
from tests.bench.children import begin, hear
from tests.bench.lines import Line
from tests.bench.stage import database, leaver, people, write
from tests.bench.vast import made

PEOPLE, KILLS, APART = 25, 4, 0.7


def measure() -> Iterator[Line]:
    """Once in peace and once under kills; a kill costs what a start costs."""
    calm = _round(0)
    hard = _round(KILLS)
    yield Line(f"crash-torture, lost of {PEOPLE * 12}", hard["lost"], "n", limit=0)
    yield Line("  seconds, kills included", hard["took"], "s", limit=2 * calm["took"] + hard["starting"])
    yield Line("  the same in peace", calm["took"], "s")
    yield Line("  steps that a person was asked about", hard["parked"], "n")
    yield Line("  changes made twice", hard["twice"], "n", limit=KILLS * 4 * 12)


def _round(kills: int) -> dict[str, float]:
    with database("sqlite") as url, tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        db = Database(url)
        people(db, PEOPLE)
        with db.begin() as tx:
            write(tx, [leaver(number) for number in range(PEOPLE)])
        began = last = time.time()
        starting = 0.0
        for number in range(kills + 1):
            queue = [] if number else ["--queue"]
            process = begin("working", url, "--log", str(log), "--latency", "0.01", *queue)
            starting += hear(process)["ready"] - last
            if number < kills:
                time.sleep(APART)
                process.send_signal(signal.SIGKILL)
            process.wait(180)
            last = time.time()
        names = Counter(name for name, _ in made(log))
        with db.look() as tx:
            states = Counter(tx.execute(sa.select(t.steps.c.state).where(t.steps.c.kind == "apply")).scalars())
        db.close()
    gone = states["confirmed"] + states["parked"]
    return {
        "took": last - began,
        "starting": starting,
        "lost": PEOPLE * 12 - min(gone, len(names) + states["parked"]),
        "parked": states["parked"],
        "twice": sum(count - 1 for count in names.values()),
    }
