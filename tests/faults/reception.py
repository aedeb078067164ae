"""The small company with its doors open: what people press in the strict workspace reaches two replicas of Usher."""

from __future__ import annotations

import hashlib
import hmac
import json
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import httpx

from bot.chat.commands import Talk
from bot.chat.port import Dialogue, Speaker
from bot.chat.slack import build_app, register, socket_mode
from bot.chat.slack_once import Once
from bot.engine.came_in import came_in
from bot.engine.deactivated import switched
from bot.engine.lookup import person_of
from bot.practice import delivery, payloads
from bot.practice.space import Message, View
from bot.store import Database
from bot.web import make_app as web
from tests.faults.office import ROOM, Office, office
from tests.practice.bolt_bot import listening

Json = dict[str, Any]
SECRET = "0123456789abcdef0123456789abcdef"
_FORM = "application/x-www-form-urlencoded"


@dataclass
class Reception:
    """An office, and the addresses of the replicas that hear its people."""

    office: Office
    addresses: list[str] = field(default_factory=list)

    def bring(self, kind: delivery.Kind, payload: Json, retry: tuple[int, str] | None = None) -> Any:
        """Deliver a payload as Slack does, in whatever way this reception hears; what was acknowledged."""
        return self.office.served.call(delivery.ask, self.office.space, kind, payload, retry)

    def at_once(self, kind: delivery.Kind, payload: Json, times: int = 4) -> list[Any]:
        """The same delivery so many times in the same moment, spread over the replicas."""
        with ThreadPoolExecutor(times) as pool:
            if not self.addresses:
                return list(pool.map(lambda _: self.bring(kind, payload), range(times)))
            sent = self.signed(kind, payload)
            where = [self.addresses[number % len(self.addresses)] for number in range(times)]
            return [answer.text for answer in pool.map(lambda to: self.post(to, *sent), where)]

    def signed(self, kind: delivery.Kind, payload: Json, stamp: int = 0) -> tuple[bytes, dict[str, str]]:
        """The very bytes of one delivery over HTTP."""
        stamp = stamp or int(time.time())
        form = payload if kind == "slash_commands" else {"payload": json.dumps(payload)}
        body = json.dumps(payload).encode() if kind == "events_api" else urlencode(form).encode()
        mark = hmac.new(SECRET.encode(), f"v0:{stamp}:".encode() + body, hashlib.sha256).hexdigest()
        return body, {
            "Content-Type": "application/json" if kind == "events_api" else _FORM,
            "X-Slack-Request-Timestamp": str(stamp),
            "X-Slack-Signature": f"v0={mark}",
        }

    def post(self, address: str, body: bytes, headers: dict[str, str]) -> httpx.Response:
        """Send it."""
        return httpx.post(address, content=body, headers=headers, timeout=60)

    def command(self, user: str, word: str, text: str = "") -> Json:
        """What Slack sends when somebody types a command in the channel."""
        space = self.office.space
        return self.made(payloads.slash, space, user, space.rooms[ROOM], word, text)

    def press(self, user: str, action: str) -> Json:
        """What Slack sends when somebody presses a button in the newest direct message that has it."""
        for message in reversed(self.office.messages(f"D{user[1:]}")):
            if found := self.press_on(user, message, action):
                return found
        raise AssertionError(f"{user} has no button {action}")

    def press_on(self, user: str, message: Message, action: str) -> Json:
        """What Slack sends when somebody presses a button of this message; nothing where it has none."""
        for block in message.blocks:
            for element in block.get("elements", ()):
                if str(element.get("action_id", "")).startswith(action):
                    return self._pressed(user, message, block["block_id"], element)
        return {}

    def _pressed(self, user: str, message: Message, block: str, element: Json) -> Json:
        named = {name: element[name] for name in ("action_id", "type", "text", "value") if name in element}
        return self.made(payloads.pressed, self.office.space, user, {"block_id": block, **named}, message)

    def made(self, make: Callable[..., Json], *arguments: Any) -> Json:
        """A payload of the workspace."""
        found: Json = self.office.served.call(make, *arguments)
        return found

    def top(self, user: str) -> View:
        """The form on somebody's screen."""
        space = self.office.space
        return space.views[space.stacks[user][-1]]

    def whispers(self, user: str) -> list[str]:
        """What only this person reads, wherever it stands."""
        rooms = self.office.space.messages.values()
        return [one.text for room in rooms for one in room.values() if one.only_for == user]


@contextmanager
def reception(db: Database, how: str, *, replicas: int = 2, walled: bool = False) -> Iterator[Reception]:
    """A reception that hears by "socket" or "http"; `walled`: it answers through the wall."""
    with office(db, real=True) as here, ExitStack() as stack:
        found = Reception(here)
        api = here.wall.url if walled else f"{here.served.url}/api/"
        doors = [_bolt(here, Talk(here.town.desk), api) for _ in range(replicas)]
        if how == "socket":
            for door in doors:
                line = socket_mode(door, here.space.app_token)
                line.connect()  # type: ignore[no-untyped-call]
                stack.callback(line.close)
        else:
            here.space.signing_secret = SECRET
            for door in doors:
                listener = socket.create_server(("127.0.0.1", 0))
                found.addresses.append(f"http://127.0.0.1:{listener.getsockname()[1]}/slack/events")
                stack.enter_context(listening(web(door), listener))
            here.space.request_url = found.addresses[0]
        yield found


def _bolt(here: Office, dialogue: Dialogue, api: str) -> Any:
    town = here.town
    app = build_app(token=here.space.bot_token, signing_secret=SECRET, base_url=api)

    def who(_team: str, user: str) -> Speaker:
        return Speaker(user, person_of(town.engine, "slack", user))

    def off(native_id: str, gone: bool) -> None:
        switched(town.engine, "slack", native_id, town.now, off=gone)

    def came(channel: str, native_id: str) -> None:
        came_in(town.engine, "slack", channel, native_id, town.now)

    register(app, dialogue, who, once=Once(town.engine, lambda: town.now), switched=off, joined=came)
    return app


def values(view: Json, **entered: Json) -> Json:
    """The state of a form with these values, by the names of its fields."""
    from bot.chat.slack_forms import blocks_by_name  # noqa: PLC0415

    ids = blocks_by_name(view)
    actions = {b["block_id"]: b["element"]["action_id"] for b in view["blocks"] if b["type"] == "input"}
    return {"values": {ids[name]: {actions[ids[name]]: value} for name, value in entered.items()}}
