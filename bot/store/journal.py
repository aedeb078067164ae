"""The append-only list of everything that happened.

The body of a row is canonical JSON without personal data: people by id, everything else a person could be known by
stands beside it, and the body holds only its salted hash. So a row can be proven for years, and a name still erased.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.domain.planning import canonical
from bot.store import tables as t
from bot.store.database import Tx

# Built once: building a statement takes three times as long as sending it.
_ADD = sa.insert(t.journal).returning(t.journal.c.id)
_ADD_PRIVATE = sa.insert(t.journal_private)


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened. `facts` may hold ids, states and numbers; `private` everything personal."""

    id: int
    at: datetime
    request: str | None
    kind: str
    facts: Mapping[str, Any]
    private: Mapping[str, str]


def add(
    tx: Tx,
    kind: str,
    at: datetime,
    *,
    request: str | None = None,
    facts: Mapping[str, Any] | None = None,
    private: Mapping[str, str] | None = None,
) -> int:
    """Write one row in the transaction of the fact it tells; returns its number."""
    salted = {name: (secrets.token_hex(16), value) for name, value in (private or {}).items() if value}
    hashes = {name: _salted(salt, value) for name, (salt, value) in salted.items()}
    body = canonical({"at": at.isoformat(), "facts": facts or {}, "kind": kind, "private": hashes, "request": request})
    digest = hashlib.sha256(body.encode()).hexdigest()
    row = {"at": at, "request": request, "kind": kind, "body": body, "sha256": digest}
    key: int = tx.execute(_ADD, row).scalar_one()
    for name, (salt, value) in salted.items():
        tx.execute(_ADD_PRIVATE, {"journal": key, "name": name, "salt": salt, "value": value})
    return key


def read(
    tx: Tx, *, request: str | None = None, after: int = 0, limit: int = 10_000, kinds: Collection[str] = ()
) -> tuple[Entry, ...]:
    """Rows in order, of these kinds if any are named, with what is still known of their personal part."""
    query = sa.select(t.journal).where(t.journal.c.id > after).order_by(t.journal.c.id).limit(limit)
    if request:
        query = query.where(t.journal.c.request == request)
    if kinds:
        query = query.where(t.journal.c.kind.in_(kinds))
    rows = tx.execute(query).all()
    known: dict[int, dict[str, str]] = {}
    for row in tx.execute(sa.select(t.journal_private).where(t.journal_private.c.journal.in_([r.id for r in rows]))):
        known.setdefault(row.journal, {})[row.name] = row.value
    return tuple(
        Entry(row.id, row.at, row.request, row.kind, json.loads(row.body)["facts"], known.get(row.id, {}))
        for row in rows
    )


def has(tx: Tx, kind: str, facts: Mapping[str, Any], *, request: str | None) -> bool:
    """Whether the trail of a request (or what belongs to none) says this already."""
    about = t.journal.c.request == request if request else t.journal.c.request.is_(None)
    rows = tx.execute(sa.select(t.journal.c.body).where(about, t.journal.c.kind == kind)).scalars()
    return any(json.loads(body)["facts"] == facts for body in rows)


def intact(tx: Tx, request: str | None = None) -> int | None:
    """The first row (of a request, or of all) that is not what was written; None when all of them are."""
    private: dict[int, list[sa.Row[Any]]] = {}
    mine = t.journal.c.request == request if request else sa.true()
    personal = sa.select(t.journal_private).join(t.journal, t.journal.c.id == t.journal_private.c.journal).where(mine)
    for row in tx.execute(personal):
        private.setdefault(row.journal, []).append(row)
    for row in tx.execute(sa.select(t.journal).where(mine).order_by(t.journal.c.id)):
        body = json.loads(row.body)
        kept = all(body["private"].get(p.name) == _salted(p.salt, p.value) for p in private.get(row.id, []))
        told = (row.kind, row.request, row.at)
        same = (body["kind"], body["request"], datetime.fromisoformat(body["at"])) == told
        if not kept or not same or hashlib.sha256(row.body.encode()).hexdigest() != row.sha256:
            return int(row.id)
    return None


def erase(tx: Tx, entry_id: int) -> None:
    """Forget the personal part of one row; the row itself and its proof stay."""
    tx.execute(sa.delete(t.journal_private).where(t.journal_private.c.journal == entry_id))


def _salted(salt: str, value: str) -> str:
    return hashlib.sha256(f"{salt}:{value}".encode()).hexdigest()
