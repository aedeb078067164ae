"""The clock: a few ticks that look for what is due in rows. Jobs hold no state; a missed tick does no harm."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from structlog.contextvars import bound_contextvars

log = structlog.get_logger()

_PATIENCE = 5  # seconds for a tick that looks when it ends; one killed in the middle does no harm either


@dataclass(frozen=True, slots=True)
class Tick:
    """Something to look at every so many seconds."""

    name: str
    seconds: float
    look: Callable[[], object]


@dataclass(slots=True)
class Clock:
    """Ticks under way."""

    scheduler: BackgroundScheduler
    looking: set[str]
    _changed: threading.Condition = field(default_factory=threading.Condition)

    def shutdown(self, *, wait: bool) -> None:
        """No tick begins any more; with `wait`, those that look now are given a few seconds to end."""
        self.scheduler.shutdown(wait=False)
        if wait:
            with self._changed:
                self._changed.wait_for(lambda: not self.looking, _PATIENCE)

    def careful(self, tick: Tick) -> Callable[[], None]:
        """The tick, whose errors end nothing but itself."""

        def look() -> None:
            self.looking.add(tick.name)
            with bound_contextvars(tick=tick.name):
                try:
                    tick.look()
                except Exception:
                    log.exception("tick failed")
            with self._changed:
                self.looking.discard(tick.name)
                self._changed.notify_all()

        return look


def start(ticks: tuple[Tick, ...]) -> Clock:
    """Begin to tick. The scheduler keeps its jobs in memory: what is true is in our tables."""
    scheduler = BackgroundScheduler(
        executors={"default": ThreadPoolExecutor(max(1, len(ticks)))},
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        timezone="UTC",
    )
    clock = Clock(scheduler, set())
    for tick in ticks:
        scheduler.add_job(clock.careful(tick), "interval", seconds=tick.seconds, id=tick.name, name=tick.name)
    scheduler.start()
    return clock
