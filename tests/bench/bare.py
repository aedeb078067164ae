"""The peer: as many workflows of bare DBOS that do nothing, in our queues: `python -m tests.bench.bare <url> <count>`.

It prints when the first one began and when the last one was over.
"""

from __future__ import annotations

import sys
import threading
import time

from bot.cli.serve import swift
from bot.domain.lifecycle import StepState
from bot.engine.dispatch import Dbos
from bot.store import Database
from tests.bench.stage import leaver, now, steps_of
from tests.bench.vast import SYSTEMS


def main(url: str, count: int) -> None:
    """Queue them all, open the queues, wait for the last."""
    swift()
    db = Database(url)
    dispatcher = Dbos(db)
    moments: list[float] = []
    over = threading.Event()

    def nothing(_step: str, _attempt: int) -> None:
        moments.append(time.time())
        if len(moments) == count:
            over.set()

    dispatcher.launch(nothing)
    steps = [step for number in range(count // len(SYSTEMS)) for step in steps_of(leaver(number), now())]
    with db.begin() as tx:
        for step in steps:
            if step.state is StepState.READY:
                dispatcher.enqueue(tx, step)
    for key in SYSTEMS:
        dispatcher.add(key)
    over.wait(120)
    print("began", moments[0], "over", moments[-1], "ran", len(moments), flush=True)
    dispatcher.close()
    db.close()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
