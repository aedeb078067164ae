"""An Usher that only works, in a process of its own: `python -m tests.bench.working <url> <options>`.

It opens its queues, fires what is due, and ends once nothing automatic is left to do. It prints when it was ready,
when its first step began, when all was over, and how many attempts ran in between.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa

from bot.cli.logs import quiet_logs
from bot.cli.serve import swift
from bot.domain.lifecycle import StepState
from bot.engine.context import Engine, priority_of
from bot.engine.dispatch import Dbos
from bot.engine.expire import expire
from bot.engine.fleet import BEAT_SECONDS, LOOK_SECONDS, Fleet
from bot.engine.recover import recover
from bot.engine.run import run_step
from bot.schedule import Tick, start
from bot.store import Database, records
from bot.store import tables as t
from tests.bench.stage import now
from tests.bench.vast import vast

_OPEN = [state.value for state in (StepState.WAITING, StepState.READY, StepState.RUNNING, StepState.APPLIED)]
_SOON = timedelta(hours=1)  # what ends later is not waited for


def main(argv: Sequence[str]) -> None:
    """Work until nothing is left."""
    options = _options(argv)
    quiet_logs()
    swift()
    db = Database(options.url)
    dispatcher = Dbos(db)
    engine = Engine(db, vast(options.log, options.latency, options.holds), dispatcher)
    fleet = Fleet(engine, dispatcher, "worker", now)
    began: list[float] = []

    def run(step: str, attempt: int) -> None:
        began.append(time.time())
        run_step(engine, step, attempt, now)

    dispatcher.open()
    fleet.begin()
    dispatcher.launch(run)
    if options.queue:
        queue_all(engine)
    for key in engine.connectors:
        dispatcher.add(key)
    ticks = start(
        (
            Tick("beat", BEAT_SECONDS, fleet.beat),
            Tick("take over", LOOK_SECONDS, fleet.take_over),
            Tick("expire", 1, lambda: expire(engine, now())),
            Tick("recover", 30, lambda: recover(engine, now())),
        )
    )
    print("ready", time.time(), flush=True)
    while left(db):
        time.sleep(0.1)
    over = time.time()
    print("began", min(began, default=over), "over", over, "ran", len(began), flush=True)
    ticks.shutdown(wait=True)
    dispatcher.close()
    db.close()


def queue_all(engine: Engine) -> None:
    """Put every ready step into its queue, as the press that starts a request does."""
    after = ""
    while True:
        with engine.db.begin() as tx:
            ready = records.in_flight(tx, after=after)
            for step in ready:
                engine.dispatcher.enqueue(tx, step, priority=priority_of(step))
        if not ready:
            return
        after = ready[-1].id


def left(db: Database) -> int:
    """How many automatic steps are due or under way."""
    mine = sa.and_(t.steps.c.state.in_(_OPEN), t.steps.c.kind != "task")
    near = sa.or_(t.steps.c.due.is_(None), t.steps.c.due <= now() + _SOON)
    with db.look() as tx:
        return int(tx.execute(sa.select(sa.func.count()).where(mine, near)).scalar_one())


def _options(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("--log", type=Path)
    parser.add_argument("--latency", type=float, default=0.0)
    parser.add_argument("--holds", type=int, default=1)
    parser.add_argument("--queue", action="store_true", help="queue every ready step first")
    return parser.parse_args(argv)


if __name__ == "__main__":
    main(sys.argv[1:])
