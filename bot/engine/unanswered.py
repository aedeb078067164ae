"""What takes two people and nobody answers: asked once more, then others hear; ended once it is about nothing more."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.domain.lifecycle import NOT_STARTED
from bot.domain.model import PersonId
from bot.domain.policy import Crew, Policy, calm
from bot.domain.proposal import Proposal, over
from bot.engine import batch, brake, chain, lock, unrole
from bot.engine.context import Engine
from bot.engine.proposals import tell
from bot.store import Tx, again, batches, brakes, escalations, journal, outbox, people, proposals, records
from bot.store.escalations import Told

REMINDER, UNANSWERED = "proposal reminder", "unanswered"  # the kinds of notices


def silent_proposals(engine: Engine, now: datetime) -> int:
    """Look at every open question that takes two people; how many messages and ends came of it."""
    with engine.db.look() as tx:
        every = proposals.open_ones(tx)
        policy = engine.policy(tx)[1]
        quiet = min(policy.escalation.urgent, policy.escalation.again) / 2
        heard = escalations.heard_lately(tx, [_about(one.id) for one in every], now - quiet) if every else frozenset()
        late = [one.id for one in every if _about(one.id) not in heard and _is_late(tx, policy, one, now)]
        found = [one.id for one in every if one.id in late or _is_over(tx, one)]
    return sum(_look(engine, key, now) for key in found)


@again
def _look(engine: Engine, key: int, now: datetime) -> int:
    with engine.db.begin() as tx:
        known = proposals.get(tx, key)
        if known is not None and known.request:
            records.lock(tx, known.request)
        proposal = proposals.lock(tx, key)
        if proposal is None or proposal.decided_at is not None:
            return 0
        if _is_over(tx, proposal):
            return _end(tx, proposal, now)
        return _speak(engine, tx, proposal, now)


def _is_over(tx: Tx, proposal: Proposal) -> bool:
    if proposal.kind == brake.KIND:
        pulled = brakes.of_proposal(tx, proposal.id)
        held = records.many(tx, brakes.requests(tx, pulled.id)) if pulled else ()
        return not any(one.state in NOT_STARTED for one in held)
    request = records.get(tx, proposal.request) if proposal.request else None
    return over(proposal, request, records.step(tx, proposal.step) if proposal.step else None)


def _end(tx: Tx, proposal: Proposal, now: datetime) -> int:
    """Neither agreed to nor refused: nothing is left that it could be about."""
    proposals.decide(tx, proposal.id, now, yes=None)
    facts = {"proposal": proposal.id, "kind": proposal.kind}
    facts |= {"step": proposal.step} if proposal.step else {}
    journal.add(tx, "proposal.over", now, request=proposal.request or None, facts=facts)
    pulled = brakes.of_proposal(tx, proposal.id)
    if pulled is not None:
        brake.over(tx, pulled, now)
    tell(tx, proposal, (*proposal.asked, proposal.proposed_by), now)
    return 1


def _is_late(tx: Tx, policy: Policy, proposal: Proposal, now: datetime) -> bool:
    """Whether anybody is to hear of it at this hour."""
    urgent = _urgent(tx, proposal, now)
    reminded = proposal.proposed_at + _patience(policy, urgent=urgent) / 2
    return now >= reminded and (urgent or policy.hours.open_at(now, policy.zone))


def _patience(policy: Policy, *, urgent: bool) -> timedelta:
    return policy.escalation.urgent if urgent else policy.escalation.approval


def _speak(engine: Engine, tx: Tx, proposal: Proposal, now: datetime) -> int:
    _, policy = engine.policy(tx)
    if not _is_late(tx, policy, proposal, now):
        return 0
    urgent = _urgent(tx, proposal, now)
    crew = people.crew(tx)
    given = {one.person for one in proposals.seconds(tx, proposal.id)}
    silent = [one for one in proposal.asked if one not in given and crew.working(one, now.date())]
    count = sum(_remind(tx, policy, crew, proposal, one, now, urgent=urgent) for one in silent)
    reached = chain.levels(policy, proposal.proposed_at + _patience(policy, urgent=urgent), now, urgent=urgent)
    besides = {*proposal.asked, *_subjects(tx, proposal)}
    some = chain.of_question(policy, crew, proposal.proposed_by, besides, now)
    for level, fresh in escalations.tell(tx, _about(proposal.id), some[:reached], now):
        for person in fresh:
            outbox.tell(tx, UNANSWERED, now, person=person, proposal=proposal.id)
        facts = {"proposal": proposal.id, "kind": proposal.kind, "level": level, "to": fresh}
        journal.add(tx, "proposal.escalated", now, request=proposal.request or None, facts=facts)
        count += len(fresh)
    return count


def _remind(
    tx: Tx, policy: Policy, crew: Crew, proposal: Proposal, person: PersonId, now: datetime, *, urgent: bool
) -> bool:
    """Whoever was asked and has not answered gets the question once more, once, and not in the night."""
    wakes = now if urgent else calm(policy, crew, person, now)
    fresh = wakes <= now and escalations.add(tx, Told(_about(proposal.id), person, 0, now))
    if fresh:
        outbox.tell(tx, REMINDER, now, person=person, proposal=proposal.id)
    return fresh


def _urgent(tx: Tx, proposal: Proposal, now: datetime) -> bool:
    """Whether it cannot wait for the morning: what locks somebody, or keeps back people who must go at once."""
    if proposal.kind == batch.KIND:
        found = batches.get(tx, str(proposal.body["batch"]))
        return found is not None and (found.immediate or found.starts_at <= now)
    return proposal.kind in {lock.KIND, brake.KIND}


def _subjects(tx: Tx, proposal: Proposal) -> set[PersonId]:
    """Whom it is about: they hear nothing of it."""
    if proposal.kind == unrole.KIND:
        return {PersonId(proposal.body["person"])}
    if proposal.kind == batch.KIND:
        return {one.person for one in batches.members(tx, str(proposal.body["batch"]))}
    if proposal.request:
        return {records.subject_of(tx, proposal.request)}
    return set(map(PersonId, brakes.subjects(tx, proposal.id)))


def _about(key: int) -> str:
    return f"proposal:{key}"
