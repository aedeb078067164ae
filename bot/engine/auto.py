"""A plan that the company's rules cover from the first line to the last is approved by them, and says so."""

from __future__ import annotations

from datetime import datetime

from bot.domain.lifecycle import RequestState
from bot.domain.model import Plan
from bot.domain.request import Request, StepKind, by_rule
from bot.domain.rules import automatic
from bot.engine import rights
from bot.engine.context import Engine, Scene
from bot.engine.start import start
from bot.store import Tx, journal, outbox, records

EVERYTHING = "everything"


def approves(engine: Engine, tx: Tx, request: Request, around: Scene, plan: Plan) -> tuple[str, ...]:
    """The rules that together cover this plan, each once; none where a single line, or a system, is left to people."""
    unread = any(one.part == EVERYTHING for one in plan.blind)
    several = bool(request.batch)  # which people decide about together
    if not request.removes or unread or several or rights.is_protected(engine, tx, request.subject):
        return ()
    if not automatic(around.rules.policy, plan.steps):
        return ()
    return tuple(dict.fromkeys(line.rule for line in plan.steps))


def approve(engine: Engine, tx: Tx, request: Request, around: Scene, rules: tuple[str, ...], now: datetime) -> Request:
    """Store the yes of these rules to the plan as it is, and begin when it is time."""
    named = [one.name for one in around.rules.policy.rules if one.name in rules and not one.confidential]
    named = named if len(named) == len(rules) else []
    items = [step.number for step in records.steps(tx, request.id) if step.kind is not StepKind.READ]
    whose = by_rule(named)
    records.add_approval(tx, request, whose, yes=True, items=items, at=now)
    facts = {"rules": named, "digest": request.digest, "items": items}
    journal.add(tx, "request.approved_by_rule", now, request=request.id, facts=facts)
    approved = records.advance(tx, request, RequestState.APPROVED, decided_at=now)
    outbox.tell(tx, "line", now, request=request.id, what="by rule", rules=named)
    outbox.tell(tx, "told", now, request=request.id, person=request.requester, what="approved", by=whose)
    if approved.contains_at_once or approved.starts_at <= now:
        start(engine, tx, approved, now)
        return approved
    return records.advance(tx, approved, RequestState.SCHEDULED)
