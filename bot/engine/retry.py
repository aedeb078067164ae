"""The retry law: a retry is a new attempt with a delay, never a sleep; a revocation is retried without end."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta

from bot.domain.lifecycle import StepState
from bot.domain.request import Step
from bot.engine.context import Engine, queue, scene
from bot.engine.fail import fail_closed
from bot.store import Tx, journal, outbox, records
from connectors.interface import ConnectorError, Kind

Clock = Callable[[], datetime]

UNEXPECTED = "Something unexpected happened inside Usher."

_PARKED = frozenset({Kind.PERMISSION, Kind.PERMANENT, Kind.GONE})


def parks(kind: Kind) -> bool:
    """Whether only a person can help, and waiting cannot."""
    return kind in _PARKED


def delay(kind: Kind, tries: int, age: timedelta, asked: timedelta | None) -> timedelta:
    """How long until the next attempt: what the system asked for, else by the class of its answer and our patience."""
    if kind is Kind.THROTTLED and asked is not None:
        return asked + timedelta(seconds=random.uniform(0, 1))  # noqa: S311 - jitter, not a secret
    if kind is Kind.CREDENTIAL:
        return timedelta(minutes=5)
    if age > timedelta(hours=24):
        return timedelta(hours=1)
    if age > timedelta(minutes=15):
        return timedelta(minutes=15)
    most = min(60.0, 2.0 ** min(tries, 10))
    return timedelta(seconds=random.uniform(0.2, 1) * most)  # noqa: S311


def retry_later(engine: Engine, tx: Tx, step: Step, error: ConnectorError, now: datetime) -> None:
    """Put a step back for another attempt, or park it when only a person can help."""
    facts = {"error": error.said, "error_kind": error.kind.value}
    seen = {"step": step.id, "attempt": step.attempt, "kind": error.kind.value, "said": error.said}
    if parks(error.kind):
        park(engine, tx, step, error.said, error.kind.value, now)
        return
    wait = delay(error.kind, step.tries, now - (step.first_tried_at or now), error.after)
    if queue(engine, tx, step, StepState.READY, now, wait, **facts) is not None:
        journal.add(tx, "step.retried", now, request=step.request, facts=seen)
        if not step.error:
            outbox.tell(tx, "line", now, request=step.request, step=step.id, what="retry")
            outbox.tell(tx, "root", now, request=step.request)


def park(engine: Engine, tx: Tx, step: Step, said: str, kind: str, now: datetime) -> None:
    """Only a person can help now: whoever looks after the system is asked. Access that was to be given is over."""
    request = records.lock(tx, step.request)
    if fail_closed(tx, request, step, said, kind, now):
        return
    asked = step.assignee or scene(engine, tx, request, now).keeper(request, step.system)
    facts = {"error": said, "error_kind": kind, "assignee": asked}
    if records.settle(tx, step, StepState.PARKED, due=None, **facts) is None:
        return
    seen = {"step": step.id, "attempt": step.attempt, "kind": kind, "said": said}
    journal.add(tx, "step.parked", now, request=step.request, facts=seen)
    outbox.tell(tx, "line", now, request=step.request, step=step.id, what="parked")
    outbox.tell(tx, "root", now, request=step.request)
    outbox.tell(tx, "stuck", now, request=step.request, step=step.id, person=asked)
