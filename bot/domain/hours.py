"""When a company works, and whom it names for trouble with systems."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_FAR = 400  # days to look ahead: a company that never opens is not waited for


@dataclass(frozen=True, slots=True)
class Hours:
    """Business hours: on these weekdays (0 is Monday), from `opens` to `closes`, but for the holidays."""

    days: frozenset[int] = frozenset(range(5))
    opens: time = time(9, 0)
    closes: time = time(18, 0)
    holidays: frozenset[date] = field(default_factory=frozenset)

    def open_at(self, moment: datetime, zone: str) -> bool:
        """Whether people are at work then."""
        local = moment.astimezone(ZoneInfo(zone))
        return self._works(local.date()) and self.opens <= local.time() < self.closes

    def next_open(self, moment: datetime, zone: str) -> datetime:
        """That moment, or the next one at which people are at work."""
        if self.open_at(moment, zone):
            return moment
        today = moment.astimezone(ZoneInfo(zone)).date()
        for ahead in range(_FAR):
            day = today + timedelta(days=ahead)
            begins = datetime.combine(day, self.opens, ZoneInfo(zone)).astimezone(UTC)
            if self._works(day) and begins > moment:
                return begins
        return moment

    def _works(self, day: date) -> bool:
        return day.weekday() in self.days and day not in self.holidays


@dataclass(frozen=True, slots=True)
class Engineering:
    """Who hears of systems that are down and of what nobody moved: a person's id or the name of a power.

    `after_hours` is who is on call outside business hours; `on_call` says in words how to reach them.
    """

    contact: str = "it"
    after_hours: str = "security"
    on_call: str = ""


@dataclass(frozen=True, slots=True)
class Escalation:
    """How long silence lasts: for an approval, for an urgent one, and between one escalation and the next."""

    approval: timedelta = timedelta(hours=8)
    urgent: timedelta = timedelta(hours=1)
    again: timedelta = timedelta(hours=4)
