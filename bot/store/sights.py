"""What systems said last: the newest reading of each, by person or by system, whichever request it was for."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from pydantic import TypeAdapter

from bot.domain.model import Link, PersonId, SystemKey
from bot.domain.reading import Reading
from bot.store import tables as t
from bot.store.database import Tx
from bot.store.people import to_link

_READING = TypeAdapter(Reading)


@dataclass(frozen=True, slots=True)
class Sight:
    """What a system said of one person, the last time it was asked."""

    person: PersonId
    system: SystemKey
    reading: Reading


def of(tx: Tx, person: PersonId) -> dict[SystemKey, Sight]:
    """The newest reading of every system about one person."""
    return {sight.system: sight for sight in _newest(tx, t.requests.c.subject == person, t.readings.c.system)}


def within(tx: Tx, system: SystemKey) -> dict[PersonId, Sight]:
    """The newest reading of one system about everybody it was ever read for."""
    return {sight.person: sight for sight in _newest(tx, t.readings.c.system == system, t.requests.c.subject)}


def linked(tx: Tx, system: SystemKey) -> tuple[Link, ...]:
    """Whose accounts in a system are known, by confirmed links."""
    living = sa.and_(t.links.c.system == system, t.links.c.ended_at.is_(None), t.links.c.confirmed_by.is_not(None))
    return tuple(to_link(row) for row in tx.execute(sa.select(t.links).where(living).order_by(t.links.c.label)))


def _newest(tx: Tx, only: sa.ColumnElement[bool], *by: sa.ColumnElement[str]) -> tuple[Sight, ...]:
    newest = (
        sa.select(sa.func.max(t.readings.c.id))
        .join(t.requests, t.requests.c.id == t.readings.c.request)
        .where(only)
        .group_by(*by)
    )
    rows = tx.execute(
        sa.select(t.requests.c.subject, t.readings.c.system, t.readings.c.body)
        .join(t.requests, t.requests.c.id == t.readings.c.request)
        .where(t.readings.c.id.in_(newest))
        .order_by(t.readings.c.id.desc()),
    )
    return tuple(Sight(row.subject, row.system, _READING.validate_python(row.body)) for row in rows)
