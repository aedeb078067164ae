"""One person with a user in each of twenty AWS accounts, 50 ms on every call: against calls that wait for another."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from functools import partial

from bot.cli.serve import now
from bot.engine.sight import read_all
from tests.bench.lines import Line, median_of
from tests.connectors.aws_twenty import NUMBERS, Twenty, links

LATENCY = 0.05
# CloudTrail counts the questions of an account, so its six are asked one after the other: the longest chain there is.
# tests/connectors/test_aws_twenty.py counts it.
CHAIN = 6
AGES = timedelta(hours=1)  # by then everything that was kept is asked anew, and the roles are still open


def measure() -> Iterator[Line]:
    """One call, and all of them, through botocore; nothing leaves the process, so that no server is measured."""
    cloud = Twenty(lambda _name: time.sleep(LATENCY))
    connector = cloud.connector()
    hers = links(connector)
    began = time.perf_counter()
    read_all(connector, hers, now())
    first = time.perf_counter() - began
    cloud.calls.clear()
    home = connector._accounts.of(NUMBERS[0])  # noqa: SLF001  one call alone, as the reading makes it
    one = median_of(lambda: _timed(partial(home.ask, "GetUser", UserName="alice.martin")), 9)
    cloud.calls.clear()
    ages = iter(range(1, 100))
    took = median_of(lambda: _timed(lambda: read_all(connector, hers, now() + next(ages) * AGES)), 5)
    yield Line("  aws-20: calls of one reading", len(cloud.calls) / 5, "calls")
    yield Line("  aws-20: the very first reading", first * 1000, "ms")
    yield Line("aws-20: one person, 20 accounts", took * 1000, "ms", peer=CHAIN * one * 1000, ratio=3)


def _timed(call: object) -> float:
    began = time.perf_counter()
    call()  # type: ignore[operator]
    return time.perf_counter() - began
