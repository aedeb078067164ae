"""Where a chat lets us speak, and what people sent us there, from the side of the chat: short transactions."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from bot.engine.context import Engine
from bot.store import again, outbox, places, sent_files
from bot.store.places import Kind, Place


@again
def remember(engine: Engine, place: Place, now: datetime) -> None:
    """We are there; what is known already costs no write."""
    with engine.db.look() as tx:
        if not places.is_news(tx, place):
            return
    with engine.db.begin() as tx:
        places.remember(tx, place, now)


@again
def end(engine: Engine, place_id: str, now: datetime) -> None:
    """Somebody took us out of it."""
    with engine.db.begin() as tx:
        places.end(tx, place_id, now)


def place(engine: Engine, place_id: str) -> Place | None:
    """The place with this id, if we are there."""
    with engine.db.look() as tx:
        return places.place(tx, place_id)


def personal(engine: Engine, native_id: str) -> Place | None:
    """The chat with one person, if there is one."""
    with engine.db.look() as tx:
        return places.personal(tx, native_id)


def of_kind(engine: Engine, kind: Kind) -> tuple[Place, ...]:
    """Every group chat, or every team, the oldest first."""
    with engine.db.look() as tx:
        return places.of_kind(tx, kind)


@again
def keep_files(engine: Engine, native_id: str, found: Iterable[tuple[str, str]], now: datetime) -> None:
    """Somebody sent files, each an id and a name."""
    with engine.db.begin() as tx:
        sent_files.keep(tx, native_id, found, now)


def files_since(engine: Engine, native_id: str, begin: datetime) -> tuple[tuple[str, str, datetime], ...]:
    """Where it lies, how it is named and when it came, of what this person sent from then on: the newest first."""
    with engine.db.look() as tx:
        return sent_files.since(tx, native_id, begin)


def only_thread(engine: Engine, channel: str) -> str:
    """The thread of a group chat, where messages stand in none: that of the one request it was made for."""
    with engine.db.look() as tx:
        return outbox.only_thread(tx, channel)


def first_used(engine: Engine, channels: Iterable[str]) -> str:
    """The one of these channels in which requests were first; nothing where none was in any."""
    with engine.db.look() as tx:
        return outbox.first_used(tx, channels)
