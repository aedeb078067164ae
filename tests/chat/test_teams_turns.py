"""People talk to Usher in Teams: they write, press and fill in, and are never left without a word."""

from __future__ import annotations

import asyncio

import pytest
from botbuilder.core.adapters import TestAdapter
from botbuilder.schema import Activity, ChannelAccount, ConversationAccount

from bot.chat.port import Buttons, Card, Menu, Option, Speaker, Where
from bot.chat.saying import AGAIN
from bot.chat.teams_packed import chooser, packed
from tests.chat.hands import REFERENCE
from tests.chat.teams_people import (
    ADDRESS,
    ALICE,
    CHAT,
    HANNA,
    ROOM,
    SPEAKS,
    TENANT,
    Json,
    Teams,
    activity,
    asked,
    content,
    fills,
    in_room,
    opens,
    press,
    shown,
)

CLOSED: Json = {}


def _buttons(card: Card) -> list[str]:
    return [one.action for piece in card.pieces if isinstance(piece, Buttons) for one in piece.items]


@pytest.mark.parametrize("typed", ["offboard Alice Martin", "/offboard Alice Martin", "Offboard  Alice Martin\r\n"])
def test_a_command_is_written_with_or_without_its_slash(there: Teams, typed: str) -> None:
    """Its form is offered by a button, with what was typed, for a message cannot open a dialog by itself."""
    (card,) = there.says(typed)
    assert there.talk.heard == [("command", SPEAKS, "/offboard", "Alice Martin", Where(CHAT))]
    assert _buttons(card) == [AGAIN]
    assert "Alice Martin" in str(card.pieces)


def test_the_button_of_what_was_typed_opens_the_form(there: Teams) -> None:
    """A dialog with every field, and a search for people."""
    (card,) = there.says("offboard form")
    (again,) = [one for piece in card.pieces if isinstance(piece, Buttons) for one in piece.items]
    task = there.asks(opens(again.action, again.value))
    assert task["task"]["type"] == "continue"
    assert task["task"]["value"]["title"] == "Offboard"
    assert set(asked(task)) == {"person~typed", "kind", "day", "why"}


def test_people_are_named_by_a_mention_where_teams_tells_who_it_is(there: Teams) -> None:
    """Our own name goes away, a person becomes an id, and one without an id stays a name."""
    told = [("<at>Usher</at>", {"id": f"28:{'x'}", "name": "Usher"})]
    told += [("<at>Alice</at>", {"id": "29:1a", "name": "Alice Martin", "aadObjectId": ALICE})]
    told += [("<at>Bob</at>", {"id": "29:1b", "name": "Bob &amp; Co"})]
    entities = [{"type": "mention", "text": text, "mentioned": who} for text, who in told]
    bot = {"id": "28:x", "name": "Usher"}
    there.says("<at>Usher</at> offboard <at>Alice</at> <at>Bob</at>&nbsp;now", entities=entities, recipient=bot)
    assert there.talk.heard == [("command", SPEAKS, "/offboard", f"<@{ALICE}> Bob & Co now", Where(CHAT))]


def test_whatever_else_is_written_gets_an_answer(there: Teams) -> None:
    """A card, a refusal, a mistake of ours and what takes a while; `home` shows the person's own page."""
    assert [card.text for card in there.says("hello")] == ["You said hello"]
    assert [card.text for card in there.says("offboard refuse")] == ["Only HR may do this. Ask Hanna."]
    assert [card.text for card in there.says("offboard wrong")] == ["That is no date."]
    assert REFERENCE.fullmatch(there.says("offboard break")[0].text)
    assert [card.text for card in there.says("offboard later")] == ["Wait a moment.", "Here it is"]
    assert [card.text for card in there.says("offboard later refuse")][1] == "Only HR may do this. Ask Hanna."
    assert there.says("offboard nothing") == []
    assert [card.text for card in there.says("Home")] == ["Home"]


def test_a_program_is_not_listened_to(there: Teams) -> None:
    """What another bot writes, and what comes from nobody, starts no conversation."""
    assert there.says("offboard", **{"from": {"id": "28:other", "aadObjectId": HANNA}}) == []
    assert there.says("offboard", **{"from": {"id": "29:1"}}) == []
    assert there.talk.heard == []


def test_a_command_typed_in_a_channel_shows_nothing_there(there: Teams) -> None:
    """The channel sees the way to the chat with Usher; the answer waits there, and nothing of what was asked."""
    assert there.bring(activity("message", id="77", text="offboard card", **in_room("77"))).status_code == 200
    (room, thread, led), (chat, _none, told) = there.outbox.sent
    assert (room, thread, chat) == (ROOM, "77", f"a:1{HANNA}")
    assert "our own chat" in led.text
    assert "28:" in str(led.pieces)
    assert told.text == "Three to decide"
    assert there.talk.heard == [("command", SPEAKS, "/offboard", "card", Where())]


def test_a_reply_in_a_thread_is_a_comment(there: Teams) -> None:
    """It is kept with its thread, and one delivery of it has one name; a command in a thread still leads away."""
    assert there.bring(activity("message", id="88", text="Please wait", **in_room("77"))).status_code == 200
    assert there.talk.heard == [("comment", SPEAKS, "Please wait", Where(ROOM, "77"), f"{ROOM}:88")]
    assert there.outbox.sent == []
    there.bring(activity("message", id="89", text="access", **in_room("77")))
    assert there.talk.heard[-1][0] == "command"
    assert [channel for channel, _thread, _card in there.outbox.sent] == [ROOM, f"a:1{HANNA}"]


def test_what_is_said_in_the_group_chat_of_a_request_is_a_comment(there: Teams) -> None:
    """A group chat has no threads: what is said in it belongs to the request it was made for, if it was for one."""
    place = {"conversation": {"id": "19:room@thread.v2", "conversationType": "groupChat", "tenantId": TENANT}}
    there.threads["19:room@thread.v2"] = "root"
    there.bring(activity("message", id="91", text="Please wait", **place))
    where = Where("19:room@thread.v2", "root")
    assert there.talk.heard == [("comment", SPEAKS, "Please wait", where, "19:room@thread.v2:91")]
    assert there.outbox.sent == []
    there.threads.clear()
    there.bring(activity("message", id="92", text="Hello", **place))
    assert [channel for channel, _thread, _card in there.outbox.sent] == ["19:room@thread.v2", f"a:1{HANNA}"]


def test_a_comment_that_cannot_be_kept_is_brought_again(there: Teams) -> None:
    """Teams hears of a fault of ours, without its details, and repeats."""
    answer = there.bring(activity("message", id="90", text="break", **in_room("77")))
    assert (answer.status_code, answer.content) == (500, b"")


def test_a_press_is_answered_below_the_card(there: Teams) -> None:
    """The card stays: everybody's copy is redrawn when the decision is told."""
    answer = there.asks(press("approve", "signed-1", carrier="m7"))
    assert answer == {
        "statusCode": 200,
        "type": "application/vnd.microsoft.activity.message",
        "value": "Approved by you",
    }
    assert there.talk.heard == [("press", SPEAKS, "approve", "signed-1", "", Where(CHAT, "", "m7"))]
    assert there.outbox.sent == []


def test_a_press_in_a_channel_says_where_it_was(there: Teams) -> None:
    """Channel, thread and message; whoever pressed reads a longer answer in their own chat."""
    place = Where(ROOM, "77", "m8")
    answer = there.asks(press("story", "8", carrier="m8", **in_room("77")))
    assert there.talk.heard == [("press", SPEAKS, "story", "8", "", place)]
    assert answer["value"] == "A long story"
    assert [(channel, card.text) for channel, _thread, card in there.outbox.sent] == [(f"a:1{HANNA}", "A long story")]


def test_a_menu_says_what_was_chosen(there: Teams) -> None:
    """With nothing chosen nothing is pressed."""
    chosen = press("decide", "signed-3", data={"menu": "m1", "m1": "keep"})
    there.asks(chosen)
    assert there.talk.heard == [("press", SPEAKS, "decide", "signed-3", "keep", Where(CHAT, "", "m1"))]
    answer = there.asks(press("decide", "signed-3", data={"menu": "m1"}))
    assert answer["value"] == "Choose something from the list first."
    assert len(there.talk.heard) == 1


def test_a_list_too_long_for_its_card_is_searched_in_a_dialog(there: Teams) -> None:
    """What is chosen there is the same press as from a short list."""
    menu = Menu("Decide", "decide", "signed-3", tuple(Option(f"m{n}", f"Manager {n}") for n in range(100)))
    packed_form = packed(chooser(menu), {})
    opened = activity("invoke", name="task/fetch", value={"data": {"form": packed_form, "type": "task/fetch"}})
    found = there.asks(fills(there.asks(opened), "find", **{"chosen~typed": "manager 77"}))
    assert there.asks(fills(found, chosen="m77")) == {"task": {"type": "message", "value": "Approved by you"}}
    assert there.talk.of("press") == [("press", SPEAKS, "decide", "signed-3", "m77", Where())]
    spoilt = activity("invoke", name="task/fetch", value={"data": {"form": "rubbish"}})
    assert "damaged" in shown(content(there.asks(spoilt)))


def test_a_refusal_and_a_fault_of_ours_are_said_to_who_pressed(there: Teams) -> None:
    """In words or with a reference; a button we did not make is refused as well."""
    assert there.asks(press("approve", "signed-2"))["value"] == "The plan changed. Open it again."
    strange: list[Json] = [{"action": {"data": {}}}, {"action": {"data": {"action": AGAIN, "value": "[1]"}}}, {}]
    for odd in strange:
        said = there.asks(activity("invoke", name="adaptiveCard/action", value=odd))["value"]
        assert "button" in said


def test_a_form_that_a_press_leads_to_is_offered_by_a_button(there: Teams) -> None:
    """A press that answers with a form where none was announced loses nothing."""
    answer = there.asks(press("decide", "signed-3", data={"menu": "m1", "m1": "revoke"}))
    assert answer["value"] == "Your form is ready."
    ((_channel, _thread, card),) = there.outbox.sent
    assert _buttons(card) == [AGAIN]


def test_a_client_that_knows_no_better_presses_by_a_message(there: Teams) -> None:
    """Its answer comes as a message."""
    value = {"action": "approve", "value": "signed-1"}
    assert [card.text for card in there.says("", value=value, replyToId="m9")] == ["Approved by you"]
    assert there.talk.heard == [("press", SPEAKS, "approve", "signed-1", "", Where(CHAT, "", "m9"))]
    assert there.says("", value={"strange": 1})[0].text.startswith("I do not know this button.")


def test_whoever_installs_usher_sees_their_own_page(there: Teams) -> None:
    """And where Usher is, is remembered with everything that it hears."""
    assert there.bring(activity("installationUpdate", action="add")).status_code == 200
    assert [card.text for _chat, _thread, card in there.outbox.sent] == ["Home"]
    assert there.bring(activity("conversationUpdate", membersAdded=[{"id": "29:1"}])).status_code == 200
    assert there.bring(activity("installationUpdate", action="remove")).status_code == 200
    assert len(there.outbox.sent) == 1
    assert there.placed == [CHAT] * 3


def test_whoever_comes_in_makes_usher_look_who_reads_along(there: Teams) -> None:
    """And whoever goes, or a channel that gets another name, does not."""
    there.bring(activity("conversationUpdate", membersAdded=[{"id": "29:1"}]))
    assert there.looks == ["around"]
    there.bring(activity("conversationUpdate", membersRemoved=[{"id": "29:1"}]))
    assert there.looks == ["around"]


def test_what_teams_brings_that_is_not_for_us_is_answered_as_such(there: Teams) -> None:
    """An invoke that we do not know is 501, anything else is taken note of."""
    assert there.bring(activity("invoke", name="composeExtension/query", value={})).status_code == 501
    assert there.bring(activity("typing")).status_code == 200
    assert there.talk.heard == []


def test_a_person_without_a_chat_with_usher_is_led_there_all_the_same(there: Teams) -> None:
    """Where Usher is not installed for somebody the channel still shows the way, and nothing breaks."""
    there.outbox.closed = frozenset({HANNA})
    assert there.bring(activity("message", id="78", text="offboard", **in_room("78"))).status_code == 200
    assert [channel for channel, _thread, _card in there.outbox.sent] == [ROOM]


def test_the_sdks_own_adapter_runs_a_turn(there: Teams) -> None:
    """What the SDK's tests drive is our turn, too: nothing in it needs our door."""
    adapter = TestAdapter(there.gate.turn)
    place = ConversationAccount(id=CHAT, conversation_type="personal", tenant_id=TENANT)
    speaker = ChannelAccount(id="29:1hanna", aad_object_id=HANNA)
    message = Activity(type="message", text="hello", service_url=ADDRESS, channel_id="msteams", conversation=place)
    message.from_property = speaker
    asyncio.run(adapter.receive_activity(message))
    assert there.talk.heard == [("message", Speaker(HANNA, SPEAKS.person), "hello")]
    asyncio.run(
        adapter.receive_activity(
            Activity(
                **vars(message)
                | {"type": "invoke", "name": "task/fetch", "value": {"data": {"action": "story", "value": "8"}}}
            )
        )
    )
    (answer,) = adapter.activity_buffer
    assert answer.type == "invokeResponse"
    assert "Once upon a time" in shown(answer.value.body)
