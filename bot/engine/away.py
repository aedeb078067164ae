"""Somebody is away for some days: what would wait for them is asked of whoever stands in, until they are back."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.domain.errors import Refused
from bot.domain.model import PersonId
from bot.engine.context import Engine
from bot.store import again, journal, people

LONGEST = timedelta(days=366)


@again
def go(engine: Engine, by: PersonId, until: date, now: datetime) -> None:
    """From now until that day nobody is waited for who said so; open questions move within seconds. Raises Refused."""
    with engine.db.begin() as tx:
        crew = people.crew(tx)
        if not crew.working(by, now.date()):
            raise Refused("You may not do this.", hint="Only people who work here may.")
        today = now.astimezone(ZoneInfo(crew.people[by].zone)).date()
        if not today < until <= today + LONGEST:
            raise Refused("Choose the day on which you are back: tomorrow or later, within a year.")
        people.go_away(tx, by, until)
        journal.add(tx, "person.away", now, facts={"person": by, "until": until.isoformat()})


@again
def back(engine: Engine, by: PersonId, now: datetime) -> bool:
    """You are asked again; False where you were not away."""
    with engine.db.begin() as tx:
        if by not in people.crew(tx).away:
            return False
        people.go_away(tx, by, None)
        journal.add(tx, "person.back", now, facts={"person": by})
        return True
