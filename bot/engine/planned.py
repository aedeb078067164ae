"""What every planner begins and ends with: what was found, what its connectors can, the people who are asked."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from bot.domain.lifecycle import RequestState, StepState
from bot.domain.model import Change, Plan, SystemKey
from bot.domain.planning import NO_ACCOUNT, NOT_CONNECTED, Found, digest
from bot.domain.policy import Reason
from bot.domain.reading import Reading
from bot.domain.request import Request, Step, StepKind, touched
from bot.engine import join
from bot.engine.context import Engine, Scene
from bot.store import Tx, journal, outbox, owners, records

Seen = Mapping[SystemKey, tuple[Reading | None, str]]  # what a system said, or why it said nothing


def found(engine: Engine, tx: Tx, request: Request, around: Scene, steps: tuple[Step, ...]) -> list[Found]:
    """What reading each system of the policy brought for this request, or why there is nothing."""
    newest = {step.system: step for step in sorted(steps, key=lambda s: -s.number) if step.kind is StepKind.READ}
    seen = {
        key: (records.last_reading(tx, request.id, key) if one.state is StepState.CONFIRMED else None, one.error)
        for key, one in newest.items()
    }
    return sort(engine, tx, around, join.linked(tx, request), seen)


def sort(engine: Engine, tx: Tx, around: Scene, known: Collection[SystemKey], seen: Seen) -> list[Found]:
    """The same for what was seen, where `known` are the systems in which the person has an account."""
    every = []
    for key, system in around.rules.policy.systems.items():
        if not system.connector:
            every.append(Found(system))
        elif key in seen:
            reading, error = seen[key]
            if reading or key in known:
                kept = owners.kept(tx, key) if reading else frozenset()
                every.append(Found(system, reading, "" if reading else error, kept=kept))
            else:
                every.append(Found(system, unasked=f"{NO_ACCOUNT} {error}".strip()))
        else:
            every.append(Found(system, unasked=NO_ACCOUNT if key in engine.connectors else NOT_CONNECTED))
    return every


def ask(tx: Tx, request: Request, around: Scene, plan: Plan, now: datetime, *, quietly: bool = False) -> Request:
    """Show a stored plan to the people who decide about it; `quietly` where nobody need be asked."""
    name = digest(request.id, request.subject, request.starts_at.isoformat(), plan.steps)
    decision = around.decide(request, touched(records.steps(tx, request.id)))
    approvers = [] if quietly else sorted(decision.approvers)
    facts = {
        "digest": name,
        "steps": len(plan.steps),
        "approvers": approvers,
        "quorum": decision.quorum,
        "quietly": quietly,
    }
    journal.add(tx, "plan.made", now, request=request.id, facts=facts)
    asked = records.advance(
        tx,
        request,
        RequestState.AWAITING_APPROVAL,
        digest=name,
        quorum=decision.quorum,
        approvers=approvers,
    )
    outbox.tell(tx, "root", now, request=request.id)
    outbox.tell(tx, "plan", now, request=request.id)
    for person in asked.approvers:
        outbox.tell(tx, "approval", now, request=request.id, person=person)
    if decision.reason is not Reason.NEEDS_APPROVAL and not quietly:
        outbox.tell(tx, "line", now, request=request.id, what="nobody")
    return asked


def can(engine: Engine, found: list[Found]) -> Mapping[SystemKey, frozenset[type[Change]]]:
    """Of the systems that were read: asking another would load its connector inside a transaction."""
    keys = [one.system.key for one in found if one.reading and one.system.key in engine.connectors]
    return {key: engine.connectors[key].spec.can for key in keys}
