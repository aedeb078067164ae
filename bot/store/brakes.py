"""More leavers in an hour than there should be, and which requests wait because of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.domain.lifecycle import RequestState
from bot.domain.model import RequestId, Trigger
from bot.store import signal_tables as s
from bot.store import tables as t
from bot.store.database import Tx

_b, _h = s.brakes, s.braked
_OF = sa.select(_b).join(_h).where(_h.c.request == sa.bindparam("key"), _b.c.over_at.is_(None))


@dataclass(frozen=True, slots=True)
class Pulled:
    """A brake that was pulled: nothing it holds starts before `until` has passed and two people agreed."""

    id: int
    at: datetime
    until: datetime
    most: int
    proposal: int | None = None
    agreed_at: datetime | None = None


def count(tx: Tx, since: datetime, *, typed: bool) -> int:
    """How many offboardings were asked for since then and not taken back; `typed`: by a person, one at a time."""
    r = t.requests.c
    query = sa.select(sa.func.count()).where(
        r.trigger == Trigger.LEAVER.value, r.created_at > since, r.state != RequestState.WITHDRAWN.value
    )
    if typed:
        query = query.where(r.source == "", r.batch == "")
    return int(tx.execute(query).scalar_one())


def living(tx: Tx) -> tuple[Pulled, ...]:
    """The brakes that hold something, oldest first."""
    return tuple(map(_pulled, tx.execute(sa.select(_b).where(_b.c.over_at.is_(None)).order_by(_b.c.id))))


def pull(tx: Tx, now: datetime, until: datetime, most: int) -> Pulled:
    """A new brake."""
    made = sa.insert(_b).values(at=now, until=until, most=most).returning(*_b.c)
    return _pulled(tx.execute(made).one())


def lock(tx: Tx, key: int) -> Pulled | None:
    """A brake that still holds, held until this transaction ends; None where it is over."""
    row = tx.execute(sa.select(_b).where(_b.c.id == key, _b.c.over_at.is_(None)).with_for_update()).one_or_none()
    return _pulled(row) if row else None


def note(tx: Tx, key: int, **facts: Any) -> None:
    """Change facts of a brake."""
    tx.execute(sa.update(_b).where(_b.c.id == key).values(**facts))


def hold(tx: Tx, key: int, request: str) -> None:
    """This request waits."""
    tx.execute(sa.insert(_h).values(request=request, brake=key))


def of(tx: Tx, request: str) -> Pulled | None:
    """The brake that holds a request now, or None."""
    row = tx.execute(_OF, {"key": request}).one_or_none()
    return _pulled(row) if row else None


def of_proposal(tx: Tx, proposal: int) -> Pulled | None:
    """The brake that a proposal is about, while it holds."""
    row = tx.execute(sa.select(_b).where(_b.c.proposal == proposal, _b.c.over_at.is_(None))).one_or_none()
    return _pulled(row) if row else None


def requests(tx: Tx, key: int) -> tuple[RequestId, ...]:
    """What a brake held or holds, in the order of the ids."""
    rows = tx.execute(sa.select(_h.c.request).where(_h.c.brake == key).order_by(_h.c.request)).scalars()
    return tuple(map(RequestId, rows))


def held(tx: Tx) -> frozenset[str]:
    """Every request that waits for a brake now."""
    query = sa.select(_h.c.request).join(_b).where(_b.c.over_at.is_(None))
    return frozenset(tx.execute(query).scalars())


def subjects(tx: Tx, proposal: int) -> tuple[str, ...]:
    """Whom the requests are about that a proposal holds or held."""
    query = sa.select(t.requests.c.subject).join(_h, _h.c.request == t.requests.c.id).join(_b, _b.c.id == _h.c.brake)
    return tuple(tx.execute(query.where(_b.c.proposal == proposal).order_by(t.requests.c.id)).scalars())


def _pulled(row: sa.Row[Any]) -> Pulled:
    return Pulled(row.id, row.at, row.until, row.most, row.proposal, row.agreed_at)
