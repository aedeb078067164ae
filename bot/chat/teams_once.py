"""What Teams brings twice has one effect and one answer; rows that all replicas share remember it."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from bot.chat.plain_words import Json
from bot.chat.teams_heard import Heard
from bot.domain.chats import TEAMS
from bot.engine import inbound
from bot.engine.context import Engine
from bot.engine.unserved import By, Served, by

PATIENCE = 2.0  # seconds that a second delivery waits for the answer of the first
_LOOK = 0.03
_NOTHING = "null"

Hear = Callable[[Heard], Json | None]


@dataclass(frozen=True)
class Once:
    """The memory of what was brought. `served` is told what was answered; without it nobody is owed an answer."""

    engine: Engine
    clock: Callable[[], datetime]
    served: Served | None = None

    def around(self, hear: Hear) -> Hear:
        """The same ears, which hear everything once. Raises DatabaseError where nothing is kept."""
        return partial(self._heard, hear)

    def _heard(self, hear: Hear, heard: Heard) -> Json | None:
        key = _named(heard)
        if not key:
            return hear(heard)
        whose = by_of(heard) if self.served else By()
        known = inbound.take(self.engine, key, self.clock(), _NOTHING if heard.type == "message" else "", whose)
        if known is not None:
            found: Json | None = json.loads(known or self._soon(key))
            return found
        try:
            answer = hear(heard)
        except Exception:
            inbound.forget(self.engine, key)
            raise
        if heard.type != "message":
            inbound.answered(self.engine, key, json.dumps(answer))
        elif self.served is not None:
            self.served.add(key)
        return answer

    def _soon(self, key: str) -> str:
        """The answer that another thread or replica is making now."""
        until = time.monotonic() + PATIENCE
        while not (known := inbound.answer_of(self.engine, key)) and time.monotonic() < until:
            time.sleep(_LOOK)
        return known or _NOTHING


def by_of(heard: Heard) -> By:
    """Who waits for an answer to this, and what they did; in a thread nobody waits for one."""
    if heard.type == "message" and not heard.value:
        return by(TEAMS, heard.native_id, "wrote" * heard.alone)
    return by(TEAMS, heard.native_id, "sent" if "form" in heard.data else "pressed")


def _named(heard: Heard) -> str:
    """What names a delivery: the same in every repetition. Nothing where a repetition has no effect."""
    effects = heard.type == "message" or heard.name in {"adaptiveCard/action", "task/submit"}
    named = hashlib.sha256(f"{heard.channel} {heard.thread} {heard.id}".encode("utf-8", "surrogatepass")).hexdigest()
    return f"teams:{named}" if effects and heard.id else ""
