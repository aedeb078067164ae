"""The outbox, from the side of whoever delivers it: short transactions before and after each message."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from bot.engine.context import Engine
from bot.store import Tx, again, journal, outbox, paces, records, streams
from bot.store.outbox import Notice, Post
from bot.store.streams import Stream

HELD = timedelta(seconds=30)  # how long a stream waits for a replica that died with it
STUCK = timedelta(minutes=5)
CHAT = "chat"


def claim(engine: Engine, by: str, now: datetime, *, alerts: bool = False, chat: str = "") -> Stream | None:
    """The stream of notices that waits longest, for this replica alone until it is released or 30 s have passed.

    `chat`: of those that go there; empty where there is no other chat.
    """
    with engine.db.look() as tx:
        if not streams.any_due(tx, by, now, alerts=alerts, chat=chat):
            return None
    with engine.db.begin() as tx:
        return streams.claim(tx, by, now, now + HELD, alerts=alerts, chat=chat)


def turn(
    engine: Engine, stream: Stream, name: str, every: timedelta, burst: int, now: datetime
) -> tuple[bool, datetime | None]:
    """Whether the claim still holds, and when the next message may go to `name`; None: now, the turn is taken."""
    with engine.db.begin() as tx:
        if not streams.hold(tx, stream, now, now + HELD):
            return False, None
        return True, paces.take(tx, name, now, every, burst) if every else None


@again
def sent(
    engine: Engine,
    stream: Stream,
    ids: Iterable[int],
    now: datetime,
    post: Post | None = None,
    said: str = "",
) -> None:
    """These are out, and where the message lives; or they will never be, and why."""
    with engine.db.begin() as tx:
        if post is not None:
            outbox.posted(tx, post, stream.notices[0].request, now)
        streams.sent(tx, stream, ids, now, said)


def release(
    engine: Engine, stream: Stream, due: datetime | None = None, said: str = "", *, doubt: bool = False
) -> None:
    """The rest of the stream waits: for its turn, or because the chat could not take it (`said`)."""
    with engine.db.begin() as tx:
        streams.release(tx, stream, due, said, doubt=doubt)


def slower(engine: Engine, name: str, until: datetime) -> None:
    """The platform asked everybody to wait."""
    with engine.db.begin() as tx:
        paces.wait(tx, name, until)


def post(engine: Engine, key: str) -> Post | None:
    """Where the message with this key lives."""
    with engine.db.look() as tx:
        return outbox.post(tx, key)


@again
def posted(engine: Engine, post: Post, request: str | None, now: datetime) -> None:
    """Remember where a message lives."""
    with engine.db.begin() as tx:
        outbox.posted(tx, post, request, now)


@again
def thread_is(engine: Engine, request: str, chat: str, channel: str, thread: str = "") -> None:
    """The place of a request is known, and its thread when it is open."""
    with engine.db.begin() as tx:
        records.note(tx, request, chat=chat, channel=channel, thread=thread)


def unreached(engine: Engine, notice: Notice, now: datetime) -> None:
    """Somebody has no chat account that works: the trail says so, and the thread does where there is one."""
    with engine.db.begin() as tx:
        miss(tx, notice, now)


def miss(tx: Tx, notice: Notice, now: datetime) -> None:
    """The same within a transaction."""
    facts = {"person": notice.person, "kind": notice.kind, "step": notice.step}
    if notice.request is None:
        facts = {"person": notice.person, "kind": notice.kind, **notice.body}
    if journal.has(tx, "person.unreached", facts, request=notice.request):
        return  # said once; the same card would have been redrawn many times
    journal.add(tx, "person.unreached", now, request=notice.request, facts=facts)
    if notice.request is not None:
        outbox.tell(tx, "line", now, request=notice.request, what="unreached", by=notice.person)


# ---- when the chat itself is in trouble ----


def refused(engine: Engine, said: str, now: datetime, chat: str = "") -> None:
    """The chat lets us in no more: operations hear of it, once. `chat`: which of two."""
    with engine.db.look() as tx:
        if paces.in_trouble(tx, _trouble(chat)):
            return
    with engine.db.begin() as tx:
        if paces.begin_trouble(tx, _trouble(chat), said, now):
            waits, _ = streams.stuck(tx, now, chat)
            journal.add(tx, "chat.away", now, facts={"said": said, **_which(chat)})
            said_at = now.isoformat()
            outbox.tell(tx, streams.ALERT, now, what=CHAT, said=said, since=said_at, waits=waits, chat=chat)


def look_at_chat(engine: Engine, now: datetime, chat: str = "", *, answers: bool = True) -> None:
    """Nothing refused us: trouble is what could not be said for five minutes, and over when nothing waits so long.

    `answers`: the chat speaks to us now; without that no trouble is over. `chat`: which of two.
    """
    with engine.db.look() as tx:
        waits, said = streams.stuck(tx, now - STUCK, chat)
        known = paces.in_trouble(tx, _trouble(chat))
    if waits and not known:
        refused(engine, said, now, chat)
    elif known and answers and not waits:
        with engine.db.begin() as tx:
            since = paces.end_trouble(tx, _trouble(chat), now)
            if since is not None:
                journal.add(tx, "chat.back", now, facts={"since": since.isoformat(), **_which(chat)})
                began, over = since.isoformat(), now.isoformat()
                outbox.tell(tx, streams.ALERT, now, what=CHAT, since=began, over=over, chat=chat)


def _trouble(chat: str) -> str:
    return CHAT if chat in {"", outbox.FIRST} else f"{CHAT} {chat}"


def _which(chat: str) -> dict[str, str]:
    return {"chat": chat} if chat else {}
