"""A room of its own that a chat may refuse to open: what was asked for and what came of it; admins hear why not, once.

A chat that cannot be asked what it made is asked once, and what it may have made is known before it is asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.domain.model import Power
from bot.engine.context import Engine, scene
from bot.store import Tx, again, outbox, paces, people, places, records
from bot.store.places import Kind, Place

NOTICE = "system"  # the kind, as for everything else in trouble
REFUSED = "no room"


@dataclass(frozen=True, slots=True)
class Room:
    """What is known of one: since when we try, the chat that was made, and whether an answer never came."""

    since: datetime
    chat: str = ""
    unheard: bool = False


def room(engine: Engine, name: str) -> Room | None:
    """What is known of the room of this name, if it was ever asked for."""
    with engine.db.look() as tx:
        kept = places.place(tx, _key(name))
    if kept is None:
        return None
    facts = kept.reference
    return Room(datetime.fromisoformat(facts["since"]), facts["chat"], facts["unheard"] == "yes")


@again
def keep(engine: Engine, name: str, known: Room, now: datetime) -> None:
    """Write it down, before it is asked for and after."""
    facts = {"since": known.since.isoformat(), "chat": known.chat, "unheard": "yes" if known.unheard else ""}
    with engine.db.begin() as tx:
        places.remember(tx, Place(_key(name), Kind.ROOM, "", name, facts), now)


@again
def refused(engine: Engine, chat: str, request: str, said: str, now: datetime) -> None:
    """No room could be opened: admins hear why, once until one could be opened again."""
    with engine.db.begin() as tx:
        told = _admins(engine, tx, request, now)
        if not told or not paces.begin_trouble(tx, _trouble(chat), said, now):
            return  # what nobody may hear now is told with the next request that has no room
        for person in told:
            outbox.tell(tx, NOTICE, now, person=person, what=REFUSED, system=chat, said=said, id=request)


@again
def opened(engine: Engine, chat: str, now: datetime) -> None:
    """One could be opened: whatever was wrong is over."""
    with engine.db.look() as tx:
        if not paces.in_trouble(tx, _trouble(chat)):
            return
    with engine.db.begin() as tx:
        paces.end_trouble(tx, _trouble(chat), now)


def _admins(engine: Engine, tx: Tx, request: str, now: datetime) -> list[str]:
    """Whoever may change the settings, but not whom the request is about."""
    found = records.get(tx, request)
    crew = scene(engine, tx, found, now).crew if found else people.crew(tx)
    every = crew.holding(Power.ADMIN) - ({found.subject} if found else set())
    return sorted(one for one in every if crew.working(one, now.date()))


def _key(name: str) -> str:
    return f"room:{name}"


def _trouble(chat: str) -> str:
    return f"rooms of {chat}"
