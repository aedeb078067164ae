"""What was heard and never answered, because the process that heard it was killed: whoever did it is told once."""

from __future__ import annotations

import threading
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.domain.model import SystemKey
from bot.engine.context import Engine
from bot.store import again, outbox, people
from bot.store import inbound as rows

KIND = "unserved"
LOST = timedelta(seconds=60)  # no answer takes so long, and a process told to stop has ended before


@dataclass(frozen=True, slots=True)
class By:
    """Who brought something, as chat and native id, and what they did: a verb, and what stands on it.

    Nobody: whom no answer is owed, such as for a message of Slack itself. Nothing done: nobody waits for the answer.
    """

    who: str = ""
    did: str = ""


def by(chat: str, native_id: str, did: str = "", on: str = "") -> By:
    """Somebody of this chat did this; `on`: what stood on it."""
    return By(f"{chat} {native_id[:250]}", f"{did} {on[:100]}".strip()) if native_id else By()


@dataclass
class Served:
    """What this process answered, written down together: nobody who waits for an answer waits for that."""

    engine: Engine
    _keys: list[str] = field(default_factory=list)
    _turn: threading.Lock = field(default_factory=threading.Lock)

    def add(self, key: str) -> None:
        """This one is answered."""
        with self._turn:
            self._keys.append(key)

    def write(self) -> int:
        """Write down what was answered; how many. What could not be written is, with the next."""
        with self._turn:
            keys, self._keys = self._keys, []
        try:
            if keys:
                _write(self.engine, keys)
        except Exception:
            with self._turn:
                self._keys = keys + self._keys
            raise
        return len(keys)


@again
def _write(engine: Engine, keys: list[str]) -> None:
    with engine.db.begin() as tx:
        rows.served(tx, keys)


def tell(engine: Engine, now: datetime) -> int:
    """Tell whoever was not answered, each once for all of it; how many people."""
    with engine.db.look() as tx:
        if not rows.any_unserved(tx, now - LOST):
            return 0
    return _tell(engine, now)


@again
def _tell(engine: Engine, now: datetime) -> int:
    with engine.db.begin() as tx:
        found: dict[str, list[rows.Unserved]] = defaultdict(list)
        for one in rows.claim_unserved(tx, now - LOST):
            found[one.who].append(one)
        told = 0
        for who, theirs in found.items():
            chat, _space, native_id = who.partition(" ")
            person = people.owner_of(tx, SystemKey(chat), native_id)
            did = [one.did for one in theirs if one.did]
            if person is not None and did:
                told += 1
                outbox.tell(tx, KIND, now, person=person, did=did, when=min(one.at for one in theirs).isoformat())
        return told
