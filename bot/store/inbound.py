"""What the chat platform brought, by the name it gave each delivery: what came before, and what was answered."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from bot.store import chat_tables as c
from bot.store.database import Tx, insert


def seen(tx: Tx, key: str, now: datetime) -> bool:
    """Whether this delivery of the platform came before; remembers it."""
    fresh = insert(tx, c.inbound).values(key=key, at=now).on_conflict_do_nothing().returning(c.inbound.c.key)
    return tx.execute(fresh).one_or_none() is None


def take(tx: Tx, key: str, now: datetime, answer: str, *, abandoned: datetime) -> str | None:
    """Remember this delivery; None where nobody did, or where whoever did before `abandoned` never answered."""
    i = c.inbound
    fresh = insert(tx, i).values(key=key, at=now, answer=answer).on_conflict_do_nothing().returning(i.c.key)
    if tx.execute(fresh).one_or_none() is not None:
        return None
    late = sa.update(i).where(i.c.key == key, i.c.answer == "", i.c.at < abandoned).values(at=now).returning(i.c.key)
    return None if tx.execute(late).one_or_none() is not None else answer_of(tx, key)


def answered(tx: Tx, key: str, answer: str) -> None:
    """What this delivery was answered with."""
    tx.execute(sa.update(c.inbound).where(c.inbound.c.key == key).values(answer=answer))


def answer_of(tx: Tx, key: str) -> str:
    """What this delivery was answered with; nothing while it is being answered."""
    return tx.execute(sa.select(c.inbound.c.answer).where(c.inbound.c.key == key)).scalar_one_or_none() or ""


def forget(tx: Tx, key: str) -> None:
    """As if this delivery never came."""
    tx.execute(sa.delete(c.inbound).where(c.inbound.c.key == key))


def forget_before(tx: Tx, before: datetime) -> int:
    """Forget the deliveries that came before that instant; how many."""
    return tx.execute(sa.delete(c.inbound).where(c.inbound.c.at < before)).rowcount
