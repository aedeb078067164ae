"""Stop, go on, cancel, reschedule: what a person in charge may do with a request."""

from __future__ import annotations

from datetime import datetime

from bot.domain.errors import Refused
from bot.domain.lifecycle import NOT_STARTED, RequestState, StepState
from bot.domain.model import PersonId, PlannedStep, Trigger
from bot.domain.planning import digest
from bot.domain.request import Request, StepKind
from bot.engine import progress, rights
from bot.engine.context import Engine, queue, scene
from bot.store import Tx, again, inbound, journal, outbox, records


@again
def stop(engine: Engine, request_id: str, by: PersonId, now: datetime) -> Request:
    """No new step of a running request starts; what runs ends. Raises Refused."""
    with engine.db.begin() as tx:
        request = _in_charge(engine, tx, request_id, by, now)
        _raise_if_access(request)
        if request.state is not RequestState.RUNNING:
            raise Refused(f"{request.id} is not running.")
        if request.stopped_at is not None:
            raise Refused(f"{request.id} is stopped already.")
        stopped = records.note(tx, request.id, stopped_at=now)
        _tell(tx, stopped, "stopped", by, now)
        return stopped


@again
def go_on(engine: Engine, request_id: str, by: PersonId, now: datetime) -> Request:
    """A stopped request continues where it was. Raises Refused."""
    with engine.db.begin() as tx:
        request = _in_charge(engine, tx, request_id, by, now)
        if request.stopped_at is None:
            raise Refused(f"{request.id} is not stopped.")
        for other in records.open_requests(tx, subject=request.subject, trigger=Trigger.RESTORE):
            if other.parent == request.id:
                raise Refused(f"{other.id} would give back what this took.", hint=f"Cancel {other.id} first.")
        running = records.note(tx, request.id, stopped_at=None)
        _tell(tx, running, "resumed", by, now)
        for step in records.steps(tx, request.id):
            if step.state is StepState.READY and step.kind is StepKind.APPLY:
                queue(engine, tx, step, StepState.READY, now)
        progress.free(engine, tx, running, now)
        return running


@again
def cancel(engine: Engine, request_id: str, by: PersonId, now: datetime) -> Request:
    """Give a request up before it starts. Raises Refused."""
    with engine.db.begin() as tx:
        request = _in_charge(engine, tx, request_id, by, now)
        if request.state not in NOT_STARTED:
            raise Refused(f"{request.id} has started and cannot be cancelled.", hint="Press Stop to hold it.")
        cancelled = records.advance(tx, request, RequestState.WITHDRAWN, closed_at=now)
        _tell(tx, cancelled, "cancelled", by, now)
        return cancelled


@again
def reschedule(engine: Engine, request_id: str, by: PersonId, starts_at: datetime, now: datetime) -> Request:
    """Another time, before it starts: the people who decide are asked again. Raises Refused."""
    with engine.db.begin() as tx:
        request = _in_charge(engine, tx, request_id, by, now)
        _raise_if_access(request)
        if request.state not in NOT_STARTED or not request.digest:
            raise Refused(f"{request.id} cannot be moved to another time any more.")
        if starts_at <= now:
            raise Refused("That time has already passed.", field="day")
        if request.state is not RequestState.AWAITING_APPROVAL:
            request = records.advance(tx, request, RequestState.AWAITING_APPROVAL, decided_at=None)
        # Asked again is another question, even for a time that was approved once: old answers do not count for it.
        asked = f"{starts_at.isoformat()} asked {now.isoformat()}"
        name = digest(request.id, request.subject, asked, _lines(tx, request))
        rights.deciders(engine, tx, request, now)
        moved = records.note(tx, request.id, starts_at=starts_at, immediate=False, digest=name)
        _tell(tx, moved, "rescheduled", by, now, starts=starts_at.isoformat())
        return moved


@again
def comment(engine: Engine, channel: str, thread: str, by: PersonId, text: str, key: str, now: datetime) -> str | None:
    """Keep a human reply in a request's thread; the request's id, or None when the thread is nobody's."""
    with engine.db.begin() as tx:
        request = outbox.request_of_thread(tx, channel, thread)
        if request is None or inbound.seen(tx, f"comment:{key}", now):
            return request
        journal.add(tx, "request.comment", now, request=request, facts={"by": by}, private={"text": text})
        return request


def _lines(tx: Tx, request: Request) -> list[PlannedStep]:
    return [
        PlannedStep(
            step.number,
            step.system,
            step.wave,
            step.action,
            step.privileged,
            step.reversible,
            step.assignee,
            step.held,
        )
        for step in records.steps(tx, request.id)
        if step.action is not None
    ]


def _in_charge(engine: Engine, tx: Tx, request_id: str, by: PersonId, now: datetime) -> Request:
    """The request, locked, if this person may steer it today; never the subject. Raises Refused."""
    request = records.lock(tx, request_id)
    around = scene(engine, tx, request, now)
    concerned = by == request.subject and request.trigger is not Trigger.ACCESS
    if concerned or not rights.steers(around, request, by):
        raise Refused("You may not do this.", hint="HR, security and whoever asked may.")
    return request


def _raise_if_access(request: Request) -> None:
    """Its end must come whatever happens, so it is never held. Raises Refused."""
    if request.trigger is Trigger.ACCESS:
        raise Refused(f"{request.id} ends by the clock.", hint="Press Give back now to end it, or Extend.")
    if request.trigger is Trigger.PAUSE:
        raise Refused(f"{request.id} ends by the clock.", hint="End it, or choose another day, with its buttons.")


def _tell(tx: Tx, request: Request, what: str, by: PersonId, now: datetime, **facts: str) -> None:
    journal.add(tx, f"request.{what}", now, request=request.id, facts={"by": by})
    outbox.tell(tx, "line", now, request=request.id, what=what, by=by, **facts)
    outbox.tell(tx, "root", now, request=request.id)
    for person in request.approvers:
        outbox.tell(tx, "approval", now, request=request.id, person=person)
