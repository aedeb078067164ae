"""The daily word about what waits: at what time of which days, and when it is due where somebody works."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

LATEST = timedelta(hours=6)  # after a standstill: later than this, the next working day's digest tells it all


@dataclass(frozen=True, slots=True)
class Digest:
    """When everybody hears what waits for them, and the channel of IT and security; without one there is no overview.

    Weekdays count from Monday, which is 0.
    """

    at: time = time(9, 0)
    weekdays: frozenset[int] = frozenset(range(5))
    channel: str = ""


def due_day(rule: Digest, zone: str, now: datetime, holidays: Collection[date] = ()) -> date | None:
    """The day whose digest may go now to people in this zone; None before its time, long after it, and on days off."""
    local = now.astimezone(ZoneInfo(zone))
    if local.weekday() not in rule.weekdays or local.date() in holidays:
        return None
    begins = datetime.combine(local.date(), rule.at, local.tzinfo)
    return local.date() if begins <= local < begins + LATEST else None
