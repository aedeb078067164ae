"""Two transactions at the same moment: what one of them has begun, the other neither repeats nor trips over."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier
from typing import TypeVar

from bot.store import Database, Tx, inbound, records

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
AT_ONCE = 6
Found = TypeVar("Found")


def together(db: Database, work: Callable[[Tx], Found]) -> list[Found]:
    """The same work in several transactions, let go at the same moment."""
    gate = Barrier(AT_ONCE)

    def one(_: int) -> Found:
        gate.wait()
        with db.begin() as tx:
            return work(tx)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(one, range(AT_ONCE)))


def test_a_delivery_that_comes_twice_at_once_is_seen_once(db: Database) -> None:
    """A platform that repeats itself within a millisecond is answered, not met with an error."""
    assert sorted(together(db, lambda tx: inbound.seen(tx, "comment:C1:1.0", NOW))) == [False, *[True] * (AT_ONCE - 1)]


def test_the_very_first_requests_have_numbers_of_their_own(db: Database) -> None:
    """Nobody's first request fails because somebody else made theirs in the same moment."""
    assert sorted(together(db, lambda tx: records.next_id(tx, "OFF"))) == [f"OFF-{101 + n}" for n in range(AT_ONCE)]
