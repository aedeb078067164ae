"""What a benchmark says: one line each, and first of all on which machine."""

from __future__ import annotations

import os
import platform
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """One measured value: `value` must be at most `limit`; where there is a `peer`, value ÷ peer at most `ratio`.

    With `least`, more is better: both are the least it may be.
    """

    name: str
    value: float
    unit: str
    limit: float | None = None
    peer: float | None = None
    ratio: float | None = None
    least: bool = False

    @property
    def passed(self) -> bool:
        """Whether the promise was kept; a line without limit and ratio only tells."""
        within = self.limit is None or self._keeps(self.limit)
        return within and (self.peer is None or self.ratio is None or self._keeps(self.ratio * self.peer))

    def _keeps(self, promised: float) -> bool:
        return self.value >= promised if self.least else self.value <= promised

    def __str__(self) -> str:
        promised = self.limit is not None or self.ratio is not None
        verdict = ("PASS" if self.passed else "FAIL") if promised else "-"
        share = f"{self.value / self.peer:.2f}" if self.peer else "-"
        most = f"({'>' if self.least else '<'}={self.ratio:g})" if self.ratio is not None else ""
        cells = (self.name, _number(self.value), self.unit, _number(self.limit), _number(self.peer), share + most)
        widths = (34, 9, 5, 9, 9, 12)
        return " ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)) + " " + verdict


def heading() -> str:
    """The names of the columns."""
    cells = ("name", "value", "unit", "limit", "peer", "ratio")
    return " ".join(cell.ljust(width) for cell, width in zip(cells, (34, 9, 5, 9, 9, 12), strict=True)) + " verdict"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3g}" if value < 100 else f"{value:.0f}"


def machine() -> str:
    """The machine, how busy it is, and how long it takes for a fixed piece of work: absolute figures need all three."""
    load = " ".join(f"{value:.2f}" for value in os.getloadavg())
    return (
        f"# {platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, "
        f"load {load}, a loop of a million additions {_loop() * 1000:.0f} ms"
    )


def _loop() -> float:
    def once() -> float:
        began = time.perf_counter()
        total = 0
        for number in range(1_000_000):
            total += number
        return time.perf_counter() - began

    return median_of(once, 5)


def median_of(measure: Callable[[], float], times: int = 3) -> float:
    """The median of several measurements."""
    return statistics.median(measure() for _ in range(times))


def percentile(values: Sequence[float], share: float) -> float:
    """The value that this share of the values does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
