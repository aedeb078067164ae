"""The clock: a few ticks that look for what is due in rows. Jobs hold no state; a missed tick does no harm."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from structlog.contextvars import bound_contextvars

log = structlog.get_logger()

_LOOK = 1.0  # seconds between two looks at the clock itself
_STEP = 2.0  # seconds by which a clock may be corrected without anybody noticing
_PATIENCE = 5  # seconds for a tick that looks when it ends; one killed in the middle does no harm either


@dataclass(frozen=True, slots=True)
class Tick:
    """Something to look at every so many seconds."""

    name: str
    seconds: float
    look: Callable[[], object]


class Watch:
    """Notices that the clock on the wall was moved, by one that nobody can move."""

    def __init__(self, wall: Callable[[], float] = time.time, steady: Callable[[], float] = time.monotonic) -> None:
        self._wall, self._steady = wall, steady
        self._apart = wall() - steady()

    def moved(self) -> float:
        """By how many seconds the clock was moved since this was asked last; 0 for what is only a correction."""
        apart = self._wall() - self._steady()
        by, self._apart = apart - self._apart, apart
        return by if abs(by) > _STEP else 0.0


@dataclass(slots=True)
class Ticking:
    """Ticks under way."""

    scheduler: BackgroundScheduler
    looking: set[str]
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _over: threading.Event = field(default_factory=threading.Event)

    def mind(self, watch: Watch) -> None:
        """Let every tick look at once when the clock was moved: set back an hour, none would look for an hour."""
        while not self._over.wait(_LOOK):
            by = watch.moved()
            if by:
                log.warning("the clock of this machine was moved", seconds=round(by, 1))
                for job in self.scheduler.get_jobs():
                    job.modify(next_run_time=datetime.now(UTC))

    def shutdown(self, *, wait: bool) -> None:
        """No tick begins any more; with `wait`, those that look now are given a few seconds to end."""
        self._over.set()
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


def start(ticks: tuple[Tick, ...], watch: Watch | None = None) -> Ticking:
    """Begin to tick. The scheduler keeps its jobs in memory: what is true is in our tables."""
    scheduler = BackgroundScheduler(
        executors={"default": ThreadPoolExecutor(max(1, len(ticks)))},
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        timezone="UTC",
    )
    ticking = Ticking(scheduler, set())
    for tick in ticks:
        scheduler.add_job(ticking.careful(tick), "interval", seconds=tick.seconds, id=tick.name, name=tick.name)
    scheduler.start()
    threading.Thread(target=ticking.mind, args=(watch or Watch(),), name="clock", daemon=True).start()
    return ticking
