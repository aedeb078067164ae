"""Batches and their people: values in, values out."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.domain.batch import Batch, Member
from bot.domain.lifecycle import OPEN_REQUESTS, RequestState
from bot.domain.model import PersonId, SystemKey
from bot.domain.request import StepKind
from bot.store import batch_tables as t
from bot.store import tables
from bot.store.database import Tx

_b, _m, _r = t.batches, t.batch_members, tables.requests


def add(tx: Tx, batch: Batch, people: Iterable[PersonId]) -> None:
    """Store a new batch and everybody in it; nothing is begun yet."""
    tx.execute(sa.insert(_b).values(**{name: getattr(batch, name) for name in Batch.__dataclass_fields__}))
    tx.execute(sa.insert(_m), [{"batch": batch.id, "person": person} for person in people])


def get(tx: Tx, key: str) -> Batch | None:
    """A batch, or None."""
    row = tx.execute(sa.select(_b).where(_b.c.id == key)).one_or_none()
    return _batch(row) if row else None


def lock(tx: Tx, key: str) -> Batch:
    """The same, held until this transaction ends. Raises sqlalchemy NoResultFound."""
    return _batch(tx.execute(sa.select(_b).where(_b.c.id == key).with_for_update()).one())


def note(tx: Tx, key: str, **facts: Any) -> None:
    """Change facts of a batch."""
    tx.execute(sa.update(_b).where(_b.c.id == key).values(**facts))


def open_ones(tx: Tx) -> tuple[Batch, ...]:
    """Those that are not through, oldest first."""
    return tuple(map(_batch, tx.execute(sa.select(_b).where(_b.c.closed_at.is_(None)).order_by(_b.c.at))))


def members(tx: Tx, key: str) -> tuple[Member, ...]:
    """Everybody in a batch."""
    rows = tx.execute(sa.select(_m).where(_m.c.batch == key).order_by(_m.c.person))
    return tuple(Member(**row._mapping) for row in rows)  # noqa: SLF001 - SQLAlchemy's public name


def untouched(tx: Tx, key: str, limit: int) -> tuple[PersonId, ...]:
    """People for whom no request was made yet and none was refused."""
    new = sa.and_(_m.c.batch == key, _m.c.request.is_(None), _m.c.refused == "")
    return tuple(
        PersonId(one)
        for one in tx.execute(sa.select(_m.c.person).where(new).order_by(_m.c.person).limit(limit)).scalars()
    )


def is_untouched(tx: Tx, key: str, person: PersonId) -> bool:
    """Whether nothing became of this one person yet; only a batch that is locked stays so."""
    one = sa.select(_m.c.request, _m.c.refused).where(_m.c.batch == key, _m.c.person == person)
    row = tx.execute(one).one_or_none()
    return row is not None and row.request is None and not row.refused


def settle(tx: Tx, key: str, person: PersonId, **facts: Any) -> None:
    """What became of one person of the list."""
    tx.execute(sa.update(_m).where(_m.c.batch == key, _m.c.person == person).values(**facts))


def tell(tx: Tx, key: str, person: PersonId, now: datetime) -> bool:
    """The common answer reached this person's request; False where it had before."""
    mine = sa.and_(_m.c.batch == key, _m.c.person == person, _m.c.told_at.is_(None))
    return tx.execute(sa.update(_m).where(mine).values(told_at=now)).rowcount == 1


def states(tx: Tx, key: str) -> dict[str, int]:
    """How many requests of a batch stand where."""
    query = sa.select(_r.c.state, sa.func.count()).where(_r.c.batch == key).group_by(_r.c.state)
    return {row[0]: row[1] for row in tx.execute(query)}


def shown(tx: Tx, key: str) -> None:
    """Write down which plans an approval of this batch is about: those that wait for one now."""
    waits = sa.and_(_r.c.id == _m.c.request, _r.c.state == RequestState.AWAITING_APPROVAL.value)
    digest = sa.select(_r.c.digest).where(waits).scalar_subquery()
    tx.execute(sa.update(_m).where(_m.c.batch == key).values(digest=sa.func.coalesce(digest, "")))


def undecided(tx: Tx, key: str, limit: int) -> tuple[Member, ...]:
    """Those whose plan was shown and who have not got the answer yet."""
    shown = sa.and_(_m.c.batch == key, _m.c.digest != "", _m.c.told_at.is_(None))
    query = sa.select(_m).where(shown).order_by(_m.c.person).limit(limit)
    return tuple(Member(**row._mapping) for row in tx.execute(query))  # noqa: SLF001


def plans(tx: Tx, key: str) -> tuple[dict[str, int], dict[tuple[SystemKey, str], int]]:
    """How many lines the plan of each request has, and how many lines of which kind concern each system."""
    s = tables.steps
    of = sa.and_(_m.c.batch == key, _m.c.digest != "", s.c.request == _m.c.request, s.c.kind != StepKind.READ.value)
    sizes = sa.select(s.c.request, sa.func.count()).where(of).group_by(s.c.request)
    systems = sa.select(s.c.system, s.c.kind, sa.func.count()).where(of).group_by(s.c.system, s.c.kind)
    return (
        {row[0]: row[1] for row in tx.execute(sizes)},
        {(SystemKey(row[0]), row[1]): row[2] for row in tx.execute(systems)},
    )


def goes_on(tx: Tx, key: str) -> bool:
    """Whether a request of this batch is not over."""
    living = _r.c.state.in_([state.value for state in OPEN_REQUESTS])
    return tx.execute(sa.select(_r.c.id).where(_r.c.batch == key, living).limit(1)).first() is not None


def _batch(row: sa.Row[Any]) -> Batch:
    return Batch(**row._mapping)  # noqa: SLF001
