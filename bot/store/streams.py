"""Who delivers which notices now: one replica a stream, in order, and free again when that replica dies.

A stream is what one reader reads in order: the thread of a request, or what one person is told about it directly, in
one chat.
Whoever holds the first unsent notice of a stream holds the stream.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from bot.store import chat_tables as c
from bot.store.database import Tx
from bot.store.outbox import Notice

ALERT = "alert"  # the kind of notice that goes to operations, past the chat
_n = c.notices


@dataclass(frozen=True, slots=True)
class Stream:
    """Its unsent notices, in order, and who claimed them. `doubt`: an earlier try may have posted the first of them."""

    by: str
    notices: tuple[Notice, ...]
    doubt: bool


def _stream(table: sa.FromClause) -> tuple[sa.ColumnElement[str], ...]:
    return sa.func.coalesce(table.c.request, ""), sa.func.coalesce(table.c.person, ""), table.c.chat


def _due(by: str, now: datetime, *, alerts: bool, chat: str = "") -> sa.Select[tuple[int]]:
    """The first unsent notice of each stream that may go now and that nobody else holds.

    What this replica holds when it asks, it held before it was restarted. `chat`: only what goes there.
    """
    first = sa.select(sa.func.min(_n.c.id)).where(_n.c.sent_at.is_(None)).group_by(*_stream(_n))
    return (
        sa.select(_n.c.id)
        .where(
            _n.c.id.in_(first),
            _n.c.sent_at.is_(None),  # said again: PostgreSQL looks once more at a row it had to wait for
            _n.c.due <= now,
            sa.or_(_n.c.claimed_until.is_(None), _n.c.claimed_until <= now, _n.c.claimed_by == by),
            (_n.c.kind == ALERT) if alerts else (_n.c.kind != ALERT),
            *([_n.c.chat == chat] if chat else []),
        )
        .order_by(_n.c.id)
        .limit(1)
    )


def any_due(tx: Tx, by: str, now: datetime, *, alerts: bool = False, chat: str = "") -> bool:
    """Whether there is a stream to claim: a look that locks nothing."""
    return tx.execute(_due(by, now, alerts=alerts, chat=chat)).one_or_none() is not None


def claim(tx: Tx, by: str, now: datetime, until: datetime, *, alerts: bool = False, chat: str = "") -> Stream | None:
    """Take the stream that waits longest until that instant; None when there is none, or others have them all."""
    head = tx.execute(_due(by, now, alerts=alerts, chat=chat).with_for_update(skip_locked=True)).scalar_one_or_none()
    if head is None:
        return None
    found = tx.execute(sa.select(_n).where(_n.c.id == head)).one()
    key = (found.request or "", found.person or "", found.chat)
    whole = [column == value for column, value in zip(_stream(_n), key, strict=True)]
    rows = tx.execute(
        sa.update(_n).where(*whole, _n.c.sent_at.is_(None)).values(claimed_by=by, claimed_until=until).returning(_n),
    ).all()
    notices = (Notice(r.id, r.request, r.kind, r.person, r.step, r.body, r.at, r.tries) for r in rows)
    return Stream(by, tuple(sorted(notices, key=lambda one: one.id)), found.claimed_by is not None)


def hold(tx: Tx, stream: Stream, now: datetime, until: datetime) -> bool:
    """Hold on for longer; False when the claim has run out, and perhaps somebody else goes on with it."""
    held = sa.update(_n).where(*_mine(stream), _n.c.claimed_until > now).values(claimed_until=until)
    return tx.execute(held).rowcount > 0


def sent(tx: Tx, stream: Stream, ids: Iterable[int], now: datetime, said: str = "") -> None:
    """These are out, or will never be (`said` tells why)."""
    tx.execute(sa.update(_n).where(*_mine(stream), _n.c.id.in_(list(ids))).values(sent_at=now, error=said))


def release(tx: Tx, stream: Stream, due: datetime | None, said: str = "", *, doubt: bool = False) -> None:
    """Let the stream go: the rest of it is tried again at `due`, as a failure if something was `said`.

    `doubt`: nobody knows whether the first message arrived, so whoever tries next must look for it.
    """
    first = tx.execute(sa.select(sa.func.min(_n.c.id)).where(*_mine(stream))).scalar_one_or_none()
    if first is None:
        return
    if due is not None:
        failed = {"error": said, "tries": _n.c.tries + 1} if said else {}
        tx.execute(sa.update(_n).where(_n.c.id == first).values(due=due, **failed))
    tx.execute(sa.update(_n).where(*_mine(stream), _n.c.id != first).values(claimed_by=None, claimed_until=None))
    kept = {} if doubt else {"claimed_by": None}
    tx.execute(sa.update(_n).where(_n.c.id == first).values(claimed_until=None, **kept))


def _mine(stream: Stream) -> list[sa.ColumnElement[bool]]:
    ids = [notice.id for notice in stream.notices]
    return [_n.c.id.in_(ids), _n.c.claimed_by == stream.by, _n.c.sent_at.is_(None)]


def stuck(tx: Tx, before: datetime, chat: str = "") -> tuple[int, str]:
    """How many notices older than this were tried and did not go out, and what was said of the oldest."""
    rows = tx.execute(
        sa.select(_n.c.error)
        .where(_n.c.sent_at.is_(None), _n.c.tries > 0, _n.c.at <= before, _n.c.kind != ALERT)
        .where(*([_n.c.chat == chat] if chat else []))
        .order_by(_n.c.id),
    ).scalars()
    said = list(rows)
    return len(said), said[0] if said else ""
