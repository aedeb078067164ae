"""How fast the chat may be written to, and what operations know of: rows, so that all replicas share them."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.store import chat_tables as c
from bot.store.database import Tx, insert


def take(tx: Tx, name: str, now: datetime, every: timedelta, burst: int = 1) -> datetime | None:
    """Take the next turn of `name`, one `every` so often and at most `burst` at once; else when the next one is free.

    None: the turn is ours. The row keeps the instant at which all turns taken so far are used up.
    """
    ahead = every * (burst - 1)
    p = c.paces
    fresh = insert(tx, p).values(name=name, free_at=now + every)
    if tx.execute(fresh.on_conflict_do_nothing().returning(p.c.name)).one_or_none():
        return None
    used: datetime = tx.execute(sa.select(p.c.free_at).where(p.c.name == name).with_for_update()).scalar_one()
    if used > now + ahead:
        return used - ahead
    tx.execute(sa.update(p).where(p.c.name == name).values(free_at=max(used, now) + every))
    return None


def wait(tx: Tx, name: str, until: datetime) -> None:
    """Nobody's turn before that instant: the platform asked for it."""
    p = c.paces
    asked = insert(tx, p).values(name=name, free_at=until)
    longer = asked.on_conflict_do_update(index_elements=["name"], set_={"free_at": until}, where=p.c.free_at < until)
    tx.execute(longer)


def begin_trouble(tx: Tx, name: str, said: str, now: datetime) -> bool:
    """Write down that something is wrong; False when that is known already."""
    r = c.troubles
    facts = {"said": said, "since": now, "over_at": None}
    first = insert(tx, r).values(name=name, **facts)
    again = first.on_conflict_do_update(index_elements=["name"], set_=facts, where=r.c.over_at.is_not(None))
    return tx.execute(again.returning(r.c.name)).one_or_none() is not None


def end_trouble(tx: Tx, name: str, now: datetime) -> datetime | None:
    """Write down that it is over; since when it was, or None when nothing was wrong."""
    r = c.troubles
    over = sa.update(r).where(r.c.name == name, r.c.over_at.is_(None)).values(over_at=now).returning(r.c.since)
    return tx.execute(over).scalar_one_or_none()


def in_trouble(tx: Tx, name: str) -> bool:
    """Whether something is known to be wrong."""
    r = c.troubles
    return tx.execute(sa.select(r.c.name).where(r.c.name == name, r.c.over_at.is_(None))).one_or_none() is not None
