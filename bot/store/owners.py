"""What people look after since somebody else left: keys and webhooks of programs, with the yes they gave."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from bot.domain.model import Credential, PersonId, SystemKey
from bot.store import owners_tables as o
from bot.store.database import Tx

_LIVING = o.looked_after.c.ended_at.is_(None)


@dataclass(frozen=True, slots=True)
class Kept:
    """One thing that somebody accepted to look after."""

    system: SystemKey
    native_id: str
    label: str
    person: PersonId


def keep(tx: Tx, thing: Credential, person: PersonId, request: str, now: datetime) -> None:
    """From now on this person looks after it, and nobody else."""
    system, label = thing.account.system, f"{thing.kind} {thing.label}"
    forget(tx, system, thing.native_id, now)
    row = {"system": system, "native_id": thing.native_id, "label": label, "person": person, "request": request}
    tx.execute(sa.insert(o.looked_after).values(**row, at=now))


def forget(tx: Tx, system: SystemKey, native_id: str, now: datetime) -> None:
    """Nobody looks after it any more."""
    one = sa.and_(o.looked_after.c.system == system, o.looked_after.c.native_id == native_id, _LIVING)
    tx.execute(sa.update(o.looked_after).where(one).values(ended_at=now))


def kept(tx: Tx, system: SystemKey) -> frozenset[str]:
    """The native ids of everything in a system that somebody looks after."""
    rows = tx.execute(sa.select(o.looked_after.c.native_id).where(o.looked_after.c.system == system, _LIVING))
    return frozenset(rows.scalars())


def of(tx: Tx, person: PersonId) -> tuple[Kept, ...]:
    """Everything this person accepted to look after."""
    rows = tx.execute(sa.select(o.looked_after).where(o.looked_after.c.person == person, _LIVING))
    return tuple(Kept(row.system, row.native_id, row.label, row.person) for row in rows)
