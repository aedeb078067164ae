"""Usher itself pauses: it makes no change but containment, everywhere, until two people agree that it may go on.

Containment and the ends of what was lent are security's last line: they never wait. Everything else does, in sight.
"""

from __future__ import annotations

from datetime import datetime

from bot.domain.errors import Refused
from bot.domain.lifecycle import StepState
from bot.domain.model import PersonId, Power, Wave
from bot.domain.policy import Crew
from bot.domain.proposal import Proposal
from bot.domain.request import Step
from bot.domain.restore import gives
from bot.engine.context import Engine, queue
from bot.engine.proposals import propose
from bot.store import Database, Tx, again, halts, journal, outbox, people, proposals, records
from bot.store.halts import Halt

KIND = "go-on"
POWERS = (Power.ADMIN, Power.SECURITY, Power.IT)
_AT_ONCE = 1000  # the rest is found by whoever looks for what got lost


@again
def pause(engine: Engine, by: PersonId, why: str, now: datetime) -> Halt:
    """No change but containment from now on, in every replica. Raises Refused."""
    with engine.db.begin() as tx:
        crew = people.crew(tx)
        raise_if_not_allowed(crew, by, now)
        known = halts.now(tx)
        if known is not None or not halts.begin(tx, by, now, why.strip()):
            raise Refused("Usher is paused already.")
        begun = halts.now(tx)
        assert begun is not None  # noqa: S101 - written a line before
        journal.add(tx, "usher.paused", now, facts={"by": by, "halt": begun.id}, private={"why": begun.why})
        _tell(tx, crew, begun.id, now)
        return begun


def raise_if_not_allowed(crew: Crew, by: PersonId, now: datetime) -> None:
    """Raises Refused when this person may neither pause Usher nor let it go on."""
    if not crew.working(by, now.date()) or not crew.may(by, *POWERS):
        raise Refused("You may not pause Usher.", hint="Admins, security and IT may.")


def keeps_back(tx: Tx, step: Step) -> bool:
    """Whether a pause in force holds this step. What a system was asked for already ends, also after a crash."""
    urgent = step.wave is Wave.CONTAIN and not gives(step.action)
    return not urgent and step.state is StepState.READY and halts.now(tx) is not None


def standing(engine: Engine) -> Halt | None:
    """The pause in force, if there is one."""
    with engine.db.look() as tx:
        return halts.now(tx)


def in_words(db: Database) -> tuple[str, ...]:
    """The pause in force as one sentence for operations; nothing while there is none."""
    with db.look() as tx:
        known = halts.now(tx)
        person = people.one(tx, known.by) if known else None
    if known is None:
        return ()
    name = person.name if person else known.by
    since = f"{known.at:%Y-%m-%d %H:%M} UTC"
    return (f"{name} paused Usher, {since}: it changes nothing but what locks. Type /usher go-on in the chat.",)


@again
def propose_going_on(engine: Engine, by: PersonId, now: datetime) -> Proposal:
    """Ask a second person whether Usher may go on. Raises Refused."""
    with engine.db.begin() as tx:
        crew = people.crew(tx)
        raise_if_not_allowed(crew, by, now)
        known = halts.now(tx)
        if known is None:
            raise Refused("Usher is not paused.")
        return propose(engine, tx, KIND, by, _able(crew, now), now, halt=known.id, since=known.at.isoformat())


def able(_engine: Engine, tx: Tx, _proposal: Proposal, now: datetime) -> frozenset[PersonId]:
    """Who may agree to it today."""
    return _able(people.crew(tx), now)


def _able(crew: Crew, now: datetime) -> frozenset[PersonId]:
    every = frozenset[PersonId]().union(*(crew.holding(power) for power in POWERS))
    return frozenset(one for one in every if crew.working(one, now.date()))


def go_on(engine: Engine, tx: Tx, proposal: Proposal, now: datetime) -> str:
    """Two people agree: what was kept back begins. Raises Refused when it goes on already."""
    second = next(one.person for one in reversed(proposals.seconds(tx, proposal.id)) if one.yes)
    if not halts.end(tx, int(proposal.body["halt"]), second, now):
        raise Refused("Usher is not paused any more.")
    facts = {"by": proposal.proposed_by, "second": second, "halt": proposal.body["halt"]}
    journal.add(tx, "usher.resumed", now, facts=facts)
    for key in halts.waiting(tx, _AT_ONCE):
        step = records.step(tx, key)
        if step is not None:
            queue(engine, tx, step, StepState.READY, now)
    _tell(tx, people.crew(tx), int(proposal.body["halt"]), now)
    return "Usher goes on."


def _tell(tx: Tx, crew: Crew, halt: int, now: datetime) -> None:
    """Every request that runs says it at its head; admins, security and IT hear of it."""
    outbox.tell_each(tx, "root", now, [(key, None) for key in halts.running(tx)])
    for person in sorted(_able(crew, now)):
        outbox.tell(tx, "halt", now, person=person, halt=halt)
