"""Questions to people about what somebody leaves behind, as rows."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa

from bot.domain.lifecycle import RequestState, StepState
from bot.domain.model import PersonId, SystemKey, Trigger
from bot.domain.request import Step
from bot.store import tables as t
from bot.store.database import Tx
from bot.store.records import to_step


def automatic(tx: Tx, system: SystemKey) -> tuple[Step, ...]:
    """Tasks of Usher itself that nobody has to do, in running requests: they end once what they say is so."""
    mine = sa.and_(t.steps.c.system == system, t.steps.c.state == StepState.READY.value, t.steps.c.assignee.is_(None))
    going = sa.and_(t.requests.c.state == RequestState.RUNNING.value, t.requests.c.stopped_at.is_(None))
    return tuple(map(to_step, tx.execute(sa.select(t.steps).join(t.requests).where(mine, going))))


def lent_by(tx: Tx, person: PersonId) -> tuple[str, ...]:
    """The requests for access, running now, to which this person said yes."""
    yes = sa.and_(t.approvals.c.person == person, t.approvals.c.yes, t.approvals.c.withdrawn_at.is_(None))
    lent = sa.and_(t.requests.c.trigger == Trigger.ACCESS.value, t.requests.c.state == RequestState.RUNNING.value)
    ids = sa.select(t.requests.c.id).join(t.approvals, t.approvals.c.request == t.requests.c.id).where(yes, lent)
    return tuple(sorted(set(tx.execute(ids).scalars())))


def unanswered(tx: Tx, held: Collection[str], now: datetime) -> tuple[Step, ...]:
    """Steps of running requests that wait for such an answer, past their deadline."""
    late = sa.and_(t.steps.c.state == StepState.HELD.value, t.steps.c.held.in_(held), t.steps.c.deadline <= now)
    running = sa.and_(t.requests.c.state == RequestState.RUNNING.value, t.requests.c.stopped_at.is_(None))
    return tuple(map(to_step, tx.execute(sa.select(t.steps).join(t.requests).where(late, running))))
