"""Who exists, which accounts are theirs, and what they may do in Usher."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from pydantic import TypeAdapter

from bot.domain.lifecycle import RequestState
from bot.domain.model import Link, Person, PersonId, Power, SystemKey, Trigger
from bot.domain.policy import Crew
from bot.store import everybody
from bot.store import tables as t
from bot.store.database import Tx

_LINK = TypeAdapter(Link)

# What is asked for each step is built once: building a statement takes three times as long as sending it.
_LIVING = t.links.c.ended_at.is_(None)
_LINKS = sa.select(t.links).where(t.links.c.person == sa.bindparam("key"), _LIVING).order_by(t.links.c.id)
_BACK = t.requests.alias()
_UNDONE = sa.exists().where(  # somebody whose offboarding is being given back does not leave
    _BACK.c.parent == t.requests.c.id,
    _BACK.c.trigger == Trigger.RESTORE.value,
    _BACK.c.started_at.is_not(None),
)
_LEAVES = t.requests.alias()
_LOCKED = sa.and_(  # locked at once, and the offboarding has not come to nothing
    t.requests.c.trigger == Trigger.LOCK.value,
    sa.exists().where(
        _LEAVES.c.id == t.requests.c.parent,
        _LEAVES.c.state.not_in([RequestState.DENIED.value, RequestState.WITHDRAWN.value, RequestState.EXPIRED.value]),
    ),
)
_BEGUN = (  # one row a person, however many requests there were
    sa.select(t.requests.c.subject, sa.func.max(t.requests.c.started_at))
    .group_by(t.requests.c.subject)
    .where(
        sa.or_(t.requests.c.trigger == Trigger.LEAVER.value, _LOCKED),
        t.requests.c.started_at.is_not(None),
        ~_UNDONE,
    )
)
_HELD = sa.select(t.powers).where(t.powers.c.given_at.is_not(None), t.powers.c.ended_at.is_(None))
_OWNER = sa.select(t.links.c.person).where(
    t.links.c.system == sa.bindparam("system"),
    t.links.c.native_id == sa.bindparam("native_id"),
    t.links.c.confirmed_by.is_not(None),
    _LIVING,
)


@dataclass(frozen=True, slots=True)
class Nomination:
    """Somebody whom an admin wants to give a power, before the second approval."""

    id: int
    person: PersonId
    power: Power
    proposed_by: PersonId


def put(tx: Tx, people: Iterable[Person]) -> None:
    """Store people as the roster tells them; a person already known is updated, nobody is removed."""
    for person in people:
        row: dict[str, Any] = {**asdict(person), "ended_at": None}  # whoever is named is there
        changed = tx.execute(sa.update(t.people).where(t.people.c.id == person.id).values(**row)).rowcount
        if not changed:
            tx.execute(sa.insert(t.people).values(**row))
    everybody.changed(tx)


def go_away(tx: Tx, person: PersonId, until: date | None) -> None:
    """Others are asked in place of this person until that day; None: they are here."""
    tx.execute(sa.update(t.people).where(t.people.c.id == person).values(away_until=until))
    everybody.changed(tx)


def chat_of(tx: Tx, person: PersonId) -> str:
    """The chat in which this person spoke to us last; empty where that is not known."""
    return tx.execute(sa.select(t.people.c.chat).where(t.people.c.id == person)).scalar_one_or_none() or ""


def speaks_in(tx: Tx, person: PersonId, chat: str) -> None:
    """Remember in which chat this person spoke to us last."""
    tx.execute(sa.update(t.people).where(t.people.c.id == person).values(chat=chat))


def only(tx: Tx, named: Collection[PersonId], now: datetime) -> None:
    """The newest roster names these alone: the others are marked. They stay, and nobody leaves because of that."""
    known = set(tx.execute(sa.select(t.people.c.id).where(t.people.c.ended_at.is_(None))).scalars())
    for key in sorted(known - set(named)):
        tx.execute(sa.update(t.people).where(t.people.c.id == key).values(ended_at=now))
    everybody.changed(tx)


def is_named(tx: Tx, person: PersonId) -> bool:
    """Whether the newest roster names this person."""
    mine = sa.select(t.people.c.id).where(t.people.c.id == person, t.people.c.ended_at.is_(None))
    return tx.execute(mine).first() is not None


def hold(tx: Tx, person: PersonId) -> None:
    """Nobody else who holds this person goes on before this transaction ends."""
    tx.execute(sa.select(t.people.c.id).where(t.people.c.id == person).with_for_update())


def every(tx: Tx) -> Mapping[PersonId, Person]:
    """Everybody, by id."""
    return everybody.read(tx).people


def one(tx: Tx, person: PersonId) -> Person | None:
    """A person, or None where the roster never named them."""
    row = tx.execute(sa.select(t.people).where(t.people.c.id == person)).one_or_none()
    return everybody.to_person(row) if row else None


def crew(tx: Tx) -> Crew:
    """The people and what each may do in Usher now."""
    powers: dict[PersonId, set[Power]] = {}
    for row in tx.execute(_HELD):
        powers.setdefault(row.person, set()).add(Power(row.power))
    may = {person: frozenset(held) for person, held in powers.items()}
    known = everybody.read(tx)
    return Crew(known.people, may, _leaving(tx, known.people), known.away)


def staying(tx: Tx, some: Iterable[PersonId]) -> tuple[PersonId, ...]:
    """Those whom we may write to, each once: nobody whose offboarding has begun."""
    known = dict.fromkeys(some)
    rows = tx.execute(sa.select(t.people).where(t.people.c.id.in_(known)))
    gone = _leaving(tx, {person.id: person for person in map(everybody.to_person, rows)}, tuple(known))
    return tuple(person for person in known if person not in gone)


def going(tx: Tx) -> frozenset[PersonId]:
    """Who is about to leave: everybody about whom an offboarding is open, begun or not."""
    closed = t.requests.c.closed_at.is_(None)
    rows = tx.execute(sa.select(t.requests.c.subject).where(t.requests.c.trigger == Trigger.LEAVER.value, closed))
    return frozenset(rows.scalars())


def _leaving(tx: Tx, known: Mapping[PersonId, Person], only: tuple[PersonId, ...] | None = None) -> frozenset[PersonId]:
    """Whose offboarding has begun, or is over; whoever starts again at a later day is back."""
    begun = _BEGUN if only is None else _BEGUN.where(t.requests.c.subject.in_(only))
    found: set[PersonId] = set()
    for subject, started_at in tx.execute(begun):
        person = known.get(subject)
        if person is None or person.starts is None or person.starts <= started_at.date():
            found.add(subject)
    return frozenset(found)


def link(tx: Tx, link: Link, now: datetime) -> None:
    """Store a link; the same native id linked to somebody else is refused by the database."""
    living = sa.and_(
        t.links.c.system == link.system, t.links.c.native_id == link.native_id, t.links.c.ended_at.is_(None)
    )
    known = tx.execute(sa.select(t.links).where(living)).one_or_none()
    if known is None:
        tx.execute(sa.insert(t.links).values(**asdict(link), at=now))
    elif known.person != link.person:
        message = f"{link.system} {link.native_id} is already linked to {known.person}"
        raise ValueError(message)
    elif link.confirmed_by and not known.confirmed_by:
        tx.execute(sa.update(t.links).where(t.links.c.id == known.id).values(confirmed_by=link.confirmed_by))


def end_link(tx: Tx, system: SystemKey, native_id: str, now: datetime) -> bool:
    """An account is nobody's any more; the row stays. False when nobody was linked to it."""
    living = sa.and_(t.links.c.system == system, t.links.c.native_id == native_id, t.links.c.ended_at.is_(None))
    return tx.execute(sa.update(t.links).where(living).values(ended_at=now)).rowcount == 1


def links(tx: Tx, person: PersonId, *, system: SystemKey | None = None, confirmed: bool = True) -> tuple[Link, ...]:
    """The accounts of a person, in one system or in all; only confirmed ones unless asked otherwise."""
    rows = tx.execute(_LINKS, {"key": person})
    wanted = (row for row in rows if (row.confirmed_by or not confirmed) and system in {None, row.system})
    return tuple(to_link(row) for row in wanted)


def former(tx: Tx, person: PersonId, system: SystemKey) -> tuple[Link, ...]:
    """Accounts that were theirs once, by a confirmed link that ended, and that nobody is linked to now."""
    mine = sa.and_(t.links.c.person == person, t.links.c.system == system, t.links.c.confirmed_by.is_not(None))
    rows = tx.execute(sa.select(t.links).where(mine, t.links.c.ended_at.is_not(None)).order_by(t.links.c.id))
    found = {row.native_id: to_link(row) for row in rows}
    return tuple(one for key, one in found.items() if key not in linked(tx, system, found))


def labels(tx: Tx) -> dict[PersonId, list[str]]:
    """The names of everybody's accounts, confirmed or not, by person."""
    found: dict[PersonId, list[str]] = {}
    living = sa.select(t.links.c.person, t.links.c.label).where(t.links.c.ended_at.is_(None))
    for row in tx.execute(living.order_by(t.links.c.id)):
        found.setdefault(row.person, []).append(row.label)
    return found


def owner_of(tx: Tx, system: SystemKey, native_id: str) -> PersonId | None:
    """Whose account this is, by a confirmed link."""
    found: PersonId | None = tx.execute(_OWNER, {"system": system, "native_id": native_id}).scalar_one_or_none()
    return found


def owners(tx: Tx, accounts: Iterable[tuple[SystemKey, str]]) -> dict[tuple[SystemKey, str], PersonId]:
    """Whose these accounts (system, native id) are, by confirmed links; those of nobody we know are left out."""
    wanted = set(accounts)
    rows = tx.execute(
        sa.select(t.links.c.system, t.links.c.native_id, t.links.c.person).where(
            t.links.c.system.in_({system for system, _ in wanted}),
            t.links.c.native_id.in_({native_id for _, native_id in wanted}),
            t.links.c.confirmed_by.is_not(None),
            t.links.c.ended_at.is_(None),
        ),
    )
    return {(row.system, row.native_id): row.person for row in rows if (row.system, row.native_id) in wanted}


def linked(tx: Tx, system: SystemKey, native_ids: Iterable[str]) -> dict[str, Link]:
    """The living links of these accounts of a system, confirmed or not, by native id."""
    wanted = sa.and_(t.links.c.system == system, t.links.c.native_id.in_(set(native_ids)), t.links.c.ended_at.is_(None))
    return {row.native_id: to_link(row) for row in tx.execute(sa.select(t.links).where(wanted))}


def give(tx: Tx, person: PersonId, power: Power, now: datetime, *, by: str) -> None:
    """Give a power outright: only set-up does that, for the first people."""
    tx.execute(
        sa.insert(t.powers).values(
            person=person, power=power.value, proposed_by=by, proposed_at=now, decided_by=by, given_at=now
        ),
    )


def end_powers(tx: Tx, person: PersonId, now: datetime, *, only: Power | None = None) -> tuple[Power, ...]:
    """End every power this person holds or might be given, or one of them; which they held."""
    living = sa.and_(t.powers.c.person == person, t.powers.c.ended_at.is_(None))
    living = living if only is None else sa.and_(living, t.powers.c.power == only.value)
    ended = sa.update(t.powers).where(living).values(ended_at=now)
    rows = tx.execute(ended.returning(t.powers.c.power, t.powers.c.given_at))
    return tuple(sorted(Power(row.power) for row in rows if row.given_at is not None))


def was_given_since(tx: Tx, person: PersonId, power: Power, since: datetime) -> bool:
    """Whether this person got this power after that instant, whatever became of it."""
    p = t.powers.c
    mine = sa.and_(p.person == person, p.power == power.value, p.given_at > since)
    return tx.execute(sa.select(p.id).where(mine)).first() is not None


def given_since(tx: Tx, power: Power, since: datetime) -> tuple[PersonId, ...]:
    """Whoever got this power after that instant, and has it now."""
    p = t.powers.c
    rows = sa.select(p.person).where(p.power == power.value, p.given_at > since, p.ended_at.is_(None))
    return tuple(PersonId(one) for one in tx.execute(rows.order_by(p.id)).scalars())


def nominate(tx: Tx, person: PersonId, power: Power, by: PersonId, now: datetime) -> int:
    """An admin wants to give a power; somebody else must agree."""
    return int(
        tx.execute(
            sa.insert(t.powers)
            .values(person=person, power=power.value, proposed_by=by, proposed_at=now)
            .returning(t.powers.c.id),
        ).scalar_one(),
    )


def nomination(tx: Tx, key: int) -> Nomination | None:
    """Whoever waits for a second approval of their power, or None when it was decided."""
    waiting = sa.and_(t.powers.c.id == key, t.powers.c.given_at.is_(None), t.powers.c.ended_at.is_(None))
    row = tx.execute(sa.select(t.powers).where(waiting)).one_or_none()
    return Nomination(int(row.id), row.person, Power(row.power), row.proposed_by) if row else None


def decide_power(tx: Tx, key: int, by: PersonId, now: datetime, *, yes: bool) -> bool:
    """Give or refuse the power of a nomination; False when somebody else was first."""
    waiting = sa.and_(t.powers.c.id == key, t.powers.c.given_at.is_(None), t.powers.c.ended_at.is_(None))
    facts: dict[str, Any] = {"decided_by": by, "given_at" if yes else "ended_at": now}
    return tx.execute(sa.update(t.powers).where(waiting).values(**facts)).rowcount == 1


def to_link(row: sa.Row[Any]) -> Link:
    """A link from its row."""
    return _LINK.validate_python({name: row._mapping[name] for name in Link.__dataclass_fields__})  # noqa: SLF001
