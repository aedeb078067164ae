"""What must be said to people, stored with the fact it tells, and where it was said."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.domain.chats import SLACK
from bot.store import chat_tables as c
from bot.store import tables as t
from bot.store.database import Tx

FIRST = SLACK  # the chat whose messages have the plain names: there was no other when the first were kept
_IN = " in "
_TELL = sa.insert(c.notices)  # built once: building a statement takes three times as long as sending it


@dataclass(frozen=True, slots=True)
class Notice:
    """One message to come: what about (`kind`), for whom, and the few facts that are not read again when it is sent."""

    id: int
    request: str | None
    kind: str
    person: str | None
    step: str | None
    body: Mapping[str, Any]
    at: datetime
    tries: int


@dataclass(frozen=True, slots=True)
class Post:
    """Where a message lives on the platform."""

    key: str
    channel: str
    ts: str
    link: str = ""


def tell(
    tx: Tx,
    kind: str,
    now: datetime,
    *,
    request: str | None = None,
    person: str | None = None,
    step: str | None = None,
    **body: Any,
) -> None:
    """Write a notice beside the fact it tells."""
    row = {"request": request, "kind": kind, "person": person, "step": step, "body": body, "at": now, "due": now}
    tx.execute(_TELL, row)


def tell_each(tx: Tx, kind: str, now: datetime, told: Iterable[tuple[str, str | None]]) -> None:
    """The same notice about each of these requests, to a person or in its thread, written at once."""
    fixed = {"kind": kind, "body": {}, "at": now, "due": now}
    rows = [{"request": request, "person": person, **fixed} for request, person in told]
    if rows:
        tx.execute(sa.insert(c.notices), rows)


def waiting(tx: Tx, now: datetime, limit: int = 50) -> tuple[Notice, ...]:
    """Unsent notices in order; where one of a request must wait, the later ones of that request wait behind it."""
    late = c.notices.alias()
    blocked = sa.exists().where(
        late.c.request == c.notices.c.request,
        late.c.sent_at.is_(None),
        late.c.due > now,
        late.c.id < c.notices.c.id,
    )
    rows = tx.execute(
        sa.select(c.notices)
        .where(c.notices.c.sent_at.is_(None), c.notices.c.due <= now, ~blocked)
        .order_by(c.notices.c.id)
        .limit(limit),
    )
    return tuple(
        Notice(row.id, row.request, row.kind, row.person, row.step, row.body, row.at, row.tries) for row in rows
    )


def sent(tx: Tx, notice_id: int, now: datetime, said: str = "") -> None:
    """This one is out, or will never be (`said` tells why)."""
    tx.execute(sa.update(c.notices).where(c.notices.c.id == notice_id).values(sent_at=now, error=said))


def posted(tx: Tx, post: Post, request: str | None, now: datetime) -> None:
    """Remember where a message lives."""
    tx.execute(sa.delete(c.posts).where(c.posts.c.key == post.key))
    tx.execute(
        sa.insert(c.posts).values(
            key=post.key, request=request, channel=post.channel, ts=post.ts, link=post.link, at=now
        ),
    )


def forget(tx: Tx, keys: Iterable[str]) -> None:
    """The messages of these names stay where they are, and are posted anew in another place."""
    tx.execute(sa.delete(c.posts).where(c.posts.c.key.in_(tuple(keys))))


def post(tx: Tx, key: str) -> Post | None:
    """Where the message with this key lives, if it was ever sent."""
    row = tx.execute(sa.select(c.posts).where(c.posts.c.key == key)).one_or_none()
    return Post(row.key, row.channel, row.ts, row.link) if row else None


def named_in(key: str, chat: str) -> str:
    """The name of a message to a person in this chat: the same thing may stand in two of them."""
    return key if chat == FIRST else f"{key}{_IN}{chat}"


def posts_of(tx: Tx, request: str, beginnings: tuple[str, ...]) -> tuple[str, ...]:
    """The names of the messages about a request that begin so, each once, whichever chats they stand in."""
    begins = sa.or_(*(c.posts.c.key.startswith(one, autoescape=True) for one in beginnings))
    rows = tx.execute(sa.select(c.posts.c.key).where(c.posts.c.request == request, begins).order_by(c.posts.c.key))
    return tuple(dict.fromkeys(key.partition(_IN)[0] for key in rows.scalars()))


def only_thread(tx: Tx, channel: str) -> str:
    """The thread of a place in which there is one; nothing where there is none, or more than one."""
    found = tx.execute(sa.select(t.requests.c.thread).where(t.requests.c.channel == channel).distinct().limit(2))
    threads = [thread for thread in found.scalars() if thread]
    return str(threads[0]) if len(threads) == 1 else ""


def first_used(tx: Tx, channels: Iterable[str]) -> str:
    """The one of these channels in which requests were first; nothing where none was in any."""
    r = t.requests.c
    earliest = sa.select(r.channel).where(r.channel.in_(tuple(channels))).order_by(r.created_at, r.id).limit(1)
    return str(tx.execute(earliest).scalar_one_or_none() or "")


def request_of_thread(tx: Tx, channel: str, thread: str) -> str | None:
    """Which request a thread belongs to: the first of those that share it."""
    here = sa.and_(t.requests.c.channel == channel, t.requests.c.thread == thread)
    found: str | None = tx.execute(
        sa.select(t.requests.c.id).where(here).order_by(t.requests.c.created_at, t.requests.c.id).limit(1),
    ).scalar_one_or_none()
    return found
