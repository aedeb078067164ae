"""The edges of the program, watched: each commit and each call outside is a numbered point where it may die."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from bot.store import Database, Tx

DEAD = 137  # the exit status of a process that was killed with -9

Point = Callable[[int, str], None]
Weather = Callable[[str, str, bool], None]


class Died(BaseException):
    """The process is gone, as far as a test in one process can say so: nothing in the program catches it."""


class Points:
    """Counts the points of a run, both sides of each commit and each call, and hands every one to `at`."""

    def __init__(self, at: Point = lambda _number, _name: None) -> None:
        self.count = 0
        self.at = at

    def reach(self, name: str) -> None:
        """One more point."""
        self.count += 1
        self.at(self.count, name)


def dying(number: int) -> Points:
    """The process ends at this point, at once: no `finally`, no rollback, no goodbye."""

    def at(reached: int, _name: str) -> None:
        if reached == number:
            os._exit(DEAD)

    return Points(at)


def calm(_who: str, _what: str, _before: bool) -> None:
    """Weather in which every call arrives, and every answer comes back."""


class Road:
    """The way to the outside: where the process may die, and where calls and answers get lost."""

    def __init__(self, points: Points, weather: Weather = calm) -> None:
        self.points = points
        self.weather = weather

    @contextmanager
    def call(self, who: str, what: str) -> Iterator[None]:
        """One call: what `weather` raises before it never arrived, what it raises after it was done all the same."""
        self.points.reach(f"before {what} {who}")
        self.weather(who, what, True)
        yield
        self.points.reach(f"after {what} {who}")
        self.weather(who, what, False)


class Watched(Database):
    """A database whose commits are points; what is `staged` in a transaction happens when it commits."""

    def __init__(self, url: str, points: Points) -> None:
        super().__init__(url)
        self.points = points
        self.writing = False
        self.staged: list[Callable[[], None]] = []

    @contextmanager
    def begin(self) -> Iterator[Tx]:
        """One transaction, with a point on either side of its commit."""
        assert not self.writing, "a transaction inside a transaction"
        self.writing = True
        try:
            with super().begin() as tx:
                yield tx
                self.points.reach("before commit")
            done, self.staged = self.staged, []
            for act in done:
                act()
        finally:
            self.writing = False
            self.staged = []
        self.points.reach("after commit")
