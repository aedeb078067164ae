"""The roster and a form about the same person do not agree: what is odd, so that somebody looks twice and says so."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from bot.domain.model import Person


class Odd(StrEnum):
    """What the roster says that the form does not."""

    UNNAMED = "unnamed"  # the newest roster does not name them any more
    LEFT = "left"  # by the roster they have left already
    SOONER = "sooner"  # the access ends before the last day of the roster
    LATER = "later"  # or after it


def odd(person: Person, day: date, today: date, *, named: bool) -> tuple[Odd, ...]:
    """Where the roster contradicts the `day` on which somebody's access ends; `named` by the newest roster or not."""
    found = [] if named else [Odd.UNNAMED]
    if person.ends is None:
        return tuple(found)
    if person.ends < today:
        return (*found, Odd.LEFT)
    if day != person.ends:
        found.append(Odd.SOONER if day < person.ends else Odd.LATER)
    return tuple(found)
