"""A person at the practice workspace's page, played by a program: types, fills in forms, presses buttons, reads."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

import httpx

Json = dict[str, Any]
Found = TypeVar("Found")

_UNHEARD = 60.0  # seconds for which a person tries again what nobody hears; a busy machine is slow


class StuckError(Exception):
    """What the play waits for did not come; the sentence says what."""


class Player:
    """One tab of the page, as one person."""

    def __init__(self, url: str, user: str) -> None:
        self.user = user
        self._http = httpx.Client(base_url=url, timeout=60)
        self._view: Json | None = None
        self._line: socket.socket | None = None
        self._opened = threading.Event()
        self._ready = threading.Event()
        self._closed = threading.Event()
        self._listener = threading.Thread(target=self._listen, name=f"player-{user}", daemon=True)
        self._listener.start()
        self._ready.wait(_UNHEARD)

    def state(self) -> Json:
        """Channels, people, systems, as this person sees them."""
        return self._get("state")

    def channel(self, name: str) -> str:
        """The id of a channel this person sees, or of their conversation with the app."""
        for one in self.state()["channels"]:
            if one.get("name") == name:
                return str(one["id"])
        raise StuckError(f"{self.user} sees no channel {name}")

    def direct(self) -> str:
        """The conversation with the app."""
        bot = self.state()["app"]["bot_user_id"]
        return str(self._post("im", user=bot)["channel"])

    def messages(self, channel: str, thread: str = "") -> list[Json]:
        """What this person reads there, oldest first."""
        found: list[Json] = self._get("messages", channel=channel, **({"thread": thread} if thread else {}))["messages"]
        return found

    def ask(self, channel: str, text: str) -> None:
        """Type a slash command that is answered with words; once more where the bot was too slow to answer."""
        answer: Json = {"ok": False}
        for _attempt in range(3):
            answer = self._post("command", channel=channel, text=text)
            if answer["ok"]:
                return
            time.sleep(1)
        raise StuckError(answer["error"])

    def command(self, channel: str, text: str) -> Json:
        """Type a slash command and wait for the form it opens."""
        self._opened.clear()
        self.ask(channel, text)
        return self.form()

    def form(self) -> Json:
        """The form that is open. Raises StuckError when none opens, however slow the machine is."""
        if not self._opened.wait(_UNHEARD) or self._view is None:
            raise StuckError(f"no form opened for {self.user}")
        return self._view

    def look_up(self, block: str, typed: str) -> str:
        """Type a few letters into a field that searches; the value of the first it offers."""
        view = self.form()
        ids = {"block_id": block_of(view, block)["block_id"], "action_id": element_of(view, block)["action_id"]}
        found = self._get("suggest", view_id=str(view["id"]), value=typed, **ids)
        if not found.get("options"):
            raise StuckError(f"nobody is found for {typed}: {found}")
        return str(found["options"][0]["value"])

    def choose(self, block: str, option: str) -> Json:
        """Choose one of the visible options of the open form and wait until it is redrawn."""
        view = self.form()
        element = element_of(view, block)
        chosen = next(one for one in element["options"] if one["value"] == option)
        state = {"values": values_of(view, {block: option})}
        self._opened.clear()
        self._post(
            "action",
            view_id=view["id"],
            block_id=block_of(view, block)["block_id"],
            action_id=element["action_id"],
            selected_option=chosen,
            state=state,
        )
        return self.form()

    def options(self, block: str) -> list[str]:
        """The values one may choose in a field of the open form; nothing where it has no such field."""
        view = self.form()
        named = [one for one in view["blocks"] if str(one.get("block_id", "")).split("~")[0] == block]
        return [str(option["value"]) for one in named for option in one.get("element", {}).get("options", ())]

    def submit(self, **filled: str) -> Json:
        """Send the open form with what was filled in, again while nobody hears it; the workspace's answer."""
        view, over = self.form(), time.monotonic() + _UNHEARD
        while True:
            answer = self._post("submit", view_id=view["id"], state={"values": values_of(view, filled)})
            if answer["ok"] or time.monotonic() > over:
                return answer
            time.sleep(1)

    def press(self, channel: str, message: Json, element: Json, option: str = "") -> bool:
        """Press a button of a message, or choose from its menu; False when the message changed meanwhile."""
        self._opened.clear()
        more: Json = {"selected_option": option} if option else {}
        answer = self._post(
            "action",
            channel=channel,
            ts=message["ts"],
            block_id=element["block_id"],
            action_id=element["action_id"],
            **more,
        )
        return bool(answer["ok"])

    def _get(self, what: str, **query: str) -> Json:
        found: Json = self._http.get(f"/_/{what}", params={"as": self.user, **query}).json()
        return found

    def _post(self, what: str, **body: Any) -> Json:
        found: Json = self._http.post(f"/_/{what}", json={"as": self.user, **body}).json()
        return found

    def close(self) -> None:
        """Close the tab."""
        self._closed.set()
        if self._line is not None:
            with contextlib.suppress(OSError):  # the workspace was faster
                self._line.shutdown(socket.SHUT_RDWR)
        self._listener.join(15)  # the line speaks every ten seconds, if only to say that it lives
        self._http.close()

    def _listen(self) -> None:
        with (
            contextlib.suppress(httpx.HTTPError),
            self._http.stream("GET", "/_/events", params={"as": self.user}, timeout=None) as stream,
        ):
            self._line = stream.extensions["network_stream"].get_extra_info("socket")
            self._ready.set()
            for line in stream.iter_lines():
                if self._closed.is_set():
                    return
                if line.startswith("data:"):
                    self._hear(json.loads(line[5:]))

    def _hear(self, event: Json) -> None:
        if event["type"] in {"view_opened", "view_updated"}:
            self._view = event["view"]
            self._opened.set()


def elements(message: Json) -> Iterator[Json]:
    """Every button and menu of a message, each with the id of its block."""
    for block in message.get("blocks") or ():
        for element in block.get("elements") or ():
            if "action_id" in element:
                yield {**element, "block_id": block["block_id"]}


def block_of(view: Json, name: str) -> Json:
    """The input of this name; its id changes when a redraw brings a new value."""
    for block in view["blocks"]:
        if block.get("type") == "input" and str(block["block_id"]).split("~")[0] == name:
            found: Json = block
            return found
    raise StuckError(f"the form has no field {name}")


def element_of(view: Json, name: str) -> Json:
    """The element of the input of this name."""
    found: Json = block_of(view, name)["element"]
    return found


def values_of(view: Json, filled: Mapping[str, str]) -> Json:
    """The state a browser would send: what the form came with, and what was filled in."""
    values: Json = {}
    for block in view["blocks"]:
        if block.get("type") != "input":
            continue
        element = block["element"]
        name = str(block["block_id"]).split("~")[0]
        values[block["block_id"]] = {element["action_id"]: _value(element, filled.get(name))}
    return values


def _value(element: Json, given: str | None) -> Json:
    kind = element["type"]
    match kind:
        case "radio_buttons" | "static_select" | "external_select":
            chosen = element.get("initial_option")
            if given is not None:
                chosen = next((o for o in element.get("options", ()) if o["value"] == given), {"value": given})
            return {"type": kind, "selected_option": chosen}
        case "datepicker":
            return {"type": kind, "selected_date": given or element.get("initial_date")}
        case "timepicker":
            return {"type": kind, "selected_time": given or element.get("initial_time")}
        case "file_input":
            return {"type": kind, "files": []}
        case _:
            return {"type": kind, "value": given if given is not None else element.get("initial_value")}


def until(what: str, look: Callable[[], Found | None], seconds: float = 30.0) -> Found:
    """Look again and again until there is something. Raises StuckError, naming what did not come."""
    over = time.monotonic() + seconds
    while time.monotonic() < over:
        found = look()
        if found:
            return found
        time.sleep(0.15)
    raise StuckError(f"waited {seconds:.0f} s in vain for {what}")
