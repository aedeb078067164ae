"""Accounts to be deleted some day: a row for each system after an offboarding, each of which ends once."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from bot.domain.model import RequestId, SystemKey
from bot.store import tables as t
from bot.store.database import Tx
from bot.store.deletion_tables import deletions


@dataclass(frozen=True, slots=True)
class Deletion:
    """The accounts of one system that `parent` left locked: asked about at `due`, by `request` once that is made.

    `said` is why it was put off, or how it ended.
    """

    id: int
    parent: RequestId
    system: SystemKey
    due: datetime
    request: RequestId | None = None
    ended_at: datetime | None = None
    said: str = ""

    @property
    def waits(self) -> bool:
        """Whether its day is still to come, or has come and nobody has begun it."""
        return self.request is None and self.ended_at is None


def plan(tx: Tx, parent: str, days: Iterable[tuple[SystemKey, datetime]]) -> None:
    """Write down the day of each system; one that waits for a day already waits for that one alone."""
    known = {one.system for one in of(tx, parent) if one.waits}
    rows = [{"parent": parent, "system": key, "due": at} for key, at in days if key not in known]
    if rows:
        tx.execute(sa.insert(deletions), rows)


def due(tx: Tx, now: datetime, limit: int = 500) -> tuple[Deletion, ...]:
    """Those whose day has come and which nobody has begun, the oldest first."""
    ripe = sa.and_(deletions.c.ended_at.is_(None), deletions.c.due <= now, deletions.c.request.is_(None))
    return _rows(tx, sa.select(deletions).where(ripe).order_by(deletions.c.due, deletions.c.id).limit(limit))


def of(tx: Tx, parent: str) -> tuple[Deletion, ...]:
    """Every one after this offboarding, by its day."""
    return _rows(tx, sa.select(deletions).where(deletions.c.parent == parent).order_by(deletions.c.due, deletions.c.id))


def for_request(tx: Tx, request: str) -> tuple[Deletion, ...]:
    """Those that one request asks about."""
    return _rows(tx, sa.select(deletions).where(deletions.c.request == request).order_by(deletions.c.id))


def coming(tx: Tx, subject: str) -> tuple[Deletion, ...]:
    """What is still to come about somebody."""
    mine = sa.and_(t.requests.c.subject == subject, deletions.c.ended_at.is_(None), deletions.c.request.is_(None))
    joined = sa.select(deletions).join(t.requests, t.requests.c.id == deletions.c.parent)
    return _rows(tx, joined.where(mine).order_by(deletions.c.due, deletions.c.id))


def begin(tx: Tx, rows: Collection[Deletion], request: str) -> None:
    """These are asked about with this request."""
    tx.execute(sa.update(deletions).where(_living(rows)).values(request=request))


def put_off(tx: Tx, rows: Collection[Deletion], until: datetime, why: str) -> None:
    """These are looked at again on a later day; a request that asked about them does so no more."""
    tx.execute(sa.update(deletions).where(_living(rows)).values(due=until, request=None, said=why))


def end(tx: Tx, rows: Collection[Deletion], said: str, now: datetime) -> None:
    """These are over, and why."""
    tx.execute(sa.update(deletions).where(_living(rows)).values(ended_at=now, said=said))


def _living(rows: Collection[Deletion]) -> sa.ColumnElement[bool]:
    return sa.and_(deletions.c.id.in_([one.id for one in rows]), deletions.c.ended_at.is_(None))


def _rows(tx: Tx, query: sa.Select[tuple[object, ...]]) -> tuple[Deletion, ...]:
    return tuple(Deletion(**row._mapping) for row in tx.execute(query))  # noqa: SLF001 - SQLAlchemy's public name
