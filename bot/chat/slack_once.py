"""What Slack brings twice, or somebody plays back to us within its five minutes, has one effect and one answer."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from slack_bolt import App, BoltRequest, BoltResponse

from bot.chat.plain_words import Json
from bot.domain.chats import SLACK
from bot.engine import inbound
from bot.engine.context import Engine
from bot.engine.unserved import By, Served, by

PATIENCE = 2.0  # seconds that a second delivery waits for the answer of the first
_LOOK = 0.03
_TAKEN = "usher_delivery"
_EMPTY = json.dumps([200, "", ""])
_PLAIN = frozenset({"block_actions", "shortcut", "event_callback"})  # acknowledged with nothing, whatever comes of it


class Bolt(App):
    """Bolt, with a memory of what was brought; without `once` it has none."""

    once: Once | None = None

    def dispatch(self, req: BoltRequest) -> BoltResponse:
        """Answer what Slack brought, and keep the answer."""
        answer = super().dispatch(req)
        if self.once is not None:
            self.once.keep(req, answer)
        return answer

    def remember(self, once: Once) -> None:
        """From now on hear everything once; Bolt has checked the signature before it asks."""
        self.once = once
        self.middleware(once.take)


@dataclass(frozen=True)
class Once:
    """The memory: rows that all replicas share. `served` is told what was answered; without it nobody is owed one."""

    engine: Engine
    clock: Callable[[], datetime]
    served: Served | None = None

    def take(self, req: BoltRequest, next: Callable[[], None]) -> BoltResponse | None:  # noqa: A002 - Bolt's word
        """Go on with what is new; answer the rest as the first time. Raises DatabaseError where nothing is kept."""
        key = key_of(req.body)
        if not key:
            next()
            return None
        plain = req.body.get("type") in _PLAIN
        whose = by_of(req.body) if self.served else By()
        known = inbound.take(self.engine, key, self.clock(), _EMPTY if plain else "", whose)
        if known is None:
            req.context[_TAKEN] = key
            next()
            return None
        return _response(known or self._soon(key))

    def _soon(self, key: str) -> str:
        """The answer that another thread or replica is making now."""
        until = time.monotonic() + PATIENCE
        while not (known := inbound.answer_of(self.engine, key)) and time.monotonic() < until:
            time.sleep(_LOOK)
        return known or _EMPTY

    def keep(self, req: BoltRequest, answer: BoltResponse) -> None:
        """What was taken here is answered now; what failed may come again."""
        key = req.context.get(_TAKEN)
        if not key:
            return
        if answer.status >= 500:
            inbound.forget(self.engine, key)
            return
        kept = json.dumps([answer.status, answer.body or "", _type_of(answer)])
        if req.body.get("type") not in _PLAIN or (answer.status, answer.body or "") != (200, ""):
            inbound.answered(self.engine, key, kept)
        elif self.served is not None:
            self.served.add(key)


def key_of(body: Json) -> str:
    """What names a delivery: the same in every repetition, over both transports. Nothing where none has an effect."""
    if "event" in body:
        return f"event:{body['event_id']}" if body.get("event_id") else ""
    if "command" in body or body.get("type") in {"block_actions", "view_submission", "shortcut"}:
        return f"trigger:{body['trigger_id']}" if body.get("trigger_id") else ""
    return ""


def by_of(body: Json) -> By:
    """Who waits for an answer to this, and what they did; in a thread nobody waits for one."""
    if "command" in body:
        return by(SLACK, str(body.get("user_id") or ""), "typed", str(body["command"]))
    if "event" in body:
        event: Json = body["event"]
        if event.get("type") != "message" or event.get("bot_id") or event.get("hidden"):
            return By()
        return by(SLACK, str(event.get("user") or ""), "wrote" * (event.get("channel_type") == "im"))
    person = str((body.get("user") or {}).get("id") or "")
    if body.get("type") == "view_submission":
        return by(SLACK, person, "sent", _words(body.get("view"), "title"))
    pressed = next(iter(body.get("actions") or ()), None)
    live = pressed is not None and body.get("view") and pressed.get("type") != "button"
    return By() if live else by(SLACK, person, "pressed", _words(pressed, "text"))


def _words(found: Json | None, name: str) -> str:
    words = (found or {}).get(name)
    return str(words.get("text") or "") if isinstance(words, dict) else ""


def _response(kept: str) -> BoltResponse:
    status, body, kind = json.loads(kept)
    return BoltResponse(status=status, body=body, headers={"content-type": kind} if kind else {})


def _type_of(answer: BoltResponse) -> str:
    found: Sequence[str] = answer.headers.get("content-type", [""])
    return found[0]
