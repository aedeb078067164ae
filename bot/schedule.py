"""The clock: a few ticks that look for what is due in rows. Jobs hold no state; a missed tick does no harm."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from structlog.contextvars import bound_contextvars

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Tick:
    """Something to look at every so many seconds."""

    name: str
    seconds: float
    look: Callable[[], object]


def start(ticks: tuple[Tick, ...]) -> BackgroundScheduler:
    """Begin to tick. The scheduler keeps its jobs in memory: what is true is in our tables."""
    scheduler = BackgroundScheduler(
        executors={"default": ThreadPoolExecutor(max(1, len(ticks)))},
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        timezone="UTC",
    )
    for tick in ticks:
        scheduler.add_job(_careful(tick), "interval", seconds=tick.seconds, id=tick.name, name=tick.name)
    scheduler.start()
    return scheduler


def _careful(tick: Tick) -> Callable[[], None]:
    def look() -> None:
        with bound_contextvars(tick=tick.name):
            try:
                tick.look()
            except Exception:
                log.exception("tick failed")

    return look
