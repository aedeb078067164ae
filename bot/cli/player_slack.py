"""A person at the practice workspace's page, played by a program: types, fills in forms, presses buttons, reads."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from typing import Any

import httpx

from bot.cli.player import UNHEARD, Button, Choice, Json, Message, StuckError


class SlackPlayer:
    """One tab of the page, as one person."""

    def __init__(self, url: str, user: str) -> None:
        self.user = user
        self._http = httpx.Client(base_url=url, timeout=60)
        self._view: Json | None = None
        self._names: dict[str, str] = {}
        self._line: socket.socket | None = None
        self._opened = threading.Event()
        self._ready = threading.Event()
        self._closed = threading.Event()
        self._listener = threading.Thread(target=self._listen, name=f"player-{user}", daemon=True)
        self._listener.start()
        self._ready.wait(UNHEARD)

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

    def told(self, channel: str) -> str:
        """In the channel itself, where nobody else sees it."""
        return channel

    def messages(self, channel: str, thread: str = "") -> list[Message]:
        """What this person reads there, oldest first."""
        return [self._read(one) for one in self._messages(channel, thread)]

    def _messages(self, channel: str, thread: str) -> list[Json]:
        found: list[Json] = self._get("messages", channel=channel, **({"thread": thread} if thread else {}))["messages"]
        return found

    def _read(self, message: Json) -> Message:
        """A message as people read it."""
        if not self._names:
            state = self.state()
            self._names = {user["id"]: user["real_name"] for user in state["users"]} | {state["app"]["bot_user_id"]: ""}
        return Message(
            str(message["ts"]),
            str(message.get("text", "")),
            tuple(lines(message)),
            tuple(elements(message)),
            self._names.get(str(message.get("user")), ""),
            bool(message.get("ephemeral")),
            message,
        )

    def typed(self, text: str) -> str:
        """As it is."""
        return text

    def ask(self, channel: str, text: str) -> None:
        """Type a slash command that is answered with words; once more where the bot was too slow to answer."""
        answer: Json = {"ok": False}
        for _attempt in range(3):
            answer = self._post("command", channel=channel, text=text)
            if answer["ok"]:
                return
            time.sleep(1)
        raise StuckError(answer["error"])

    def command(self, channel: str, text: str) -> Message:
        """Type a slash command and wait for the form it opens."""
        self._opened.clear()
        self.ask(channel, text)
        return self.form()

    def form(self) -> Message:
        """The form that is open. Raises StuckError when none opens, however slow the machine is."""
        view = self._open()
        return Message(str(view["id"]), lines=tuple(lines(view)), raw=view)

    def _open(self) -> Json:
        if not self._opened.wait(UNHEARD) or self._view is None:
            raise StuckError(f"no form opened for {self.user}")
        return self._view

    def look_up(self, block: str, typed: str) -> str:
        """Type a few letters into a field that searches; the value of the first it offers."""
        view = self._open()
        ids = {"block_id": block_of(view, block)["block_id"], "action_id": element_of(view, block)["action_id"]}
        found = self._get("suggest", view_id=str(view["id"]), value=typed, **ids)
        if not found.get("options"):
            raise StuckError(f"nobody is found for {typed}: {found}")
        return str(found["options"][0]["value"])

    def choose(self, block: str, option: str) -> Message:
        """Choose one of the visible options of the open form and wait until it is redrawn."""
        view = self._open()
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
        view = self._open()
        named = [one for one in view["blocks"] if str(one.get("block_id", "")).split("~")[0] == block]
        return [str(option["value"]) for one in named for option in one.get("element", {}).get("options", ())]

    def submit(self, **filled: str) -> str:
        """Send the open form with what was filled in, again while nobody hears it; what is wrong, if anything."""
        view, over = self._open(), time.monotonic() + UNHEARD
        while True:
            answer = self._post("submit", view_id=view["id"], state={"values": values_of(view, filled)})
            if answer["ok"] or time.monotonic() > over:
                return "" if answer["ok"] and not answer.get("errors") else str(answer)
            time.sleep(1)

    def press(self, channel: str, message: Message, button: Button, option: str = "") -> bool:
        """Press a button of a message, or choose from its menu; False when the message changed meanwhile."""
        self._opened.clear()
        more: Json = {"selected_option": option} if option else {}
        answer = self._post(
            "action",
            channel=channel,
            ts=message.id,
            block_id=button.raw["block_id"],
            action_id=button.raw["action_id"],
            **more,
        )
        return bool(answer["ok"])

    def report(self, channel: str, thread: str) -> str:
        """The page of the report that hangs in a thread; nothing while there is none."""
        files = (file for message in self._messages(channel, thread) for file in message.get("files") or ())
        found = next(files, None)
        return self._http.get(found["url"], params={"as": self.user}).text if found else ""

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


def elements(message: Json) -> Iterator[Button]:
    """Every button and menu of a message."""
    for block in message.get("blocks") or ():
        for element in block.get("elements") or ():
            if "action_id" in element:
                yield _button(element | {"block_id": block["block_id"]})


def _button(element: Json) -> Button:
    return Button(
        str(element["action_id"]).split("~")[0],
        str(element.get("value") or str(element["block_id"]).partition("~")[2]),
        str(element.get("accessibility_label", "")),
        tuple(Choice(str(one["value"]), str(one["text"]["text"])) for one in element.get("options", ())),
        element,
    )


def lines(message: Json) -> list[str]:
    """A message or a form as people read it, line by line."""
    said: list[str] = []
    for block in message.get("blocks") or ():
        texts = [block.get("text"), *(block.get("fields") or ()), *(block.get("elements") or ())]
        said += [line for text in texts for line in _plain(text).splitlines() if line.strip()]
    return said or str(message.get("text", "")).splitlines()


def _plain(element: Any) -> str:
    if not isinstance(element, dict):
        return ""
    text = element.get("text")
    if isinstance(text, dict):
        return f"[{text['text']}]"
    return str(text or "").replace("*", "").replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">")


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
