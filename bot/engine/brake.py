"""The brake: more leavers in an hour than there should be wait for two more people and ten minutes.

They are read and planned meanwhile, for looking does no harm; whoever decides may decide. Nothing of them starts.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import structlog

from bot.domain.errors import Refused
from bot.domain.lifecycle import NOT_STARTED, RequestState
from bot.domain.model import PersonId, Power
from bot.domain.policy import Crew, Policy
from bot.domain.proposal import Proposal
from bot.domain.request import Request
from bot.engine import proposals
from bot.engine.context import Engine
from bot.store import Tx, brakes, journal, outbox, people, records
from bot.store import proposals as rows
from bot.store.brakes import Pulled

log = structlog.get_logger()

KIND = "brake"
HOUR = timedelta(hours=1)
WAIT = timedelta(minutes=10)
USHER = PersonId("usher")  # who proposes what nobody did
_NEEDS = 2
_POWERS = (Power.HR, Power.SECURITY, Power.ADMIN)


def watch(engine: Engine, tx: Tx, policy: Policy, crew: Crew, request: Request, now: datetime) -> None:
    """Hold a new offboarding, if there are too many. Two in one moment wait for each other at their number.

    One that a person asks for at once, one at a time, is counted among its like only: no flood of a system keeps
    somebody dangerous inside.
    """
    count = brakes.count(tx, now - HOUR, typed=urgent(request))
    if count <= policy.brake.most(0):
        return
    if count <= policy.brake.most(len(crew.people)) and count <= _most(policy, crew, now):
        return  # who works here is counted only where that decides: it takes its time
    open_ones = [one for one in brakes.living(tx) if _still_shown(tx, one)]
    pulled = open_ones[-1] if open_ones else brakes.pull(tx, now, now + WAIT, _most(policy, crew, now))
    brakes.hold(tx, pulled.id, request.id)
    brakes.note(tx, pulled.id, until=now + WAIT)  # whoever may cancel has ten minutes after the last one
    facts = {"brake": pulled.id, "most": pulled.most, "source": request.source}
    journal.add(tx, "request.braked", now, request=request.id, facts=facts)
    outbox.tell(tx, "line", now, request=request.id, what="braked")
    if not open_ones:
        ask(engine, tx, pulled, now)


def _most(policy: Policy, crew: Crew, now: datetime) -> int:
    return policy.brake.most(sum(crew.working(person, now.date()) for person in crew.people))


def _still_shown(tx: Tx, pulled: Pulled) -> bool:
    """Whether one more may wait with these: nobody has agreed to fewer yet."""
    if pulled.agreed_at is not None:
        return False
    return pulled.proposal is None or (
        rows.lock(tx, pulled.proposal) is not None and not rows.seconds(tx, pulled.proposal)
    )


def urgent(request: Request) -> bool:
    """Whether a person typed it, for this one person, to begin at once."""
    return not request.source and not request.batch and request.contains_at_once


def ask(engine: Engine, tx: Tx, pulled: Pulled, now: datetime) -> None:
    """Ask everybody who may let them go; while there are too few, the clock tries again."""
    able = sorted(_able(tx, people.crew(tx), brakes.requests(tx, pulled.id), now))
    try:
        made = proposals.propose(engine, tx, KIND, USHER, able, now, needs=min(_NEEDS, len(able)) or 1, brake=pulled.id)
    except Refused:
        log.warning("nobody is left who could release the brake", brake=pulled.id)
        return
    brakes.note(tx, pulled.id, proposal=made.id)


def able(_engine: Engine, tx: Tx, proposal: Proposal, now: datetime) -> frozenset[PersonId]:
    """HR, security and admins, but nobody whom it is about, and nobody who typed one of them."""
    pulled = brakes.of_proposal(tx, proposal.id)
    keys = brakes.requests(tx, pulled.id) if pulled else ()
    return _able(tx, people.crew(tx), keys, now)


def _able(tx: Tx, crew: Crew, keys: Iterable[str], now: datetime) -> frozenset[PersonId]:
    held = records.many(tx, tuple(keys))
    out = {one.subject for one in held} | {one.requester for one in held if not one.source}
    found = {person for power in _POWERS for person in crew.holding(power)} - out
    return frozenset(person for person in found if crew.working(person, now.date()))


def agree(_engine: Engine, tx: Tx, proposal: Proposal, now: datetime) -> str:
    """Two people say that it is right: what is held goes on when the ten minutes are over."""
    pulled = brakes.of_proposal(tx, proposal.id)
    if pulled is None:
        return "This is over already."
    brakes.note(tx, pulled.id, agreed_at=now)
    return f"Thank you. They go on at {max(pulled.until, now):%H:%M} UTC, each with the approval it needs."


def cancel_all(_engine: Engine, tx: Tx, proposal: Proposal, now: datetime) -> str:
    """One person says that it is a mistake: whatever it holds that has not started is cancelled."""
    pulled = brakes.of_proposal(tx, proposal.id)
    if pulled is None:
        return "This is over already."
    by = next((one.person for one in reversed(rows.seconds(tx, proposal.id)) if not one.yes), None)
    count = 0
    for key in brakes.requests(tx, pulled.id):
        request = records.lock(tx, key)
        if request.state in NOT_STARTED:
            records.advance(tx, request, RequestState.WITHDRAWN, closed_at=now)
            journal.add(tx, "request.cancelled", now, request=key, facts={"by": by, "brake": pulled.id})
            outbox.tell(tx, "line", now, request=key, what="cancelled", by=by)
            outbox.tell(tx, "root", now, request=key)
            for person in request.approvers:
                outbox.tell(tx, "approval", now, request=key, person=person)
            count += 1
    over(tx, pulled, now, by=by)
    return f"Cancelled: {count} requests. Nothing was changed."


def over(tx: Tx, pulled: Pulled, now: datetime, *, by: PersonId | None = None) -> None:
    """The brake holds nothing any more."""
    brakes.note(tx, pulled.id, over_at=now, over_by=by)
    journal.add(tx, "brake.over", now, facts={"brake": pulled.id, "by": by})
