"""A request starts: every system is read again, and what was approved meets what is there now."""

from __future__ import annotations

from datetime import datetime

from bot.domain.lifecycle import RequestState
from bot.domain.model import Trigger
from bot.domain.request import Request, StepKind
from bot.engine import giving, progress, reseat, resting, revive, rights, seats, telling
from bot.engine.context import Engine
from bot.engine.expire import end_for_leaver
from bot.engine.look import look
from bot.store import Tx, brakes, due, journal, outbox, records

_APPROVED = frozenset({RequestState.APPROVED, RequestState.SCHEDULED})


def start(engine: Engine, tx: Tx, request: Request, now: datetime) -> None:
    """Begin the work of a locked, approved request; one that the brake holds begins when it is let go."""
    if request.trigger is Trigger.LEAVER and brakes.of(tx, request.id) is not None:
        records.advance(tx, request, RequestState.SCHEDULED)
        outbox.tell(tx, "line", now, request=request.id, what="braked")
        return
    if request.trigger is Trigger.RESTORE:
        giving.begin(tx, request, now)
    running = records.advance(tx, request, RequestState.RUNNING, started_at=now)
    journal.add(tx, "request.started", now, request=request.id)
    outbox.tell(tx, "line", now, request=request.id, what="started")
    for person in request.approvers:  # the press can no longer be taken back
        outbox.tell(tx, "approval", now, request=request.id, person=person)
    if request.trigger is Trigger.PAUSE:
        resting.begin(tx, running, now)
    if request.trigger is Trigger.LEAVER:
        seats.begin(engine, tx, running, now)
    if request.trigger is Trigger.RESTORE:
        reseat.begin(tx, running, now)
    telling.started(engine, tx, running, now)
    look(engine, tx, running, now)
    progress.free(engine, tx, running, now)
    if request.trigger is Trigger.LEAVER:
        end_for_leaver(engine, tx, request.subject, now)
        revive.end_for_leaver(engine, tx, request.subject, now)


def start_due(engine: Engine, now: datetime) -> int:
    """Start what was approved and whose time has come; free what waited for its date. Returns how many started."""
    with engine.db.look() as tx:
        held = brakes.held(tx)
        begins = [request for request in records.starting(tx, now) if request.id not in held]
        rest = due.resting(tx, now)
    for request in begins:
        with engine.db.begin() as tx:
            locked = records.lock(tx, request.id)
            its_time = locked.contains_at_once or locked.starts_at <= now
            if locked.state in _APPROVED and its_time and not _held_up(engine, tx, locked, now):
                start(engine, tx, locked, now)
    for key in rest:
        with engine.db.begin() as tx:
            _rest(engine, tx, records.lock(tx, key), now)
    return len(begins)


def _held_up(engine: Engine, tx: Tx, request: Request, now: datetime) -> bool:
    """What was approved days ago is looked at again: do those who said yes still may, is the person protected now."""
    return rights.shielded(engine, tx, request, now) or rights.ask_again(engine, tx, request, now)


def _rest(engine: Engine, tx: Tx, request: Request, now: datetime) -> None:
    """The date of an exit that was contained before: every system is read once more, for what appeared since."""
    if request.state is not RequestState.RUNNING:
        return
    reads = [step for step in records.steps(tx, request.id) if step.kind is StepKind.READ]
    since = [step for step in reads if step.first_tried_at is None or step.first_tried_at >= request.starts_at]
    if reads and not since:
        look(engine, tx, request, now)
    progress.free_due(engine, tx, request, now)
