"""Who hears what of somebody's leaving, besides those who are asked; and when nobody is disturbed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.domain.model import PersonId

STARTED, FINISHED, GIVEN_BACK = "started", "finished", "given back"


@dataclass(frozen=True, slots=True)
class Tell:
    """Who hears that it started, and that it is finished: `manager`, `owners`, `payroll`, or the name of a power."""

    started: tuple[str, ...] = ("manager", "owners")
    finished: tuple[str, ...] = ("manager",)
    payroll: frozenset[PersonId] = frozenset()


@dataclass(frozen=True, slots=True)
class Quiet:
    """The hours in which nobody is disturbed with what can wait, where each person is; over midnight as a rule."""

    begins: time = time(20, 0)
    ends: time = time(7, 0)

    def over(self, moment: datetime, zone: str) -> datetime:
        """That moment, or the end of the quiet hours it lies in."""
        local = moment.astimezone(ZoneInfo(zone))
        now = local.time()
        night = self.begins > self.ends
        quiet = (now >= self.begins or now < self.ends) if night else self.begins <= now < self.ends
        if not quiet:
            return moment
        day = local.date() + timedelta(days=night and now >= self.begins)
        return datetime.combine(day, self.ends, local.tzinfo).astimezone(UTC)
