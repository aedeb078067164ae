"""Notices in a company with two chats: which of them each goes to, and the copies for people who are in both."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from bot.store import chat_tables as c
from bot.store.database import Tx
from bot.store.outbox import Notice
from bot.store.streams import ALERT

_n = c.notices
_COPIED = ("request", "kind", "person", "step", "body", "at", "due")


def _unplaced(now: datetime) -> sa.ColumnElement[bool]:
    free = sa.or_(_n.c.claimed_until.is_(None), _n.c.claimed_until <= now)
    return sa.and_(_n.c.sent_at.is_(None), _n.c.chat == "", _n.c.kind != ALERT, free)


def any_unplaced(tx: Tx, now: datetime) -> bool:
    """Whether there is a notice that no chat has yet: a look that locks nothing."""
    return tx.execute(sa.select(_n.c.id).where(_unplaced(now)).limit(1)).first() is not None


def unplaced(tx: Tx, now: datetime, most: int) -> tuple[Notice, ...]:
    """Notices that no chat has yet, in order, held until this transaction ends."""
    rows = tx.execute(sa.select(_n).where(_unplaced(now)).order_by(_n.c.id).limit(most).with_for_update())
    return tuple(Notice(r.id, r.request, r.kind, r.person, r.step, r.body, r.at, r.tries) for r in rows)


def place(tx: Tx, notice: int, chats: Sequence[str]) -> None:
    """A notice goes to the first of these chats, and a copy of it to each of the others."""
    tx.execute(sa.update(_n).where(_n.c.id == notice).values(chat=chats[0]))
    for chat in chats[1:]:
        copy(tx, notice, chat)


def copy(tx: Tx, notice: int, chat: str) -> None:
    """The same notice for another chat, unsent."""
    same = sa.select(*(_n.c[name] for name in _COPIED), sa.literal(chat), sa.func.coalesce(_n.c.twin, _n.c.id))
    tx.execute(sa.insert(_n).from_select([*_COPIED, "chat", "twin"], same.where(_n.c.id == notice)))


def others(tx: Tx, notice: int) -> tuple[tuple[str, bool], ...]:
    """The chats that the same notice went to besides, and whether it may still be read there.

    All of them are held until this transaction ends, so that of two that fail at once the second one sees the first.
    """
    first = sa.select(sa.func.coalesce(_n.c.twin, _n.c.id)).where(_n.c.id == notice).scalar_subquery()
    family = sa.or_(_n.c.id == first, _n.c.twin == first)
    rows = tx.execute(sa.select(_n).where(family).order_by(_n.c.id).with_for_update()).all()
    return tuple((row.chat, row.sent_at is None or not row.error) for row in rows if row.id != notice)
