"""What is known of systems in trouble: one row each, shared by all replicas. No row, or an empty one: all is well."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from bot.domain.model import SystemKey
from bot.store import tables as t
from bot.store.database import Tx, insert

_ROW = t.breakers.c
_OF = sa.select(t.breakers).where(_ROW.system == sa.bindparam("key"))  # asked for each step, so it is built once


@dataclass(frozen=True, slots=True)
class Breaker:
    """How a system fares: `opened_at` while nothing but a probe is sent to it, `slow_until` while it wants a pause."""

    system: SystemKey
    kind: str = ""
    said: str = ""
    failures: int = 0
    opened_at: datetime | None = None
    probe_at: datetime | None = None
    slow_until: datetime | None = None

    @property
    def quiet(self) -> bool:
        """Whether the last call went well, or none was made yet."""
        return not self.failures and self.opened_at is None and self.slow_until is None


def of(tx: Tx, system: SystemKey) -> Breaker:
    """How a system fares now."""
    row = tx.execute(_OF, {"key": system}).one_or_none()
    return _breaker(row) if row else Breaker(system)


def troubled(tx: Tx) -> tuple[Breaker, ...]:
    """Every system that is not quiet."""
    rows = tx.execute(sa.select(t.breakers).where(_TROUBLED).order_by(_ROW.system))
    return tuple(_breaker(row) for row in rows)


def failed(tx: Tx, system: SystemKey, kind: str, said: str, count: int = 1) -> Breaker:
    """Note an answer that speaks of the system as a whole: `count` more failures in a row."""
    first = insert(tx, t.breakers).values(system=system, kind=kind, said=said, failures=count)
    more = {"failures": _ROW.failures + count, "kind": kind, "said": said}
    noted = first.on_conflict_do_update(index_elements=["system"], set_=more).returning(*_ROW)
    return _breaker(tx.execute(noted).one())


def open_up(tx: Tx, system: SystemKey, now: datetime, probe_at: datetime) -> bool:
    """Open the breaker of a system that `failed`; True for the one who did, False when it was open already."""
    closed = sa.and_(_ROW.system == system, _ROW.opened_at.is_(None))
    return tx.execute(sa.update(t.breakers).where(closed).values(opened_at=now, probe_at=probe_at)).rowcount == 1


def probe(tx: Tx, system: SystemKey, now: datetime, then: datetime, far: datetime) -> bool:
    """Win the one call that may be made until `then`; False for everybody else. No probe is due as late as `far`."""
    moment = sa.or_(_ROW.probe_at <= now, _ROW.probe_at > far)  # the clock was wrong when it was written, or is now
    due = sa.and_(_ROW.system == system, _ROW.opened_at.is_not(None), moment)
    return tx.execute(sa.update(t.breakers).where(due).values(probe_at=then)).rowcount == 1


def probe_now(tx: Tx, system: SystemKey, now: datetime) -> None:
    """A person wants to know: where a system is down, the next call may be made now."""
    later = sa.and_(_ROW.system == system, _ROW.opened_at.is_not(None), _ROW.probe_at > now)
    tx.execute(sa.update(t.breakers).where(later).values(probe_at=now))


def slow(tx: Tx, system: SystemKey, until: datetime) -> bool:
    """Send nothing to a system that `failed` before `until`; True when that is later than what held before."""
    earlier = sa.or_(_ROW.slow_until.is_(None), _ROW.slow_until < until)
    changed = sa.update(t.breakers).where(_ROW.system == system, earlier).values(slow_until=until)
    return tx.execute(changed).rowcount == 1


def recovered(tx: Tx, system: SystemKey) -> Breaker | None:
    """Forget all trouble; what it was, for the one who did it first, and None for everybody else."""
    row = tx.execute(sa.select(t.breakers).where(_ROW.system == system, _TROUBLED).with_for_update()).one_or_none()
    if row is None:
        return None
    well = {"kind": "", "said": "", "failures": 0, "opened_at": None, "probe_at": None, "slow_until": None}
    tx.execute(sa.update(t.breakers).where(_ROW.system == system).values(**well))
    return _breaker(row)


_TROUBLED = sa.or_(_ROW.failures > 0, _ROW.opened_at.is_not(None), _ROW.slow_until.is_not(None))


def _breaker(row: sa.Row[tuple[object, ...]]) -> Breaker:
    return Breaker(**row._mapping)  # noqa: SLF001 - SQLAlchemy's public name
