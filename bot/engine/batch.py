"""Several people at once: one list, a request for each of them, and one approval of all the plans together.

Every request is an ordinary one. Only who is asked differs, and that one question stands for all of them.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from typing import Any

from bot.domain.batch import Batch, Member, name_of
from bot.domain.errors import Refused
from bot.domain.lifecycle import RequestState
from bot.domain.model import Person, PersonId
from bot.domain.policy import Crew, Policy
from bot.domain.proposal import Proposal
from bot.engine import approve, proposals, rights
from bot.engine.context import Engine
from bot.engine.submit import Asked, raise_if_not_allowed, raise_if_refused, submit_in
from bot.store import Conflict, Tx, again, batches, inbound, journal, outbox, people, records
from bot.store import proposals as kept

KIND = "batch"
AT_ONCE = 20  # people in one look: nobody else waits long for our writing
_PLANNING = frozenset({RequestState.SUBMITTED, RequestState.PLANNING})


@again
def begin(  # noqa: PLR0913 - what a form says
    engine: Engine,
    by: PersonId,
    people_: tuple[Person, ...],
    *,
    starts_at: datetime,
    immediate: bool,
    voluntary: bool,
    reason: str,
    note: str,
    typed: str,
    now: datetime,
    delivery: str = "",
) -> Batch:
    """Keep a list of people who leave together; their requests are made from it. Raises Refused with the field.

    `typed` is how many people the list has, as somebody counted them. The same `delivery` twice is one batch.
    """
    with engine.db.begin() as tx:
        _version, policy = engine.policy(tx)
        crew = people.crew(tx)
        raise_if_not_allowed(policy, crew, by, now.date())
        if delivery and inbound.seen(tx, f"form:{delivery}", now):
            earlier = batches.get(tx, inbound.answer_of(tx, f"form:{delivery}"))
            if earlier is not None and earlier.requester == by:
                return earlier
        if len(people_) < 2:
            raise Refused("A list has two people or more.", hint="For one person, type /offboard.", field="list")
        if typed.strip() != str(len(people_)):
            raise Refused(f"The list names {len(people_)} people. Type that number to confirm it.", field="typed")
        fresh = Batch("", by, now if immediate else starts_at, immediate, voluntary, reason, note, now)
        wrong = [said for person in people_ if (said := _refused(tx, policy, crew, fresh, person.id, now))]
        if wrong:
            raise Refused(" ".join(wrong[:5]) + (f" And {len(wrong) - 5} more." if wrong[5:] else ""), field="list")
        _raise_if_nobody(policy, crew, by, people_, now)
        batch = Batch(records.next_id(tx, "BAT"), by, fresh.starts_at, immediate, voluntary, reason, note, now)
        batches.add(tx, batch, [person.id for person in people_])
        if delivery:
            inbound.answered(tx, f"form:{delivery}", batch.id)
        facts = {"batch": batch.id, "by": by, "people": [person.id for person in people_], "immediate": immediate}
        private = {"reason": reason, "note": note, "exit": "voluntary" if voluntary else "involuntary"}
        journal.add(tx, "batch.begun", now, facts=facts, private=private)
        return batch


def _asked(batch: Batch, person: PersonId) -> Asked:
    return Asked(
        requester=batch.requester,
        subject=person,
        starts_at=batch.starts_at,
        immediate=batch.immediate,
        voluntary=batch.voluntary,
        reason=batch.reason,
        note=batch.note,
        batch=batch.id or KIND,
    )


def _refused(tx: Tx, policy: Policy, crew: Crew, batch: Batch, person: PersonId, now: datetime) -> str:
    try:
        raise_if_refused(tx, policy, crew, _asked(batch, person), now)
    except Refused as refused:
        if refused.field == "day":
            raise
        name = crew.people[person].name if person in crew.people else person
        return f"{name}: {refused.words}"
    return ""


def _raise_if_nobody(policy: Policy, crew: Crew, by: PersonId, some: tuple[Person, ...], now: datetime) -> None:
    if len(_able(policy, crew, by, {person.id for person in some}, now)) < policy.batch.quorum:
        raise Refused(
            "Too few people are left who could approve this.",
            hint=f"{policy.batch.quorum} must agree who hold one of these roles, and stand on no list: "
            f"{', '.join(policy.batch.ask)}.",
        )


def _able(policy: Policy, crew: Crew, by: PersonId, some: set[PersonId], now: datetime) -> frozenset[PersonId]:
    named = {person for power in (*policy.batch.ask, *policy.batch.fallback) for person in crew.holding(power)}
    return frozenset(one for one in named - some - {by} if crew.working(one, now.date()))


def forward(engine: Engine, now: datetime) -> int:
    """Bring every batch one look further: requests made, plans shown together, what was decided carried out."""
    with engine.db.look() as tx:
        waiting = batches.open_ones(tx)
    return sum(_one(engine, batch, now) for batch in waiting)


def _one(engine: Engine, batch: Batch, now: datetime) -> int:
    with engine.db.look() as tx:
        new = batches.untouched(tx, batch.id, AT_ONCE)
        states = batches.states(tx, batch.id)
    for person in new:
        _submit(engine, batch, person, now)
    if new:
        return len(new)
    if batch.proposal is None:
        return 0 if any(state.value in states for state in _PLANNING) else _ask(engine, batch.id, now)
    with engine.db.look() as tx:
        proposal = kept.get(tx, batch.proposal)
        goes_on = batches.goes_on(tx, batch.id)
    if proposal is None or proposal.decided_at is None:
        return 0 if proposal is None or goes_on else _nothing_left(engine, batch.id, proposal, now)
    done = _carry_out(engine, batch, proposal, now)
    return done if done or goes_on else _close(engine, batch.id, proposal, now)


@again
def _nothing_left(engine: Engine, key: str, proposal: Proposal, now: datetime) -> int:
    """Everything on the list was cancelled or decided alone before anybody answered: the question is over too."""
    with engine.db.begin() as tx:
        batch = batches.lock(tx, key)
        if batch.closed_at is not None or batches.goes_on(tx, key):
            return 0
        if kept.decide(tx, proposal.id, now, yes=False) is None:
            return 0  # answered in this very moment
        batches.note(tx, key, closed_at=now)
        facts = {"proposal": proposal.id, "kind": KIND, "yes": False, "why": "nothing left"}
        journal.add(tx, "proposal.decided", now, facts=facts)
        journal.add(tx, "batch.closed", now, facts={"batch": key})
        outbox.tell(tx, "batch", now, person=batch.requester, batch=key, what="closed")
        proposals.tell(tx, proposal, proposal.asked, now)
        return 1


def _submit(engine: Engine, batch: Batch, person: PersonId, now: datetime) -> None:
    try:
        with engine.db.begin() as tx:
            batches.lock(tx, batch.id)
            if not batches.is_untouched(tx, batch.id, person):
                return  # another replica was faster
            made = submit_in(engine, tx, _asked(batch, person), now)
            batches.settle(tx, batch.id, person, request=made.id)
    except Refused as refused:
        _leave_out(engine, batch, person, refused.words, now)
    except Conflict:  # somebody began the same offboarding in this very moment
        _leave_out(engine, batch, person, "An offboarding of this person began elsewhere.", now)


def _leave_out(engine: Engine, batch: Batch, person: PersonId, why: str, now: datetime) -> None:
    with engine.db.begin() as tx:
        batches.lock(tx, batch.id)
        if not batches.is_untouched(tx, batch.id, person):
            return
        batches.settle(tx, batch.id, person, refused=why)
        journal.add(tx, "batch.left_out", now, facts={"batch": batch.id, "person": person}, private={"why": why})


@again
def _ask(engine: Engine, key: str, now: datetime) -> int:
    """Every plan is there: the one question for all of them."""
    with engine.db.begin() as tx:
        batch = batches.lock(tx, key)
        if batch.proposal is not None:
            return 0
        batches.shown(tx, key)
        every = batches.members(tx, key)
        shown = [one for one in every if one.digest]
        if not shown:  # nobody could be begun, or everything was cancelled or approved alone
            batches.note(tx, key, closed_at=now)
            outbox.tell(tx, "batch", now, person=batch.requester, batch=key, what="none")
            return 1
        policy, crew = engine.policy(tx)[1], people.crew(tx)
        asked = _able(policy, crew, batch.requester, {one.person for one in every}, now)
        digest = name_of((one.request or "", one.digest) for one in shown)
        body: dict[str, Any] = {"batch": key, "people": len(shown), "digest": digest}
        try:
            made = proposals.propose(engine, tx, KIND, batch.requester, asked, now, needs=policy.batch.quorum, **body)
        except Refused:  # the last who could agree left meanwhile: it is asked when there is somebody
            return 0
        batches.note(tx, key, proposal=made.id)
        journal.add(tx, "batch.asked", now, facts={"batch": key, "digest": digest, "people": len(shown)})
        outbox.tell(tx, "batch", now, person=batch.requester, batch=key, what="asked")
        return 1


def agreed(engine: Engine, tx: Tx, proposal: Proposal, now: datetime) -> str:
    """The last yes: written down here, and carried out for each request by the clock."""
    key, count = str(proposal.body["batch"]), int(proposal.body["people"])
    facts = {"batch": key, "digest": proposal.body["digest"], "by": _who(tx, proposal, yes=True)}
    journal.add(tx, "batch.approved", now, facts=facts)
    return f"Thank you. {key} is approved: {count} people."


def able(engine: Engine, tx: Tx, proposal: Proposal, now: datetime) -> frozenset[PersonId]:
    """Who may agree to it today: nobody who stands on the list."""
    key = str(proposal.body["batch"])
    some = {one.person for one in batches.members(tx, key)}
    return _able(engine.policy(tx)[1], people.crew(tx), proposal.proposed_by, some, now)


def _who(tx: Tx, proposal: Proposal, *, yes: bool) -> list[PersonId]:
    return [one.person for one in kept.seconds(tx, proposal.id) if one.yes is yes]


def _carry_out(engine: Engine, batch: Batch, proposal: Proposal, now: datetime) -> int:
    """The answer, given to every request whose plan is still the one that was shown. What changed asks by itself."""
    with engine.db.look() as tx:
        by = _who(tx, proposal, yes=bool(proposal.yes))
        due = batches.undecided(tx, batch.id, AT_ONCE)
    for member in due:
        for person in by:
            # A yes of before a crash is given twice, and one whose right ended since does not count.
            with suppress(Refused):
                approve.approve(engine, member.request or "", member.digest, person, now, yes=bool(proposal.yes))
        _ask_alone(engine, batch, member, now)
    return len(due)


@again
def _ask_alone(engine: Engine, batch: Batch, member: Member, now: datetime) -> None:
    """What the common answer did not decide is asked like any other request."""
    with engine.db.begin() as tx:
        request = records.lock(tx, member.request or "")
        if not batches.tell(tx, batch.id, member.person, now):
            return  # another replica was faster
        if request.state is not RequestState.AWAITING_APPROVAL:
            return
        journal.add(tx, "batch.not_this_one", now, request=request.id, facts={"batch": batch.id})
        for person in rights.deciders(engine, tx, request, now):
            outbox.tell(tx, "approval", now, request=request.id, person=person)


@again
def _close(engine: Engine, key: str, proposal: Proposal, now: datetime) -> int:
    """Once every request of it is over, whoever asked hears so, once."""
    with engine.db.begin() as tx:
        batch = batches.lock(tx, key)
        if batch.closed_at is not None or batches.goes_on(tx, key):
            return 0
        batches.note(tx, key, closed_at=now)
        journal.add(tx, "batch.closed", now, facts={"batch": key})
        outbox.tell(tx, "batch", now, person=batch.requester, batch=key, what="closed" if proposal.yes else "denied")
        return 1
