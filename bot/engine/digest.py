"""At nine in the morning everybody hears what waits for them: once a day, and nothing when there is nothing."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from bot.domain.digest import due_day
from bot.domain.model import PersonId
from bot.domain.policy import Crew
from bot.engine import overview
from bot.engine.context import Engine, shared_time
from bot.engine.waiting import collect, works
from bot.store import Tx, again, digests, people, versions

TEAM = "team"  # the stream and the row of the channel of IT and security
_APART = 1.25  # seconds between two: opening a conversation is allowed 50 times a minute, in the whole workspace
_PACE = "digests"
_KEPT = timedelta(days=14)


def tick(engine: Engine, now: datetime) -> int:
    """Write down every digest whose time has come, by the clock all replicas share; how many."""
    shared = shared_time(engine, now)
    return morning(engine, shared)


def morning(engine: Engine, now: datetime) -> int:
    """Write down every digest whose time has come; how many."""
    with engine.db.look() as tx:
        if versions.newest(tx, "policy.yaml") is None:
            return 0
        wanted = _due(engine, tx, now)
    return _write(engine, wanted, now) if wanted else 0


def _due(engine: Engine, tx: Tx, now: datetime) -> dict[str, date]:
    """The mornings, by zone, that nobody has looked at yet."""
    _, policy = engine.policy(tx)
    off = policy.hours.holidays
    days = {_zone(zone): due_day(policy.digest, zone, now, off) for zone in digests.zones(tx)}
    if policy.digest.channel or (policy.teams and policy.teams.digest):
        days[TEAM] = due_day(policy.digest, policy.zone, now, off)
    wanted = {whose: day for whose, day in days.items() if day is not None}
    known = digests.seen(tx, wanted.keys()) if wanted else frozenset()
    return {whose: day for whose, day in wanted.items() if (whose, day) not in known}


def _zone(zone: str) -> str:
    return f"zone {zone}"


@again
def _write(engine: Engine, wanted: dict[str, date], now: datetime) -> int:
    """A row for each person who has something, beside its notice; whoever takes a morning first tells it."""
    with engine.db.begin() as tx:
        mine = digests.take(tx, wanted, now)
        crew = people.crew(tx)
        told = _people(engine, tx, crew, {key: wanted[key] for key in mine}, now)
        if TEAM in mine and not overview.look(engine, tx, crew, now).empty:
            digests.tell_each(tx, "team digest", now, [(TEAM, now, wanted[TEAM])])
        digests.forget_before(tx, min(wanted.values()) - _KEPT)
        return len(told) + (TEAM in mine)


def _people(engine: Engine, tx: Tx, crew: Crew, mornings: dict[str, date], now: datetime) -> list[PersonId]:
    found = collect(engine, tx, crew, now)
    days = {one: mornings[zone] for one in found if (zone := _zone(crew.people[one].zone)) in mornings}
    fresh = digests.take(tx, {str(one): day for one, day in days.items()}, now)
    # Whoever holds a role comes first: other messages to them stand behind this one.
    mine = [one for one in days if one in fresh]
    order = sorted(mine, key=lambda one: (one not in crew.powers, found[one][0].urgency(now), one))
    begins = digests.reserve(tx, _PACE, now, len(order) * _APART) if order else now
    slots = ((one, begins + timedelta(seconds=_APART * n), days[one]) for n, one in enumerate(order))
    digests.tell_each(tx, "digest", now, slots)
    return order


def reader(engine: Engine, person: PersonId, now: datetime) -> bool:
    """Whether somebody still works here when their digest goes out."""
    with engine.db.look() as tx:
        return works(people.crew(tx), person, now)
