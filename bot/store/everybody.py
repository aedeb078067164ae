"""Everybody whom a roster ever named: read once, and believed until somebody says that a row of it changed.

A big company is asked about for every press and for every plan; its people change a few times a day.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from weakref import WeakKeyDictionary

import sqlalchemy as sa

from bot.domain.model import Person, PersonId
from bot.store import tables as t
from bot.store.database import Tx, insert

_FACTS = len(Person.__dataclass_fields__)  # what the roster says stands first in the row
_NAME = "people"
_BELIEVED = 10.0  # seconds: while a release is rolled out, the one before writes rows and does not say so
_STAMP = sa.select(t.sequences.c.value).where(t.sequences.c.name == _NAME)


@dataclass(frozen=True, slots=True)
class Everybody:
    """The people by id, in the order of their names, and who is away until when."""

    people: Mapping[PersonId, Person]
    away: Mapping[PersonId, date]


@dataclass(frozen=True, slots=True)
class _Read:
    stamp: int | None
    until: float
    found: Everybody


_READ: WeakKeyDictionary[sa.Engine, _Read] = WeakKeyDictionary()


def read(tx: Tx) -> Everybody:
    """Everybody as this transaction sees them."""
    stamp = tx.execute(_STAMP).scalar_one_or_none()  # first: what is read after it is at least as new
    known = _READ.get(tx.engine)
    if known is not None and known.stamp == stamp and time.monotonic() < known.until:
        return known.found
    rows = tx.execute(sa.select(t.people).order_by(t.people.c.name)).all()
    everybody = {person.id: person for person in map(to_person, rows)}
    found = Everybody(everybody, {PersonId(row.id): row.away_until for row in rows if row.away_until})
    _READ[tx.engine] = _Read(stamp, time.monotonic() + _BELIEVED, found)
    return found


def changed(tx: Tx) -> None:
    """Rows of people were written in this transaction: nobody believes what was read before it.

    By chance, not by counting: a number that was rolled back never comes again with other rows.
    """
    stamp = secrets.randbits(31)
    fresh = insert(tx, t.sequences).values(name=_NAME, value=stamp)
    tx.execute(fresh.on_conflict_do_update(index_elements=["name"], set_={"value": stamp}))


def to_person(row: sa.Row[Any]) -> Person:
    """In one go: a big company is read whole."""
    return Person(*row[:_FACTS])
