"""One person and fifteen practice systems, 50 ms on every call: from the start to contained (T2).

The clock starts with the last yes. Sign-ins are locked, sessions and keys ended, and a fresh reading of every system
shows it; all other removals run beside it. It is held against two times the same fifteen readings side by side, with no
database and no queue.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from statistics import median

from bot.cli.serve import now
from bot.domain.model import Link, SystemKey, Wave
from bot.domain.request import Request, StepKind
from bot.engine.approve import approve
from bot.engine.context import Engine
from tests.bench.lines import Line, median_of
from tests.bench.load import elsewhere
from tests.bench.plan_15 import asked, fifteen, once, planned, until
from tests.bench.reading import LATENCY, all_at_once, links_of
from tests.bench.site import site
from tests.bench.stage import database

ROUNDS = 3


def measure() -> Iterator[Line]:
    """Medians of three leavers, each in a company of its own."""
    took, waits, bare, steps = (median(one) for one in zip(*(_round() for _ in range(ROUNDS)), strict=True))
    yield Line("  contained: steps that contain", steps, "steps")
    yield Line("contained: start to contained (T2)", took, "s", limit=3.0, peer=2 * bare, ratio=2)
    yield Line("  of it until everything was read", waits, "s")


def _round() -> tuple[float, float, float, int]:
    with (
        tempfile.TemporaryDirectory(prefix="usher-bench-") as name,
        site(Path(name), latency=LATENCY) as here,
        database("sqlite") as url,
        elsewhere() as pool,
    ):
        return pool.submit(_leaves, here.practice.environment(), links_of(here), url).result()


def _leaves(
    environment: Mapping[str, str], hers: Mapping[SystemKey, Link], url: str
) -> tuple[float, float, float, int]:
    """Seconds from start to contained, to the last reading, and of the readings alone; how many steps contain."""
    with fifteen(environment, hers, url) as (engine, systems, links):
        once(engine)  # connections and models of a first time
        bare = median_of(lambda: all_at_once(systems, links))
        request = asked(engine)
        _agree(engine, until(engine, request.id, planned).request)
        found = until(engine, request.id, lambda seen: seen.contained_at is not None)
    began, ended = found.request.started_at, found.request.contained_at
    assert began is not None
    assert ended is not None
    reads = [step.ended_at for step in found.reads if step.ended_at]
    contains = sum(step.wave is Wave.CONTAIN and step.kind is StepKind.APPLY for step in found.steps)
    return (ended - began).total_seconds(), (max(reads) - began).total_seconds(), bare, contains


def _agree(engine: Engine, request: Request) -> None:
    for who in request.approvers[: request.quorum]:
        approve(engine, request.id, request.digest, who, now(), yes=True)
