"""What a settled step frees: the next ones, a person's question, the end of the request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.hold import HANDING, HOLDS
from bot.domain.lifecycle import RequestState, StepState
from bot.domain.model import Assign, SystemKey, Trigger, Wave
from bot.domain.planning import APPROVAL
from bot.domain.reading import Reading
from bot.domain.request import Approval, Evidence, Request, Step, StepKind, covered
from bot.domain.restore import gives
from bot.domain.verify import Verdict
from bot.engine import after, desk, hold, rights, telling
from bot.engine.context import Engine, queue
from bot.store import Tx, journal, outbox, people, records


def confirmed(tx: Tx, step: Step, seen: Reading, now: datetime, *, already: bool = False) -> None:
    """A fresh reading shows it: the only way in which an automatic step ends well."""
    if records.settle(tx, step, StepState.CONFIRMED, ended_at=now, error="", error_kind="", due=None) is None:
        return
    records.add_evidence(tx, Evidence(step.id, Verdict.CONFIRMED, seen.at, seen.control, step.said, seen.evidence))
    facts = {"step": step.id, "seen_at": seen.at.isoformat(), "control": seen.control, "already": already}
    journal.add(tx, "step.confirmed", now, request=step.request, facts=facts)
    if step.deadline is not None:  # something was in its way
        desk.redraw(tx, step, now)
    request = records.get(tx, step.request) if isinstance(step.action, Assign) else None
    if request is not None and request.trigger is Trigger.ACCESS:
        redraw_access(tx, request, now)
    if step.held in HOLDS and step.assignee:
        outbox.tell(tx, "holds", now, request=step.request, person=step.assignee)
    what = "already" if already else "confirmed"
    outbox.tell(
        tx, "line", now, request=step.request, step=step.id, what=what, seen=seen.at.isoformat(), said=step.said
    )


def redraw_access(tx: Tx, request: Request, now: datetime) -> None:
    """Every copy of a request for access tells the same: its head, those who decided, and whoever holds it."""
    outbox.tell(tx, "root", now, request=request.id)
    for person in request.approvers:
        outbox.tell(tx, "approval", now, request=request.id, person=person)
    for person in people.staying(tx, (request.subject, request.requester)):
        outbox.tell(tx, "held", now, request=request.id, person=person)


def free(engine: Engine, tx: Tx, request: Request, now: datetime, steps: tuple[Step, ...] | None = None) -> None:
    """Start every step of a locked request whose turn has come, ask people what only they can answer, close it if done.

    `request` as it is after all that this transaction changed of it, and so are its `steps`, where they are known.
    """
    if request.state is not RequestState.RUNNING:
        return
    free_due(engine, tx, request, now, steps)
    outbox.tell(tx, "root", now, request=request.id)


def free_due(engine: Engine, tx: Tx, request: Request, now: datetime, known: tuple[Step, ...] | None = None) -> None:
    """The same for a locked, running request that nothing but the clock has changed: silent when nothing moves."""
    steps = _handed(tx, request, records.steps(tx, request.id) if known is None else known, now)
    waiting = [step for step in steps if step.state is StepState.WAITING and not stopped(request, step)]
    others = _others(steps)
    begun = [step for step in waiting if _turn(request, step, others, now)]
    looks = [step for step in others.behind if _came_through(step, others.by_number, now)]
    if begun:
        approvals = records.approvals(tx, request.id)
        asking = [step for step in begun if hold.waits(step)]
        if asking:
            hold.ask(engine, tx, request, asking, now)
        moved = [_begin(engine, tx, request, step, approvals, now) for step in begun if not hold.waits(step)]
        after = {step.id: step for step in moved if step is not None}
        steps = records.steps(tx, request.id) if asking else tuple(after.get(step.id, step) for step in steps)
    for step in looks:
        queue(engine, tx, step, StepState.READY, now)
    _stamp(engine, tx, request, steps, now)


def _handed(tx: Tx, request: Request, steps: tuple[Step, ...], now: datetime) -> tuple[Step, ...]:
    """What was kept until it is handed over takes its turn once that is done."""
    ended = {step.number for step in steps if step.ended}
    done = [s for s in steps if s.state is StepState.HELD and s.held == HANDING and ended.issuperset(s.after_done)]
    approvals = records.approvals(tx, request.id) if done else ()
    for step in done:
        held = "" if allowed(request, step, approvals) else APPROVAL
        records.settle(tx, step, StepState.WAITING, held=held, due=None, deadline=None, reminded_at=None)
        journal.add(tx, "hold.handed", now, request=request.id, facts={"step": step.id})
        hold.line(tx, step, "hold handed", now)
        hold.tell(tx, request, [step.assignee] if step.assignee else [], now)
    return records.steps(tx, request.id) if done else steps


def stopped(request: Request, step: Step) -> bool:
    """Whether Stop holds this step; never what takes back again what a restore gave."""
    ends = request.trigger is Trigger.RESTORE and step.kind is StepKind.APPLY and not gives(step.action)
    return request.stopped_at is not None and not ends


@dataclass(frozen=True, slots=True)
class _Others:
    """What the turn of a step depends on: the other steps of its request, and which systems were read at the start.

    `behind` are looks that what contains goes before, and `first` the numbers of that.
    """

    by_number: Mapping[int, Step]
    read: frozenset[SystemKey]
    behind: tuple[Step, ...]
    first: frozenset[int]


def _others(steps: tuple[Step, ...]) -> _Others:
    newest: dict[SystemKey, Step] = {}
    for step in steps:
        if step.kind is StepKind.READ and (step.system not in newest or step.number < newest[step.system].number):
            newest[step.system] = step  # readings are numbered downwards
    read = (key for key, step in newest.items() if step.state is StepState.CONFIRMED)
    first = (number for step in newest.values() if not step.ended for number in step.after)
    behind = tuple(step for step in newest.values() if step.after and step.attempt == 0 and _untouched(step))
    return _Others({step.number: step for step in steps}, frozenset(read), behind, frozenset(first))


def shown_soon(steps: tuple[Step, ...], step: Step) -> bool:
    """Whether the look at the start comes after this step, and will show it."""
    return any(_untouched(look) and step.number in look.after for look in steps if look.kind is StepKind.READ)


def _untouched(step: Step) -> bool:
    return step.state is StepState.READY and not step.tries


def _came_through(look: Step, by_number: Mapping[int, Step], now: datetime) -> bool:
    """Whether all that goes before this look was made, or waits for something: the look shows all of it at once."""
    going = {StepState.WAITING, StepState.READY, StepState.RUNNING}
    before = [by_number[number] for number in look.after if number in by_number]
    return not any(one.state in going and not (one.state is StepState.READY and one.due) for one in before)


def _turn(request: Request, step: Step, others: _Others, now: datetime) -> bool:
    if step.due is not None and now < step.due:
        return False
    if step.wave is not Wave.CONTAIN and request.rests(now):
        return False  # an involuntary exit contains at once; the rest keeps its date
    if step.kind is StepKind.APPLY and step.system not in others.read and step.number not in others.first:
        return False  # what was approved meets what is there now first
    by_number = others.by_number
    tried = all(by_number[n].tried for n in step.after if n in by_number)
    return tried and all(by_number[n].ended for n in step.after_done if n in by_number)


def _begin(
    engine: Engine,
    tx: Tx,
    request: Request,
    step: Step,
    approvals: tuple[Approval, ...],
    now: datetime,
) -> Step | None:
    """The step as it stands after that, if it moved."""
    if step.held and step.held not in HOLDS:
        moved = records.settle(tx, step, StepState.HELD, **deadline(engine, tx, request, step, now))
        outbox.tell(tx, "line", now, request=request.id, step=step.id, what="held", held=step.held)
        if step.held == APPROVAL:
            for person in rights.deciders(engine, tx, request, now):
                outbox.tell(tx, "item", now, request=request.id, step=step.id, person=person)
        else:
            desk.ask(tx, request.id, step.assignee, now)
        return moved
    if step.kind is StepKind.TASK:
        moved = records.settle(tx, step, StepState.READY, **deadline(engine, tx, request, step, now))
        outbox.tell(tx, "line", now, request=request.id, step=step.id, what="asked", asked=step.assignee)
        desk.ask(tx, request.id, step.assignee, now)
        return moved
    if allowed(request, step, approvals):
        return queue(engine, tx, step, StepState.READY, now, held="")  # what contains is never held
    return None


def ripe(request: Request, step: Step, steps: tuple[Step, ...], approvals: tuple[Approval, ...], now: datetime) -> bool:
    """Whether nothing more is to be asked: this waiting step may go straight into the queue of its system."""
    plain = step.state is StepState.WAITING and step.kind is StepKind.APPLY and not step.held
    going = request.state is RequestState.RUNNING and not stopped(request, step)
    return plain and going and _turn(request, step, _others(steps), now) and allowed(request, step, approvals)


def allowed(request: Request, step: Step, approvals: tuple[Approval, ...]) -> bool:
    """Whether this step may run: enough people said yes to it, or it joined late and can be undone."""
    if covered(approvals, request.digest, step.number, request.quorum):
        return True
    return step.joined_late and step.reversible


def deadline(engine: Engine, tx: Tx, request: Request, step: Step, now: datetime) -> dict[str, datetime]:
    """When whoever is asked now is late, and when they are reminded before."""
    hours = engine.rules(tx, request).runbook.deadlines.get(step.wave, 48)
    return {"deadline": now + timedelta(hours=hours), "reminded_at": now + timedelta(hours=hours / 2)}


def trouble_deadline(engine: Engine, tx: Tx, step: Step, now: datetime) -> dict[str, datetime]:
    """By when a step that something is in the way of must be done, from its first try; nothing where that is known."""
    request = records.get(tx, step.request) if step.deadline is None else None
    return deadline(engine, tx, request, step, step.first_tried_at or now) if request else {}


def _stamp(engine: Engine, tx: Tx, request: Request, steps: tuple[Step, ...], now: datetime) -> None:
    """The five stamps that count, and the end."""
    automatic = [s for s in steps if s.kind is StepKind.APPLY and not s.held]
    reads = [s for s in steps if s.kind is StepKind.READ]
    facts = {}
    read = all(s.ended for s in reads)
    locks = request.trigger is not Trigger.RESTORE  # which only gives back
    if read and locks and request.contained_at is None and all(s.ended for s in steps if s.wave is Wave.CONTAIN):
        facts["contained_at"] = now
    if read and request.applied_at is None and all(s.ended or s.state is StepState.APPLIED for s in automatic):
        facts["applied_at"] = now
    if facts:
        request = records.note(tx, request.id, **facts)
        for name in facts:
            journal.add(tx, f"request.{name.removesuffix('_at')}", now, request=request.id)
    if all(step.ended for step in steps) and not request.rests(now):
        records.advance(tx, request, RequestState.CLOSED, closed_at=now)
        journal.add(tx, "request.closed", now, request=request.id)
        after.closed(engine, tx, request, now)
        outbox.tell(tx, "root", now, request=request.id)
        if request.trigger is Trigger.ACCESS:
            redraw_access(tx, request, now)
            return  # its thread has told the end already
        outbox.tell(tx, "report", now, request=request.id)
        if not request.batch:
            outbox.tell(tx, "told", now, request=request.id, person=request.requester, what="closed")
        telling.finished(engine, tx, request, now)
