"""What a system said while Usher worked on requests: what a restore and a later look go by."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa
from pydantic import TypeAdapter

from bot.domain.model import SystemKey
from bot.domain.reading import Reading
from bot.store import tables as t
from bot.store.database import Tx

_READING = TypeAdapter(Reading)


def readings(tx: Tx, request_id: str, system: SystemKey) -> tuple[Reading, ...]:
    """Everything this system said for a request, from the oldest to the newest."""
    mine = sa.and_(t.readings.c.request == request_id, t.readings.c.system == system)
    rows = tx.execute(sa.select(t.readings.c.body).where(mine).order_by(t.readings.c.id))
    return tuple(_READING.validate_python(body) for body in rows.scalars())


def history(tx: Tx, requests: Collection[str], system: SystemKey, most: int = 30) -> tuple[Reading, ...]:
    """What a system said for these requests, the oldest first; of many, the newest."""
    mine = sa.and_(t.readings.c.request.in_(requests), t.readings.c.system == system)
    bodies = tx.execute(sa.select(t.readings.c.body).where(mine).order_by(t.readings.c.id.desc()).limit(most)).scalars()
    return tuple(_READING.validate_python(body) for body in reversed(bodies.all()))
