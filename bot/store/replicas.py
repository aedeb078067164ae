"""Who is alive: one row for each running process, with the moment of its last heartbeat.

On PostgreSQL every moment here is the database's own, so that the clocks of replicas need not agree.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.store import tables as t
from bot.store.database import Tx, insert

_TAKE_OVER = 7_485_301  # the number by which replicas keep each other out; it means nothing else


def beat(tx: Tx, replica: str, role: str, now: datetime) -> None:
    """Say that this replica lives. One that was given up and wakes again is back with its next beat."""
    at = _now(tx, now)
    row = insert(tx, t.replicas).values(id=replica, role=role, started_at=at, seen_at=at)
    tx.execute(row.on_conflict_do_update(index_elements=["id"], set_={"seen_at": at}))


def alive(tx: Tx, now: datetime, within: timedelta) -> frozenset[str]:
    """The replicas that were heard of lately."""
    return frozenset(
        tx.execute(sa.select(t.replicas.c.id).where(t.replicas.c.seen_at >= _now(tx, now, within))).scalars()
    )


def end(tx: Tx, replica: str) -> None:
    """This replica is no more: nobody need wait for its silence."""
    tx.execute(sa.delete(t.replicas).where(t.replicas.c.id == replica))


def forget(tx: Tx, now: datetime, silent: timedelta) -> None:
    """Drop the rows of replicas that nobody has heard of for so long."""
    tx.execute(sa.delete(t.replicas).where(t.replicas.c.seen_at < _now(tx, now, silent)))


def alone(tx: Tx, *, wait: bool = False) -> bool:
    """Whether this transaction alone may give back what others claimed, until it ends. On SQLite nobody else could."""
    if tx.dialect.name == "sqlite":
        return True
    if wait:
        tx.execute(sa.select(sa.func.pg_advisory_xact_lock(_TAKE_OVER)))
        return True
    return bool(tx.execute(sa.select(sa.func.pg_try_advisory_xact_lock(_TAKE_OVER))).scalar_one())


def _now(tx: Tx, now: datetime, back: timedelta = timedelta(0)) -> sa.ColumnElement[datetime]:
    if tx.dialect.name == "sqlite":
        return sa.literal(now - back, t.replicas.c.seen_at.type)
    return sa.func.clock_timestamp() - sa.cast(sa.literal(back), sa.Interval)
