"""A role is taken away again: an admin proposes it, a second person agrees, and others are asked what waited for it."""

from __future__ import annotations

from datetime import datetime

from bot.domain.errors import Refused
from bot.domain.model import PersonId, Power
from bot.domain.policy import Crew
from bot.domain.proposal import Proposal
from bot.domain.seats import last_admin
from bot.engine.context import Engine
from bot.engine.powers import seconders
from bot.engine.proposals import propose
from bot.store import Tx, again, journal, people, proposals

KIND = "unrole"


@again
def propose_taking(engine: Engine, by: PersonId, person: PersonId, power: Power, now: datetime) -> Proposal:
    """An admin wants to end a role of somebody: the other admins and security are asked. Raises Refused."""
    with engine.db.begin() as tx:
        crew = people.crew(tx)
        if not crew.may(by, Power.ADMIN) or not crew.working(by, now.date()):
            raise Refused("Only an admin of Usher may take roles away.")
        _raise_if_not(crew, person, power, now)
        asked = seconders(crew, by, person, now)
        return propose(engine, tx, KIND, by, asked, now, person=person, power=power.value)


def _raise_if_not(crew: Crew, person: PersonId, power: Power, now: datetime) -> None:
    if not crew.may(person, power):
        raise Refused(f"They do not have this role: {power.called}.")
    others = [one for one in crew.holding(Power.ADMIN) if one != person and crew.working(one, now.date())]
    if power is Power.ADMIN and last_admin(crew, person, others):
        raise Refused("This is the last admin of Usher.", hint="Make somebody else an admin first: /usher role.")


def able(_engine: Engine, tx: Tx, proposal: Proposal, now: datetime) -> frozenset[PersonId]:
    """Who may agree to it today: never whose role it is."""
    return frozenset(seconders(people.crew(tx), proposal.proposed_by, PersonId(proposal.body["person"]), now))


def take(_engine: Engine, tx: Tx, proposal: Proposal, now: datetime) -> str:
    """Two people agree: the role ends now, and counts for nothing from here on. Raises Refused."""
    person, power = PersonId(proposal.body["person"]), Power(proposal.body["power"])
    crew = people.crew(tx)
    _raise_if_not(crew, person, power, now)
    people.end_powers(tx, person, now, only=power)
    second = next(one.person for one in reversed(proposals.seconds(tx, proposal.id)) if one.yes)
    facts = {"person": person, "power": power.value, "said": power.value, "by": proposal.proposed_by, "second": second}
    journal.add(tx, "power.ended", now, facts=facts)
    return f"{crew.people[person].name} no longer has the role {power.called}."
