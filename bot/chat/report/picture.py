"""The timeline as numbers for a drawing: where the marks and the bars stand. The template draws them.

A request rests for days and then works for seconds, so every stretch between two marks has its own scale.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from math import log1p

from bot.chat.cards.steps import state_words, what
from bot.chat.cards.words import _, listed
from bot.chat.report.moments import Moment
from bot.chat.report.steps import tone
from bot.domain.model import StepId
from bot.domain.request import Step, StepKind
from bot.engine.view import View

LEFT, RIGHT, TOP, FOOT = 150, 36, 54, 40
WIDTH = 760
LANE, GAP, LEAST = 9, 14, 58  # pixels: a lane, between systems, and the least a stretch takes
LANES = 6


@dataclass(frozen=True, slots=True)
class Bar:
    """One step from its first try (or from when a person was asked) to the moment it was seen."""

    x: float
    y: float
    width: float
    tone: str
    words: str


@dataclass(frozen=True, slots=True)
class Row:
    """One system."""

    name: str
    y: float
    height: float
    bars: tuple[Bar, ...]
    looks: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Tick:
    """Moments that fall on one place of the axis."""

    x: float
    at: datetime
    codes: str
    shorts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawing of `width` × `height`."""

    width: int
    height: float
    ticks: tuple[Tick, ...]
    rows: tuple[Row, ...]
    words: str


class Axis:
    """From moments to pixels: linear between two marks, every stretch as wide as its length deserves."""

    def __init__(self, marks: list[datetime]) -> None:
        self._marks = marks
        weights = [log1p((b - a).total_seconds()) for a, b in pairwise(marks)]
        spare = WIDTH - LEFT - RIGHT - LEAST * len(weights)
        share = max(0.0, spare) / (sum(weights) or 1)
        self._at = [float(LEFT)]
        for weight in weights:
            self._at.append(self._at[-1] + LEAST + weight * share)

    def x(self, moment: datetime) -> float:
        """Where a moment stands, kept inside the axis."""
        if moment <= self._marks[0] or len(self._marks) == 1:
            return self._at[0]
        if moment >= self._marks[-1]:
            return self._at[-1]
        after = bisect_right(self._marks, moment)
        first, last = self._marks[after - 1], self._marks[after]
        part = (moment - first) / (last - first)
        return round(self._at[after - 1] + part * (self._at[after] - self._at[after - 1]), 1)


def picture(view: View, moments: tuple[Moment, ...], lines: tuple[tuple[str, str], ...]) -> Picture:
    """The drawing: one row for each system (`lines` are key and name), a mark for each of T0 to T4 that came."""
    spans = {step.id: _span(view, step) for step in view.steps}
    marks = _marks(view, moments, [span for span in spans.values() if span])
    axis = Axis(sorted(marks))
    rows: list[Row] = []
    y = float(TOP)
    for key, name in lines:
        row = _row(view, axis, key, name, y, spans)
        rows.append(row)
        y += row.height + GAP
    ticks = tuple(_tick(axis, at, found) for at, found in sorted(marks.items()))
    words = _(
        "One row for each of {n} systems: {names}. The same facts are in the tables beside this picture.",
        n=len(rows),
        names=listed(row.name for row in rows),
    )
    return Picture(WIDTH, y + FOOT, ticks, tuple(rows), words)


Span = tuple[datetime, datetime]


def _span(view: View, step: Step) -> Span | None:
    """From the first try, or from when a person was asked, to the end, or to now."""
    end = step.ended_at or view.now
    asked = None
    if step.deadline is not None:
        asked = step.deadline - timedelta(hours=view.runbook.deadlines.get(step.wave, 48))
    begins = [at for at in (step.first_tried_at, asked) if at is not None]
    if begins:
        return min(*begins, end), end
    return (end, end) if step.ended_at else None


def _marks(view: View, moments: tuple[Moment, ...], spans: list[Span]) -> dict[datetime, list[Moment]]:
    """The moments that came, those of the same second together; and the last thing drawn, so that nothing falls out."""
    marks: dict[datetime, list[Moment]] = {}
    came = [(one.at, one) for one in moments if one.at is not None and one.code != "T5"]
    for moment, one in sorted(came, key=lambda found: found[0]):
        near = next((at for at in marks if moment - at < timedelta(seconds=1)), moment)
        marks.setdefault(near, []).append(one)
    last = max((end for _begin, end in spans), default=max(marks))
    if last - max(marks) >= timedelta(seconds=1):
        marks[last] = []
    return marks


def _tick(axis: Axis, at: datetime, found: list[Moment]) -> Tick:
    return Tick(axis.x(at), at, " ".join(one.code for one in found), tuple(one.short for one in found))


def _row(view: View, axis: Axis, key: str, name: str, y: float, spans: Mapping[StepId, Span | None]) -> Row:
    bars: list[Bar] = []
    ends: list[float] = []
    steps = [(span, step) for step in view.steps if step.system == key and (span := spans[step.id])]
    for span, step in sorted(steps, key=lambda found: found[0]):
        begin, end = axis.x(span[0]), axis.x(span[1])
        width = max(end - begin, 6.0)
        lane = next((n for n, taken in enumerate(ends) if taken <= begin), len(ends)) % LANES
        ends[lane : lane + 1] = [begin + width + 2]
        bars.append(Bar(begin, y + lane * LANE, round(width, 1), tone(step), _bar_words(view, step)))
    reads = [r.ended_at for r in view.reads if r.system == key and r.kind is StepKind.READ and r.ended_at]
    looks = tuple(sorted({axis.x(at) for at in reads}))
    return Row(name, y, max(1, len(ends)) * LANE, tuple(bars), looks)


def _bar_words(view: View, step: Step) -> str:
    return _("{n}. {what}: {state}", n=step.number, what=what(step, view), state=state_words(step, view))
