"""Accounts at which somebody should look, as the weekly scans found them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.domain.model import PersonId, SystemKey
from bot.store import signal_tables as s
from bot.store.database import Tx, insert

_m, _s = s.marks, s.scans
_SPLIT = "; "


@dataclass(frozen=True, slots=True)
class Mark:
    """One account, and why somebody should look at it."""

    system: SystemKey
    native_id: str
    label: str
    person: PersonId | None
    findings: tuple[str, ...]
    last_active: datetime | None
    since: datetime
    known_by: PersonId | None = None


def begin(tx: Tx, name: str, now: datetime, abandoned: datetime) -> bool:
    """Take the scan of this name; False where it was made, or somebody who began after `abandoned` makes it."""
    fresh = insert(tx, _s).values(name=name, begun_at=now, body={}).on_conflict_do_nothing().returning(_s.c.name)
    if tx.execute(fresh).one_or_none() is not None:
        return True
    late = sa.and_(_s.c.name == name, _s.c.ended_at.is_(None), _s.c.begun_at < abandoned)
    return tx.execute(sa.update(_s).where(late).values(begun_at=now)).rowcount == 1


def end(tx: Tx, name: str, now: datetime, body: dict[str, Any]) -> None:
    """The scan is made, and what it says besides the marks."""
    tx.execute(sa.update(_s).where(_s.c.name == name).values(ended_at=now, body=body))


def body_of(tx: Tx, name: str) -> dict[str, Any]:
    """What a scan said besides the marks."""
    found: dict[str, Any] | None = tx.execute(sa.select(_s.c.body).where(_s.c.name == name)).scalar_one_or_none()
    return found or {}


def put(tx: Tx, name: str, some: Iterable[Mark]) -> None:
    """Mark these accounts. One that is known keeps that, unless something else is odd about it by now."""
    for one in some:
        here = sa.and_(_m.c.system == one.system, _m.c.native_id == one.native_id)
        said = _SPLIT.join(one.findings)
        facts = {
            "label": one.label,
            "person": one.person,
            "findings": said,
            "last_active": one.last_active,
            "seen": name,
        }
        known = tx.execute(sa.select(_m.c.findings, _m.c.ended_at).where(here)).one_or_none()
        if known is None:
            tx.execute(sa.insert(_m).values(system=one.system, native_id=one.native_id, since=one.since, **facts))
            continue
        if known.findings != said or known.ended_at is not None:
            facts |= {"since": one.since, "known_by": None, "known_at": None, "ended_at": None}
        tx.execute(sa.update(_m).where(here).values(**facts))


def end_others(tx: Tx, system: SystemKey, name: str, now: datetime) -> None:
    """What a whole list did not show any more is no mark any more."""
    rest = sa.and_(_m.c.system == system, _m.c.seen != name, _m.c.ended_at.is_(None))
    tx.execute(sa.update(_m).where(rest).values(ended_at=now))


def fresh(tx: Tx, limit: int = 1000) -> tuple[int, tuple[Mark, ...]]:
    """How many marks nobody has looked at, and the first of them, in the order of systems and labels."""
    where = (_m.c.ended_at.is_(None), _m.c.known_at.is_(None))
    total = tx.execute(sa.select(sa.func.count()).select_from(_m).where(*where)).scalar_one()
    rows = tx.execute(sa.select(_m).where(*where).order_by(_m.c.system, _m.c.label, _m.c.native_id).limit(limit))
    return int(total), tuple(map(_mark, rows))


def know(tx: Tx, name: str, by: PersonId, now: datetime) -> int:
    """Somebody looked at all that this scan and those before it showed; how many."""
    living = sa.and_(_m.c.ended_at.is_(None), _m.c.known_at.is_(None), _m.c.seen <= name)
    return tx.execute(sa.update(_m).where(living).values(known_by=by, known_at=now)).rowcount


def _mark(row: sa.Row[Any]) -> Mark:
    findings = tuple(row.findings.split(_SPLIT))
    person = PersonId(row.person) if row.person else None
    return Mark(row.system, row.native_id, row.label, person, findings, row.last_active, row.since, row.known_by)
