"""Rights that end between a click and the work: a yes counts while its giver may give it, and protection holds at once.

A removal that has begun is finished, whoever of those who approved it leaves meanwhile: half of it is the worse end.
So is one whose requester leaves: others approved it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from bot.domain.lifecycle import RequestState, StepState
from bot.domain.model import PersonId, Power, Trigger
from bot.domain.planning import APPROVAL
from bot.domain.policy import Crew, Decision, Policy
from bot.domain.request import Approval, Request, is_rule, touched
from bot.engine.context import Engine, Scene, scene
from bot.store import Tx, journal, outbox, people, questions, records

FOR_OTHERS = frozenset({Power.HR, Power.IT, Power.SECURITY, Power.ADMIN})  # unless the policy names others

# What gives somebody access again who had lost it; and an offboarding that came after, which has looks of its own.
_GIVES = frozenset({Trigger.JOINER, Trigger.ACCESS, Trigger.RESTORE, Trigger.EMERGENCY, Trigger.LEAVER})


def steers(around: Scene, request: Request, by: PersonId) -> bool:
    """Whether this person may steer a request today: whoever asked and still may, HR, security, an admin."""
    policy, crew = around.rules.policy, around.crew
    if not crew.working(by, around.today):
        return False
    if crew.may(by, Power.HR, Power.SECURITY, Power.ADMIN):
        return True
    if request.trigger is Trigger.ACCESS:  # one may well give up what one asked for oneself
        return by == request.subject or (
            by == request.requester and may_borrow(policy, crew, by, request.subject, around.today)
        )
    return by == request.requester and crew.may(by, *policy.askers(request.trigger))


def may_borrow(policy: Policy, crew: Crew, by: PersonId, subject: PersonId, today: date) -> bool:
    """Whether this person may ask on behalf of that one: oneself, one's manager, and who the policy names."""
    if not crew.working(by, today):
        return False
    person = crew.people.get(subject)
    manager = person is not None and person.manager == by
    return by == subject or manager or crew.may(by, *policy.may_request.get(Trigger.ACCESS, FOR_OTHERS))


def decision(engine: Engine, tx: Tx, request: Request, now: datetime) -> Decision:
    """Who may decide about a request today, by the rules it began with."""
    return scene(engine, tx, request, now).decide(request, touched(records.steps(tx, request.id)))


def yes(tx: Tx, request: Request) -> tuple[Approval, ...]:
    """Every yes to the plan as it is that nobody took back."""
    every = records.approvals(tx, request.id)
    return tuple(a for a in every if a.yes and a.withdrawn_at is None and a.digest == request.digest)


def deciders(engine: Engine, tx: Tx, request: Request, now: datetime) -> tuple[PersonId, ...]:
    """Who is asked about a locked request; chosen now, where rules decided so far and nobody was asked."""
    if not request.approvers:
        chosen = sorted(decision(engine, tx, request, now).approvers)
        return records.note(tx, request.id, approvers=chosen).approvers
    return request.approvers


def ask_again(engine: Engine, tx: Tx, request: Request, now: datetime) -> bool:
    """Before a locked request starts: whether people must be asked again, because a yes counts no more."""
    able = decision(engine, tx, request, now)
    given = yes(tx, request)
    if any(is_rule(approval.person) for approval in given):
        return False  # a request keeps the rules that it began with
    lost = [approval for approval in given if approval.person not in able.approvers]
    if not lost or len({approval.person for approval in given} & able.approvers) >= request.quorum:
        return False
    for approval in lost:
        records.withdraw_approval(tx, approval.id, now)
        journal.add(tx, "request.approval_void", now, request=request.id, facts={"by": approval.person})
        outbox.tell(tx, "line", now, request=request.id, what="void", by=approval.person)
    asked = sorted(able.approvers)
    waits = records.advance(tx, request, RequestState.AWAITING_APPROVAL, decided_at=None, approvers=asked)
    journal.add(tx, "request.asked_again", now, request=request.id, facts={"approvers": asked, "quorum": waits.quorum})
    outbox.tell(tx, "root", now, request=request.id)
    for person in sorted({*request.approvers, *asked}):
        outbox.tell(tx, "approval", now, request=request.id, person=person)
    if len(asked) < waits.quorum:
        outbox.tell(tx, "line", now, request=request.id, what="nobody")
    return True


def lost(engine: Engine, tx: Tx, waiting: Iterable[Request], now: datetime) -> tuple[Request, ...]:
    """Those of which somebody who was asked left, is away, was replaced or lost the role; or for which too few were."""
    asked = [request for request in waiting if request.approvers or not request.batch]  # a list asks for all of them
    if not asked:
        return ()
    crew, systems = people.crew(tx), questions.touched(tx, {request.id for request in asked})

    def able(request: Request) -> frozenset[PersonId]:
        return Scene(engine.rules(tx, request), crew, now.date()).decide(request, systems[request.id]).approvers

    def other(request: Request) -> bool:
        now_able, then = able(request), frozenset(request.approvers)
        return not now_able >= then or (len(then) < request.quorum and now_able > then)

    return tuple(filter(other, asked))


def ask_others(engine: Engine, tx: Tx, request: Request, now: datetime) -> bool:
    """Whether others are asked about a locked request, or about items of it, because somebody may decide no more."""
    asked = tuple(sorted(decision(engine, tx, request, now).approvers))
    items = [step for step in records.steps(tx, request.id) if step.state is StepState.HELD and step.held == APPROVAL]
    waiting = request.state is RequestState.AWAITING_APPROVAL or items
    if not waiting or asked == tuple(sorted(request.approvers)):
        return False
    waits = records.note(tx, request.id, approvers=asked)
    journal.add(tx, "request.asked_again", now, request=request.id, facts={"approvers": asked, "quorum": waits.quorum})
    outbox.tell(tx, "root", now, request=request.id)
    for person in sorted({*request.approvers, *asked}):
        outbox.tell(tx, "approval", now, request=request.id, person=person)
        for step in items:
            outbox.tell(tx, "item", now, request=request.id, step=step.id, person=person)
    if len(asked) < waits.quorum:
        outbox.tell(tx, "line", now, request=request.id, what="nobody")
    return True


def shielded(engine: Engine, tx: Tx, request: Request, now: datetime) -> bool:
    """Whether policy protects the person of a locked removal by now: then it stops, and people hear why."""
    back = returned(tx, request, now)
    takes = request.removes or request.deletes
    if not back and (not takes or not is_protected(engine, tx, request.subject)):
        return False
    if request.stopped_at is None:
        records.note(tx, request.id, stopped_at=now)
        journal.add(tx, "request.shielded", now, request=request.id, facts={"subject": request.subject, "back": back})
        outbox.tell(tx, "line", now, request=request.id, what="back" if back else "shielded", by=request.subject)
        outbox.tell(tx, "root", now, request=request.id)
    return True


def is_protected(engine: Engine, tx: Tx, person: PersonId) -> bool:
    """Whether the policy in force protects this person: unlike other rules, protection holds for what began before."""
    return person in engine.policy(tx)[1].protected


def returned(tx: Tx, request: Request, now: datetime, crew: Crew | None = None) -> bool:
    """Whether what follows an offboarding is about somebody who works here again by now: then nothing is to end."""
    follows = request.trigger in {Trigger.RESCAN, Trigger.DELETE}
    parent = records.get(tx, request.parent) if follows and request.parent else None
    return parent is not None and parent.trigger is Trigger.LEAVER and back_again(tx, parent, now, crew) is not None


def back_again(tx: Tx, left: Request, now: datetime, crew: Crew | None = None) -> str | None:
    """Why the person of this offboarding is no leaver any more: an empty text for the roster, else a request's id."""
    if (crew or people.crew(tx)).working(left.subject, now.date()):
        return ""
    since = left.started_at or left.created_at
    for other in records.about(tx, left.subject):
        if other.id != left.id and other.trigger in _GIVES and other.started_at and other.started_at > since:
            return other.id
    return None
