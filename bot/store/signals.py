"""What suggested that somebody leaves, and what became of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from pydantic import TypeAdapter

from bot.domain.model import PersonId
from bot.domain.signals import Heard, Signal, SignalState, Source
from bot.store import journal
from bot.store import signal_tables as s
from bot.store import tables as t
from bot.store.database import Tx, insert

_SIGNAL = TypeAdapter(Signal)
_s = s.signals
LONGEST = 2000  # characters of what a source said


def hear(tx: Tx, heard: Heard, now: datetime) -> Signal | None:
    """Keep what a source said; None where it said the same before. Nothing else happens here: the clock looks at it."""
    values = {
        "source": heard.source.value,
        "key": heard.key[:255],
        "sign": heard.sign.value,
        "person": heard.person,
        "ends": heard.ends,
        "said": heard.said[:LONGEST],
        "place": heard.place,
        "at": now,
        "state": SignalState.OPEN.value,
    }
    fresh = insert(tx, _s).values(**values).on_conflict_do_nothing().returning(*_s.c)
    row = tx.execute(fresh).one_or_none()
    if row is None:
        return None
    found = _signal(row)
    facts = {
        "signal": found.id,
        "source": found.source.value,
        "key": found.key,
        "sign": found.sign.value,
        "person": found.person,
        "ends": found.ends.isoformat() if found.ends else None,
    }
    journal.add(tx, "signal.heard", now, facts=facts, private={"said": found.said})
    return found


def unheeded(tx: Tx, limit: int = 200) -> tuple[Signal, ...]:
    """What was heard and nobody has looked at yet, oldest first."""
    new = sa.and_(_s.c.state == SignalState.OPEN.value, _s.c.question == 0)
    return tuple(map(_signal, tx.execute(sa.select(_s).where(new).order_by(_s.c.id).limit(limit))))


def get(tx: Tx, key: int) -> Signal | None:
    """A signal, or None."""
    row = tx.execute(sa.select(_s).where(_s.c.id == key)).one_or_none()
    return _signal(row) if row else None


def asked(tx: Tx, question: int) -> tuple[Signal, ...]:
    """Every signal of one question, in the order in which they came."""
    return tuple(map(_signal, tx.execute(sa.select(_s).where(_s.c.question == question).order_by(_s.c.id))))


def of(tx: Tx, person: PersonId | None, *, state: SignalState | None = None) -> tuple[Signal, ...]:
    """What was said about a person, or about nobody we could recognise, in the order in which it came."""
    whose = _s.c.person == person if person else _s.c.person.is_(None)
    query = sa.select(_s).where(whose)
    if state:
        query = query.where(_s.c.state == state.value)
    return tuple(map(_signal, tx.execute(query.order_by(_s.c.id))))


def in_state(tx: Tx, state: SignalState) -> tuple[Signal, ...]:
    """Every signal that stands so, oldest first."""
    rows = tx.execute(sa.select(_s).where(_s.c.state == state.value, _s.c.question > 0).order_by(_s.c.id))
    return tuple(map(_signal, rows))


def again(tx: Tx, now: datetime) -> tuple[int, ...]:
    """The questions that somebody put off until now."""
    late = sa.and_(_s.c.state == SignalState.OPEN.value, _s.c.due <= now)
    return tuple(tx.execute(sa.select(_s.c.question).where(late).distinct().order_by(_s.c.question)).scalars())


def begun_since(tx: Tx, since: datetime) -> int:
    """About how many people a question was opened since then."""
    first = sa.and_(_s.c.id == _s.c.question, _s.c.at > since, _s.c.person.is_not(None))
    return int(tx.execute(sa.select(sa.func.count()).select_from(_s).where(first)).scalar_one())


def change(tx: Tx, signal: Signal, **facts: Any) -> Signal:
    """Change facts of a signal that are not its state."""
    tx.execute(sa.update(_s).where(_s.c.id == signal.id).values(**facts))
    return replace(signal, **facts)


def settle(tx: Tx, some: Iterable[Signal], to: SignalState, now: datetime, **facts: Any) -> int:
    """These stand so from now on, if nobody settled them before; how many did."""
    values = {"state": to.value, "decided_at": now, "due": None, **facts}
    living = _s.c.state.in_([SignalState.OPEN.value, SignalState.HELD.value])
    ids = [one.id for one in some]
    return tx.execute(sa.update(_s).where(_s.c.id.in_(ids), living).values(**values)).rowcount


def ending(tx: Tx, since: date, until: date) -> tuple[tuple[PersonId, date], ...]:
    """Whose last day by the roster lies between these days, where the roster's last word that we heard is another."""
    newer = _s.alias()
    newest = (
        sa.select(newer.c.ends)
        .where(newer.c.person == t.people.c.id, newer.c.source == Source.ROSTER.value)
        .order_by(newer.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    rows = tx.execute(
        sa.select(t.people.c.id, t.people.c.ends).where(
            t.people.c.ends.between(since, until),
            sa.or_(newest.is_(None), newest != t.people.c.ends),
        ),
    )
    return tuple((PersonId(row.id), row.ends) for row in rows)


def _signal(row: sa.Row[Any]) -> Signal:
    return _SIGNAL.validate_python(dict(row._mapping))  # noqa: SLF001 - SQLAlchemy's public name
