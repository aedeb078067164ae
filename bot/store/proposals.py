"""Proposals and who seconded them: values in, values out."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.domain.model import PersonId
from bot.domain.proposal import Proposal, Second
from bot.store import proposal_tables as t
from bot.store.database import Tx

_p, _s = t.proposals, t.seconds


def add(tx: Tx, proposal: Proposal) -> Proposal:
    """Store a new proposal; given back with its number."""
    facts = {name: getattr(proposal, name) for name in Proposal.__dataclass_fields__ if name != "id"}
    facts |= {"body": json.dumps(dict(proposal.body)), "asked": list(proposal.asked)}
    key: int = tx.execute(sa.insert(_p).values(**facts).returning(_p.c.id)).scalar_one()
    return replace(proposal, id=key)


def get(tx: Tx, key: int) -> Proposal | None:
    """A proposal, or None."""
    row = tx.execute(sa.select(_p).where(_p.c.id == key)).one_or_none()
    return _proposal(row) if row else None


def lock(tx: Tx, key: int) -> Proposal | None:
    """The same, held until this transaction ends."""
    row = tx.execute(sa.select(_p).where(_p.c.id == key).with_for_update()).one_or_none()
    return _proposal(row) if row else None


def open_ones(tx: Tx, *, kind: str = "", request: str = "", step: str = "") -> tuple[Proposal, ...]:
    """Those that wait for an answer, oldest first."""
    query = sa.select(_p).where(_p.c.decided_at.is_(None))
    for column, wanted in ((_p.c.kind, kind), (_p.c.request, request), (_p.c.step, step)):
        if wanted:
            query = query.where(column == wanted)
    return tuple(map(_proposal, tx.execute(query.order_by(_p.c.id))))


def decide(tx: Tx, key: int, now: datetime, *, yes: bool | None) -> Proposal | None:
    """End an open proposal, `yes` None where it is about nothing any more; None when it was decided already."""
    row = tx.execute(
        sa.update(_p).where(_p.c.id == key, _p.c.decided_at.is_(None)).values(decided_at=now, yes=yes).returning(*_p.c),
    ).one_or_none()
    return _proposal(row) if row else None


def second(tx: Tx, answer: Second) -> None:
    """Keep one person's answer. Raises Conflict for a second one by the same person."""
    tx.execute(sa.insert(_s).values(proposal=answer.proposal, person=answer.person, yes=answer.yes, at=answer.at))


def seconds(tx: Tx, key: int) -> tuple[Second, ...]:
    """Everybody's answers, oldest first."""
    rows = tx.execute(sa.select(_s).where(_s.c.proposal == key).order_by(_s.c.at, _s.c.person))
    return tuple(Second(row.proposal, PersonId(row.person), row.yes, row.at) for row in rows)


def given(tx: Tx, keys: Collection[int]) -> dict[int, frozenset[PersonId]]:
    """Who has answered each of these proposals."""
    found: dict[int, set[PersonId]] = {}
    for row in tx.execute(sa.select(_s.c.proposal, _s.c.person).where(_s.c.proposal.in_(keys))):
        found.setdefault(row.proposal, set()).add(PersonId(row.person))
    return {key: frozenset(people) for key, people in found.items()}


def _proposal(row: sa.Row[Any]) -> Proposal:
    facts: dict[str, Any] = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name
    return Proposal(**{**facts, "body": json.loads(facts["body"] or "{}"), "asked": tuple(facts["asked"])})
