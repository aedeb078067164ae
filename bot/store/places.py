"""Where a chat lets us speak: with one person, in a group, in a team. A place we were taken out of ends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from bot.store.database import Tx, insert
from bot.store.place_tables import places as p


class Kind(StrEnum):
    """What a place is."""

    PERSONAL = "personal"
    GROUP = "group"
    TEAM = "team"
    ROOM = "room"  # no place yet: what is known of a group chat that we ask for


@dataclass(frozen=True, slots=True)
class Place:
    """One of them. `native_id`: whose personal chat; `reference`: service_url, tenant, and group (of a team)."""

    id: str
    kind: Kind
    native_id: str = ""
    name: str = ""
    reference: Mapping[str, str] = field(default_factory=dict)


def is_news(tx: Tx, place: Place) -> bool:
    """Whether something of it is not known yet."""
    row = _row(tx, place.id)
    return row is None or row.ended_at is not None or _joined(_place(row), place) != _place(row)


def remember(tx: Tx, place: Place, now: datetime) -> None:
    """Keep what is known of a place, and that we are in it; a name that does not come along stays."""
    row = _row(tx, place.id)
    if row is not None:
        place = _joined(_place(row), place)
    facts: dict[str, Any] = {"kind": place.kind.value, "native_id": place.native_id, "name": place.name}
    facts |= {"reference": dict(place.reference), "at": now, "ended_at": None}
    made = insert(tx, p).values(id=place.id, **facts)
    tx.execute(made.on_conflict_do_update(index_elements=["id"], set_=facts))


def _joined(known: Place, fresh: Place) -> Place:
    return replace(fresh, name=fresh.name or known.name, reference={**known.reference, **fresh.reference})


def _row(tx: Tx, place_id: str) -> sa.Row[Any] | None:
    return tx.execute(sa.select(p).where(p.c.id == place_id)).one_or_none()


def end(tx: Tx, place_id: str, now: datetime) -> None:
    """We are not there any more."""
    tx.execute(sa.update(p).where(p.c.id == place_id, p.c.ended_at.is_(None)).values(ended_at=now))


def place(tx: Tx, place_id: str) -> Place | None:
    """The place with this id, if we are there."""
    row = tx.execute(sa.select(p).where(p.c.id == place_id, p.c.ended_at.is_(None))).one_or_none()
    return _place(row) if row else None


def personal(tx: Tx, native_id: str) -> Place | None:
    """The newest chat with one person, if there is one."""
    here = sa.and_(p.c.kind == Kind.PERSONAL.value, p.c.native_id == native_id, p.c.ended_at.is_(None))
    row = tx.execute(sa.select(p).where(here).order_by(p.c.at.desc()).limit(1)).one_or_none()
    return _place(row) if row else None


def of_kind(tx: Tx, kind: Kind) -> tuple[Place, ...]:
    """Every place of a kind, the oldest first."""
    here = sa.and_(p.c.kind == kind.value, p.c.ended_at.is_(None))
    return tuple(_place(row) for row in tx.execute(sa.select(p).where(here).order_by(p.c.at, p.c.id)))


def _place(row: sa.Row[Any]) -> Place:
    return Place(row.id, Kind(row.kind), row.native_id, row.name, row.reference)
