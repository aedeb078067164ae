"""Policy and runbooks as they were: a request pins the version it began with."""

from __future__ import annotations

import hashlib
from datetime import datetime

import sqlalchemy as sa

from bot.store import tables as t
from bot.store.database import Tx

_NAMED = sa.select(t.versions.c.id).where(t.versions.c.name == sa.bindparam("key"))
_NEWEST = _NAMED.order_by(t.versions.c.id.desc()).limit(1)  # asked before each change, so it is built once


def keep(tx: Tx, name: str, body: str, now: datetime) -> tuple[int, bool]:
    """Store a text unless it is already the newest of its name; its version, and whether it is new."""
    digest = hashlib.sha256(body.encode()).hexdigest()
    newest = tx.execute(
        sa.select(t.versions).where(t.versions.c.name == name).order_by(t.versions.c.id.desc()).limit(1),
    ).one_or_none()
    if newest is not None and newest.digest == digest:
        return int(newest.id), False
    key = tx.execute(
        sa.insert(t.versions).values(name=name, digest=digest, body=body, at=now).returning(t.versions.c.id),
    ).scalar_one()
    return int(key), True


def newest(tx: Tx, name: str) -> int | None:
    """The version in force; None when there is none."""
    key = tx.execute(_NEWEST, {"key": name}).scalar_one_or_none()
    return None if key is None else int(key)


def body(tx: Tx, version: int) -> str:
    """The text of one version. Raises sqlalchemy NoResultFound."""
    return str(tx.execute(sa.select(t.versions.c.body).where(t.versions.c.id == version)).scalar_one())
