"""Accounts as an identity provider pushed them to us."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.domain.model import PersonId
from bot.store import signal_tables as s
from bot.store.database import Tx

_p = s.pushed
_LIVING = _p.c.ended_at.is_(None)


@dataclass(frozen=True, slots=True)
class Pushed:
    """One account, and whose it is where that is certain."""

    id: str
    user_name: str
    external_id: str
    active: bool
    body: dict[str, Any]
    person: PersonId | None
    at: datetime
    changed_at: datetime


def get(tx: Tx, key: str, *, lock: bool = False) -> Pushed | None:
    """An account that was not deleted, held until the end of this transaction if need be."""
    query = sa.select(_p).where(_p.c.id == key, _LIVING)
    row = tx.execute(query.with_for_update() if lock else query).one_or_none()
    return _pushed(row) if row else None


def find(tx: Tx, name: str = "", value: str = "", *, skip: int = 0, limit: int = 200) -> tuple[int, tuple[Pushed, ...]]:
    """How many there are, and a page of them: all, or those with this userName, externalId or id."""
    column = {"userName": _p.c.user_name, "externalId": _p.c.external_id, "id": _p.c.id}
    where: list[sa.ColumnElement[bool]] = [_LIVING]
    if name == "userName":  # the same in capital and small letters
        where.append(column[name] == value.lower())
    elif name:
        where.append(column[name] == value)
    total = tx.execute(sa.select(sa.func.count()).select_from(_p).where(*where)).scalar_one()
    rows = tx.execute(sa.select(_p).where(*where).order_by(_p.c.at, _p.c.id).offset(skip).limit(limit))
    return int(total), tuple(map(_pushed, rows))


def add(tx: Tx, one: Pushed) -> None:
    """A new account. Raises Conflict where the userName is taken."""
    row = {name: getattr(one, name) for name in Pushed.__dataclass_fields__}
    tx.execute(sa.insert(_p).values(**row))


def change(tx: Tx, key: str, **facts: Any) -> None:
    """Change an account, or end it. Raises Conflict where the userName is taken."""
    tx.execute(sa.update(_p).where(_p.c.id == key).values(**facts))


def _pushed(row: sa.Row[Any]) -> Pushed:
    names = Pushed.__dataclass_fields__
    return Pushed(**{name: row._mapping[name] for name in names})  # noqa: SLF001 - SQLAlchemy's public name
