"""Who was told what because others were silent: nobody is told the same thing twice."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.domain.lifecycle import RequestState, StepState
from bot.domain.model import PersonId, Trigger
from bot.domain.request import Step, StepKind
from bot.store import fallout_tables as f
from bot.store import records
from bot.store import tables as t
from bot.store.batch_tables import batch_members
from bot.store.database import Tx, insert

_e, _m = f.escalations, batch_members
LAST = 3  # the level at which everybody was told
_OPEN = (StepState.READY, StepState.HELD, StepState.PARKED, StepState.APPLIED)


@dataclass(frozen=True, slots=True)
class Told:
    """That somebody was told about something, at which level of the chain, and when."""

    about: str
    person: PersonId
    level: int
    at: datetime


def add(tx: Tx, told: Told) -> bool:
    """Write it down; False when this person was told about this before."""
    row = insert(tx, _e).values(about=told.about, person=told.person, level=told.level, at=told.at)
    return tx.execute(row.on_conflict_do_nothing().returning(_e.c.about)).one_or_none() is not None


def tell(
    tx: Tx, about: str, levels: Sequence[Sequence[PersonId]], now: datetime
) -> tuple[tuple[int, tuple[PersonId, ...]], ...]:
    """Who of these levels was not told about this before, level by level; written down as told now."""
    found = []
    for level, people in enumerate(levels, start=1):
        fresh = tuple(person for person in people if add(tx, Told(about, person, level, now)))
        if fresh:
            found.append((level, fresh))
    heard(tx, about, len(levels), now)
    return tuple(found)


def heard(tx: Tx, about: str, level: int, now: datetime) -> None:
    """Once the last level was reached nobody is left to be told: it is not looked at again."""
    if level >= LAST:
        add(tx, Told(about, PersonId(""), LAST, now))


def told(tx: Tx, about: str) -> tuple[Told, ...]:
    """Everybody who was told about this, in order."""
    rows = tx.execute(
        sa.select(_e).where(_e.c.about == about, _e.c.person != "").order_by(_e.c.level, _e.c.at, _e.c.person)
    )
    return tuple(Told(row.about, PersonId(row.person), row.level, row.at) for row in rows)


def of_steps(tx: Tx, request: str) -> dict[str, tuple[PersonId, ...]]:
    """Who was told about the steps of a request, by step."""
    mine = (_e.c.person != "") & _e.c.about.in_(sa.select(t.steps.c.id).where(t.steps.c.request == request))
    found: dict[str, tuple[PersonId, ...]] = {}
    for row in tx.execute(sa.select(_e).where(mine).order_by(_e.c.level, _e.c.at, _e.c.person)):
        found[row.about] = (*found.get(row.about, ()), PersonId(row.person))
    return found


def late(tx: Tx, now: datetime, quiet: timedelta, besides: Collection[str], after: str, limit: int) -> tuple[Step, ...]:
    """Open steps past their deadline in requests that go on, a page by id; `besides` are holds that end by themselves.

    An automatic step is late only while something is in its way. Nobody heard of these for `quiet`, and not all did.
    """
    waits = sa.and_(t.steps.c.state.in_([one.value for one in _OPEN]), t.steps.c.deadline <= now)
    going = sa.and_(t.requests.c.state == RequestState.RUNNING.value, t.requests.c.stopped_at.is_(None))
    by_people = sa.or_(t.steps.c.kind == StepKind.TASK.value, t.steps.c.state == StepState.HELD.value)
    rows = tx.execute(
        sa.select(t.steps)
        .join(t.requests)
        .where(waits, going, t.steps.c.held.not_in(list(besides)), sa.or_(by_people, t.steps.c.error_kind != ""))
        .where(~_heard(t.steps.c.id, now - quiet), t.steps.c.id > after)
        .order_by(t.steps.c.id)
        .limit(limit),
    )
    return tuple(records.to_step(row) for row in rows)


def _heard(about: sa.ColumnElement[str], since: datetime) -> sa.ColumnElement[bool]:
    """Whether the whole chain was told about something, or somebody was a while ago only."""
    lately = sa.or_(_e.c.level >= LAST, _e.c.at > since)
    return sa.exists().where(_e.c.about == about, lately)


def heard_lately(tx: Tx, about: Collection[str], since: datetime) -> frozenset[str]:
    """Of which of these the whole chain was told, or somebody a moment ago."""
    lately = sa.or_(_e.c.level >= LAST, _e.c.at > since)
    return frozenset(tx.execute(sa.select(_e.c.about).where(_e.c.about.in_(about), lately)).scalars())


def awaiting(tx: Tx, now: datetime, patience: timedelta, quiet: timedelta) -> tuple[str, ...]:
    """Requests that wait for people's yes for so long, and do not end by themselves; each asked about by itself."""
    r = t.requests.c
    mine = sa.and_(_m.c.batch == r.batch, _m.c.person == r.subject, _m.c.told_at.is_(None))
    together = sa.exists().where(mine, sa.or_(_m.c.digest == "", _m.c.digest == r.digest))  # one question for many
    about = sa.literal("approval:") + r.id + ":" + sa.func.substr(r.digest, 1, 16)
    rows = tx.execute(
        sa.select(r.id)
        .where(r.state == RequestState.AWAITING_APPROVAL.value, r.expires_at.is_(None))
        .where(r.trigger != Trigger.DELETE.value)  # who is silent keeps the accounts, and hears of it each morning
        .where(r.created_at <= now - patience, ~_heard(about, now - quiet))
        .where(sa.or_(r.batch == "", ~together))
        .order_by(r.created_at, r.id),
    )
    return tuple(rows.scalars())
