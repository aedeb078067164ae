"""Close a step that nobody could confirm: two people say so, with a reason and an end; then it is looked at again."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from bot.domain.errors import Refused
from bot.domain.hold import HOLDS
from bot.domain.lifecycle import RequestState, StepState
from bot.domain.model import PersonId, Power
from bot.domain.proposal import Proposal
from bot.domain.request import Evidence, Request, Step, StepKind
from bot.engine import desk, progress
from bot.engine.context import Engine, scene
from bot.engine.proposals import propose
from bot.engine.tasks import mine
from bot.store import Tx, again, journal, outbox, people, proposals, records

KIND = "waive"
_MINUTE = timedelta(minutes=1)  # forms know minutes only


@again
def propose_waiver(engine: Engine, step_id: str, by: PersonId, reason: str, until: datetime, now: datetime) -> Proposal:
    """Whoever may act on a step asks for a second yes to leave it open until a date. Raises Refused with the field."""
    with engine.db.begin() as tx:
        step, request = mine(engine, tx, step_id, by, now)
        raise_if_over(step, request)
        if not reason.strip():
            raise Refused("Say why this may stay open.", field="reason")
        if until <= now:
            raise Refused("That time has already passed.", field="day")
        longest = engine.policy(tx)[1].exceptions.longest
        if until > now + longest + _MINUTE:
            raise Refused(f"Policy allows at most {longest.days} days.", field="day")
        body: dict[str, Any] = {"reason": reason.strip(), "until": until.isoformat()}
        asked = _seconders(engine, tx, step, request, now)
        made = propose(engine, tx, KIND, by, asked, now, request=request.id, step=step.id, **body)
        outbox.tell(tx, "line", now, request=request.id, step=step.id, what="waiver", by=by)
        return made


def raise_if_over(step: Step, request: Request) -> None:
    """Only what is open in a running request can be left open. Raises Refused."""
    if step.kind is StepKind.READ:
        raise Refused("A look at a system cannot be left out: nothing would be known.", hint="Press Retry now.")
    if step.ended:
        raise Refused("This is over already. Nothing is left to decide.")
    if request.state is not RequestState.RUNNING:
        raise Refused("This has not begun yet.", hint="Cancel the request, or wait until it runs.")


def able(engine: Engine, tx: Tx, proposal: Proposal, now: datetime) -> frozenset[PersonId]:
    """Who may agree to it today."""
    found = records.lock_step(tx, proposal.step)
    return _seconders(engine, tx, *found, now) if found else frozenset()


def _seconders(engine: Engine, tx: Tx, step: Step, request: Request, now: datetime) -> frozenset[PersonId]:
    """Security, admins, and the owner of the system."""
    around = scene(engine, tx, request, now)
    system = around.rules.policy.systems.get(step.system)
    powerful = around.crew.holding(Power.SECURITY) | around.crew.holding(Power.ADMIN)
    return frozenset(powerful | ({system.owner} if system else set()))


def waive(engine: Engine, tx: Tx, proposal: Proposal, now: datetime) -> str:
    """Two people agree: the step is closed without proof, until its end. Raises Refused when it is over by now."""
    found = records.lock_step(tx, proposal.step)
    if found is None:
        raise Refused("I cannot find this step any more.")
    step, request = found
    raise_if_over(step, request)
    until, by = datetime.fromisoformat(proposal.body["until"]), proposal.proposed_by
    second = next(one.person for one in reversed(proposals.seconds(tx, proposal.id)) if one.yes)
    facts = {"ended_at": now, "ended_by": by, "due": max(until, now), "reminded_at": None}
    if records.settle(tx, step, StepState.WAIVED, **facts) is None:
        raise Refused("Somebody else was a moment faster.")
    reason = proposal.body["reason"]
    records.add_evidence(tx, Evidence(step.id, None, now, by, reason, ()))
    told = {"step": step.id, "by": by, "second": second, "until": until.isoformat()}
    journal.add(tx, "step.waived", now, request=request.id, facts=told, private={"reason": reason})
    words = {"by": by, "second": second, "until": until.isoformat()}
    outbox.tell(tx, "line", now, request=request.id, step=step.id, what="waived", **words)
    if step.assignee in people.staying(tx, [step.assignee] if step.assignee else []):
        card = "holds" if step.held in HOLDS else desk.TASKS if step.kind is StepKind.TASK or step.held else "stuck"
        about = step.id if card == "stuck" else None
        outbox.tell(tx, card, now, request=request.id, step=about, person=step.assignee)
    desk.redraw(tx, step, now)
    progress.free(engine, tx, request, now)
    return f"It stays open, by decision, until {until:%d %b %Y}. It is looked at again then."
