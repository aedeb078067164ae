"""Five thousand people in fifteen systems on one day, on a virtual clock: how near we come to what each vendor allows.

The rates are the vendors' published ones; the last nine are taken to bear no more at once than in a second. What is
modelled is the vendor (a bucket of tokens, an answer after 50 ms) and the claims of the queue; the priorities, the
limit of each window, how often a queue is looked at and how much may run at once are the product's own. After a third
of the day somebody must leave at once.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import count

from bot.domain.lifecycle import StepState
from bot.domain.model import Wave
from bot.domain.request import Step
from bot.engine import dispatch
from bot.engine.context import priority_of
from tests.bench.lines import Line
from tests.bench.stage import leaver, now, steps_of
from tests.bench.vast import SYSTEMS

PEOPLE, LATENCY = 5000, 0.05
URGENT = 10_000


@dataclass(frozen=True, slots=True)
class Vendor:
    """What one system allows: calls a second, and so many at once before that counts."""

    name: str
    rate: float
    burst: int


VENDORS = (
    Vendor("Slack SCIM, 180 a minute", 3, 20),
    Vendor("Okta, 600 a minute", 10, 75),
    Vendor("GitHub, 5,000 an hour", 5000 / 3600, 100),
    Vendor("GitLab, 300 in 10 minutes", 0.5, 300),
    Vendor("AWS IAM, 10 a second", 10, 20),
    Vendor("Identity Center, 20 a second", 20, 20),
    Vendor("Cloudflare, 1,200 in 5 minutes", 4, 4),
    Vendor("PagerDuty, 960 a minute", 16, 16),
    Vendor("Heroku, 4,500 an hour", 4500 / 3600, 2),
    Vendor("Notion, 3 a second", 3, 3),
    Vendor("Zendesk, 700 a minute", 700 / 60, 12),
    Vendor("Asana, 1,500 a minute", 25, 25),
    Vendor("Box, 1,000 a minute", 1000 / 60, 17),
    Vendor("DigitalOcean, 5,000 an hour", 5000 / 3600, 2),
    Vendor("Google Directory, 2,400 a minute", 40, 40),
)


def measure() -> Iterator[Line]:
    """The slowest of the fifteen against its own bucket, the share of refused calls, and the urgent leaver."""
    days = [one_day(vendor, PEOPLE) for vendor in VENDORS]
    alone = [one_day(vendor, 0) for vendor in VENDORS]
    worst = max(day.at / ideal(vendor) for day, vendor in zip(days, VENDORS, strict=True))
    calls, refused = sum(day.calls for day in days), sum(day.refused for day in days)
    yield Line("  layoff-day: systems", len(VENDORS), "")
    yield Line("layoff-day, slowest of its bucket", worst, "x", limit=1.1)
    yield Line("  calls answered with 429", 100 * refused / calls, "%", limit=0.1)
    urgent, solo = max(day.urgent for day in days), max(day.urgent for day in alone)
    yield Line("  one urgent leaver meanwhile", urgent, "s", peer=solo, ratio=2)


def ideal(vendor: Vendor) -> float:
    """Seconds that this vendor alone makes it last: a change and a look for each person."""
    return max(1.0, (2 * PEOPLE - vendor.burst) / vendor.rate)


@dataclass(slots=True)
class Day:
    """One day of one system: what waits, what runs, and what came of it."""

    vendor: Vendor
    tokens: float
    at: float = 0.0
    waiting: list[tuple[int, int, Step]] = field(default_factory=list)
    running: list[tuple[float, int, Step]] = field(default_factory=list)
    started: deque[float] = field(default_factory=deque)
    order: Iterator[int] = field(default_factory=count)
    urgent: float = 0.0
    calls: int = 0
    refused: int = 0

    def queue(self, step: Step) -> None:
        """Behind what is as urgent."""
        heapq.heappush(self.waiting, (priority_of(step), next(self.order), step))

    def answers(self) -> Iterator[Step]:
        """Calls that have come back by now; a change is followed by its look."""
        while self.running and self.running[0][0] <= self.at:
            _, _, step = heapq.heappop(self.running)
            if step.state is StepState.READY:
                self.queue(replace(step, state=StepState.APPLIED))
            else:
                yield step

    def claims(self, limit: dict[str, float]) -> None:
        """As many as the window and the room allow; the vendor refuses what its bucket does not hold."""
        while self.started and self.started[0] <= self.at - limit["period"]:
            self.started.popleft()
        room = min(int(limit["limit"]) - len(self.started), dispatch._AT_ONCE - len(self.running))  # noqa: SLF001
        for _ in range(min(room, len(self.waiting))):
            _, _, step = heapq.heappop(self.waiting)
            self.started.append(self.at)
            self.calls += 1
            if self.tokens < 1 - 1e-6:
                self.refused += 1
                self.queue(step)
            else:
                self.tokens -= 1
                heapq.heappush(self.running, (self.at + LATENCY, next(self.order), step))


def one_day(vendor: Vendor, people: int) -> Day:
    """Claim as the queue does until everything was changed and looked at, the urgent leaver included."""
    limit = dispatch._limiter(vendor.rate)  # noqa: SLF001 - the very rule that is measured
    assert limit is not None
    day = Day(vendor, vendor.burst)
    for step in _steps(people):
        day.queue(step)
    urgent = replace(_step(URGENT), wave=Wave.CONTAIN)
    comes = ideal(vendor) / 3 if people else 0.0
    here = False
    while day.waiting or day.running or not here:
        day.at += dispatch.POLL_SECONDS
        day.tokens = min(vendor.burst, day.tokens + vendor.rate * dispatch.POLL_SECONDS)
        if not here and day.at >= comes:
            here = True
            day.queue(urgent)
        for step in day.answers():
            if step.id == urgent.id:
                day.urgent = day.at - comes
        day.claims(limit)
    return day


def _step(number: int) -> Step:
    (step,) = (one for one in steps_of(leaver(number, systems=SYSTEMS[:1]), _NOW) if one.action)
    return step


@cache
def _steps(people: int) -> tuple[Step, ...]:
    """One change of each person of a list that was approved together."""
    return tuple(replace(_step(number), mass=True) for number in range(people))


_NOW = now()
