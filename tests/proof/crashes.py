"""A death at every point of the twelve steps: `python -m tests.proof.crashes sqlite|postgresql`.

The play runs once without a crash. Then, for each point, a child forked after the imports plays until CRASH_AT and
ends there without a word; another child takes the company up from what lies on the disk and plays to the end, which
must be the end of the run without a crash. With `--copies` the dying child is replaced by a copy of the disk, taken
at the very point: the same bytes, and a state that several points share is tried once. `--every N` tries each N-th
point, `--only NAME` those whose name begins so ("after apply").
"""

from __future__ import annotations

import argparse
import gc
import hashlib
import json
import logging
import os
import shutil
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import structlog

from bot.store import Database
from tests.proof import twelve
from tests.proof.invariants import broken
from tests.proof.ports import DEAD, Points, Watched, dying
from tests.proof.tape import Tape
from tests.proof.world import World, found
from tests.tools.opened import sharing
from tests.tools.postgres import Cluster, cluster

NAME = "usher.sqlite3"
TAPE = "tape"

Act = Callable[[], None]


@dataclass(frozen=True)
class Ground:
    """Where companies are founded: a folder for files, and a PostgreSQL server unless it is SQLite."""

    folder: Path
    server: Cluster | None = None
    made: dict[str, str] = field(default_factory=dict)

    def fresh(self, name: str) -> tuple[Path, str]:
        """A folder and the address of a settled company in it."""
        place = self.folder / name
        place.mkdir()
        if self.server is None:
            shutil.copyfile(self.folder / NAME, place / NAME)
            return place, f"sqlite:///{place / NAME}"
        self.made[name] = self.server.create("settled")
        return place, self.server.url(self.made[name])

    def forget(self, name: str) -> None:
        """Nobody needs this company any more."""
        shutil.rmtree(self.folder / name, ignore_errors=True)
        if self.server is not None and name in self.made:
            self.server.drop(self.made.pop(name))

    def settle(self) -> None:
        """Make the company that every other one is a copy of."""
        url = f"sqlite:///{self.folder / NAME}"
        if self.server is not None:
            self.server.admin.execute("CREATE DATABASE settled TEMPLATE template0")
            url = self.server.url("settled")
        db = Database(url)
        db.migrate()
        db.close()
        found(url)


def dies(url: str, place: Path) -> None:
    """Play until CRASH_AT."""
    points = dying(int(os.environ["CRASH_AT"]))
    with sharing(Watched(url, points)) as db:
        twelve.play(World(url, Tape(place / TAPE), points=points, db=db))


def rises(url: str, place: Path, expected: dict[str, Any], *, forgot: bool) -> None:
    """Take it up and play to the end. Raises AssertionError, with what is different or not true.

    `forgot`: whoever dispatches has forgotten everything, and only our own rows know what is to be done.
    """
    points = Points()
    with sharing(Watched(url, points)) as db:
        world = World(url, Tape(place / TAPE), points=points, db=db)
        if not forgot:
            world.adopt()
        twelve.play(world)
        wrong = [*broken(world), *differences(expected, twelve.outcome(world))]
        world.leave()
    assert not wrong, "\n".join(wrong)


def differences(one: dict[str, Any], other: dict[str, Any]) -> Iterator[str]:
    """What two ends do not have in common."""
    flat, their = (dict(_flat(each)) for each in (one, other))
    for key in sorted(flat.keys() | their.keys()):
        if flat.get(key) != their.get(key):
            yield f"{key}: {flat.get(key)} without a crash, {their.get(key)} with one"


def _flat(value: dict[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    for key, one in value.items():
        if isinstance(one, dict):
            yield from _flat(one, f"{before}{key} ")
        else:
            yield f"{before}{key}", one


def forked(act: Act, said: Path) -> int:
    """Run `act` in a child; its pid. What it raises is written to `said`, and its exit status is 1."""
    pid = os.fork()
    if pid:
        return pid
    try:
        act()
    except BaseException:  # noqa: BLE001 - this is the end of the process
        said.write_text(traceback.format_exc())
        os._exit(1)
    os._exit(0)


def case(place: Path, url: str, number: int, expected: dict[str, Any]) -> None:
    """One real death, and the life after it."""
    os.environ["CRASH_AT"] = str(number)
    _, status = os.waitpid(forked(lambda: dies(url, place), place / "said"), 0)
    died = os.waitstatus_to_exitcode(status)
    assert died == DEAD, f"it did not die at {number}: {died}"
    rises(url, place, expected, forgot=number % 2 == 0)


def reference(ground: Ground, *, copies: bool) -> tuple[dict[str, Any], list[str]]:
    """The run without a crash: how it ends, and the names of its points."""
    place, url = ground.fresh("reference")
    names: list[str] = []
    copy = copying(ground, place) if copies else lambda _number: None

    def at(number: int, name: str) -> None:
        names.append(name)
        copy(number)

    points = Points(at)
    with sharing(Watched(url, points)) as db:  # what is compiled here no child compiles again
        world = World(url, Tape(place / TAPE), points=points, db=db)
        twelve.play(world)
        wrong = broken(world)
        assert not wrong, wrong
        end = twelve.outcome(world)
        world.leave()
    return end, names


def copying(ground: Ground, place: Path) -> Callable[[int], None]:
    """Copies the disk at every point where it is not what it was at the point before."""
    last = ""

    def copy(number: int) -> None:
        nonlocal last
        files = [path for path in sorted(place.iterdir()) if not path.name.endswith("-shm")]
        now = hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()
        if now != last:
            last = now
            to = ground.folder / f"point-{number}"
            to.mkdir()
            for path in files:
                shutil.copyfile(path, to / path.name)

    return copy


def all_of(cases: Iterable[tuple[int, Act]], ground: Ground) -> Iterator[str]:
    """Run the cases in children, one for each core at a time; yields a line for each, what went wrong or nothing."""
    running: dict[int, int] = {}

    def ended() -> str:
        pid, status = os.wait()
        number = running.pop(pid)
        ground.forget(f"point-{number}")
        return f"point {number}: {(ground.folder / f'said-{number}').read_text()}" if status else ""

    for number, act in cases:
        if len(running) >= (os.cpu_count() or 1):
            yield ended()
        running[forked(act, ground.folder / f"said-{number}")] = number
    while running:
        yield ended()


def main() -> int:
    """Try the points; print what went wrong, and how many were tried."""
    parser = argparse.ArgumentParser()
    parser.add_argument("kind", choices=["sqlite", "postgresql"])
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--only", default="")
    parser.add_argument("--copies", action="store_true")
    told = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    gc.disable()
    began = time.monotonic()
    memory = Path("/dev/shm")  # noqa: S108 - a disk that is none, where there is one
    with ExitStack() as stack:
        where = memory if memory.is_dir() and told.kind == "sqlite" else None
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=where)))
        server = stack.enter_context(cluster()) if told.kind == "postgresql" else None
        ground = Ground(folder, server)
        ground.settle()
        end, names = reference(ground, copies=told.copies)
        numbers = [n for n, name in enumerate(names, start=1) if name.startswith(told.only)][:: told.every]
        said = list(all_of(copied(ground, end) if told.copies else real(ground, end, numbers), ground))
    wrong = [one for one in said if one]
    print(*wrong, sep="\n")
    facts = {
        "points": len(names),
        "tried": len(said),
        "wrong": len(wrong),
        "seconds": round(time.monotonic() - began, 1),
    }
    print(json.dumps(facts))
    return 1 if wrong else 0


def real(ground: Ground, end: dict[str, Any], numbers: Iterable[int]) -> Iterator[tuple[int, Act]]:
    """A real death at each of these points."""
    for number in numbers:
        place, url = ground.fresh(f"point-{number}")
        yield number, partial(case, place, url, number, end)


def copied(ground: Ground, end: dict[str, Any]) -> Iterator[tuple[int, Act]]:
    """A life after each state the disk was ever in."""
    for count, place in enumerate(sorted(ground.folder.glob("point-*"))):
        number = int(place.name.partition("-")[2])
        yield number, partial(rises, f"sqlite:///{place / NAME}", place, end, forgot=count % 2 == 0)


if __name__ == "__main__":
    sys.exit(main())
