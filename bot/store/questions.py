"""Questions to people about what somebody leaves behind, as rows."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa

from bot.domain.lifecycle import OPEN_REQUESTS, RequestState, StepState
from bot.domain.model import PersonId, RequestId, SystemKey, Trigger
from bot.domain.planning import APPROVAL
from bot.domain.request import Request, Step, StepKind
from bot.store import records
from bot.store import tables as t
from bot.store.database import Tx
from bot.store.stuck import in_order


def automatic(tx: Tx, system: SystemKey) -> tuple[Step, ...]:
    """Tasks of Usher itself that nobody has to do, in running requests: they end once what they say is so."""
    mine = sa.and_(t.steps.c.system == system, t.steps.c.state == StepState.READY.value, t.steps.c.assignee.is_(None))
    going = sa.and_(t.requests.c.state == RequestState.RUNNING.value, t.requests.c.stopped_at.is_(None))
    return in_order(tx.execute(sa.select(t.steps).join(t.requests).where(mine, going)))


def with_items(tx: Tx) -> tuple[Request, ...]:
    """Running requests in which an item waits for an approval of its own."""
    item = sa.and_(t.steps.c.state == StepState.HELD.value, t.steps.c.held == APPROVAL)
    running = t.requests.c.state == RequestState.RUNNING.value
    found = tx.execute(sa.select(t.steps.c.request).join(t.requests).where(item, running)).scalars().all()
    return records.many(tx, set(found)) if found else ()


def put_to(tx: Tx, person: PersonId) -> tuple[RequestId, ...]:
    """The requests that wait for a decision and about which this person is asked, oldest first."""
    written = sa.cast(t.requests.c.approvers, sa.Text)  # as it lies there: no list of many is read for one of them
    mine = sa.and_(
        t.requests.c.state == RequestState.AWAITING_APPROVAL.value,
        written.contains(json.dumps(person), autoescape=True),
    )
    return tuple(tx.execute(sa.select(t.requests.c.id).where(mine).order_by(t.requests.c.created_at)).scalars())


def begun_by(tx: Tx, person: PersonId) -> tuple[RequestId, ...]:
    """The requests about others that this person asked for and that are not over, oldest first."""
    living = t.requests.c.state.in_([state.value for state in OPEN_REQUESTS])
    theirs = sa.and_(t.requests.c.requester == person, t.requests.c.subject != person, living)
    return tuple(tx.execute(sa.select(t.requests.c.id).where(theirs).order_by(t.requests.c.created_at)).scalars())


def touched(tx: Tx, keys: Collection[str]) -> dict[str, frozenset[SystemKey]]:
    """For each of these requests the systems whose owners decide, as in bot.domain.request."""
    changes = t.steps.c.kind == StepKind.APPLY.value
    unread = sa.and_(t.steps.c.kind == StepKind.READ.value, t.steps.c.state == StepState.DROPPED.value)
    query = sa.select(t.steps.c.request, t.steps.c.system).distinct()
    found: dict[str, set[SystemKey]] = {key: set() for key in keys}
    for row in tx.execute(query.where(t.steps.c.request.in_(keys), sa.or_(changes, unread))):
        found[row.request].add(SystemKey(row.system))
    return {key: frozenset(systems) for key, systems in found.items()}


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
    return in_order(tx.execute(sa.select(t.steps).join(t.requests).where(late, running)))
