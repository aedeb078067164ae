"""The fields of the daily digest."""

from __future__ import annotations

from datetime import time
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from bot.domain.digest import Digest
from bot.runbooks.fields import Clock, Fields, Once, Title


class Weekday(StrEnum):
    """The days of a week, in their order."""

    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"


_WEEK = tuple(Weekday)


class DigestFields(Fields):
    """When everybody hears what waits for them, and where IT and security read the overview."""

    at: Clock = time(9, 0)
    weekdays: Annotated[tuple[Weekday, ...], Once] = _WEEK[:5]
    channel: Annotated[Title, Field(pattern=r"^\S+$")] = ""


def digest(found: DigestFields) -> Digest:
    """The rule about the daily digest."""
    return Digest(found.at, frozenset(_WEEK.index(day) for day in found.weekdays), found.channel.removeprefix("#"))
