"""Who lives in a town and by which rules: written once in a run, then copied into each further town's database."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

import sqlalchemy as sa

from bot.store import Tx, everybody
from bot.store import tables as t

_WRITTEN = (t.people, t.powers, t.links, t.versions)
_ANYBODY = sa.select(sa.or_(*(sa.exists(sa.select(table)) for table in _WRITTEN)))

Rows = list[dict[str, Any]]
_kept: dict[Hashable, list[tuple[sa.Table, Rows]]] = {}


def settle(tx: Tx, town: Hashable, write: Callable[[], None]) -> None:
    """Have `write` fill these tables; where they are empty and it did so for such a town before, with the same rows."""
    empty = not tx.execute(_ANYBODY).scalar_one()
    if empty and town in _kept:
        for table, rows in _kept[town]:
            tx.execute(sa.insert(table), rows)
        everybody.changed(tx)
        return
    write()
    if empty:
        _kept[town] = [(table, _rows(tx, table)) for table in _WRITTEN]


def _rows(tx: Tx, table: sa.Table) -> Rows:
    """All of them in their order; a number that the database gives is given anew."""
    numbered = table.autoincrement_column
    columns = [column for column in table.columns if column is not numbered]
    ordered = sa.select(*columns).order_by(*table.primary_key.columns)
    return [dict(row) for row in tx.execute(ordered).mappings()]
