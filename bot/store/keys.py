"""Which keys seal something here, and sealing it anew with another one."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from bot.store import chat_tables as c
from bot.store import proposal_tables as p
from bot.store import tables as t
from bot.store.database import Tx, insert
from bot.store.sealing import Ring, is_sealed_by

_PROOF = "this key is the right one"
_COLUMNS = (t.requests.c.reason, t.requests.c.note, t.journal_private.c.value, c.inbound.c.answer, p.proposals.c.body)


def admit(tx: Tx, ring: Ring, now: datetime) -> None:
    """Hold the ring to what is sealed here, and note the key that seals from now on. Raises KeyMissing."""
    known = tx.execute(sa.select(t.keys).order_by(t.keys.c.id)).all()
    for key in known:
        if key.ended_at is None or key.id in ring.keys:
            ring.open(key.proof, _place(key.id))
    if ring.newest:
        proof = ring.seal(_PROOF, _place(ring.newest))
        row = insert(tx, t.keys).values(id=ring.newest, proof=proof, at=now)
        tx.execute(row.on_conflict_do_update(index_elements=["id"], set_={"ended_at": None}))


def lacking(tx: Tx, ring: Ring) -> tuple[str, ...]:
    """Ids of the keys in use here that this ring does not hold."""
    used = tx.execute(sa.select(t.keys.c.id).where(t.keys.c.ended_at.is_(None)).order_by(t.keys.c.id)).scalars()
    return tuple(key for key in used if key not in ring.keys)


def reseal(tx: Tx, ring: Ring, most: int) -> int:
    """Seal some of what is plain, or sealed with another key, with the newest one; how many were left to do."""
    count = 0
    for column in _COLUMNS:
        table: sa.Table = column.table
        raw, primary = sa.type_coerce(column, sa.Text), tuple(table.primary_key.columns)
        others = sa.select(*primary, raw.label("stored")).where(~is_sealed_by(column, ring.newest)).limit(most)
        for row in tx.execute(others).all():
            count += 1
            mine = sa.and_(*(one == row._mapping[one.name] for one in primary), raw == row.stored)  # noqa: SLF001
            place = f"{table.name}.{column.name}"
            sealed = sa.type_coerce(ring.seal(ring.open(row.stored, place), place), sa.Text)
            tx.execute(sa.update(table).where(mine).values({column.name: sealed}))
    return count


def end_others(tx: Tx, ring: Ring, now: datetime) -> tuple[str, ...]:
    """Nothing is sealed with any key but the newest: the others may go. Their ids."""
    over = sa.update(t.keys).where(t.keys.c.id != ring.newest, t.keys.c.ended_at.is_(None)).values(ended_at=now)
    return tuple(sorted(tx.execute(over.returning(t.keys.c.id)).scalars()))


def _place(key: str) -> str:
    return f"keys.{key}"
