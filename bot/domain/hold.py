"""What waits for a person before it is taken away: why, how long at most, and what happens when nobody answers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.model import PersonId, Power

USE = "use"  # is it still used? its owner answers
CHECKPOINT = "checkpoint"  # a team releases it
DATE = "date"  # kept until a day
HANDING = "handing"  # kept until it is handed over, and no longer than a day
HOLDS = frozenset(
    {USE, CHECKPOINT, DATE, HANDING}
)  # what ends by the clock, besides what waits for a successor or a yes


class Silence(StrEnum):
    """What happens when a team does not answer in time."""

    GO = "go"
    WAIT = "wait"


@dataclass(frozen=True, slots=True)
class Holds:
    """How long a question waits before the item is removed all the same, and how long an item may be kept at most."""

    answer: timedelta = timedelta(days=2)
    longest: timedelta = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A team that must release an item: `people` by id or everybody who holds `power`; `escalate` hears of silence."""

    key: str
    words: str
    people: frozenset[PersonId] = frozenset()
    power: Power | None = None
    answer: timedelta = timedelta(days=1)
    silence: Silence = Silence.WAIT
    escalate: tuple[Power, ...] = (Power.SECURITY,)


@dataclass(frozen=True, slots=True)
class LockNow:
    """Who may agree that somebody is locked at once, before the approval, and how soon that must be looked at."""

    ask: tuple[Power, ...]
    review: timedelta = timedelta(hours=24)


def latest(now: datetime, rules: Holds) -> datetime:
    """The last moment until which something may be kept, if that is said now."""
    return now + rules.longest


def first_of(*lists: Iterable[PersonId]) -> PersonId | None:
    """The first person of the first list that has any."""
    return next((person for some in lists for person in some), None)
