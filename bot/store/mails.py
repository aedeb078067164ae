"""Cards that go by mail: what is to be sent, and which link opens which card for whom."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.domain.model import PersonId
from bot.store import chat_tables as c
from bot.store.database import Tx, insert
from bot.store.mail_tables import mails
from bot.store.outbox import Notice

_m = mails.c


@dataclass(frozen=True, slots=True)
class Mailed:
    """One card for one person. `token`, `session` and `address` are hashes; `seen`: the buttons they know."""

    name: str
    key: str
    notice: int
    request: str | None
    person: PersonId
    tries: int
    sent_at: datetime | None
    token: str | None
    address: str
    account: str
    expires: datetime | None
    spent_at: datetime | None
    session: str
    session_until: datetime | None
    seen: list[str]
    renewed: int


def put(tx: Tx, name: str, key: str, notice: Notice, account: str, now: datetime) -> bool:
    """A card that is to go by mail; False where it is there already."""
    row = {"name": name, "key": key, "notice": notice.id, "request": notice.request, "person": notice.person}
    row["account"] = account
    fresh = insert(tx, mails).values(**row, due=now, seen=[])
    return tx.execute(fresh.on_conflict_do_nothing().returning(_m.name)).one_or_none() is not None


def named(tx: Tx, name: str) -> Mailed | None:
    """The card of this name, held until the end of this transaction."""
    return _one(tx, _m.name == name, lock=True)


def by_token(tx: Tx, token: str, *, lock: bool = False) -> Mailed | None:
    """What the link with this hash opens."""
    return _one(tx, _m.token == token, lock=lock)


def by_key(tx: Tx, key: str) -> Mailed | None:
    """The card whose page has this address."""
    return _one(tx, _m.key == key, lock=False)


def change(tx: Tx, name: str, **facts: Any) -> None:
    """Write down what became of a card."""
    tx.execute(sa.update(mails).where(_m.name == name).values(**facts))


def any_due(tx: Tx, now: datetime) -> bool:
    """Whether a mail is to be sent: a look that locks nothing."""
    return tx.execute(_due(now)).first() is not None


def any_sent(tx: Tx, since: datetime) -> bool:
    """Whether a mail has gone out since then."""
    out = sa.and_(_m.sent_at >= since, _m.said == "")
    return tx.execute(sa.select(_m.name).where(out).limit(1)).first() is not None


def claim(tx: Tx, now: datetime, until: datetime) -> Mailed | None:
    """The mail that waits longest, for whoever asks alone until that instant."""
    name: str | None = tx.execute(_due(now).with_for_update(skip_locked=True)).scalar_one_or_none()
    if name is None:
        return None
    change(tx, name, claimed_until=until)
    return _one(tx, _m.name == name, lock=False)


def spend(tx: Tx, token: str, now: datetime, session: str, until: datetime) -> bool:
    """Use a link up; False where it was used, has expired or is none. One of two at the same moment wins."""
    mine = sa.and_(_m.token == token, _m.spent_at.is_(None), _m.expires > now)
    used = sa.update(mails).where(mine).values(spent_at=now, session=session, session_until=until)
    return tx.execute(used).rowcount == 1


def went(tx: Tx, name: str, token: str, now: datetime) -> bool:
    """The mail with this link is out; False where a newer link has taken its place meanwhile."""
    mine = sa.and_(_m.name == name, _m.token == token, _m.sent_at.is_(None))
    return tx.execute(sa.update(mails).where(mine).values(sent_at=now, claimed_until=None, said="")).rowcount == 1


def notice(tx: Tx, key: int) -> Notice:
    """What a mail tells of."""
    r = tx.execute(sa.select(c.notices).where(c.notices.c.id == key)).one()
    return Notice(r.id, r.request, r.kind, r.person, r.step, r.body, r.at, r.tries)


def _due(now: datetime) -> sa.Select[Any]:
    free = sa.or_(_m.claimed_until.is_(None), _m.claimed_until <= now)
    return sa.select(_m.name).where(_m.sent_at.is_(None), _m.due <= now, free).order_by(_m.due, _m.name).limit(1)


def _one(tx: Tx, which: sa.ColumnElement[bool], *, lock: bool) -> Mailed | None:
    query = sa.select(mails).where(which)
    row = tx.execute(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        return None
    return Mailed(**{name: row._mapping[name] for name in Mailed.__dataclass_fields__})  # noqa: SLF001 - SQLAlchemy's public name
