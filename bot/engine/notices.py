"""The outbox, from the side of whoever delivers it: short transactions around each message."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from bot.engine.context import Engine
from bot.store import journal, outbox, records
from bot.store.outbox import Notice, Post

_REDRAWN = frozenset({"root", "plan", "approval", "task", "item", "stuck", "power"})


def waiting(engine: Engine, now: datetime) -> tuple[Notice, ...]:
    """What is to be said now, in order."""
    with engine.db.look() as tx:
        return outbox.waiting(tx, now)


def superseded(notices: Iterable[Notice]) -> frozenset[int]:
    """Redrawings that a later one in the same batch repeats: in a backlog only the last and the first are sent."""
    seen: dict[tuple[str, str | None, str | None, str | None, str], list[int]] = {}
    for notice in notices:
        if notice.kind in _REDRAWN:
            about = (notice.kind, notice.request, notice.person, notice.step, str(notice.body.get("proposal", "")))
            seen.setdefault(about, []).append(notice.id)
    # The first may be the one that opens the thread which everything after it hangs on.
    return frozenset(key for keys in seen.values() for key in keys[1:-1])


def sent(engine: Engine, notice: int, now: datetime, said: str = "") -> None:
    """This one is out."""
    with engine.db.begin() as tx:
        outbox.sent(tx, notice, now, said)


def later(engine: Engine, notice: int, due: datetime, said: str) -> None:
    """The chat could not take it now."""
    with engine.db.begin() as tx:
        outbox.later(tx, notice, due, said)


def post(engine: Engine, key: str) -> Post | None:
    """Where the message with this key lives."""
    with engine.db.look() as tx:
        return outbox.post(tx, key)


def posted(engine: Engine, post: Post, request: str | None, now: datetime) -> None:
    """Remember where a message lives."""
    with engine.db.begin() as tx:
        outbox.posted(tx, post, request, now)


def thread_is(engine: Engine, request: str, channel: str, thread: str) -> None:
    """The thread of a request is open."""
    with engine.db.begin() as tx:
        records.note(tx, request, channel=channel, thread=thread)


def unreached(engine: Engine, notice: Notice, now: datetime) -> None:
    """Somebody has no chat account that we know: the trail says so, and the thread does."""
    with engine.db.begin() as tx:
        facts = {"person": notice.person, "kind": notice.kind, "step": notice.step}
        trail = journal.read(tx, request=notice.request) if notice.request else ()
        if any(entry.kind == "person.unreached" and entry.facts == facts for entry in trail):
            return  # said once; the same card would have been redrawn many times
        journal.add(tx, "person.unreached", now, request=notice.request, facts=facts)
        outbox.tell(tx, "line", now, request=notice.request, what="unreached", by=notice.person)
