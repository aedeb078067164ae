"""What happens before the first request: people, links, first powers, policy and runbooks come in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from bot.domain.lifecycle import RequestState
from bot.domain.model import Link, Person, PersonId, Power, SystemKey, Trigger
from bot.domain.policy import Policy
from bot.domain.signals import changed_days
from bot.engine.roster import hear
from bot.runbooks import ROSTER, Mistake, Mistakes, check, load
from bot.store import Database, Tx, again, due, journal, people, records, versions

SET_UP = "set-up"  # stands where a person would, for what was given before there was anybody to ask


@again
def keep_people(db: Database, roster: Iterable[Person], now: datetime) -> int:
    """Take the roster over; people it no longer names stay as they were: absence never means that somebody left.

    A last day that changed is heard. How many people a roster is about was asked before: see `engine.roster`.
    """
    found = tuple(roster)
    with db.begin() as tx:
        changed = changed_days(people.every(tx), found)
        people.put(tx, found)
        people.only(tx, [one.id for one in found], now)
        journal.add(tx, "roster.imported", now, facts={"people": len(found)})
        hear(tx, changed, now)
    return len(found)


def keep_links(db: Database, links: Iterable[Link], now: datetime) -> None:
    """Store whose account is whose, all or none.

    Raises ValueError for people the roster does not know, and when an account is linked to somebody else already.
    """
    with db.begin() as tx:
        known = people.every(tx)
        for link in links:
            for person in (link.person, link.confirmed_by):
                if person not in {None, SET_UP, *known}:
                    message = f"there is no person {person} in the roster"
                    raise ValueError(message)
            people.link(tx, link, now)
            facts = {"person": link.person, "system": link.system, "native_id": link.native_id, "by": link.confirmed_by}
            journal.add(tx, "link.confirmed", now, facts=facts)


def first_powers(db: Database, given: Iterable[tuple[PersonId, Power]], now: datetime) -> None:
    """Give powers at set-up, where nobody could agree yet: all or none.

    Raises ValueError for people the roster does not know.
    """
    with db.begin() as tx:
        crew = people.crew(tx)
        for person, power in given:
            if person not in crew.people:
                message = f"there is no person {person} in the roster"
                raise ValueError(message)
            if not crew.may(person, power):
                people.give(tx, person, power, now, by="set-up")
                journal.add(tx, "power.first", now, facts={"person": person, "power": power.value})


def keep_rules(db: Database, texts: Mapping[str, str], now: datetime) -> tuple[str, ...]:
    """Make a valid change of policy or runbooks the version in force; the names that changed.

    Raises Mistakes, and the last good version stays.
    """
    rules = load(texts)
    with db.begin() as tx:
        wrong = check(rules.policy, rules.runbooks, people.every(tx).values(), today=now.date(), texts=texts)
        serious = tuple(mistake for mistake in wrong if not mistake.warning)
        serious += tuple(_left_behind(tx, rules.policy))
        if serious:
            raise Mistakes(serious)
        changed = []
        for name, text in texts.items():
            if name != ROSTER:
                version, fresh = versions.keep(tx, name, text, now)
                if fresh:
                    changed.append(name)
                    journal.add(tx, "rules.version", now, facts={"name": name, "version": version})
        return tuple(changed)


def _left_behind(tx: Tx, policy: Policy) -> Iterator[Mistake]:
    """Systems that would go, or lose their connector, while access in them is lent: nobody could take it back."""
    running = records.open_requests(tx, state=RequestState.RUNNING, trigger=Trigger.ACCESS)
    steps = due.steps(tx, [one.id for one in running]) if running else {}
    lent: dict[SystemKey, list[str]] = {}
    for one in running:
        for key in dict.fromkeys(step.system for step in steps[one.id] if not step.ended):
            lent.setdefault(key, []).append(one.id)
    for key, ids in lent.items():
        known = policy.systems.get(key)
        if known is None or not known.connector:
            often = "once" if len(ids) == 1 else f"{len(ids)} times"
            words = f"{key} cannot go: access in it is lent {often} ({', '.join(ids[:5])}). Wait, or end that first"
            yield Mistake("policy.yaml", 0, words)


def has_admin(db: Database) -> bool:
    """Whether anybody may give roles."""
    with db.look() as tx:
        return bool(people.crew(tx).holding(Power.ADMIN))
