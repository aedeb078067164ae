"""Lock somebody at once: two people agree, only what ends at once runs, and the ordinary approval is owed soon."""

from __future__ import annotations

from datetime import datetime

from bot.domain.errors import Refused
from bot.domain.hold import LockNow
from bot.domain.lifecycle import RequestState
from bot.domain.model import PersonId, PlannedStep, Task, Trigger, Wave
from bot.domain.planning import digest
from bot.domain.policy import Crew
from bot.domain.proposal import Proposal
from bot.domain.reading import Reading
from bot.domain.request import Request
from bot.engine import join, progress, rights
from bot.engine.context import Engine, Scene, scene
from bot.engine.proposals import propose
from bot.engine.start import start
from bot.store import Tx, again, journal, locks, outbox, proposals, records

KIND = "lock"
_PREFIX = "LCK"
_OPEN = frozenset({RequestState.AWAITING_APPROVAL, RequestState.APPROVED, RequestState.SCHEDULED})


@again
def propose_lock(engine: Engine, request_id: str, by: PersonId, now: datetime) -> Proposal:
    """HR asks one more person to agree that the accounts are locked before the approval. Raises Refused."""
    with engine.db.begin() as tx:
        request = records.lock(tx, request_id)
        around = scene(engine, tx, request, now)
        rule = _rule(around, request)
        if by == request.subject or not rights.steers(around, request, by):
            raise Refused("You may not do this.", hint="HR, security and whoever asked may.")
        _raise_if_over(engine, tx, request)
        made = propose(engine, tx, KIND, by, _asked(around.crew, rule), now, request=request.id)
        outbox.tell(tx, "line", now, request=request.id, what="lock asked", by=by, names=list(made.asked))
        tell(tx, request, by, now)
        return made


def _rule(around: Scene, request: Request) -> LockNow:
    rule = around.rules.policy.lock_now
    if rule is None or request.trigger is not Trigger.LEAVER or request.voluntary:
        raise Refused("Policy does not allow this here.", hint="The accounts are locked as soon as it is approved.")
    return rule


def _asked(crew: Crew, rule: LockNow) -> frozenset[PersonId]:
    return frozenset(person for power in rule.ask for person in crew.holding(power))


def able(engine: Engine, tx: Tx, proposal: Proposal, now: datetime) -> frozenset[PersonId]:
    """Who may agree to it today."""
    request = records.lock(tx, proposal.request)
    around = scene(engine, tx, request, now)
    return _asked(around.crew, _rule(around, request))


def _raise_if_over(engine: Engine, tx: Tx, request: Request) -> None:
    if request.state is RequestState.PLANNING:
        raise Refused("The systems are still being read.", hint="Press again in a few seconds.")
    if request.state not in _OPEN:
        raise Refused(f"{request.id} does not wait for approval any more.", hint="Nothing is left to lock early.")
    if locks.of(tx, request.id) is not None:
        raise Refused("The accounts are locked already.")
    if rights.is_protected(engine, tx, request.subject):
        raise Refused("Policy protects this person.", hint="Talk to security.")
    if not _lines(tx, request):
        raise Refused("Nothing was found that could be locked at once.", hint="Everything waits for the approval.")


def _lines(tx: Tx, request: Request) -> tuple[PlannedStep, ...]:
    """What ends at once and can be given back, as a plan of its own."""
    found = [s for s in records.steps(tx, request.id) if s.wave is Wave.CONTAIN and s.reversible and not s.ended]
    some = [(step, step.action) for step in found if step.action is not None and not isinstance(step.action, Task)]
    number = {step.number: at for at, (step, _action) in enumerate(some, start=1)}
    return tuple(
        PlannedStep(
            number[step.number],
            step.system,
            step.wave,
            action,
            step.privileged,
            after=tuple(number[one] for one in step.after if one in number),
        )
        for step, action in some
    )


def lock(engine: Engine, tx: Tx, proposal: Proposal, now: datetime) -> str:
    """Two people agree: a request of its own contains, at once, and what it did can be given back. Raises Refused."""
    parent = records.lock(tx, proposal.request)
    around = scene(engine, tx, parent, now)
    rule = _rule(around, parent)
    _raise_if_over(engine, tx, parent)
    second = next(one.person for one in reversed(proposals.seconds(tx, proposal.id)) if one.yes)
    lines = _lines(tx, parent)
    request = _stored(tx, parent, proposal.proposed_by, lines, rule, now)
    records.add_steps(tx, [join.stored(request, line) for line in lines])
    records.add_approval(tx, request, second, yes=True, items=[line.number for line in lines], at=now)
    by = {"by": proposal.proposed_by, "second": second, "lock": request.id}
    review = now + rule.review
    journal.add(tx, "lock.agreed", now, request=parent.id, facts={**by, "until": review.isoformat()})
    journal.add(tx, "request.submitted", now, request=request.id, facts={"requester": request.requester})
    journal.add(tx, "request.approved", now, request=request.id, facts={"digest": request.digest})
    outbox.tell(tx, "root", now, request=request.id)
    outbox.tell(tx, "line", now, request=parent.id, what="locked", **by, until=review.isoformat())
    outbox.tell(tx, "root", now, request=parent.id)
    tell(tx, parent, proposal.proposed_by, now)
    start(engine, tx, records.advance(tx, request, RequestState.APPROVED, decided_at=now), now)
    return f"Thank you. The accounts are being locked now. The approval of {parent.id} is owed as well."


def _stored(
    tx: Tx,
    parent: Request,
    by: PersonId,
    lines: tuple[PlannedStep, ...],
    rule: LockNow,
    now: datetime,
) -> Request:
    key = records.next_id(tx, _PREFIX)
    request = Request(
        id=key,
        trigger=Trigger.LOCK,
        state=RequestState.AWAITING_APPROVAL,
        requester=by,
        subject=parent.subject,
        starts_at=now,
        created_at=now,
        policy_version=parent.policy_version,
        runbook_version=parent.runbook_version,
        digest=digest(key, parent.subject, now.isoformat(), lines),
        quorum=1,
        expires_at=now + rule.review / 2,  # when somebody is reminded of the review next
        parent=parent.id,
    )
    records.add(tx, request)
    return request


def meet(engine: Engine, tx: Tx, request: Request, seen: Reading, now: datetime) -> None:
    """The reading at the start of a lock: what is so already is confirmed, and nothing joins it."""
    join.agree(tx, request, seen, now)
    progress.free(engine, tx, request, now)


def tell(tx: Tx, request: Request, person: PersonId, now: datetime) -> None:
    """Draw the message with the button anew, for whoever may press it."""
    for one in dict.fromkeys((request.requester, person)):
        outbox.tell(tx, "lock", now, request=request.id, person=one)


def offer(tx: Tx, around: Scene, request: Request, now: datetime) -> None:
    """The plan is there: whoever asked hears that the accounts may be locked before the approval, where policy lets."""
    allowed = around.rules.policy.lock_now is not None and request.trigger is Trigger.LEAVER
    if allowed and not request.voluntary:
        outbox.tell(tx, "lock", now, request=request.id, person=request.requester)
