"""Steps that do not get on: put back because of their system, parked, or at work for too long."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.domain.hold import HOLDS
from bot.domain.lifecycle import RequestState, StepState
from bot.domain.model import SystemKey
from bot.domain.planning import APPROVAL
from bot.domain.request import Step, StepKind
from bot.store import halts
from bot.store import tables as t
from bot.store.database import Tx
from bot.store.records import to_step

_OF_THE_SYSTEM = ("transient", "throttled", "credential")  # a class of trouble that all steps of a system share


def put_back(tx: Tx, system: SystemKey, now: datetime, limit: int) -> tuple[Step, ...]:
    """Steps that wait because their system is in trouble, the most powerful first; not those of stopped requests."""
    rows = tx.execute(
        sa.select(t.steps)
        .join(t.requests)
        .where(
            t.steps.c.system == system,
            t.steps.c.state.in_([StepState.READY.value, StepState.APPLIED.value]),
            t.steps.c.due > now,
            t.steps.c.error_kind.in_(_OF_THE_SYSTEM),
            halts.GOES_ON,
        )
        .order_by(t.steps.c.privileged.desc(), t.steps.c.first_tried_at, t.steps.c.id)
        .limit(limit),
    )
    return tuple(to_step(row) for row in rows)


def unpermitted(tx: Tx, now: datetime, then: datetime, limit: int = 500) -> tuple[Step, ...]:
    """Steps parked for want of a permission whose next check is due; nobody else is given them before `then`."""
    due = (
        sa.select(t.steps.c.id)
        .join(t.requests)
        .where(
            t.steps.c.state == StepState.PARKED.value,
            t.steps.c.due <= now,
            halts.GOES_ON,
        )
        .limit(limit)
        .with_for_update(of=t.steps, skip_locked=True)
    )
    mine = tx.execute(due).scalars().all()
    taken = sa.update(t.steps).where(t.steps.c.id.in_(mine)).values(due=then).returning(*t.steps.c)
    return in_order(tx.execute(taken)) if mine else ()


def hanging(tx: Tx, now: datetime, then: datetime) -> tuple[Step, ...]:
    """Steps at work for longer than they should be; the same ones are not found again before `then`."""
    late = sa.and_(t.steps.c.state == StepState.RUNNING.value, t.steps.c.due <= now)
    rows = tx.execute(sa.update(t.steps).where(late).values(due=then).returning(*t.steps.c))
    return tuple(to_step(row) for row in rows)


def waiting_for_people(tx: Tx) -> tuple[Step, ...]:
    """Steps of running requests that wait for a named person: to do something, to name somebody, to help."""
    task = sa.and_(t.steps.c.state == StepState.READY.value, t.steps.c.kind == StepKind.TASK.value)
    question = sa.and_(t.steps.c.state == StepState.HELD.value, t.steps.c.held.not_in([APPROVAL, *HOLDS]))
    waits = sa.or_(t.steps.c.state == StepState.PARKED.value, task, question)
    running = t.requests.c.state == RequestState.RUNNING.value
    named = t.steps.c.assignee.is_not(None)
    return in_order(tx.execute(sa.select(t.steps).join(t.requests).where(waits, named, running)))


def overdue_tasks(tx: Tx, now: datetime) -> tuple[Step, ...]:
    """People's open steps past the time of their reminder (half of the way to the deadline)."""
    rows = tx.execute(
        sa.select(t.steps)
        .where(
            sa.or_(
                t.steps.c.state.in_([StepState.HELD.value, StepState.PARKED.value]),
                sa.and_(t.steps.c.state == StepState.READY.value, t.steps.c.kind == StepKind.TASK.value),
            ),
            t.steps.c.assignee.is_not(None),
            t.steps.c.held.not_in(sorted(HOLDS)),
            t.steps.c.reminded_at.is_not(None),
            t.steps.c.reminded_at <= now,
        )
        .with_for_update(skip_locked=True),  # what another replica reminds of now, or somebody answers now
    )
    return in_order(rows)


def in_order(rows: Iterable[Any]) -> tuple[Step, ...]:
    """These steps as their plans have them: the order of rows that were changed is any."""
    return tuple(sorted(map(to_step, rows), key=lambda step: (step.request, step.number)))
