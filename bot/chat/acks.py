"""How fast people are answered, and whether somebody is being answered right now."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from structlog.contextvars import bound_contextvars

from bot.store import hurried

SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0)  # the last is how long Slack waits
PATIENCE = 2.0  # seconds that whoever answers waits for a busy database, so that one second is left to say so


@dataclass
class Acks:
    """What was brought to us and answered: `counts` by the bounds in SECONDS, and one more for all later ones."""

    counts: list[int] = field(default_factory=lambda: [0] * (len(SECONDS) + 1))
    total: float = 0.0
    steady: Callable[[], float] = time.monotonic
    _open: int = 0
    _changed: threading.Condition = field(default_factory=threading.Condition)

    @contextmanager
    def answering(self, delivery: str) -> Iterator[None]:
        """Count the time inside as one answer; log lines inside carry the delivery; the database may not dawdle."""
        began = self.steady()
        with self._changed:
            self._open += 1
        try:
            with bound_contextvars(delivery=delivery), hurried(PATIENCE):
                yield
        finally:
            self._count(self.steady() - began)

    def _count(self, took: float) -> None:
        with self._changed:
            self._open -= 1
            self.total += took
            self.counts[sum(took > bound for bound in SECONDS)] += 1
            self._changed.notify_all()

    def quiet(self, seconds: float) -> bool:
        """Wait until nobody is being answered, for so long at most; whether that came."""
        with self._changed:
            return self._changed.wait_for(lambda: self._open == 0, seconds)
