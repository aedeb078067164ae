"""What the chat platform brought, by the name it gave each delivery: what came before, and what was answered."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from bot.store import chat_tables as c
from bot.store.database import Tx, insert


@dataclass(frozen=True, slots=True)
class Unserved:
    """Something that was heard and not answered: whose it is, what they did, and when."""

    who: str
    did: str
    at: datetime


def seen(tx: Tx, key: str, now: datetime) -> bool:
    """Whether this delivery of the platform came before; remembers it."""
    fresh = insert(tx, c.inbound).values(key=key, at=now).on_conflict_do_nothing().returning(c.inbound.c.key)
    return tx.execute(fresh).one_or_none() is None


def take(
    tx: Tx, key: str, now: datetime, answer: str, *, abandoned: datetime, who: str = "", did: str = ""
) -> str | None:
    """Remember this delivery; None where nobody did, or where whoever did before `abandoned` never answered.

    `who` stays until it is answered.
    """
    i = c.inbound
    facts = {"key": key, "at": now, "answer": answer, "who": who, "did": did}
    fresh = insert(tx, i).values(facts).on_conflict_do_nothing().returning(i.c.key)
    if tx.execute(fresh).one_or_none() is not None:
        return None
    open_still = sa.or_(i.c.answer == "", i.c.who != "")
    late = sa.update(i).where(i.c.key == key, open_still, i.c.at < abandoned).values(at=now).returning(i.c.key)
    return None if tx.execute(late).one_or_none() is not None else answer_of(tx, key)


def answered(tx: Tx, key: str, answer: str) -> None:
    """What this delivery was answered with."""
    tx.execute(sa.update(c.inbound).where(c.inbound.c.key == key).values(answer=answer, who=""))


def served(tx: Tx, keys: Collection[str]) -> None:
    """These were answered, with what was known before or with nothing."""
    tx.execute(sa.update(c.inbound).where(c.inbound.c.key.in_(keys)).values(who=""))


def any_unserved(tx: Tx, before: datetime) -> bool:
    """Whether something that came before that instant was never answered."""
    i = c.inbound
    return tx.execute(sa.select(i.c.key).where(i.c.who != "", i.c.at < before).limit(1)).one_or_none() is not None


def claim_unserved(tx: Tx, before: datetime) -> tuple[Unserved, ...]:
    """What came before that instant and was never answered, for this caller alone; the oldest first."""
    i = c.inbound
    rows = tx.execute(sa.select(i).where(i.c.who != "", i.c.at < before).order_by(i.c.at, i.c.key).with_for_update())
    found = [(row.key, Unserved(row.who, row.did, row.at)) for row in rows]
    served(tx, [key for key, _one in found])
    return tuple(one for _key, one in found)


def answer_of(tx: Tx, key: str) -> str:
    """What this delivery was answered with; nothing while it is being answered."""
    return tx.execute(sa.select(c.inbound.c.answer).where(c.inbound.c.key == key)).scalar_one_or_none() or ""


def forget(tx: Tx, key: str) -> None:
    """As if this delivery never came."""
    tx.execute(sa.delete(c.inbound).where(c.inbound.c.key == key))


def forget_before(tx: Tx, before: datetime) -> int:
    """Forget the deliveries that came before that instant; how many."""
    return tx.execute(sa.delete(c.inbound).where(c.inbound.c.at < before)).rowcount
