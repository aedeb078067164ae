"""Independent calls to one system side by side, so that reading waits for the longest chain and not for the sum."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Given = TypeVar("Given")
Got = TypeVar("Got")


def side_by_side(call: Callable[[Given], Got], items: Iterable[Given], *, at_once: int) -> tuple[Got, ...]:
    """The results in the order of the items, at most `at_once` at a time; the first error is raised after all ended."""
    waiting = tuple(items)
    if len(waiting) < 2 or at_once < 2:
        return tuple(call(item) for item in waiting)
    with ThreadPoolExecutor(max_workers=min(at_once, len(waiting)), thread_name_prefix="read") as pool:
        return tuple(pool.map(call, waiting))
