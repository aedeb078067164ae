"""Whose turn it is to write to SQLite, which would let threads that wait sleep up to 100 ms at a time."""

from __future__ import annotations

import threading
import time
from collections import deque


class Line:
    """A lock that is handed to those who wait for it in the order they came: nobody who comes later is faster."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._taken = False
        self._waiting: deque[threading.Lock] = deque()

    def take(self, seconds: float) -> bool:
        """Wait for it, for so many seconds at most; whether it came."""
        with self._guard:
            if not self._taken:
                self._taken = True
                return True
            mine = threading.Lock()
            mine.acquire()
            self._waiting.append(mine)
        if mine.acquire(timeout=max(0.0, seconds)):
            return True
        with self._guard:
            if mine not in self._waiting:  # it came in the last moment
                return True
            self._waiting.remove(mine)
        return False

    def give(self) -> None:
        """Hand it on."""
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._taken = False


class Turn:
    """One writer at a time. Of those who do not hurry, one stands in line with those who do; the others wait apart.

    So whoever hurries waits for one of them at most, however many there are, and neither keeps the other out.
    """

    def __init__(self) -> None:
        self._writes = Line()
        self._next = Line()

    def take(self, seconds: float, *, hurries: bool = False) -> bool:
        """Wait for the turn, for so many seconds at most; whether it came. Then it must be given back."""
        if hurries:
            return self._writes.take(seconds)
        until = time.monotonic() + seconds
        if not self._next.take(seconds):
            return False
        if self._writes.take(until - time.monotonic()):
            return True
        self._next.give()
        return False

    def give(self, *, hurries: bool = False) -> None:
        """Give it back, as it was taken."""
        self._writes.give()
        if not hurries:
            self._next.give()
