"""Files that somebody sent to us in their own chat, where forms of that chat cannot take any."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.store.database import Tx, insert
from bot.store.place_tables import files as f

KEPT = timedelta(days=1)  # no form takes older ones


def keep(tx: Tx, native_id: str, found: Iterable[tuple[str, str]], now: datetime) -> None:
    """Write down the ids and names of files; one that is sent again is as new as then. Those of old are forgotten."""
    tx.execute(sa.delete(f).where(f.c.at < now - KEPT))
    for file, name in found:
        facts = {"name": name, "at": now}
        made = insert(tx, f).values(native_id=native_id, file=file, **facts)
        tx.execute(made.on_conflict_do_update(index_elements=["native_id", "file"], set_=facts))


def since(tx: Tx, native_id: str, begin: datetime) -> tuple[tuple[str, str, datetime], ...]:
    """The ids, names and times of what this person sent from then on, the newest first."""
    ours = sa.and_(f.c.native_id == native_id, f.c.at >= begin)
    rows = tx.execute(sa.select(f.c.file, f.c.name, f.c.at).where(ours).order_by(f.c.at.desc(), f.c.file))
    return tuple((row.file, row.name, row.at) for row in rows)
