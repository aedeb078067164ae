"""A small dialogue that answers in every way there is, and a practice workspace where people talk to it."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from slack_bolt import App

from bot.chat.port import (
    Answer,
    Button,
    Buttons,
    Card,
    ChoiceField,
    DateField,
    FileField,
    Filled,
    Form,
    FormErrors,
    Heading,
    Later,
    Menu,
    Option,
    PersonField,
    Speaker,
    Text,
    TextField,
    Where,
)
from bot.chat.slack import build_app, register, socket_mode
from bot.domain.errors import Refused
from bot.domain.model import PersonId
from bot.web import make_app
from tests.practice.bolt_bot import listening
from tests.practice.people import ALICE, HANNA, Practice, start

DOCS = Path(__file__).resolve().parents[2] / "docs"
KNOWN = {HANNA: PersonId("P-hanna"), ALICE: PersonId("P-alice")}
PEOPLE = (Option("P-alice", "Alice Martin", "Senior engineer"), Option("P-ben", "Ben Okafor", "Engineer"))


def question(why: str = "", day: str = "2026-11-30", context: str = "signed") -> Form:
    """The form behind /offboard."""
    return Form(
        "Offboard",
        "offboard.start",
        "Go on",
        (
            PersonField("person", "Who leaves?", "people", live=True),
            ChoiceField("kind", "Kind", (Option("own", "Own wish"), Option("ours", "Ours")), value="own", live=True),
            DateField("day", "Last day", day),
            TextField("why", "Why?", value=why, optional=True),
            FileField("proof", "Proof"),
            Buttons(
                (
                    Button("Explain", "explain", "7"),
                    Button("Report", "", url="https://usher.example.com/r"),
                    Button("Story", "story", "8"),
                    Button("Stale", "approve", "signed-2"),
                    Button("Mistake", "story", "9"),
                )
            ),
        ),
        context,
    )


@dataclass
class Talk:
    """The dialogue: it keeps what it heard."""

    heard: list[tuple[Any, ...]] = field(default_factory=list)

    def command(self, who: Speaker, command: str, text: str, where: Where) -> Answer:
        """A form, a card, a refusal, or a fault of ours."""
        self.heard.append(("command", who, command, text, where))
        match text:
            case "refuse":
                raise Refused("Only HR may do this.", hint="Ask Hanna.")
            case "break":
                raise RuntimeError("a secret of the database")
            case "card" | "":
                buttons = (Button("Approve", "approve", "signed-1"), Button("Approve more", "approve", "signed-2"))
                menu = Menu("Decide", "decide", "signed-3", (Option("keep", "Keep"), Option("revoke", "Revoke")))
                return Card("Three to decide", (Heading("Three to decide"), Buttons(buttons), menu))
            case "wrong":
                return FormErrors({"": "That is no date."})
            case "nothing":
                return None
            case "later" | "later refuse" | "later break":
                return Later(Card("Wait a moment."), lambda: self._later(text))
        return question()

    def _later(self, text: str) -> Card:
        """What takes a while, and may go wrong then."""
        self.heard.append(("later", text))
        if text == "later refuse":
            raise Refused("Only HR may do this.", hint="Ask Hanna.")
        if text == "later break":
            raise RuntimeError("a secret of the database")
        return Card("Here it is")

    def press(self, who: Speaker, action: str, value: str, chosen: str, where: Where) -> Answer:
        """Another form inside a form, words elsewhere."""
        self.heard.append(("press", who, action, value, chosen, where))
        match value, chosen:
            case "7", _:
                return question(why="explained", context="explained")
            case "8", _:
                return Card("A long story", (Heading("Story"), Text("Once upon a time")))
            case "signed-2", _:
                raise Refused("The plan changed.", hint="Open it again.")
            case "9", _ if action == "story":
                return FormErrors({"": "That is no story."})
            case _, "revoke":
                return question()
        return Card("Approved by you")

    def redraw(self, who: Speaker, handler: str, filled: Filled) -> Form:
        """The last day depends on the person."""
        self.heard.append(("redraw", who, handler, filled))
        if filled.values["kind"] == "ours":
            raise Refused("Not for this person.")
        return question(day="2026-12-24", why=filled.values["why"])

    def submit(self, who: Speaker, handler: str, filled: Filled, delivery: str) -> Answer:
        """What the reason asks for."""
        self.heard.append(("submit", who, handler, filled, delivery))
        match filled.values["why"]:
            case "refuse":
                raise Refused("Alice is protected.", field="person")
            case "wrong":
                return FormErrors({"why": "Say more.", "nowhere": "And ask again."})
            case "break":
                raise RuntimeError("a secret of the database")
            case "next":
                return Form("Second page", "offboard.sure", "Yes", (Text("Sure?"), TextField("why", "Really?")))
            case "quiet":
                return None
        return Card("OFF-1 is on its way")

    def options(self, who: Speaker, source: str, typed: str) -> tuple[Option, ...]:
        """People by what was typed."""
        self.heard.append(("options", who, source, typed))
        if typed == "break":
            raise RuntimeError("a secret of the database")
        return tuple(each for each in PEOPLE if typed.lower() in each.label.lower())

    def home(self, who: Speaker) -> Card:
        """The person's own page."""
        self.heard.append(("home", who))
        return Card("Home", (Heading("Your requests"), Buttons((Button("Offboard", "offboard.open", "9"),))))

    def message(self, who: Speaker, text: str) -> Answer:
        """An echo, a form, or a fault of ours."""
        self.heard.append(("message", who, text))
        if text == "break":
            raise RuntimeError("a secret of the database")
        return question() if text == "form" else Card(f"You said {text}")

    def comment(self, who: Speaker, text: str, where: Where, key: str) -> None:
        """Kept, unless it is the first time for a comment that cannot be."""
        self.heard.append(("comment", who, text, where, key))
        if text == "break":
            raise RuntimeError("a secret of the database")

    def of(self, kind: str) -> list[tuple[Any, ...]]:
        """What was heard of one kind."""
        return [each for each in self.heard if each[0] == kind]


def who(team: str, person: str) -> Speaker:
    """The stored link between a Slack user and a person."""
    return Speaker(person, KNOWN.get(person))


def manifest(kind: str) -> dict[str, Any]:
    """A manifest of ours."""
    found: dict[str, Any] = json.loads((DOCS / f"manifest.{kind}.json").read_text(encoding="utf-8"))
    return found


def bolt(practice: Practice, talk: Talk, **more: Any) -> App:
    """Usher's own Slack side, in front of the small dialogue."""
    secret = practice.space.signing_secret if practice.space.request_url else ""
    app = build_app(token=practice.space.bot_token, signing_secret=secret, base_url=f"{practice.served.url}/api/")
    register(app, talk, who, **more)
    return app


@contextmanager
def by_socket(talk: Talk, teams: tuple[str, ...] = (), **more: Any) -> Iterator[Practice]:
    """People and the dialogue, joined by Socket Mode."""
    practice = start(manifest=manifest("socket"), **more)
    handler = socket_mode(bolt(practice, talk, teams=teams), practice.space.app_token)
    handler.connect()  # type: ignore[no-untyped-call]  # the SDK leaves it so
    try:
        yield practice
    finally:
        handler.close()
        practice.served.stop()


@contextmanager
def by_http(talk: Talk, **more: Any) -> Iterator[Practice]:
    """People and the dialogue, joined by signed requests."""
    listener = socket.create_server(("127.0.0.1", 0))
    address = f"http://127.0.0.1:{listener.getsockname()[1]}/slack/events"
    practice = start(manifest=manifest("http"), request_url=address, **more)
    try:
        with listening(make_app(bolt(practice, talk)), listener):
            yield practice
    finally:
        practice.served.stop()
