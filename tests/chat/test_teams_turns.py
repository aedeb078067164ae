"""People talk to Usher in Teams: they write, press and fill in, and are never left without a word."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from botbuilder.core.adapters import TestAdapter
from botbuilder.schema import Activity, ChannelAccount, ConversationAccount

from bot.chat.port import Buttons, Card, File, Filled, Menu, Option, Speaker, Where
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
    teams,
)

CLOSED: Json = {}


@pytest.fixture(scope="module")
def everybody() -> Iterator[Teams]:
    """Usher's door to Teams."""
    with teams() as made:
        yield made


@pytest.fixture
def there(everybody: Teams) -> Teams:
    """The same, having heard and said nothing yet."""
    everybody.talk.heard.clear()
    everybody.outbox.sent.clear()
    everybody.files.clear()
    everybody.placed.clear()
    everybody.threads.clear()
    everybody.outbox.closed = frozenset()
    return everybody


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


def test_a_form_stands_in_the_chat_where_no_dialog_opens(there: Teams) -> None:
    """A client that has none sends the press of the button under “Your form is ready.” like any other."""
    there.asks(press("decide", "signed-3", data={"menu": "m1", "m1": "revoke"}))
    ((_channel, _thread, card),) = there.outbox.sent
    (button,) = [one for piece in card.pieces if isinstance(piece, Buttons) for one in piece.items]
    answer = there.asks(press(button.action, button.value))
    assert answer["type"] == "application/vnd.microsoft.card.adaptive"
    assert "Action.Execute" in str(answer["value"])


def test_a_form_that_stands_in_the_chat_is_replaced_by_what_comes_of_it(there: Teams) -> None:
    """Where a client opens no dialogs the form is drawn in place of its button, stays with what is wrong, and ends."""

    def act(verb: str, card: Json, **entered: str) -> Json:
        rows = [one for one in card["body"] if one["type"] == "ActionSet"]
        pressed = next(one for row in rows for one in row["actions"] if one["verb"] == verb)
        action = {"type": "Action.Execute", "verb": verb, "data": pressed["data"] | entered}
        answer = there.asks(activity("invoke", name="adaptiveCard/action", value={"action": action}))
        assert answer["type"] == "application/vnd.microsoft.card.adaptive"
        drawn: Json = answer["value"]
        return drawn

    opened = there.asks(press(AGAIN, '["command", "/offboard", "x"]'))["value"]
    found = act("find", opened, **{"person~typed": "alice"})
    alice = {"person": "P-alice", "kind": "own", "day": "2026-12-24"}
    wrong = act("send", act("send", found, **alice, why="wrong"), **alice, why="wrong")
    assert "Say more." in shown(wrong)
    assert "Second page" in shown(act("send", wrong, **alice, why="next"))
    ended = act("send", wrong, **alice, why="she leaves")
    assert "OFF-1 is on its way" in shown(ended)
    assert "Action" not in shown(ended)
    assert "Done." in shown(act("send", wrong, **alice, why="quiet"))


def test_a_client_that_knows_no_better_presses_by_a_message(there: Teams) -> None:
    """Its answer comes as a message."""
    value = {"action": "approve", "value": "signed-1"}
    assert [card.text for card in there.says("", value=value, replyToId="m9")] == ["Approved by you"]
    assert there.talk.heard == [("press", SPEAKS, "approve", "signed-1", "", Where(CHAT, "", "m9"))]
    assert there.says("", value={"strange": 1})[0].text.startswith("I do not know this button.")


def test_somebody_is_found_chosen_looked_at_and_sent(there: Teams) -> None:
    """Type, find, see what depends on the person, send: what was entered stays all along."""
    task = there.asks(opens("offboard", "7"))
    found = there.asks(fills(task, "find", **{"person~typed": "ali"}, kind="own", day="2026-11-30", why="moving"))
    assert there.talk.of("options") == [("options", SPEAKS, "people", "ali")]
    assert asked(found) | {"person~typed": ""} == {
        "person": "P-alice",
        "person~typed": "",
        "kind": "own",
        "day": "2026-12-24",
        "why": "moving",
    }
    sent = fills(found, person="P-alice", kind="own", day="2026-12-24", why="she leaves")
    seen = there.asks(sent)
    if seen["task"]["type"] == "continue":  # the form as it is for her is shown once before it counts
        seen = there.asks(fills(seen, person="P-alice", kind="own", day="2026-12-24", why="she leaves"))
    assert seen == {"task": {"type": "message", "value": "OFF-1 is on its way"}}
    ((_submit, who, handler, filled, delivery),) = there.talk.of("submit")
    values = {"person": "P-alice", "kind": "own", "day": "2026-12-24", "why": "she leaves"}
    assert (who, handler, filled) == (SPEAKS, "offboard.start", Filled(values, {"proof": ()}, "signed"))
    assert delivery.startswith("teams:")


def _ready(there: Teams) -> Json:
    """A dialog in which Alice is chosen and shown."""
    task = there.asks(opens("offboard", "7"))
    found = there.asks(fills(task, "find", **{"person~typed": "alice"}))
    return there.asks(fills(found, person="P-alice", kind="own", day="2026-12-24", why="wrong"))


def test_one_opened_form_is_sent_once_however_often(there: Teams) -> None:
    """The second sending of a form has the name of the first; a form opened anew has another."""
    ready = _ready(there)
    for why in ("she leaves", "she leaves", "quiet"):
        there.asks(fills(ready, person="P-alice", kind="own", day="2026-12-24", why=why))
    there.asks(fills(_ready(there), person="P-alice", kind="own", day="2026-12-24", why="she leaves"))
    first, second, third, *_mistake, other = [
        heard[-1] for heard in there.talk.of("submit") if heard[3].values["why"] != "wrong"
    ]
    assert first == second == third
    assert other != first


def test_what_is_wrong_is_said_in_place_and_nothing_is_lost(there: Teams) -> None:
    """Words for a field stand beside it, others above; what was entered is still there."""
    ready = _ready(there)
    wrong = there.asks(fills(ready, person="P-alice", kind="own", day="2026-12-24", why="wrong"))
    assert "Say more." in shown(content(wrong))
    assert "And ask again." in shown(content(wrong)["body"][0])
    assert asked(wrong)["why"] == "wrong"
    refused = there.asks(fills(ready, person="P-alice", kind="own", day="2026-12-24", why="refuse"))
    assert "Alice is protected." in shown(content(refused))
    broken = there.asks(fills(ready, person="P-alice", kind="own", day="2026-12-24", why="break"))
    assert REFERENCE.search(shown(broken))


def test_what_must_be_filled_in_is_asked_for(there: Teams) -> None:
    """No client checks it for us."""
    empty = there.asks(fills(there.asks(opens("offboard", "7")), kind="own", day="2026-11-30"))
    assert "Please fill this in." in shown(content(empty))
    assert there.talk.of("submit") == []


def test_nobody_found_and_nothing_typed_are_said_at_the_field(there: Teams) -> None:
    """Find without a name, and a name that nobody has."""
    task = there.asks(opens("offboard", "7"))
    assert "Nothing has such a name." in shown(content(there.asks(fills(task, "find", **{"person~typed": "zz"}))))
    assert "Type a name first." in shown(content(there.asks(fills(task, "find", kind="own"))))


def test_a_form_is_followed_by_another_or_by_nothing(there: Teams) -> None:
    """The second page takes the place of the first; an answer without words closes the dialog."""
    ready = _ready(there)
    alice = {"person": "P-alice", "kind": "own", "day": "2026-12-24"}
    assert there.asks(fills(ready, **alice, why="next"))["task"]["value"]["title"] == "Second page"
    assert there.asks(fills(ready, **alice, why="quiet")) == CLOSED


def test_a_dialog_that_cannot_open_says_why(there: Teams) -> None:
    """A refusal, a fault of ours and a card that is no form stand in the dialog."""
    for value, words in (("signed-2", "The plan changed."), ("8", "Once upon a time"), ("9", "That is no story.")):
        action = "story" if value in "89" else "approve"
        assert words in shown(content(there.asks(opens(action, value))))


def test_a_form_that_somebody_spoilt_is_refused(there: Teams) -> None:
    """What travels with a button is not believed."""
    for form in ("", "rubbish", "A" * 4000):
        said = there.asks(activity("invoke", name="task/submit", value={"data": {"verb": "send", "form": form}}))
        assert "damaged" in said["task"]["value"]


def test_files_sent_before_go_with_the_form(there: Teams) -> None:
    """A dialog takes no files, so the chat does; a message that is only a file needs no answer of the dialogue."""
    kind = "application/vnd.microsoft.teams.file.download.info"
    proof = {"contentType": kind, "name": "proof.pdf", "contentUrl": "https://lumen.sharepoint.com/proof.pdf"}
    (kept,) = there.says("", attachments=[proof, {"contentType": "text/html", "content": "<p>x</p>"}])
    assert kept.text == "I have proof.pdf. It goes with the form you send within the hour."
    assert there.talk.heard == []
    there.asks(fills(_ready(there), person="P-alice", kind="own", day="2026-12-24", why="she leaves"))
    filled = there.talk.of("submit")[-1][3]
    assert filled.files == {"proof": (File("https://lumen.sharepoint.com/proof.pdf", "proof.pdf"),)}


def test_whoever_installs_usher_sees_their_own_page(there: Teams) -> None:
    """And where Usher is, is remembered with everything that it hears."""
    assert there.bring(activity("installationUpdate", action="add")).status_code == 200
    assert [card.text for _chat, _thread, card in there.outbox.sent] == ["Home"]
    assert there.bring(activity("conversationUpdate", membersAdded=[{"id": "29:1"}])).status_code == 200
    assert there.bring(activity("installationUpdate", action="remove")).status_code == 200
    assert len(there.outbox.sent) == 1
    assert there.placed == [CHAT] * 3


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
