"""What a later look means: a certificate that claims what was seen, or findings with a plan of their own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from bot.domain import residue
from bot.domain.by_hand import asked_whose
from bot.domain.certificate import Certificate, certify
from bot.domain.lifecycle import RequestState, StepState
from bot.domain.model import Action, Plan, PlannedStep, SystemKey, Task, Trigger
from bot.domain.planning import Found, actions_of, digest, key_of, leaver_plan, raise_if_unsafe
from bot.domain.reading import Reading
from bot.domain.request import Request, Step, StepKind, covered
from bot.engine import after, gift, join, planned, progress, search
from bot.engine.context import Engine, scene
from bot.engine.rights import back_again
from bot.store import Tx, journal, outbox, people, records, rescans, snapshots


def plan(engine: Engine, tx: Tx, request: Request, now: datetime) -> Plan | None:
    """Once everything was read: what is to be asked about; None where there is nothing to ask."""
    parent = records.get(tx, request.parent or "")
    if parent is None:
        _close(tx, request, now)
        for person in people.staying(tx, (request.requester,)):
            outbox.tell(tx, "person", now, request=request.id, person=person, subject=request.subject)
        return None
    if parent.trigger is Trigger.ACCESS:
        gift.judged(engine, tx, request, parent, now)
        _close(tx, request, now)
        return None
    if back_again(tx, parent, now) is not None:
        records.advance(tx, request, RequestState.WITHDRAWN, closed_at=now)
        rescans.end(tx, rescans.for_request(tx, request.id), "over", now)
        return None
    found = planned.found(engine, tx, request, scene(engine, tx, request, now), records.steps(tx, request.id))
    every = _every(engine, tx, request, found, now)
    past = [one for key in _before(tx, request, parent) for one in records.steps(tx, key)]
    kept, answered, vouched = _settled(past, now)
    lines = residue.left(every, kept | answered)
    stays = sum(key_of(line.system, line.action) in kept for line in every) + sum(map(_given_on, found))
    proof = certify(found, now, stays)
    if not lines:
        _clean(tx, request, parent, proof, now)
        return None
    told = _told(tx, request, parent, found, lines, vouched)
    return _findings(engine, tx, request, parent, told, proof, now)


def _given_on(one: Found) -> int:
    """How much of what this person made for programs somebody else looks after by now."""
    made = one.reading.made.items if one.reading else ()
    return sum(thing.active and thing.native_id in one.kept for thing in made)


def _every(engine: Engine, tx: Tx, request: Request, found: list[Found], now: datetime) -> tuple[PlannedStep, ...]:
    around = scene(engine, tx, request, now)
    guiding = partial(search.guide, engine)
    keeping = partial(around.keeper, request)
    return leaver_plan(found, planned.can(engine, found), keeping, guiding).steps


def _before(tx: Tx, request: Request, parent: Request) -> tuple[str, ...]:
    """The request that took everything away, and the looks after it that came before this one."""
    mine = [one for one in records.about(tx, request.subject) if one.parent == parent.id]
    return (parent.id, *(one.id for one in mine if one.trigger is Trigger.RESCAN and one.id != request.id))


def _settled(past: Iterable[Step], now: datetime) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """By key: what people decided to keep, whose accounts they named, and what they vouched for."""
    kept, answered, vouched = set(), set(), set()
    for step in past:
        if step.action is None:
            continue
        key = key_of(step.system, step.action)
        if isinstance(step.action, Task) and asked_whose(step.action) and step.state is StepState.ATTESTED:
            answered.add(key)
        elif step.state is StepState.ATTESTED:
            vouched.add(key)
        elif _left_by_decision(step, now):
            kept.add(key)
    return frozenset(kept), frozenset(answered), frozenset(vouched)


def _left_by_decision(step: Step, now: datetime) -> bool:
    waived = step.state is StepState.WAIVED and step.due is not None and step.due > now
    return waived or (step.state is StepState.DROPPED and step.ended_by is not None)


def _told(
    tx: Tx,
    request: Request,
    parent: Request,
    found: list[Found],
    lines: tuple[PlannedStep, ...],
    vouched: frozenset[str],
) -> tuple[PlannedStep, ...]:
    """The findings, each with how it came to be there."""
    keys = _before(tx, request, parent)
    history: Mapping[SystemKey, tuple[Reading, ...]] = {
        key: snapshots.history(tx, keys, key) for key in {line.system for line in lines}
    }
    changes = {key_of(one.system.key, a): a for one in found for a, _ in actions_of(one) if not isinstance(a, Task)}

    def words(line: PlannedStep) -> str:
        key = key_of(line.system, line.action)
        action: Action = changes.get(key, line.action)
        return residue.in_words(action, history[line.system], said_done=key in vouched)

    return tuple(replace(line, why=words(line)) for line in lines)


def _findings(
    engine: Engine,
    tx: Tx,
    request: Request,
    parent: Request,
    lines: tuple[PlannedStep, ...],
    proof: Certificate,
    now: datetime,
) -> Plan | None:
    """What can be undone and was approved once ends at once; questions are asked; about the rest people decide."""
    kinds = _approved_kinds(tx, parent)
    urgent = residue.numbered(line for line in lines if residue.at_once(line, kinds))
    rest = residue.numbered(line for line in lines if not residue.at_once(line, kinds))
    looks = rescans.for_request(tx, request.id)
    rescans.end(tx, looks, "found", now)
    checks: list[str] = [request.id]
    if urgent and rest:
        checks.append(_ask_apart(engine, tx, request, rest, now))
    facts: dict[str, Any] = {"check": request.id, "days": [one.nth for one in looks], "checks": checks}
    asked = sum(map(residue.is_question, urgent))
    facts |= {"found": len(lines), "at_once": len(urgent) - asked, "asked": asked, "missing": list(proof.missing)}
    journal.add(tx, "rescan.found", now, request=parent.id, facts=facts)
    outbox.tell(tx, "line", now, request=parent.id, what="rescan found", **facts)
    if not urgent:
        return Plan(rest, proof.unseen)
    _run_at_once(tx, request, urgent, now)
    return None


def _run_at_once(tx: Tx, request: Request, lines: tuple[PlannedStep, ...], now: datetime) -> None:
    """As in a request that runs, what appeared since and can be undone needs no other yes; the clock starts it."""
    raise_if_unsafe(lines, join.linked(tx, request))
    records.add_steps(tx, [join.stored(request, line, late=True) for line in lines])
    name = digest(request.id, request.subject, request.starts_at.isoformat(), lines)
    records.advance(tx, request, RequestState.APPROVED, digest=name, decided_at=now)
    facts = {"digest": name, "steps": len(lines), "approvers": [], "quorum": 0}
    journal.add(tx, "plan.made", now, request=request.id, facts=facts)
    outbox.tell(tx, "root", now, request=request.id)
    outbox.tell(tx, "plan", now, request=request.id)


def _ask_apart(engine: Engine, tx: Tx, request: Request, lines: tuple[PlannedStep, ...], now: datetime) -> str:
    """A request of its own for what waits for people, so that it holds nothing up."""
    other = replace(request, id=records.next_id(tx, "CHK"), state=RequestState.PLANNING)
    records.add(tx, other)
    for system in dict.fromkeys(line.system for line in lines):
        seen = records.last_reading(tx, request.id, system)
        if seen is not None:
            records.add_reading(tx, other.id, seen)
    raise_if_unsafe(lines, join.linked(tx, other))
    records.add_steps(tx, [join.stored(other, line) for line in lines])
    planned.ask(tx, other, scene(engine, tx, other, now), Plan(lines), now)
    return other.id


def _approved_kinds(tx: Tx, parent: Request) -> frozenset[str]:
    """The kinds of changes to which enough people said yes when this person left."""
    yes = records.approvals(tx, parent.id)
    mine = (step for step in records.steps(tx, parent.id) if step.action is not None and step.kind is StepKind.APPLY)
    agreed = (step for step in mine if covered(yes, parent.digest, step.number, parent.quorum))
    return frozenset(step.action.kind for step in agreed if step.action is not None)


def _clean(tx: Tx, request: Request, parent: Request, proof: Certificate, now: datetime) -> None:
    """The certificate: dated, and no larger than what was seen."""
    looks = rescans.for_request(tx, request.id)
    rescans.end(tx, looks, "clean" if proof.whole else "partly", now)
    more = not proof.whole and _few(tx, parent) and after.one_more(tx, parent.id, now)
    facts: dict[str, Any] = {
        "check": request.id,
        "days": [one.nth for one in looks],
        "seen": {key: at.isoformat() for key, at in proof.seen},
        "searched": list(proof.searched),
        "unseen": [[one.system, one.part, one.why] for one in proof.unseen],
        "by_hand": list(proof.by_hand),
        "kept": proof.kept,
        "again": more,
    }
    journal.add(tx, "rescan.clean", now, request=parent.id, facts=facts)
    outbox.tell(tx, "line", now, request=parent.id, what="rescan clean", at=proof.at.isoformat(), **facts)
    _close(tx, request, now)


def _few(tx: Tx, parent: Request) -> bool:
    """Whether not too many looks were added yet because something could not be read."""
    return sum(one.nth == 0 and one.said == "partly" for one in rescans.of(tx, parent.id)) < after.MOST_MORE


def _close(tx: Tx, request: Request, now: datetime) -> None:
    """A look that changes nothing is over with its readings."""
    agreed = records.advance(tx, request, RequestState.APPROVED)
    running = records.advance(tx, agreed, RequestState.RUNNING, started_at=now)
    records.advance(tx, running, RequestState.CLOSED, closed_at=now)
    journal.add(tx, "rescan.read", now, request=request.id)


def meet(engine: Engine, tx: Tx, request: Request, seen: Reading, now: datetime) -> None:
    """A fresh reading of a running one: what is gone by itself is seen gone; what is new is for the next look."""
    join.agree(tx, request, seen, now)
    progress.free(engine, tx, request, now)
