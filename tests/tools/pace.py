"""What is promised in seconds is promised for a machine that has them: how slow this one is, measured meanwhile."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

_WORK = 0.02  # seconds of a processor, which is what one look takes on a machine of one's own


@dataclass
class Pace:
    """How many times longer than on a machine of one's own some work took at the worst moment."""

    worst: float = 1.0


@contextmanager
def slowness() -> Iterator[Pace]:
    """Measures while the block runs, and once more at its end."""
    pace, over = Pace(), threading.Event()

    def look() -> None:
        began, spent = time.monotonic(), time.thread_time()
        while time.thread_time() - spent < _WORK:
            sum(range(1000))
        pace.worst = max(pace.worst, (time.monotonic() - began) / _WORK)

    def watch() -> None:
        look()
        while not over.wait(0.2):
            look()

    watching = threading.Thread(target=watch, daemon=True)
    watching.start()
    try:
        yield pace
    finally:
        over.set()
        watching.join()
