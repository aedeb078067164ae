"""What happens in stories about signals: a roster is imported again, a source speaks, the clock attends."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from bot.chat.port import Card
from bot.domain.lifecycle import RequestState
from bot.domain.model import Person, PersonId, Trigger
from bot.domain.signals import Heard, Sign, SignalState, Source
from bot.engine.attend import attend
from bot.engine.setup import keep_people
from bot.store import people, records, signals, versions
from tests.fakes.town import (
    ALICE,
    HANNA,
    Town,
)

FRIDAY = date(2026, 11, 27)
NEXT_WEEK = date(2026, 12, 2)


def roster(town: Town, person: PersonId, **facts: object) -> Person:
    """HR imports the roster again, with something changed about one person."""
    with town.engine.db.look() as tx:
        known = people.every(tx)
    changed = replace(known[person], **facts)  # type: ignore[arg-type]
    keep_people(town.engine.db, [*(one for key, one in known.items() if key != person), changed], town.now)
    heard(town)
    return changed


def heard(town: Town) -> None:
    """The clock attends to what was heard, and people are told."""
    attend(town.engine, town.tick())
    town.work()


def say(town: Town, sign: Sign, key: str, person: PersonId | None = ALICE, **facts: object) -> None:
    """The HR system tells something."""
    with town.engine.db.begin() as tx:
        signals.hear(tx, Heard(Source.HR, key, sign, person, **facts), town.now)  # type: ignore[arg-type]
    heard(town)


def trusting(town: Town, block: str) -> Town:
    """The policy says something more."""
    with town.engine.db.begin() as tx:
        newest = versions.newest(tx, "policy.yaml")
        assert newest
        versions.keep(tx, "policy.yaml", versions.body(tx, newest) + block, town.now)
    return town


def questions(town: Town, person: PersonId = HANNA) -> list[Card]:
    """What somebody is asked about people who may leave."""
    return [card for card in town.direct(person) if "says" in card.text or "said to leave" in card.text]


def leavers(town: Town) -> list[RequestState]:
    """How every offboarding stands, oldest first."""
    with town.engine.db.look() as tx:
        return [one.state for one in reversed(records.recent(tx, 50)) if one.trigger is Trigger.LEAVER]


def states(town: Town) -> list[SignalState]:
    """How every signal stands, in the order in which they came."""
    with town.engine.db.look() as tx:
        every = [one for state in SignalState for one in signals.in_state(tx, state)]
    return [one.state for one in sorted(every, key=lambda one: one.id)]
