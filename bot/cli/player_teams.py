"""A person in the practice tenant of Teams, played by a program: types, presses, fills in forms, reads."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx

from bot.cli.player import UNHEARD, Button, Choice, Json, Message, StuckError, until
from bot.practice.company.people import person
from bot.practice.teams import cards
from bot.practice.teams.people import Client, Dialog, NoAnswer
from bot.practice.teams.tenant import Said

_SEND, _FIND = "send", "find"  # the two buttons of a form
_AGAIN = "again"  # the button under “Your form is ready.”
_TYPED = "~typed"
_REDRAWN = 3  # so often a form may come back with more questions before it is taken
_HANDLE = re.compile(r"@(\w+)")
Run = Callable[..., Any]


class TeamsPlayer:
    """One person at Teams. `run` calls a function on the loop of the practice service, and waits for it."""

    def __init__(self, client: Client, run: Run) -> None:
        self.client = client
        self._run = run
        self._before: dict[str, Json] = {}

    def channel(self, name: str) -> str:
        """The id of a channel this person sees."""
        for one in self._run(self.client.conversations):
            if one.kind == "channel" and one.name == name:
                return str(one.id)
        raise StuckError(f"{self.client.human.name} sees no channel {name}")

    def direct(self) -> str:
        """The personal chat with the app."""
        return self.client.tenant.personal(self.client.human.id).id

    def told(self, channel: str) -> str:
        """In the personal chat: in a channel everybody would see it."""
        return self.direct()

    def messages(self, channel: str, thread: str = "") -> list[Message]:
        """What this person reads there, oldest first."""
        return [self._read(said, card) for said, card in self._cards(channel, thread)]

    def typed(self, text: str) -> str:
        """Without the slash, and with the name of whom Slack calls by a handle."""
        return _HANDLE.sub(lambda match: person(match[1]).name, text.removeprefix("/"))

    def ask(self, channel: str, text: str) -> None:
        """Write a command to Usher in the personal chat, wherever one is: that is where Usher listens in Teams."""
        words = self.typed(text)
        self._look()
        over = time.monotonic() + UNHEARD
        while True:
            try:
                self._run(self.client.say, self.direct(), words)
            except NoAnswer as error:
                if time.monotonic() > over:
                    raise StuckError(f"nobody heard {text}: {error}") from error
                time.sleep(1)
            else:
                return

    def command(self, channel: str, text: str) -> Message:
        """Write a command and wait for the form that it leads to."""
        self.ask(channel, text)
        return self.form()

    def form(self) -> Message:
        """The form that is open, in a window of its own or in the chat. Raises StuckError when none opens."""
        opened = until(f"a form for {self.client.human.name}", self._opened, UNHEARD)
        return self._form(opened)

    def look_up(self, block: str, typed: str) -> str:
        """Type a few letters, press Find, and take the first who is found."""
        self._send(_FIND, {block + _TYPED: typed})
        found = self.options(block)
        if not found:
            raise StuckError(f"nobody is found for {typed}")
        return found[0]

    def choose(self, block: str, option: str) -> Message:
        """Choose something on which the rest of the form depends, and let the form be drawn again."""
        field = cards.field(self._dialog().card, block) or {}
        if field.get("value") != option:
            self._send(_SEND, {block: option})
        return self.form()

    def options(self, block: str) -> list[str]:
        """The values one may choose in a field of the open form; nothing where it has no such field."""
        field = cards.field(self._dialog().card, block) or {}
        return [str(one["value"]) for one in field.get("choices", ())]

    def submit(self, **filled: str) -> str:
        """Send the open form, again when it came back with more to read; what is wrong, if anything."""
        for _time in range(_REDRAWN):
            self._send(_SEND, filled)
            if self.client.dialog is None or not _action(self.client.dialog.card, _SEND):
                return ""  # it is closed, or says only what came of it
            if wrong := cards.wrong(self.client.dialog.card):
                return "; ".join(wrong)
        return ""

    def press(self, channel: str, message: Message, button: Button, option: str = "") -> bool:
        """Press a button of a message, or choose from its menu; False when the message changed meanwhile."""
        self._look()
        action: Json = button.raw
        filled = {str(action["data"]["menu"]): option} if option else {}
        try:
            return bool(self._run(self.client.press, channel, message.id, action, filled))
        except NoAnswer:
            return False

    def report(self, channel: str, thread: str) -> str:
        """The page behind the button of the thread: in Teams a bot puts no file there, but says the address."""
        for message in self.messages(channel, thread):
            for button in message.buttons:
                if button.kind == "report" and self.press(channel, message, button):
                    page = until("the address of the report", self._page, UNHEARD)
                    return httpx.get(page, timeout=UNHEARD).raise_for_status().text
        return ""

    def _page(self) -> str:
        new = (card for said, card in self._cards(self.direct()) if said.id not in self._before)
        every = (action for card in new for action in cards.actions(card) if action["type"] == "Action.OpenUrl")
        return next((str(one["url"]) for one in every if "/report/" in one["url"]), "")

    def close(self) -> None:
        """Leave Teams."""

    def _cards(self, channel: str, thread: str = "") -> list[tuple[Said, Json]]:
        found: list[tuple[Said, Json]] = self._run(self.client.read, channel, thread)
        return found

    def _read(self, said: Said, card: Json) -> Message:
        activity = said.activity
        text = str(card.get("fallbackText") or activity.get("summary") or activity.get("text") or "")
        by = self.client.tenant.human(said.by)
        shown = tuple(cards.lines(card)) or tuple(text.splitlines())
        raw = {"activity": activity, "card": card}
        return Message(said.id, text, shown, tuple(_buttons(card)), by.name if by else "", raw=raw)

    def _look(self) -> None:
        """What stands there now is not the answer to what this person does next."""
        self.client.dialog = None
        self._before = {said.id: card for said, card in self._cards(self.direct())}

    def _opened(self) -> Dialog | None:
        """The open form; one that is offered in the chat is opened first."""
        if self.client.dialog is not None:
            return self.client.dialog
        here = self.direct()
        for said, card in reversed(self._cards(here)):
            if card and card != self._before.get(said.id):
                self._take(here, said, card)
                break
        return self.client.dialog

    def _take(self, here: str, said: Said, card: Json) -> None:
        if _action(card, _SEND):
            self.client.dialog = Dialog(card, here, said.id, inline=True)
            return
        openers = (
            one for one in cards.actions(card) if cards.opens_dialog(one) and one["data"].get("action") == _AGAIN
        )
        opener = next(openers, None)
        if opener:
            self._run(self.client.press, here, said.id, opener, {})

    def _dialog(self) -> Dialog:
        if self.client.dialog is None:
            raise StuckError(f"no form is open for {self.client.human.name}")
        return self.client.dialog

    def _form(self, opened: Dialog) -> Message:
        return Message(opened.message, lines=tuple(cards.lines(opened.card)), raw=opened.card)

    def _send(self, verb: str, filled: dict[str, str]) -> None:
        """Press a button of the open form, again while nobody hears it."""
        over = time.monotonic() + UNHEARD
        while True:
            action = _action(self._dialog().card, verb)
            if action is None:
                raise StuckError(f"the form has no button to {verb} it")
            try:
                self._run(self.client.send, action, filled)
            except NoAnswer as error:
                if time.monotonic() > over:
                    raise StuckError(f"nobody heard the form: {error}") from error
                time.sleep(1)
            else:
                return


def _action(card: Json, verb: str) -> Json | None:
    return next((one for one in cards.actions(card) if (one.get("data") or {}).get("verb") == verb), None)


def _buttons(card: Json) -> Iterator[Button]:
    for action in cards.actions(card):
        data = action.get("data") or {}
        if "action" in data:
            menu = cards.field(card, str(data.get("menu", ""))) or {}
            choices = tuple(Choice(str(one["value"]), str(one["title"])) for one in menu.get("choices", ()))
            yield Button(
                str(data["action"]), str(data.get("value", "")), str(action.get("tooltip", "")), choices, action
            )
