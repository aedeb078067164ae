"""A new roster against the one before: how heavy it is, who must say so, and which last days are news."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from bot.domain.errors import Refused
from bot.domain.model import Person, PersonId, Power, Trigger
from bot.domain.policy import Policy
from bot.domain.signals import Brake, Signals, SignalState, Weight, weigh
from bot.engine import signs
from bot.runbooks import parse_policy
from bot.store import Database, Tx, journal, people, records, signals, versions

_LIVING = frozenset({SignalState.OPEN, SignalState.HELD})


def weight(db: Database, roster: Iterable[Person], now: datetime) -> Weight:
    """What this roster would end or lose, beside what the policy in force lets pass without a second look."""
    with db.look() as tx:
        rules = _policy(tx)
        ahead = rules.signals.days_ahead if rules else Signals().days_ahead
        return weigh(people.every(tx), roster, now.date(), ahead, rules.brake if rules else Brake())


def agree(db: Database, found: Weight, by: PersonId, count: int, now: datetime) -> None:
    """An admin says how many people it is about, and means it: written down. Raises Refused."""
    with db.begin() as tx:
        crew = people.crew(tx)
        if not crew.may(by, Power.ADMIN) or not crew.working(by, now.date()):
            raise Refused("Only an admin of Usher may take such a roster over.")
        if count != found.count:
            raise Refused(f"It is about {found.count} people, and you typed {count}.")
        facts = {"by": by, "ended": sorted(found.ended), "missing": sorted(found.missing), "most": found.most}
        journal.add(tx, "roster.agreed", now, facts=facts)


def hear(tx: Tx, changed: Iterable[Person], now: datetime) -> None:
    """Keep each last day that changed and is near, or that something open is about; the others come when it is time."""
    rules = _policy(tx)
    near = now.date() + timedelta(days=rules.signals.days_ahead if rules else Signals().days_ahead)
    for person in changed:
        soon = person.ends is not None and person.ends <= near
        if soon or any(one.trigger is Trigger.LEAVER for one in records.about(tx, person.id)):
            signs.roster_says(tx, person.id, person.ends, now)
        elif any(one.state in _LIVING for one in signals.of(tx, person.id)):
            signs.roster_says(tx, person.id, None, now)  # not now: the clock asks again when that day comes near


def _policy(tx: Tx) -> Policy | None:
    newest = versions.newest(tx, "policy.yaml")
    return parse_policy(versions.body(tx, newest)) if newest else None
