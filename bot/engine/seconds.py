"""The answer to what takes two people: one no ends it, the last yes that it needs makes it happen at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from bot.domain.errors import Refused
from bot.domain.model import PersonId
from bot.domain.proposal import Proposal, Second
from bot.engine import batch, brake, halt, lock, unrole, waive
from bot.engine.context import Engine
from bot.engine.proposals import tell
from bot.store import Tx, again, journal, people, proposals, records

Act = Callable[[Engine, Tx, Proposal, datetime], str]
Able = Callable[[Engine, Tx, Proposal, datetime], frozenset[PersonId]]

# What happens on the last yes, in the same transaction; the sentence is the answer to whoever gave it.
ACTS: Mapping[str, Act] = {
    "waive": waive.waive,
    halt.KIND: halt.go_on,
    lock.KIND: lock.lock,
    brake.KIND: brake.agree,
    batch.KIND: batch.agreed,
    unrole.KIND: unrole.take,
}

# What a no makes happen, in the same transaction, where that is more than nothing.
NOES: Mapping[str, Act] = {
    brake.KIND: brake.cancel_all,
}

# Who may agree today, by kind: rights end between question and answer. Without a line: whoever was asked.
ABLE: Mapping[str, Able] = {
    "waive": waive.able,
    halt.KIND: halt.able,
    lock.KIND: lock.able,
    brake.KIND: brake.able,
    batch.KIND: batch.able,
    unrole.KIND: unrole.able,
}


@again
def answer(engine: Engine, key: int, by: PersonId, now: datetime, *, yes: bool) -> str:
    """Take one person's yes or no to a proposal; says in a sentence what came of it. Raises Refused."""
    with engine.db.begin() as tx:
        proposal = _held(tx, key)
        able = _able(engine, tx, proposal, now)
        _may(tx, proposal, by, able)
        proposals.second(tx, Second(key, by, yes, now))
        facts = {"proposal": key, "kind": proposal.kind, "by": by, "yes": yes}
        journal.add(tx, "proposal.answered", now, request=proposal.request or None, facts=facts)
        agreed = {one.person for one in proposals.seconds(tx, key) if one.yes} & able
        missing = proposal.needs - len(agreed)
        said = "Thank you. It stays as it is; who proposed it is told."
        if yes and missing > 0:
            said = f"Thank you. {missing} more must agree."
        else:
            decided = _decided(tx, proposal, now, yes=yes)
            if yes:
                said = ACTS[proposal.kind](engine, tx, decided, now)
            elif proposal.kind in NOES:
                said = NOES[proposal.kind](engine, tx, decided, now)
        everybody = proposal.asked if yes and missing > 0 else (*proposal.asked, proposal.proposed_by)
        tell(tx, proposal, everybody, now)
        return said


def _held(tx: Tx, key: int) -> Proposal:
    """The open proposal, locked behind its request, as everything else that is about a request is."""
    known = proposals.get(tx, key)
    if known is not None and known.request:
        records.lock(tx, known.request)
    proposal = proposals.lock(tx, key)
    if proposal is None:
        raise Refused("I cannot find this question any more.")
    if proposal.decided_at is not None:
        verb = "over" if proposal.yes is None else "agreed to" if proposal.yes else "declined"
        raise Refused(f"This was {verb} already, at {proposal.decided_at:%H:%M} UTC on {proposal.decided_at:%d %b}.")
    return proposal


def _able(engine: Engine, tx: Tx, proposal: Proposal, now: datetime) -> frozenset[PersonId]:
    """Those who were asked and may still agree; never who proposed it, or whom it is about."""
    crew = people.crew(tx)
    rule = ABLE.get(proposal.kind)
    named = frozenset(proposal.asked) & (rule(engine, tx, proposal, now) if rule else frozenset(proposal.asked))
    subject = {records.subject_of(tx, proposal.request)} if proposal.request else set()
    out = {proposal.proposed_by, *subject}
    return frozenset(one for one in named - out if crew.working(one, now.date()))


def _may(tx: Tx, proposal: Proposal, by: PersonId, able: frozenset[PersonId]) -> None:
    if by == proposal.proposed_by:
        raise Refused("You proposed this: somebody else must agree.")
    if by not in able:
        raise Refused("You are not among the people who may agree to this.")
    if any(one.person == by for one in proposals.seconds(tx, proposal.id)):
        raise Refused("You have answered already.")


def _decided(tx: Tx, proposal: Proposal, now: datetime, *, yes: bool) -> Proposal:
    decided = proposals.decide(tx, proposal.id, now, yes=yes)
    if decided is None:
        raise Refused("Somebody else was a moment faster.")
    facts = {"proposal": proposal.id, "kind": proposal.kind, "yes": yes}
    journal.add(tx, "proposal.decided", now, request=proposal.request or None, facts=facts)
    return decided
