"""A company in trouble, by seed: `python -m tests.proof.simulation FIRST COUNT` lives that many lives.

In each life a few people leave at the same time, everybody presses what they like, systems and the chat fail in every
way they can, the process dies at any point, deliveries come twice or never. Then the trouble ends and people help:
every request must find its end, and every invariant must hold. A seed that does not tells its number; the same number
lives the same life again (set PYTHONHASHSEED=0, as `make soak` does).
"""

from __future__ import annotations

import argparse
import gc
import logging
import os
import random
import shutil
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import structlog

from bot.domain.errors import Refused
from bot.store import Database
from bot.store import chat_tables as c
from bot.store.streams import ALERT
from tests.fakes.town import ALICE, BEN, PRIYA
from tests.proof.crowd import ACTS, help_, leaves, unfinished
from tests.proof.invariants import broken, look, nothing_drops_out
from tests.proof.life import Life
from tests.proof.ports import Died, Points, Watched
from tests.proof.weather import Trouble
from tests.proof.world import World, found

TOGETHER = ((ALICE,), (BEN,), (PRIYA,), (BEN, PRIYA), (PRIYA, BEN), (ALICE, PRIYA))
PATIENCE = 120


def live(seed: int, folder: Path, db: Watched) -> tuple[list[str], Life]:
    """One life from its first form to its last signature, in the file `life` of the folder; what was wrong with it."""
    random.seed(seed)
    chance = random.Random(seed)  # noqa: S311 - a life to live again
    for path in folder.glob("life*"):
        path.unlink()
    shutil.copyfile(folder / "settled", folder / "life")
    trouble = Trouble(
        chance,
        refusal=chance.choice([0, 0.05, 0.2]),
        silence=chance.choice([0, 0.05, 0.2]),
        death=chance.choice([0, 0.002, 0.01]),
    )
    slow = timedelta(seconds=chance.choice([0, 0, 3, 40]))
    life = Life(db, chance, trouble, slow=slow)
    world = troubled(life)
    wrong = [*healed(life, world), *broken(world)]
    world.leave()
    return wrong, life


def troubled(life: Life) -> World:
    """Anything happens at any time, in whatever process lives at that moment."""
    world = life.begin()
    for leaver in life.chance.choice(TOGETHER):
        leaves(life, world, leaver)
    for _ in range(life.chance.randint(5, 12)):
        try:
            world.pass_time(timedelta(seconds=life.chance.choice([1, 1, 5, 60, 600])))
            with suppress(Refused):
                life.chance.choice(ACTS)(life, world)
            world.ticks()
            world.queue.drain(world.engine, most=life.chance.randint(1, 12))
            if life.chance.random() < 0.35:
                world.say()
        except Died:
            world.leave()
            world = life.begin()
    return world


def healed(life: Life, world: World) -> Iterator[str]:
    """The trouble is over: whatever is still open is queued or asked of somebody, and ends once people help."""
    life.trouble.over = True
    world.queue.twice = 0.0
    for vendor in world.vendors.values():
        vendor.lies = 0
    move(world)
    yield from nothing_drops_out(look(world))
    for turn in range(PATIENCE):
        left = unfinished(world)
        if not left:
            break
        for request in left:
            help_(world, request)
        world.pass_time(timedelta(seconds=2) if turn % 4 else timedelta(minutes=20))
        move(world)
    yield from (f"{request.id} does not end: {request.state.value}" for request in unfinished(world))
    yield from all_said(world)


def move(world: World) -> None:
    """What is due is started and run; it is said later, which is fewer and longer messages."""
    world.ticks()
    world.queue.drain(world.engine)


def all_said(world: World) -> Iterator[str]:
    """Once the chat is well, nothing stays unsaid."""
    unsent = c.notices.select().where(c.notices.c.sent_at.is_(None), c.notices.c.kind != ALERT)
    left: Sequence[object] = ()
    for _ in range(10):
        world.say()
        with world.db.look() as tx:
            left = tx.execute(unsent).all()
        if not left:
            return
        world.pass_time(timedelta(minutes=2))  # whoever died with a thread in hand holds it for a while
    yield from (f"never said: {row}" for row in left)


def main() -> int:
    """Live the lives of these seeds; print those that went wrong."""
    parser = argparse.ArgumentParser()
    parser.add_argument("first", type=int)
    parser.add_argument("count", type=int)
    told = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    gc.disable()
    memory = Path("/dev/shm")  # noqa: S108 - a disk that is none, where there is one
    began, failed, deaths = time.monotonic(), 0, 0
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as where:
        folder = Path(where)
        url = f"sqlite:///{folder / 'settled'}"
        db = Database(url)
        db.migrate()
        db.close()
        found(url)
        life_db = Watched(f"sqlite:///{folder / 'life'}", Points())
        for seed in range(told.first, told.first + told.count):
            try:
                wrong, life = live(seed, folder, life_db)
                deaths += life.trouble.deaths
            except Exception:  # noqa: BLE001 - whatever it is, the seed is told and the next life begins
                wrong = [traceback.format_exc()]
            if wrong:
                failed += 1
                print(f"seed {seed} ({os.environ.get('PYTHONHASHSEED')}):", *wrong, sep="\n  ", flush=True)
            if seed % 20 == 0:
                gc.collect()
    print(f"{told.count} lives, {deaths} deaths, {failed} wrong, {time.monotonic() - began:.1f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
