"""Who may do what in Usher: given by an admin, with the agreement of a second person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.domain.errors import Refused
from bot.domain.model import PersonId, Power
from bot.domain.policy import Crew
from bot.engine.context import Engine
from bot.store import Tx, again, journal, outbox, people


@dataclass(frozen=True, slots=True)
class Proposed:
    """A power that waits for its second approval, and who was asked."""

    id: int
    asked: tuple[PersonId, ...]


@again
def propose(engine: Engine, by: PersonId, person: PersonId, power: Power, now: datetime) -> Proposed:
    """An admin wants to give a power: the other admins and security are asked. Raises Refused."""
    with engine.db.begin() as tx:
        crew = people.crew(tx)
        if not crew.may(by, Power.ADMIN) or not crew.working(by, now.date()):
            raise Refused("Only an admin of Usher may give roles.")
        if not crew.working(person, now.date()):
            raise Refused("I do not know this person, or they have left.", field="person")
        if crew.may(person, power):
            raise Refused(f"They have this role already: {power.called}.", field="power")
        asked = seconders(crew, by, person, now)
        if not asked:
            raise Refused("Nobody is left who could agree to this.", hint="A second admin or security must exist.")
        key = people.nominate(tx, person, power, by, now)
        facts = {"by": by, "person": person, "power": power.value, "asked": list(asked)}
        journal.add(tx, "power.proposed", now, facts=facts)
        for one in asked:
            outbox.tell(tx, "power", now, person=one, proposal=key)
        return Proposed(key, asked)


@again
def decide_power(engine: Engine, key: int, by: PersonId, now: datetime, *, yes: bool) -> str:
    """The second person agrees or not; says in a sentence what came of it. Raises Refused."""
    with engine.db.begin() as tx:
        nominee = people.nomination(tx, key)
        if nominee is None:
            raise Refused("This was decided already.")
        crew = people.crew(tx)
        asked = seconders(crew, nominee.proposed_by, nominee.person, now)
        if by not in asked:
            raise Refused("You are not among the people who may decide about this.")
        if not people.decide_power(tx, key, by, now, yes=yes):
            raise Refused("This was decided already.")
        facts = {"by": by, "person": nominee.person, "power": nominee.power.value, "yes": yes}
        journal.add(tx, "power.decided", now, facts=facts)
        _tell_everybody(tx, asked, key, now)
        name = crew.people[nominee.person].name
        return f"{name} {'now has' if yes else 'does not get'} the role {nominee.power.called}."


def seconders(crew: Crew, by: PersonId, person: PersonId, now: datetime) -> tuple[PersonId, ...]:
    """Who may agree that somebody gets a role: other admins and security who work here."""
    able = (crew.holding(Power.ADMIN) | crew.holding(Power.SECURITY)) - {by, person}
    return tuple(sorted(one for one in able if crew.working(one, now.date())))


def _tell_everybody(tx: Tx, asked: tuple[PersonId, ...], key: int, now: datetime) -> None:
    for one in asked:
        outbox.tell(tx, "power", now, person=one, proposal=key)
