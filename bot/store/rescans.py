"""Looks to come, and those that were made: rows with a time, each of which ends once."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from bot.domain.model import RequestId, StepId
from bot.store import tables as t
from bot.store.database import Tx
from bot.store.rescan_tables import rescans


@dataclass(frozen=True, slots=True)
class Look:
    """One look to come at what `parent` ended. `nth` is its day; 0 for one more. `step` is a gift, or nothing."""

    id: int
    parent: RequestId
    step: StepId
    nth: int
    due: datetime
    request: RequestId | None = None
    ended_at: datetime | None = None
    said: str = ""


def plan(tx: Tx, parent: str, due: Iterable[tuple[int, datetime]], *, step: str = "") -> None:
    """Write looks down, by the day each is for and its moment."""
    rows = [{"parent": parent, "step": step, "nth": nth, "due": at} for nth, at in due]
    if rows:
        tx.execute(sa.insert(rescans), rows)


def due(tx: Tx, now: datetime, limit: int = 2000) -> tuple[Look, ...]:
    """Looks whose time has come and which nobody has begun, the oldest first."""
    waiting = sa.and_(rescans.c.ended_at.is_(None), rescans.c.due <= now, rescans.c.request.is_(None))
    rows = tx.execute(sa.select(rescans).where(waiting).order_by(rescans.c.due, rescans.c.id).limit(limit))
    return tuple(_look(row) for row in rows)


def of(tx: Tx, parent: str) -> tuple[Look, ...]:
    """Every look after this request, made or to come, by its time."""
    rows = tx.execute(sa.select(rescans).where(rescans.c.parent == parent).order_by(rescans.c.due, rescans.c.id))
    return tuple(_look(row) for row in rows)


def for_request(tx: Tx, request: str) -> tuple[Look, ...]:
    """The looks that are made with this request: after a standstill, several in one."""
    rows = tx.execute(sa.select(rescans).where(rescans.c.request == request).order_by(rescans.c.due, rescans.c.id))
    return tuple(_look(row) for row in rows)


def begin(tx: Tx, looks: Collection[Look], request: str) -> bool:
    """These looks are made with this request; False when somebody else began one of them."""
    mine = sa.and_(
        rescans.c.id.in_([one.id for one in looks]), rescans.c.request.is_(None), rescans.c.ended_at.is_(None)
    )
    return tx.execute(sa.update(rescans).where(mine).values(request=request)).rowcount == len(looks)


def end(tx: Tx, looks: Collection[Look], said: str, now: datetime) -> None:
    """These looks are over, and why."""
    living = sa.and_(rescans.c.id.in_([one.id for one in looks]), rescans.c.ended_at.is_(None))
    tx.execute(sa.update(rescans).where(living).values(ended_at=now, said=said))


def next_for(tx: Tx, subject: str) -> Look | None:
    """The next look at what somebody had, if one is to come."""
    mine = sa.and_(t.requests.c.subject == subject, rescans.c.ended_at.is_(None), rescans.c.step == "")
    row = tx.execute(
        sa.select(rescans)
        .join(t.requests, t.requests.c.id == rescans.c.parent)
        .where(mine, rescans.c.request.is_(None))
        .order_by(rescans.c.due)
        .limit(1),
    ).one_or_none()
    return _look(row) if row else None


def _look(row: sa.Row[tuple[object, ...]]) -> Look:
    return Look(**row._mapping)  # noqa: SLF001 - SQLAlchemy's public name
