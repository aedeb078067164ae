"""A longer time: asked for by whoever holds the access, decided anew, and won against the clock or not at all."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.domain.errors import Refused
from bot.domain.lifecycle import RequestState, StepState
from bot.domain.model import PersonId, Revoke
from bot.domain.planning import digest
from bot.domain.policy import Reason
from bot.domain.request import Approval, More, Request, Step, Wanted
from bot.engine import lend, rights
from bot.engine.borrow import raise_if_too_long
from bot.engine.context import Engine, Scene, scene
from bot.store import Tx, again, due, journal, outbox, records

OVER = "This access has ended, or is being taken back."
ANEW = "Ask for it anew with /access."


@again
def extend(engine: Engine, request_id: str, by: PersonId, until: datetime, now: datetime) -> Request:
    """Ask for a later end; whoever may approve the access is asked again. Raises Refused, naming the field."""
    with engine.db.begin() as tx:
        request = records.lock(tx, request_id)
        if by not in {request.requester, request.subject}:
            raise Refused("Only whoever holds this access, or asked for it, may extend it.")
        step = end_of(tx, request)
        around = scene(engine, tx, request, now)
        if not around.crew.working(request.subject, around.today):
            raise Refused("This cannot be extended any more.")
        if not rights.may_borrow(around.rules.policy, around.crew, by, request.subject, around.today):
            raise Refused("You may not ask for this person any more.", hint="Whoever holds the access may.")
        if step.due is not None and until <= step.due:
            raise Refused("It lasts as long as that already.", field="day")
        offer = lend.offer_of(around, request)
        raise_if_too_long(offer, until, now, since=request.started_at)
        more = _more(request, step, around, by, until, now)
        seconds = request.wanted.seconds if request.wanted else None
        asked = records.note(tx, request.id, wanted=Wanted(request.offer, seconds, more))
        facts = {"by": by, "until": until.isoformat(), "digest": more.digest, "approvers": list(more.approvers)}
        journal.add(tx, "access.extension_asked", now, request=request.id, facts=facts)
        outbox.tell(tx, "line", now, request=request.id, what="more asked", by=by, until=until.isoformat())
        _ask(tx, asked, more, now)
        return asked


@again
def decide_more(engine: Engine, request_id: str, seen: str, by: PersonId, now: datetime, *, yes: bool) -> int:
    """One yes or no to a later end; how many more are needed. Raises Refused, also when the end came first."""
    bounding = lend.bounding(engine, request_id)
    with engine.db.begin() as tx:
        request = records.lock(tx, request_id)
        more = request.wanted.more if request.wanted else None
        if more is None or more.digest != seen:
            raise Refused("This was decided already, or another time was asked for.")
        step = end_of(tx, request)
        able = _able(request, scene(engine, tx, request, now))
        if by not in able:
            raise Refused("You are not among the people who may decide about this.")
        asked = replace(request, digest=more.digest)
        if any(a.person == by for a in _answers(tx, request, more)):
            raise Refused("You have decided already.", hint="One more person is needed; they have been asked.")
        records.add_approval(tx, asked, by, yes=yes, items=[step.number], at=now)
        facts = {"by": by, "yes": yes, "digest": more.digest}
        journal.add(tx, "access.extension_decided", now, request=request.id, facts=facts)
        # A yes counts while its giver may give it, here as for the access itself.
        missing = more.quorum - len({a.person for a in _answers(tx, request, more) if a.yes} & able)
        if not yes or missing <= 0:
            _settle(tx, request, step, more, by, now, yes=yes)
            if yes:
                lend.prolong(engine, tx, request, bounding, more.until, now)
        _ask(tx, request, more, now)
        return max(0, missing)


def end_of(tx: Tx, request: Request) -> Step:
    """The step that will take the access back. Raises Refused."""
    waits = [s for s in records.steps(tx, request.id) if isinstance(s.action, Revoke) and s.state is StepState.WAITING]
    if request.state is not RequestState.RUNNING or not waits:
        raise Refused(OVER, hint=ANEW)
    return waits[0]


def _more(request: Request, step: Step, around: Scene, by: PersonId, until: datetime, now: datetime) -> More:
    decision = around.decide(request, [step.system], by=by)
    able = decision.approvers - {request.requester}
    if decision.reason is not Reason.NEEDS_APPROVAL or len(able) < decision.quorum:
        raise Refused("Nobody is left who could approve this.")
    since = step.due or now
    asked = f"from {since.isoformat()} to {until.isoformat()} asked {now.isoformat()}"
    name = digest(request.id, request.subject, asked, ())
    return More(since, until, name, by, decision.quorum, tuple(sorted(able)))


def _able(request: Request, around: Scene) -> frozenset[PersonId]:
    """Who may decide now: people leave and move between question and answer."""
    decision = around.decide(request, [lend.offer_of(around, request).system])
    more = request.wanted.more if request.wanted else None
    leaves = not around.crew.working(request.subject, around.today)
    return frozenset() if leaves else decision.approvers - {more.by if more else request.requester}


def _answers(tx: Tx, request: Request, more: More) -> list[Approval]:
    return [a for a in records.approvals(tx, request.id) if a.digest == more.digest and a.withdrawn_at is None]


def _settle(tx: Tx, request: Request, step: Step, more: More, by: PersonId, now: datetime, *, yes: bool) -> None:
    """The end moves only if it is still the one that was seen, and still ahead: the clock may be faster."""
    records.note(tx, request.id, wanted=Wanted(request.offer, request.wanted.seconds if request.wanted else None))
    what = "more denied"
    if yes:
        remind = lend.reminder(now, more.until)
        if due.postpone(tx, step.id, more.since, more.until, remind, now) is None:
            raise Refused(OVER, hint=ANEW)
        records.note(tx, request.id, until=more.until)
        what = "more given"
    outbox.tell(tx, "line", now, request=request.id, what=what, by=by, until=more.until.isoformat())
    outbox.tell(tx, "root", now, request=request.id)
    for person in dict.fromkeys((request.subject, more.by)):
        outbox.tell(tx, "held", now, request=request.id, person=person)


def _ask(tx: Tx, request: Request, more: More, now: datetime) -> None:
    body = {"digest": more.digest, "until": more.until.isoformat(), "by": more.by}
    for person in more.approvers:  # a card for each time that was asked for, drawn again when it is decided
        outbox.tell(tx, "more", now, request=request.id, person=person, step=more.digest[:16], **body)
