"""The dialogue as people of Teams meet it: what they do is an activity, what they see a drawn card or dialog."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future
from typing import Any, TypeVar, cast

from bot.chat import teams_lint
from bot.chat.commands import Talk
from bot.chat.desk import Desk
from bot.chat.port import (
    Answer,
    Buttons,
    Card,
    Chat,
    File,
    Filled,
    Form,
    Later,
    Option,
    PersonField,
    Sent,
    Speaker,
    Text,
    TextField,
    Where,
)
from bot.chat.presses import OPENS
from bot.chat.saying import AGAIN
from bot.chat.teams_dialogs import Dialogs
from bot.chat.teams_files import Brought
from bot.chat.teams_forms import FIND, SEND, TYPED, dialog
from bot.chat.teams_heard import read
from bot.chat.teams_packed import Drawn, packed, unpacked
from bot.chat.teams_turns import Turns
from bot.chat.teams_voice import Voice
from bot.domain.errors import Refused
from bot.domain.model import PersonId
from bot.engine import lookup
from tests.fakes.read_back import in_teams

Json = dict[str, Any]
T = TypeVar("T")
BY_COMMAND = {"offboard": "/offboard", "access": "/access", "batch": "/usher batch"}


class AtOnce(Executor):
    """What comes later happens now, so that nobody waits for it."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Do it."""
        done: Future[Any] = Future()
        done.set_result(fn(*args, **kwargs))
        return done


class Whispers:
    """What people are told outside of an answer, as they read it."""

    def __init__(self) -> None:
        self.told: list[Card] = []

    def send(self, channel: str, card: Card, *, thread: str = "", key: str = "") -> Sent:
        """Keep it."""
        self.told.append(in_teams(card))
        return Sent(channel, str(len(self.told)))

    def direct(self, native_id: str) -> str:
        """The chat with one person."""
        return f"a:{native_id}"


class Noted:
    """The dialogue behind the adapter; it keeps what was answered last, or why nothing was."""

    def __init__(self, talk: Talk) -> None:
        self.talk = talk
        self.answer: Answer = None
        self.error: Exception | None = None
        self.sent = False

    def forget(self) -> None:
        """Nothing was said yet."""
        self.answer, self.error, self.sent = None, None, False

    def command(self, who: Speaker, command: str, text: str, where: Where) -> Answer:
        """A command."""
        return self._noted(lambda: self.talk.command(who, command, text, where))

    def press(self, who: Speaker, action: str, value: str, chosen: str, where: Where) -> Answer:
        """A press."""
        return self._noted(lambda: self.talk.press(who, action, value, chosen, where))

    def submit(self, who: Speaker, handler: str, filled: Filled, delivery: str) -> Answer:
        """A form."""
        self.sent = True
        return self._noted(lambda: self.talk.submit(who, handler, filled, delivery))

    def message(self, who: Speaker, text: str) -> Answer:
        """Something written."""
        return self._noted(lambda: self.talk.message(who, text))

    def redraw(self, who: Speaker, handler: str, filled: Filled) -> Form:
        """Something chosen in a form."""
        try:
            return self.talk.redraw(who, handler, filled)
        except Refused as error:
            self.error = error
            raise

    def options(self, who: Speaker, source: str, typed: str) -> tuple[Option, ...]:
        """Who is found."""
        return self.talk.options(who, source, typed)

    def home(self, who: Speaker) -> Card:
        """Somebody's own page."""
        return self.talk.home(who)

    def comment(self, who: Speaker, text: str, where: Where, key: str) -> None:
        """A reply in a thread."""
        self.talk.comment(who, text, where, key)

    def _noted(self, ask: Callable[[], Answer]) -> Answer:
        try:
            self.answer = ask()
        except Exception as error:
            self.error = error
            raise
        return self.answer


class ThroughTeams(Talk):
    """Stories speak to it as to any dialogue; between them and Usher stands everything that Teams needs."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.noted = Noted(Talk(desk))
        self.whispers = Whispers()
        self.speakers: dict[str, Speaker] = {}
        self.files: tuple[File, ...] = ()
        self.opened: dict[tuple[str, str, str], Form] = {}
        self.numbers = itertools.count(1)
        voice = Voice(cast("Chat", self.whispers), AtOnce())
        self.turns = Turns(self.noted, self.speakers.__getitem__, voice, files=lambda _who: self.brought())

    def command(self, who: Speaker, command: str, text: str, where: Where) -> Answer:
        """Typed in the chat with Usher; a form is opened with its button."""
        body = self._bring(who, self._activity(who, "message", text=f"{command.lstrip('/')} {text}".strip()))
        return self._answer(who, body)

    def message(self, who: Speaker, text: str) -> Answer:
        """Written in the chat with Usher."""
        return self._answer(who, self._bring(who, self._activity(who, "message", text=text)))

    def press(self, who: Speaker, action: str, value: str, chosen: str, where: Where) -> Answer:
        """A button, or the one beside a list."""
        data = {"action": action, "value": value} | ({"menu": "m1", "m1": chosen} if chosen else {})
        return self._pressed(who, data)

    def home(self, who: Speaker) -> Card:
        """As a card."""
        return in_teams(super().home(who))

    def submit(self, who: Speaker, handler: str, filled: Filled, delivery: str) -> Answer:
        """Filled in by hand: people are looked for by name, and whatever appears on the way is filled in too."""
        self.files = tuple(file for some in filled.files.values() for file in some)
        drawn = Dialogs(self.noted, self.brought).drawn(self._form(who, handler, filled))
        body: Json | None = None
        for _ in range(8):
            data = self._entered(drawn, filled.values) | {"opened": delivery}
            body = self._bring(who, self._activity(who, "invoke", name="task/submit", value={"data": data}))
            again = self._drawn(body)
            if self.noted.sent or again is None or again == drawn:
                break
            drawn = again
        if not self.noted.sent and not self.noted.error:  # no person gets past that; somebody with a program might
            return self.noted.submit(who, handler, filled, delivery)
        return self._answer(who, body)

    def brought(self) -> tuple[Brought, ...]:
        """What was sent in the chat before."""
        return tuple(map(Brought, self.files))

    def _form(self, who: Speaker, handler: str, filled: Filled) -> Form:
        """The form somebody has open, or can open; else one that somebody made up."""
        if form := self.opened.get((who.native_id, handler, filled.context)):
            return form
        if handler in BY_COMMAND and not filled.context:
            command, _space, text = BY_COMMAND[handler].partition(" ")
            opened = self.command(who, command, text, Where())
            if isinstance(opened, Form):
                return opened
        fields = tuple(TextField(name, name, optional=True) for name in filled.values)
        return Form(handler, handler, "Send", fields, filled.context)

    def _entered(self, drawn: Drawn, values: dict[str, str]) -> Json:
        """What a person enters in the dialog they see, and which button they press."""
        card = dialog(drawn)
        asked = {part["id"]: part for part in card["body"] if str(part["type"]).startswith("Input.")}
        entered = {name: str(part.get("value", "")) for name, part in asked.items()}
        several = {name: part["choices"] for name, part in asked.items() if part.get("isMultiSelect")}
        entered |= {name: ",".join(one["value"] for one in some) for name, some in several.items()}
        verb = SEND
        for name, value in values.items():
            part = asked.get(name, {"choices": []})
            if f"{name}{TYPED}" in asked and not any(one["value"] == value for one in part["choices"]) and value:
                entered[f"{name}{TYPED}"], verb = self._name(drawn.form, name, value), FIND
            elif name in asked:
                entered[name] = value
        rows = [one for part in card["body"] if part["type"] == "ActionSet" for one in part["actions"]]
        sent: Json = next(one["data"] for one in rows if one["data"]["verb"] == verb)
        return entered | sent

    def _name(self, form: Form, name: str, value: str) -> str:
        field = next(one for one in form.fields if getattr(one, "name", "") == name)
        if isinstance(field, PersonField):
            person = lookup.around(self.desk.engine).crew.people.get(PersonId(value))
            return person.name if person else value
        options: Sequence[Option] = getattr(field, "options", ())
        return next((one.label for one in options if one.value == value), value)

    def _pressed(self, who: Speaker, data: Json) -> Answer:
        if data["action"] in OPENS:
            given = {"data": data | {"type": "task/fetch"}}
            body = self._bring(who, self._activity(who, "invoke", name="task/fetch", value=given))
        else:
            execute = {"action": {"type": "Action.Execute", "verb": "press", "data": data}}
            body = self._bring(who, self._activity(who, "invoke", name="adaptiveCard/action", value=execute))
        return self._answer(who, body)

    def _activity(self, who: Speaker, kind: str, **more: Any) -> Json:
        native = who.native_id.lower()
        self.speakers[native] = who
        made = {
            "type": kind,
            "id": f"f:{next(self.numbers)}",
            "from": {"id": f"29:{native}", "aadObjectId": native},
            "recipient": {"id": "28:usher"},
            "conversation": {"id": f"a:{native}", "conversationType": "personal"},
            **more,
        }
        sent: Json = json.loads(json.dumps(made))
        return sent

    def _bring(self, who: Speaker, activity: Json) -> Json | None:
        self.noted.forget()
        self.whispers.told.clear()
        body = self.turns.hear(read(activity))
        return cast("Json | None", json.loads(json.dumps(body)))

    def _drawn(self, body: Json | None) -> Drawn | None:
        """The form that an answer shows."""
        value = ((body or {}).get("task") or {}).get("value")
        if not isinstance(value, dict):
            return None
        card = value["card"]["content"]
        assert teams_lint.problems(card, "dialog") == []
        sends = [
            one["data"] for part in card["body"] for one in part.get("actions", ()) if "form" in one.get("data", {})
        ]
        return unpacked(sends[0]["form"]) if sends else None

    def _answer(self, who: Speaker, body: Json | None) -> Answer:
        """What somebody sees of the answer, as the story knows it. Raises what the dialogue raised."""
        if self.noted.error:
            raise self.noted.error
        match self.noted.answer:
            case Form():
                return self._opens(who, body)
            case Card() | Later() as said:
                told = self.whispers.told
                if isinstance(said, Later):
                    first, then = told
                    return Later(first, lambda: then)
                return told[-1] if told else Card(text := _words(body), (Text(text),))
        return self.noted.answer

    def _opens(self, who: Speaker, body: Json | None) -> Answer:
        drawn = self._drawn(body)
        if drawn is None:  # the way to it is a button
            (value,) = [
                one.value
                for card in self.whispers.told
                for piece in card.pieces
                if isinstance(piece, Buttons)
                for one in piece.items
                if one.action == AGAIN
            ]
            return self._pressed(who, {"action": AGAIN, "value": value})
        form = drawn.form
        assert unpacked(packed(form, {})).form == form
        self.opened[who.native_id, form.handler, form.context] = form
        return form


def _words(body: Json | None) -> str:
    """What stands below a card, or in a dialog that is over."""
    found = body or {}
    said = found.get("value", (found.get("task") or {}).get("value", ""))
    return said if isinstance(said, str) else ""
