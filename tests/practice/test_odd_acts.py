"""What people try that does not work, and what a bot answers that cannot be shown."""

from __future__ import annotations

from typing import Any

import pytest

from bot.practice.seeds import Limits
from tests.practice.bolt_bot import CARD, form, plain, question
from tests.practice.line import answering
from tests.practice.people import (
    ALICE,
    GENERAL,
    HANNA,
    OFFBOARDING,
    SARA,
    Json,
    Practice,
    eventually,
    manifest,
    start,
    trigger,
)

DATE = {"type": "datepicker", "initial_date": "2026-12-31"}
TYPED = {"type": "plain_text_input", "max_length": 5}
EVERY_KIND = form(
    question("person", {"type": "users_select", "initial_user": SARA}),
    question("time", {"type": "timepicker"}, optional=True),
    question("text", TYPED, optional=True),
    question("many", {"type": "multi_static_select", "options": [{"text": plain("A"), "value": "a"}]}, optional=True),
    question("live", DATE, dispatch_action=True),
    question("still", DATE),
    {"type": "section", "text": plain("Look"), "block_id": "look"}
    | {"accessory": {"type": "image", "image_url": "https://x.example/a", "alt_text": "A cat"}},
)


def opened(alone: Practice, view: Json, who: str = HANNA) -> str:
    """Show this modal to a person; its id."""
    made: str = alone.client.views_open(trigger_id=trigger(alone, who), view=view)["view"]["id"]
    return made


def test_what_is_typed_becomes_slacks_text(alone: Practice) -> None:
    """Known names become ids, unknown ones stay, marks are escaped, addresses are kept."""
    alone.post("message", HANNA, channel=GENERAL, text="@alice. @nobody #general <https://x.example> a<b a@alice.x")
    shown = alone.messages(SARA, GENERAL)[-1]["text"]
    assert shown == f"<@{ALICE}>. @nobody <#{GENERAL}|general> <https://x.example> a&lt;b a@alice.x"


def test_an_empty_message_is_not_sent(alone: Practice) -> None:
    """Nothing is nothing, and nobody writes where they are no member."""
    assert alone.post("message", HANNA, channel=GENERAL, text="  ")["error"] == "There is nothing to send."
    lost = alone.post("message", HANNA, channel=GENERAL, text="x", thread_ts="1.1")
    assert lost["error"] == "That message is gone."
    room = alone.client.conversations_create(name="quiet", is_private=True)["channel"]["id"]
    alone.space.rooms[room].is_private = False
    assert alone.post("message", HANNA, channel=room, text="x")["error"] == "You are not in this channel."


def test_commands_do_not_work_in_threads(alone: Practice) -> None:
    """As in Slack, a command typed in a thread is refused by the workspace itself."""
    answer = alone.post("command", HANNA, channel=OFFBOARDING, text="/raw", thread_ts="1.1")
    assert answer["error"] == "/raw is not supported in threads. Sorry!"


def test_what_cannot_be_pressed_is_not_pressed(alone: Practice) -> None:
    """Pictures and quiet fields act on nothing; an element that is not there is gone."""
    view = opened(alone, EVERY_KIND)
    for block, action in (("look", "v"), ("still", "v"), ("nowhere", "v")):
        answer = alone.post("action", HANNA, view_id=view, block_id=block, action_id=action)
        assert answer == {"ok": False, "error": "That button is no longer there."}
    query = {"view_id": view, "block_id": "still", "action_id": "v", "value": "x"}
    assert not alone.get("suggest", HANNA, **query)["ok"]


def test_a_live_field_tells_the_bot_at_once(alone: Practice) -> None:
    """dispatch_action sends the value and the whole form as it stands."""
    with answering(alone, lambda _: None) as heard:
        view = opened(alone, EVERY_KIND)
        press = {"view_id": view, "block_id": "live", "action_id": "v", "selected_date": "2027-01-31"}
        state = {"values": {"live": {"v": {"selected_date": "2027-01-31"}}}}
        assert alone.post("action", HANNA, **press, state=state) == {"ok": True}
    assert heard[0]["actions"][0]["selected_date"] == "2027-01-31"
    assert heard[0]["view"]["state"]["values"]["person"]["v"]["selected_user"] == SARA


@pytest.mark.parametrize(
    "values,complaint",
    [
        ({"text": {"v": {"value": "too long"}}}, {"text": "Please enter at most 5 characters."}),
        ({"person": {"v": {"selected_user": ""}}}, {"person": "Please complete this required field."}),
    ],
)
def test_a_form_is_checked_before_it_is_sent(alone: Practice, values: Json, complaint: Json) -> None:
    """Lengths and required fields, without the bot."""
    view = opened(alone, EVERY_KIND)
    assert alone.post("submit", HANNA, view_id=view, state={"values": values})["errors"] == complaint


@pytest.mark.parametrize(
    "values,error",
    [
        ({"person": {"v": {"selected_user": "U999"}}}, "There is nobody by that name."),
        ({"text": {"v": {"value": 7}}}, "invalid_value"),
        ({"many": {"v": {"selected_options": [{"value": "b"}]}}}, "That choice is not in the list."),
    ],
)
def test_a_form_with_made_up_values_is_refused(alone: Practice, values: Json, error: str) -> None:
    """The page is not trusted with what may be chosen."""
    view = opened(alone, EVERY_KIND)
    assert alone.post("submit", HANNA, view_id=view, state={"values": values}) == {"ok": False, "error": error}


def test_a_file_that_is_not_there_cannot_be_given(alone: Practice) -> None:
    """Only files of the workspace go into a form."""
    view = opened(alone, form(question("papers", {"type": "file_input"})))
    values = {"papers": {"v": {"files": ["F999"]}}}
    assert alone.post("submit", HANNA, view_id=view, state={"values": values})["error"] == "file_not_found"


@pytest.mark.parametrize(
    "answer,word",
    [
        ({"response_action": "dance"}, "invalid_response_action"),
        ({"response_action": "errors", "errors": {}}, "errors_must_name_input_blocks"),
        ({"response_action": "update"}, "invalid_arguments"),
    ],
)
def test_an_impossible_answer_to_a_form_is_trouble(alone: Practice, answer: Any, word: str) -> None:
    """The person reads Slack's sentence, the developer the reason."""
    with answering(alone, lambda _: answer):
        view = opened(alone, form(question("person", {"type": "users_select", "initial_user": SARA})))
        sent = alone.post("submit", HANNA, view_id=view)
    assert sent == {"ok": False, "error": f"We had some trouble connecting. Try again? ({word})"}


SEARCH = form(question("who", {"type": "external_select"}))


def test_three_letters_are_needed_to_search(alone: Practice) -> None:
    """Slack's default is three; the bot is not asked for less."""
    with answering(alone, lambda _: {"options": []}) as heard:
        query = {"view_id": opened(alone, SEARCH), "block_id": "who", "action_id": "v"}
        assert alone.get("suggest", HANNA, **query, value="al") == {"ok": True, "options": []}
        assert heard == []
        assert alone.get("suggest", HANNA, **query, value="ali") == {"ok": True, "options": []}
        assert heard[0]["value"] == "ali"


@pytest.mark.parametrize(
    "answer,said",
    [
        ({"options": [{"text": plain("x" * 76), "value": "v"}]}, "must be less than 76 characters"),
        ({}, "must define either `options` or `option_groups`"),
        (None, "must define either `options` or `option_groups`"),
    ],
)
def test_options_slack_would_not_show_are_an_error(alone: Practice, answer: Any, said: str) -> None:
    """What a bot suggests is held to the same limits as what it posts."""
    with answering(alone, lambda _: answer):
        query = {"view_id": opened(alone, SEARCH), "block_id": "who", "action_id": "v", "value": "ali"}
        assert alone.get("suggest", HANNA, **query)["error"].startswith(said)


def test_groups_of_options_can_be_suggested_in_a_message(alone: Practice) -> None:
    """A search field in a message works like one in a modal, for those who see it."""
    group = {"label": plain("People"), "options": [{"text": plain("Alice"), "value": "P-004"}]}
    menu = {"type": "external_select", "action_id": "v"}
    blocks = [{"type": "actions", "block_id": "b", "elements": [menu]}]
    ts = alone.client.chat_postMessage(channel=OFFBOARDING, text="Who?", blocks=blocks)["ts"]
    query = {"channel": OFFBOARDING, "ts": ts, "block_id": "b", "action_id": "v", "value": "ali"}
    with answering(alone, lambda _: {"option_groups": [group]}) as heard:
        assert alone.get("suggest", SARA, **query)["option_groups"] == [group]
        assert heard[0]["container"]["message_ts"] == ts
        assert not alone.get("suggest", ALICE, **query)["ok"]


def test_an_ephemeral_message_is_pressed_by_its_person_only(alone: Practice) -> None:
    """The bot gets where it was, not what was in it; others cannot press it."""
    answer = alone.client.chat_postEphemeral(channel=OFFBOARDING, user=HANNA, text="?", blocks=CARD)
    press = {"channel": OFFBOARDING, "ts": answer["message_ts"], "block_id": "decide", "action_id": "approve"}
    with answering(alone, lambda _: None) as heard:
        assert not alone.post("action", SARA, **press)["ok"]
        assert alone.post("action", HANNA, **press) == {"ok": True}
    assert heard[0]["container"]["is_ephemeral"]
    assert "message" not in heard[0]


def test_a_press_in_a_thread_says_so(alone: Practice) -> None:
    """The container names the thread."""
    root = alone.client.chat_postMessage(channel=OFFBOARDING, text="root")["ts"]
    ts = alone.client.chat_postMessage(channel=OFFBOARDING, text="?", blocks=CARD, thread_ts=root)["ts"]
    with answering(alone, lambda _: None) as heard:
        alone.post("action", HANNA, channel=OFFBOARDING, ts=ts, block_id="decide", action_id="approve")
    assert heard[0]["container"]["thread_ts"] == root


def test_a_command_may_show_blocks_to_everybody(alone: Practice) -> None:
    """An acknowledgement with response_type in_channel is no secret."""
    body = {"response_type": "in_channel", "text": "hello", "blocks": [{"type": "divider"}]}
    with answering(alone, lambda _: body):
        assert alone.post("command", HANNA, channel=OFFBOARDING, text="/raw") == {"ok": True}
    assert alone.messages(SARA, OFFBOARDING)[-1]["blocks"][0]["type"] == "divider"


def test_closing_without_asking_to_be_told_is_not_told(alone: Practice) -> None:
    """view_closed is only for views that ask; clear_on_close takes the stack along."""
    with answering(alone, lambda _: None) as heard:
        below = opened(alone, form())
        top = alone.client.views_push(trigger_id=trigger(alone, HANNA, below), view=form(clear_on_close=True))
        assert alone.post("close", HANNA, view_id=top["view"]["id"]) == {"ok": True}
        assert (alone.stack(HANNA), heard) == ([], [])


def test_without_interactivity_nothing_can_be_pressed() -> None:
    """The manifest's switch is heeded."""
    practice = start(manifest=manifest(interactivity={"is_enabled": False}))
    try:
        answer = practice.post("shortcut", HANNA, callback_id="offboard")
        assert answer["error"] == "interactivity_is_off_in_the_manifest"
    finally:
        practice.served.stop()


def test_messages_in_channels_reach_a_bot_that_subscribed() -> None:
    """message.groups and message.channels come with the kind of channel, files with a subtype."""
    settings = manifest(event_subscriptions={"bot_events": ["message.groups"]})
    settings["oauth_config"]["scopes"]["bot"].append("groups:history")
    practice = start(manifest=settings, limits=Limits(ack_seconds=2))
    try:
        with answering(practice, lambda _: None) as heard:
            practice.post("message", HANNA, channel=OFFBOARDING, text="hello @sara")
            practice.post("message", HANNA, channel=GENERAL, text="not for the app")
            practice.get("home", HANNA)
            (payload,) = eventually(lambda: heard)
        event = payload["event"]
        assert (event["channel_type"], event["text"], event["user"]) == ("group", f"hello <@{SARA}>", HANNA)
        assert payload["authorizations"][0]["user_id"] == "UBOT"
    finally:
        practice.served.stop()
