"""People in the practice tenant of Teams: what a bot hears of what they do, and what they see of its answers."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import jwt
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.practice.teams import cards
from bot.practice.teams.people import Client, Dialog, NoAnswer, install
from bot.practice.teams.service import Service, serve
from bot.practice.teams.tenant import Conversation, Human, Json, Said, TeamSeed, Tenant

HANNA, MARCO = Human("h", "Hanna Lindqvist"), Human("m", "Marco Rossi", installed=False)
APPROVE: Json = {"type": "Action.Execute", "title": "Approve", "verb": "press", "data": {"action": "approve"}}
OPEN: Json = {"type": "Action.Submit", "title": "Open", "data": {"msteams": {"type": "task/fetch"}, "action": "open"}}
PLAIN: Json = {"type": "Action.Submit", "title": "Send", "data": {"verb": "send"}}


def card(*actions: Json, text: str = "Asked", **more: Any) -> Json:
    """A small card with a menu."""
    menu = {"type": "Input.ChoiceSet", "id": "who", "label": "Who", "value": "a", "choices": []}
    said = {"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": text, **more}]}
    return {"type": "AdaptiveCard", "body": [said, menu, {"type": "ActionSet", "actions": list(actions)}]}


def shown_wrong(client: Client) -> list[str] | None:
    """What the open form says is wrong; None where no form is open."""
    return cards.wrong(client.dialog.card) if client.dialog else None


@dataclass
class Bot:
    """A bot that keeps what it hears, with the tokens, and answers what it was told to."""

    heard: list[Json] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    answers: list[Json | int] = field(default_factory=list)

    async def hear(self, request: Request) -> Response:
        """Take an activity."""
        self.heard.append(await request.json())
        self.tokens.append(request.headers["authorization"].removeprefix("Bearer "))
        answer = self.answers.pop(0) if self.answers else {}
        return Response(status_code=answer) if isinstance(answer, int) else JSONResponse(answer)


@dataclass
class Place:
    """A tenant, its bot, and Hanna at her Teams."""

    service: Service
    bot: Bot

    @property
    def tenant(self) -> Tenant:
        """The tenant."""
        return self.service.tenant

    def said(self, where: Conversation, shown: Json) -> Said:
        """Something the bot said there."""
        attached = [{"contentType": "application/vnd.microsoft.card.adaptive", "content": shown}]
        made = Said(self.tenant.number(), "bot", {"type": "message", "attachments": attached})
        where.said.append(made)
        return made


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[Service, Bot]]:
    """Both, served for the tests of this file."""
    bot = Bot()
    listener = socket.create_server(("127.0.0.1", 0))
    app = Starlette(routes=[Route("/api/messages", bot.hear, methods=["POST"])])
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, ws="none"))
    thread = threading.Thread(target=lambda: asyncio.run(server.serve([listener])), daemon=True)
    thread.start()
    tenant = Tenant([HANNA, MARCO], [TeamSeed("People", ["h"], ["offboarding"])])
    tenant.bot_url = f"http://127.0.0.1:{listener.getsockname()[1]}/api/messages"
    service = serve(tenant)
    yield service, bot
    service.stop()
    server.should_exit = True
    thread.join(20)


@pytest.fixture
def place(served: tuple[Service, Bot]) -> Place:
    """Nothing was said yet."""
    service, bot = served
    for one in service.tenant.conversations.values():
        one.said.clear()
    for kept in (bot.heard, bot.tokens, bot.answers):
        kept.clear()
    return Place(service, bot)


@pytest.fixture
def hanna(place: Place) -> Client:
    """Her Teams."""
    return Client(place.tenant, HANNA)


def test_the_bot_hears_with_a_token_where_it_was_added(place: Place) -> None:
    """The team, and the chat of everybody who has it; signed by the key that the service publishes."""
    place.service.call(install, place.tenant)
    assert [(one["type"], one["conversation"]["conversationType"]) for one in place.bot.heard] == [
        ("conversationUpdate", "channel"),
        ("installationUpdate", "personal"),
    ]
    key = place.tenant.keys[-1].private.public_key()
    claims = jwt.decode(place.bot.tokens[0], key, ["RS256"], audience=place.tenant.app_id)
    assert claims["serviceurl"] == place.tenant.service_url


def test_a_message_is_heard_in_the_own_chat_and_in_a_channel_only_by_name(place: Place, hanna: Client) -> None:
    """As in Teams, which brings a bot nothing of a channel in which it is not named."""
    (channel,) = [one for one in hanna.conversations() if one.name == "offboarding"]
    chat = place.tenant.personal("h").id
    for where, text in ((chat, "offboard"), (channel.id, "is anybody here?"), (channel.id, "<at>Usher</at> offboard")):
        place.service.call(hanna.say, where, text)
    assert [one["text"] for one in place.bot.heard] == ["offboard", "<at>Usher</at> offboard"]
    assert {one["from"]["aadObjectId"] for one in place.bot.heard} == {"h"}
    assert next(said.activity["text"] for said, _card in hanna.read(channel.id)) == "is anybody here?"


def test_nobody_reads_where_they_are_no_member(place: Place) -> None:
    """Marco is not in the team, and not in Hanna's chat."""
    marco = Client(place.tenant, MARCO)
    assert marco.conversations() == []
    with pytest.raises(KeyError):
        marco.read(place.tenant.personal("h").id)


def test_a_press_sends_what_the_card_holds_and_shows_what_it_is_answered_with(place: Place, hanna: Client) -> None:
    """The answered card is shown to who pressed, until the bot replaces its own message for everybody."""
    chat = place.tenant.personal("h")
    said = place.said(chat, card(APPROVE))
    place.bot.answers.append({"statusCode": 200, "type": "application/vnd.microsoft.card.adaptive", "value": card()})
    assert place.service.call(hanna.press, chat.id, said.id, APPROVE, {"who": "b"})
    (heard,) = place.bot.heard
    assert (heard["name"], heard["replyToId"]) == ("adaptiveCard/action", said.id)
    assert heard["value"]["action"]["data"] == {"action": "approve", "who": "b"}
    assert hanna.read(chat.id)[0][1] == card()
    said.edited += 1
    assert hanna.read(chat.id)[0][1] == card(APPROVE)
    assert not place.service.call(hanna.press, chat.id, said.id, OPEN, {}), "this button is not there"


def test_a_press_in_a_channel_names_its_thread(place: Place, hanna: Client) -> None:
    """And words that answer it are shown below the card."""
    (channel,) = [one for one in hanna.conversations() if one.name == "offboarding"]
    said = place.said(channel, card(APPROVE))
    place.bot.answers.append(
        {"statusCode": 200, "type": "application/vnd.microsoft.activity.message", "value": "Done."}
    )
    place.service.call(hanna.press, channel.id, said.id, APPROVE, {})
    assert place.bot.heard[0]["conversation"]["id"] == f"{channel.id};messageid={said.id}"
    assert hanna.toasts == ["Done."]


def test_a_dialog_opens_is_sent_and_stays_while_something_is_wrong(place: Place, hanna: Client) -> None:
    """Each answer to a dialog is the whole next one; without one it is closed."""
    chat = place.tenant.personal("h")
    said = place.said(chat, card(OPEN))
    wrong = card(PLAIN, text="Please fill this in.", color="Attention")
    for shown in (card(PLAIN), wrong):
        place.bot.answers.append({"task": {"type": "continue", "value": {"card": {"content": shown}}}})
    place.bot.answers.append({"task": {"type": "message", "value": "Thank you."}})
    place.service.call(hanna.press, chat.id, said.id, OPEN, {})
    place.service.call(hanna.send, PLAIN, {"who": "b", "nothing": "of this name"})
    assert shown_wrong(hanna) == ["Please fill this in."]
    place.service.call(hanna.send, PLAIN, {})
    assert shown_wrong(hanna) is None
    assert hanna.toasts == ["Thank you."]
    assert [one["name"] for one in place.bot.heard] == ["task/fetch", "task/submit", "task/submit"]
    assert place.bot.heard[1]["value"]["data"] == {"verb": "send", "who": "b"}
    with pytest.raises(NoAnswer):
        place.service.call(hanna.send, PLAIN, {})


def test_a_form_in_the_chat_is_what_its_message_shows(place: Place, hanna: Client) -> None:
    """Where a bot puts a form into a message, sending it shows what the bot answers there."""
    chat = place.tenant.personal("h")
    send: Json = {"type": "Action.Execute", "title": "Send", "verb": "send", "data": {"verb": "send"}}
    said = place.said(chat, card(send))
    hanna.dialog = Dialog(hanna.card(said), chat.id, said.id, inline=True)
    wrong = card(send, text="Please fill this in.", color="Attention")
    place.bot.answers.append({"statusCode": 200, "type": "application/vnd.microsoft.card.adaptive", "value": wrong})
    place.service.call(hanna.send, send, {"who": "b"})
    assert place.bot.heard[0]["name"] == "adaptiveCard/action"
    assert shown_wrong(hanna) == ["Please fill this in."]


def test_a_button_of_an_old_client_is_a_message_with_a_value(place: Place, hanna: Client) -> None:
    """A Submit that asks for no dialog."""
    chat = place.tenant.personal("h")
    said = place.said(chat, card(PLAIN))
    assert place.service.call(hanna.press, chat.id, said.id, PLAIN, {})
    assert place.bot.heard[0]["value"] == {"verb": "send", "who": "a"}


def test_a_bot_that_fails_is_noticed(place: Place, hanna: Client) -> None:
    """Whoever presses sees that it did not work, and may try again."""
    place.bot.answers += [500, {"statusCode": 400, "value": "no"}]
    chat = place.tenant.personal("h")
    said = place.said(chat, card(APPROVE))
    for _time in range(2):
        with pytest.raises(NoAnswer):
            place.service.call(hanna.press, chat.id, said.id, APPROVE, {})


def test_a_card_is_read_as_a_person_reads_it() -> None:
    """Words in order, buttons in brackets, and nothing of what is hidden until something was pressed."""
    hidden = {"type": "Container", "isVisible": False, "items": [{"type": "TextBlock", "text": "Sure?"}]}
    facts = {"type": "FactSet", "facts": [{"title": "Day", "value": "today"}]}
    column = {"type": "ColumnSet", "columns": [{"type": "Column", "items": [{"type": "TextBlock", "text": "Alice"}]}]}
    shown = {"body": [*card(APPROVE)["body"], hidden, facts, column], "actions": [OPEN]}
    assert list(cards.lines(shown)) == ["Asked", "Who", "[Approve]", "Day  today", "Alice", "[Open]"]
    assert cards.field(shown, "who") is not None
