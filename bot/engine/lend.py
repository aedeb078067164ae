"""What an access request means: its two steps, who is asked, and what the reading at the start says about them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import NoReturn

from bot.domain.lifecycle import RequestState, StepState
from bot.domain.model import Account, Assign, Grant, PlannedStep, Revoke, Task, Trigger
from bot.domain.planning import access_plan, digest, raise_if_unsafe
from bot.domain.policy import Offer, Reason
from bot.domain.reading import Completeness, Reading
from bot.domain.request import Request, Step, StepKind
from bot.domain.verify import Verdict, judge
from bot.engine import progress
from bot.engine.context import Engine, Scene, queue, scene
from bot.store import Tx, journal, outbox, people, records
from connectors.interface import Bounds

REMIND = timedelta(hours=1)  # before an end, where the whole time is longer than that

_NOT_ASKED = frozenset({StepState.WAITING, StepState.READY})  # a gift that its system has still to be asked for
_HEARS = _NOT_ASKED | {StepState.RUNNING, StepState.APPLIED, StepState.CONFIRMED}

UNREAD = "unread"
ALREADY = "already"
NO_ACCOUNT = "no account"
CANNOT = "cannot"
NOBODY = "nobody"
LEAVING = "leaving"


class _Unfit(Exception):
    """This access cannot be given; the word says why."""


def plan(engine: Engine, tx: Tx, request: Request, now: datetime) -> None:
    """Once its system was read: two steps and the people to ask, or an end with the reason, and nothing changed."""
    around = scene(engine, tx, request, now)
    offer = offer_of(around, request)
    try:
        grant = _grant(engine, tx, request, around, offer)
        _ask(tx, request, around, offer, grant, now)
    except _Unfit as unfit:
        withdraw(tx, request, str(unfit), now)


def offer_of(around: Scene, request: Request) -> Offer:
    """What was asked for, in the policy the request began with."""
    return around.rules.policy.access.offers[request.offer]


def _grant(engine: Engine, tx: Tx, request: Request, around: Scene, offer: Offer) -> Grant:
    """What would be given, if it can be given and is not held already."""
    if not around.crew.working(request.subject, around.today):
        _no(LEAVING)
    seen = records.last_reading(tx, request.id, offer.system)
    if seen is None:
        _no(UNREAD)
    if not {Assign, Revoke} <= engine.connectors[offer.system].spec.can:
        _no(CANNOT)
    account = _account(tx, request, offer, seen)
    grant = Grant(account, offer.entitlement)
    match judge(Revoke(grant), seen):
        case Verdict.CONTRADICTED:
            _no(ALREADY)
        case Verdict.UNSEEN:
            _no(UNREAD)
    return grant


def _account(tx: Tx, request: Request, offer: Offer, seen: Reading) -> Account:
    linked = {link.native_id for link in people.links(tx, request.subject) if link.system == offer.system}
    able = [one for one in seen.account.items if one.native_id in linked and one.active is not False]
    if not able:
        _no(NO_ACCOUNT if seen.account.seen is Completeness.COMPLETE else UNREAD)
    return able[0]


def _no(why: str) -> NoReturn:
    raise _Unfit(why)


def _ask(tx: Tx, request: Request, around: Scene, offer: Offer, grant: Grant, now: datetime) -> None:
    planned = access_plan(offer.system, grant)
    raise_if_unsafe(planned.steps, {offer.system: frozenset({grant.account.native_id})})
    decision = around.decide(request, [offer.system])
    if decision.reason is not Reason.NEEDS_APPROVAL:
        _no(NOBODY)
    until = end_of(request, now)
    records.add_steps(tx, [_stored(request, line, until, now) for line in planned.steps])
    name = digest(request.id, request.subject, _when(request), planned.steps)
    answer = around.rules.policy.access.answer
    asked = records.advance(
        tx,
        request,
        RequestState.AWAITING_APPROVAL,
        digest=name,
        quorum=decision.quorum,
        approvers=sorted(decision.approvers),
        until=until,
        # An end that was named is not moved by a late answer: after it there is nothing left to give.
        expires_at=now + answer if request.wanted and request.wanted.length else min(until, now + answer),
    )
    facts = {"digest": name, "approvers": list(asked.approvers), "quorum": asked.quorum, "until": until.isoformat()}
    journal.add(tx, "plan.made", now, request=request.id, facts=facts)
    outbox.tell(tx, "root", now, request=request.id)
    for person in asked.approvers:
        outbox.tell(tx, "approval", now, request=request.id, person=person)


def end_of(request: Request, now: datetime) -> datetime:
    """When the access ends if it begins now. A named end stays; a length counts from the approval."""
    length = request.wanted.length if request.wanted else None
    if length is not None:
        return now + length
    if request.until is None:
        raise ValueError(f"{request.id} says neither how long nor until when")
    return request.until


def _when(request: Request) -> str:
    """The time that is approved, for the digest."""
    length = request.wanted.length if request.wanted else None
    if length is not None:
        return f"for {length.total_seconds()} s"
    return f"until {request.until.isoformat() if request.until else ''}"


def reminder(since: datetime, until: datetime) -> datetime | None:
    """When the person is told that the end comes near; never for what is short anyway."""
    return until - REMIND if until - since > REMIND else None


def _stored(request: Request, line: PlannedStep, until: datetime, now: datetime) -> Step:
    back = isinstance(line.action, Revoke)
    return Step(
        id=records.step_id(request.id, line.number),
        request=request.id,
        number=line.number,
        kind=StepKind.APPLY,
        system=line.system,
        wave=line.wave,
        action=line.action,
        state=StepState.WAITING,
        privileged=line.privileged,
        after_done=line.after_done,
        due=until if back else None,
        reminded_at=reminder(now, until) if back else None,
    )


def begin(tx: Tx, request: Request, now: datetime) -> Request:
    """Approved: the end is fixed and stored before anything is given, also in what the system is asked to give."""
    until = end_of(request, now)
    for step in records.steps(tx, request.id):
        if isinstance(step.action, Assign):
            records.settle(tx, step, step.state, action=Assign(replace(step.action.grant, until=until)))
        if isinstance(step.action, Revoke):
            records.settle(tx, step, step.state, due=until, reminded_at=reminder(now, until))
    return records.note(tx, request.id, until=until)


def bounding(engine: Engine, request_id: str) -> Bounds | None:
    """The connector of what is lent, if its system ends rights by itself. Outside of transactions: it may load now."""
    with engine.db.look() as tx:
        systems = [step.system for step in records.steps(tx, request_id) if isinstance(step.action, Assign)]
    if not systems or systems[0] not in engine.connectors:
        return None
    connector = engine.connectors[systems[0]]
    return connector if isinstance(connector, Bounds) else None


def prolong(engine: Engine, tx: Tx, request: Request, system: Bounds | None, until: datetime, now: datetime) -> None:
    """A gift that nobody was asked for yet gets the later end; a system that was told the end is told the later one."""
    steps = records.steps(tx, request.id)
    gifts = [(step, step.action.grant) for step in steps if step.state in _HEARS and isinstance(step.action, Assign)]
    for gift, held in gifts[-1:]:
        grant = replace(held, until=until)
        if gift.state in _NOT_ASKED:
            records.settle(tx, gift, gift.state, action=Assign(grant))
        elif system is not None and system.bounds(grant):
            _longer(engine, tx, gift, grant, steps[-1].number + 1, now)


def _longer(engine: Engine, tx: Tx, given: Step, grant: Grant, number: int, now: datetime) -> None:
    longer = Step(
        id=records.step_id(given.request, number),
        request=given.request,
        number=number,
        kind=given.kind,
        system=given.system,
        wave=given.wave,
        action=Assign(grant),
        state=StepState.WAITING,
        privileged=given.privileged,
        joined_late=True,  # its yes is the one to more time
    )
    records.add_steps(tx, [longer])
    queue(engine, tx, longer, StepState.READY, now)


def meet(engine: Engine, tx: Tx, request: Request, seen: Reading, now: datetime) -> None:
    """The reading at the start: what somebody else gave meanwhile is not ours to give, and not ours to take away."""
    for step in records.steps(tx, request.id):
        untouched = step.kind is StepKind.APPLY and not step.ended and not step.tries and not step.joined_late
        if untouched and not isinstance(step.action, Revoke | Task | None):
            if judge(step.action, seen) is not Verdict.CONFIRMED:
                break  # the usual case: not held, so it is given now
            progress.confirmed(tx, step, seen, now, already=True)
            leave(tx, request, now, "It was there already, so it is not taken away.")
    progress.free(engine, tx, request, now)


def leave(tx: Tx, request: Request, now: datetime, why: str) -> None:
    """There is nothing of ours to take away."""
    for step in records.steps(tx, request.id):
        if isinstance(step.action, Revoke) and step.state is StepState.WAITING:
            records.settle(tx, step, StepState.DROPPED, ended_at=now, due=None, reminded_at=None, said=why)


def withdraw(tx: Tx, request: Request, why: str, now: datetime, *, by: str | None = None) -> Request:
    """End a request that has not begun, with its reason; whoever asked and whoever was asked are told."""
    over = records.advance(tx, request, RequestState.WITHDRAWN, closed_at=now)
    journal.add(tx, "request.withdrawn", now, request=request.id, facts={"why": why, "by": by})
    tell_all(tx, over, now, "withdrawn")
    return over


def in_time(tx: Tx, request: Request, step: Step, now: datetime) -> bool:
    """Whether access may still be given: its end is ahead, and nobody has begun to offboard the person."""
    if request.trigger is not Trigger.ACCESS or not isinstance(step.action, Assign):
        return True
    ahead = request.until is not None and now < request.until
    return ahead and people.crew(tx).working(request.subject, now.date())


def tell_all(tx: Tx, request: Request, now: datetime, what: str) -> None:
    """Everybody's copy tells the same story, and whom it is about hears it."""
    outbox.tell(tx, "root", now, request=request.id)
    for person in request.approvers:
        outbox.tell(tx, "approval", now, request=request.id, person=person)
    for person in people.staying(tx, (request.requester, request.subject)):
        outbox.tell(tx, "told", now, request=request.id, person=person, what=what)
