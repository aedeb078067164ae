"""What waits in one stream, as few messages as tell all of it: cards once, lines together when they come late."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.store.outbox import Notice

# One card, redrawn in its place.
LASTING = frozenset(
    {
        *("root", "plan", "approval", "task", "tasks", "item", "stuck", "power", "held", "more"),
        *("proposal", "signal", "scan", "holds"),
        *("desk", "trouble", "escalated", "halt"),
        "lock",
    }
)
_ONCE = LASTING | {"reminder", "hold reminder"}
_BREAKS = frozenset({"plan", "report"})  # lines before them in the thread do not move behind them
_TELLING = ("proposal", "question", "turn", "scan", "system", "steps")  # in a body, where two of one kind are two
LATE = timedelta(seconds=1)
MOST = 20  # lines of one message: it is still read


@dataclass(frozen=True, slots=True)
class Bundle:
    """One message: the first of its notices names it, all of them are told by it."""

    notices: tuple[Notice, ...]

    @property
    def first(self) -> Notice:
        """The notice that gives the message its key and its place in the order."""
        return self.notices[0]

    @property
    def ids(self) -> tuple[int, ...]:
        """Every notice that this message tells."""
        return tuple(notice.id for notice in self.notices)


def bundles(waiting: Iterable[Notice], now: datetime) -> tuple[Bundle, ...]:
    """The messages that tell these notices of one stream, in order. A card shows what is true when it is sent."""
    found: list[list[Notice]] = []
    cards: dict[tuple[str, str | None, str], list[Notice]] = {}
    run: list[Notice] | None = None
    for notice in waiting:
        about = (notice.kind, notice.step, str([notice.body.get(name) for name in _TELLING]))
        if notice.kind in _ONCE and about in cards:
            cards[about].append(notice)
            continue
        if notice.kind == "line" and run is not None and len(run) < MOST:
            run.append(notice)
            continue
        one = [notice]
        found.append(one)
        if notice.kind in _ONCE:
            cards[about] = one
        if notice.kind == "line":
            run = one if _late(notice, now) else None
        elif notice.kind in _BREAKS:
            run = None
    return tuple(Bundle(tuple(one)) for one in found)


def _late(notice: Notice, now: datetime) -> bool:
    return notice.tries > 0 or now - notice.at >= LATE
