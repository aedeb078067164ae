"""Locks before the approval: requests of their own, each following from the offboarding it was pressed in."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from bot.domain.model import RequestId, Trigger
from bot.domain.request import Request
from bot.store import records
from bot.store import tables as t
from bot.store.database import Tx

_LOCK = t.requests.c.trigger == Trigger.LOCK.value


def of(tx: Tx, parent: str) -> Request | None:
    """The lock of an offboarding, if it has one."""
    found = sa.select(t.requests.c.id).where(_LOCK, t.requests.c.parent == parent)
    key = tx.execute(found).scalars().first()
    return records.get(tx, key) if key else None


def unreviewed(tx: Tx, now: datetime) -> tuple[RequestId, ...]:
    """Locks at which somebody must look now, because they are owed a decision or were decided."""
    parent = t.requests.alias()
    open_ = parent.c.state.in_(["planning", "awaiting_approval"])
    rows = tx.execute(
        sa.select(t.requests.c.id)
        .join(parent, parent.c.id == t.requests.c.parent)
        .where(_LOCK, t.requests.c.expires_at.is_not(None))
        .where(sa.or_(t.requests.c.expires_at <= now, ~open_))
        .order_by(t.requests.c.expires_at)
    )
    return tuple(rows.scalars())
