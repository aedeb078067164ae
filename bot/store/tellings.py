"""Who is told what of a request: a row each, told once."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from bot.domain.model import PersonId, RequestId
from bot.store.database import Tx, insert
from bot.store.telling_tables import tellings as t


@dataclass(frozen=True, slots=True)
class Telling:
    """One person is told one thing of a request, when it is due."""

    request: RequestId
    person: PersonId
    what: str
    due: datetime
    told_at: datetime | None = None


def plan(tx: Tx, request: str, what: str, due: Mapping[PersonId, datetime]) -> None:
    """These people are told this, each at their time; whoever was to be told before is not told again."""
    rows = [{"request": request, "person": person, "what": what, "due": at} for person, at in sorted(due.items())]
    if rows:
        tx.execute(insert(tx, t).values(rows).on_conflict_do_nothing())


def due(tx: Tx, now: datetime, limit: int) -> tuple[Telling, ...]:
    """What is to be told now and nobody else tells, oldest first; held until this transaction ends."""
    waiting = sa.and_(t.c.told_at.is_(None), t.c.due <= now)
    rows = tx.execute(
        sa.select(t).where(waiting).order_by(t.c.due, t.c.request).limit(limit).with_for_update(skip_locked=True)
    )
    return tuple(Telling(**row._mapping) for row in rows)  # noqa: SLF001 - SQLAlchemy's public name


def any_due(tx: Tx, now: datetime) -> bool:
    """Whether anything is to be told: a look that holds nothing."""
    waiting = sa.select(t.c.person).where(t.c.told_at.is_(None), t.c.due <= now).limit(1)
    return tx.execute(waiting).one_or_none() is not None


def told(tx: Tx, some: Collection[Telling], now: datetime) -> None:
    """These are told."""
    keys = [(one.request, one.person, one.what) for one in some]
    if keys:
        tx.execute(sa.update(t).where(sa.tuple_(t.c.request, t.c.person, t.c.what).in_(keys)).values(told_at=now))


def of(tx: Tx, request: str, what: str) -> tuple[Telling, ...]:
    """Everybody who is told this of a request, or was."""
    rows = tx.execute(sa.select(t).where(t.c.request == request, t.c.what == what).order_by(t.c.person))
    return tuple(Telling(**row._mapping) for row in rows)  # noqa: SLF001 - SQLAlchemy's public name
