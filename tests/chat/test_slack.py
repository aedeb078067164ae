"""People talk to Usher in a practice workspace, over Socket Mode and signed HTTP, and are never left without a word."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from slack_sdk.errors import SlackApiError

from bot.chat.port import Filled, Speaker, Where
from bot.chat.slack_answers import Screen
from bot.chat.slack_chat import web_client
from bot.chat.slack_forms import blocks_by_name, modal
from tests.chat.dialogue import KNOWN, Talk, by_http, by_socket, question
from tests.chat.hands import (
    HANNA_SPEAKS,
    PATIENT,
    REFERENCE,
    button,
    choose_alice,
    direct,
    entered,
    press,
    say,
    submit,
    texts,
    whispered,
)
from tests.practice.people import ALICE, BEN, HANNA, OFFBOARDING, SARA, WEB, Practice, eventually


@pytest.fixture(scope="module")
def all_heard() -> Talk:
    """The dialogue of this module."""
    return Talk()


@pytest.fixture(scope="module", params=["socket mode", "signed http"])
def joined(request: pytest.FixtureRequest, all_heard: Talk) -> Iterator[Practice]:
    """A workspace with Usher's Slack side, once in each transport."""
    with (by_socket if request.param == "socket mode" else by_http)(all_heard, limits=PATIENT) as practice:
        yield practice


@pytest.fixture
def talk(all_heard: Talk, joined: Practice) -> Talk:
    """The dialogue, having heard nothing yet; nobody has a modal open."""
    all_heard.heard.clear()
    joined.served.call(joined.space.stacks.clear)
    return all_heard


def test_a_command_opens_a_form_and_names_people_by_id(joined: Practice, talk: Talk) -> None:
    """The handle arrives as an id without a name, the speaker as a stored link."""
    assert say(joined, "@alice R&D") == {"ok": True}
    assert talk.heard == [("command", HANNA_SPEAKS, "/offboard", f"<@{ALICE}> R&D", Where(OFFBOARDING))]
    view = joined.view(HANNA)
    assert (view["title"]["text"], view["callback_id"]) == ("Offboard", "offboard.start")
    assert view["private_metadata"] == "signed"


def test_a_live_field_draws_the_form_again_and_keeps_what_was_typed(joined: Practice, talk: Talk) -> None:
    """The day that belongs to the person is shown although another one stood there; the reason stays."""
    say(joined, "@alice")
    state = entered(joined, why={"value": "moving"})
    where = {"view_id": joined.view(HANNA)["id"], "block_id": "person", "action_id": "person~people"}
    joined.get("suggest", HANNA, **where, value="ali")
    assert joined.post("action", HANNA, **where, selected_option={"value": "P-alice"}, state=state) == {"ok": True}
    ((_, speaker, handler, filled),) = talk.of("redraw")
    assert (speaker, handler, filled.values["why"]) == (HANNA_SPEAKS, "offboard.start", "moving")
    view = joined.view(HANNA)
    assert blocks_by_name(view)["day"] == "day~1"
    assert next(b for b in view["blocks"] if b["block_id"] == "day~1")["element"]["initial_date"] == "2026-12-24"
    assert blocks_by_name(view)["why"] == "why"


def test_a_refusal_while_the_form_is_drawn_again_stands_above_it(joined: Practice, talk: Talk) -> None:
    """Nothing that was entered goes away for it."""
    say(joined, "@alice")
    where = {"view_id": joined.view(HANNA)["id"], "block_id": "kind", "action_id": "kind"}
    ours = {"selected_option": {"value": "ours"}}
    joined.post("action", HANNA, **where, **ours, state=entered(joined, kind=ours))
    top = eventually(lambda: joined.view(HANNA)["blocks"][0].get("text"))
    assert top["text"] == "Not for this person."


def test_what_is_wrong_is_shown_at_its_field_and_the_form_stays(joined: Practice, talk: Talk) -> None:
    """Named fields get their words; words for no field of the form go to the first."""
    say(joined, "@alice")
    choose_alice(joined)
    assert submit(joined, "wrong")["errors"] == {"why": "Say more.", "person": "And ask again."}
    assert submit(joined, "refuse")["errors"] == {"person": "Alice is protected."}
    broken = submit(joined, "break")["errors"]["person"]
    assert REFERENCE.fullmatch(broken)
    assert len(joined.stack(HANNA)) == 1


def test_a_sent_form_closes_and_the_answer_comes_in_a_direct_message(joined: Practice, talk: Talk) -> None:
    """Values come by field name; one state of one form is one delivery."""
    say(joined, "@alice")
    choose_alice(joined)
    assert submit(joined, "she leaves") == {"ok": True, "view": None}
    ((_, speaker, handler, filled, delivery),) = talk.of("submit")
    values = {"person": "P-alice", "kind": "own", "day": "2026-12-24", "why": "she leaves"}
    assert (speaker, handler, filled) == (HANNA_SPEAKS, "offboard.start", Filled(values, {"proof": ()}, "signed"))
    assert delivery.startswith("V")
    assert ":" in delivery
    eventually(lambda: [each for each in direct(joined) if each["text"] == "OFF-1 is on its way"])
    assert joined.stack(HANNA) == []


def test_a_form_can_be_followed_by_another_or_by_nothing(joined: Practice, talk: Talk) -> None:
    """The second page takes the place of the first; an answer without words closes it."""
    say(joined, "@alice")
    choose_alice(joined)
    assert submit(joined, "next")["view"]["title"]["text"] == "Second page"
    where = {"view_id": joined.view(HANNA)["id"], "state": entered(joined, why={"value": "quiet"})}
    assert joined.post("submit", HANNA, **where) == {"ok": True, "view": None}
    assert [each[2] for each in talk.of("submit")] == ["offboard.start", "offboard.sure"]


def test_a_card_a_refusal_and_a_mistake_are_seen_by_one_person_only(joined: Practice, talk: Talk) -> None:
    """What is said to one person in a channel is not said to all."""
    for words, expected in (
        ("card", "Three to decide"),
        ("refuse", "Only HR may do this. Ask Hanna."),
        ("wrong", "That is no date."),
    ):
        assert say(joined, words) == {"ok": True}
        assert whispered(joined)["text"] == expected
        assert expected not in texts({"all": joined.messages(SARA, OFFBOARDING)})
    before = len(joined.messages(HANNA, OFFBOARDING))
    assert say(joined, "nothing") == {"ok": True}
    assert len(joined.messages(HANNA, OFFBOARDING)) == before


def test_a_fault_of_ours_is_told_with_a_reference_and_nothing_else(
    joined: Practice, talk: Talk, caplog: pytest.LogCaptureFixture
) -> None:
    """The person gets a number, the log what happened under the same number."""
    with caplog.at_level(logging.ERROR, "bot.chat.apology"):
        assert say(joined, "break") == {"ok": True}
    words = whispered(joined)["text"]
    assert REFERENCE.fullmatch(words)
    assert "secret" not in texts(whispered(joined))
    record = next(each for each in caplog.records if each.name == "bot.chat.apology")
    assert record.getMessage().split()[-1].strip(")") in words
    assert record.exc_info is not None
    assert "a secret of the database" in str(record.exc_info[1])


def test_a_button_is_answered_for_the_one_who_pressed(joined: Practice, talk: Talk) -> None:
    """The signed value and the place arrive; two buttons of one action are told apart."""
    say(joined, "card")
    card = whispered(joined)
    assert press(joined, card, "Approve") == {"ok": True}
    assert talk.heard[-1] == ("press", HANNA_SPEAKS, "approve", "signed-1", "", Where(OFFBOARDING, "", card["ts"]))
    eventually(lambda: whispered(joined)["text"] == "Approved by you")
    assert press(joined, card, "Approve more") == {"ok": True}
    assert talk.heard[-1][2:4] == ("approve", "signed-2")
    eventually(lambda: whispered(joined)["text"] == "The plan changed. Open it again.")


def test_a_menu_brings_its_context_and_what_was_chosen(joined: Practice, talk: Talk) -> None:
    """A choice may open a form as well."""
    say(joined, "card")
    card = whispered(joined)
    block = card["blocks"][-1]
    where = {"block_id": block["block_id"], "action_id": block["elements"][0]["action_id"]}
    joined.post("action", HANNA, channel=OFFBOARDING, ts=card["ts"], **where, selected_option={"value": "revoke"})
    assert talk.heard[-1][2:5] == ("decide", "signed-3", "revoke")
    assert joined.view(HANNA)["title"]["text"] == "Offboard"


def test_a_button_inside_a_form_draws_it_again_or_lays_a_page_on_top(joined: Practice, talk: Talk) -> None:
    """Another form takes the place, words come above it, a link does nothing here."""
    say(joined, "@alice")
    view = joined.view(HANNA)
    joined.post("action", HANNA, view_id=view["id"], **button(view, "Report"))
    assert not talk.of("press")
    joined.post("action", HANNA, view_id=view["id"], **button(view, "Explain"))
    view = joined.view(HANNA)
    assert view["private_metadata"] == "explained"
    assert len(joined.stack(HANNA)) == 1
    for label, words in (("Mistake", "That is no story."), ("Stale", "The plan changed. Open it again.")):
        view = joined.view(HANNA)
        joined.post("action", HANNA, view_id=view["id"], **button(view, label))
        assert joined.view(HANNA)["blocks"][0]["text"]["text"] == words
    view = joined.view(HANNA)
    joined.post("action", HANNA, view_id=view["id"], **button(view, "Story"))
    assert (joined.view(HANNA)["title"]["text"], len(joined.stack(HANNA))) == ("Story", 2)


def test_a_form_that_changed_meanwhile_is_left_as_it_is(joined: Practice, talk: Talk) -> None:
    """An answer to an older state of a form draws nothing over the newer one, and is no fault."""
    say(joined, "@alice")
    view = joined.view(HANNA)
    client = web_client(joined.space.bot_token, f"{joined.served.url}/api/")
    with ThreadPoolExecutor(1) as pool:
        screen = Screen(client, pool)
        screen.replace(view | {"hash": "older"}, modal(question(context="late")))
        assert joined.view(HANNA)["private_metadata"] == "signed"
        with pytest.raises(SlackApiError, match="invalid_arguments"):
            screen.replace(view, {"type": "modal"})


def test_typing_a_name_offers_people_and_never_breaks_the_form(joined: Practice, talk: Talk) -> None:
    """Options come from the source the field names; a fault of ours is an empty list."""
    say(joined, "@alice")
    where = {"view_id": joined.view(HANNA)["id"], "block_id": "person", "action_id": "person~people"}
    found = joined.get("suggest", HANNA, **where, value="en")["options"]
    assert [each["text"]["text"] for each in found] == ["Ben Okafor"]
    assert talk.heard[-1] == ("options", HANNA_SPEAKS, "people", "en")
    assert joined.get("suggest", HANNA, **where, value="break") == {"ok": True, "options": []}


def test_the_home_tab_is_the_persons_own(joined: Practice, talk: Talk) -> None:
    """It is drawn when it is opened, and its buttons open forms or write a direct message."""
    joined.post("home", HANNA)
    view = eventually(lambda: joined.get("home", HANNA)["view"])
    assert "Your requests" in texts(view)
    assert joined.post("action", HANNA, view_id=view["id"], **button(view, "Offboard")) == {"ok": True}
    eventually(lambda: [each for each in direct(joined) if each["text"] == "Approved by you"])


def test_a_shortcut_is_its_command(joined: Practice, talk: Talk) -> None:
    """Without a channel the answer comes as a direct message."""
    assert joined.post("shortcut", HANNA, callback_id="offboard") == {"ok": True}
    assert talk.heard[-1] == ("command", HANNA_SPEAKS, "/offboard", "", Where())
    card = eventually(lambda: [each for each in direct(joined) if each["text"] == "Three to decide"])[-1]
    assert press(joined, card, "Approve", f"D{HANNA[1:]}") == {"ok": True}


def test_writing_to_usher_is_answered_in_the_conversation(joined: Practice, talk: Talk) -> None:
    """Words get words; a form waits behind a button, because a message opens nothing."""
    room = f"D{HANNA[1:]}"
    joined.post("message", HANNA, channel=room, text="hello @alice <b>")
    echo = f"You said hello &lt;@{ALICE}&gt; &lt;b&gt;"
    eventually(lambda: [each for each in direct(joined) if each["text"] == echo])
    assert talk.of("message")[0] == ("message", HANNA_SPEAKS, f"hello <@{ALICE}> <b>")
    joined.post("message", HANNA, channel=room, text="form")
    card = eventually(lambda: [each for each in direct(joined) if "Open the form" in texts(each)])[-1]
    assert press(joined, card, "Open the form", room) == {"ok": True}
    assert joined.view(HANNA)["title"]["text"] == "Offboard"
    joined.post("message", HANNA, channel=room, text="break")
    eventually(lambda: [each for each in direct(joined) if REFERENCE.fullmatch(each["text"])])


def test_replies_in_a_thread_are_kept_and_all_else_is_not_ours(joined: Practice, talk: Talk) -> None:
    """A reply has a key that is the same when it is brought twice; one that could not be kept is brought again."""
    root = joined.post("message", SARA, channel=OFFBOARDING, text="a thread")["ts"]
    reply = joined.post("message", HANNA, channel=OFFBOARDING, text="agreed", thread_ts=root)["ts"]
    eventually(lambda: talk.of("comment"))
    where = Where(OFFBOARDING, root, reply)
    assert talk.of("comment") == [("comment", HANNA_SPEAKS, "agreed", where, f"{OFFBOARDING}:{reply}")]
    joined.post("message", HANNA, channel=OFFBOARDING, text="break", thread_ts=root)
    eventually(lambda: len(talk.of("comment")) == 3)
    first, second = talk.of("comment")[1:]
    assert first == second
    joined.client.chat_postMessage(channel=OFFBOARDING, text="from a program", thread_ts=root)
    assert len(talk.of("comment")) == 3


def test_a_file_in_a_thread_is_kept_by_its_name(joined: Practice, talk: Talk) -> None:
    """With the words beside it or without any: whoever reads the report knows that there was a file (S1-10, S0-25)."""
    root = joined.post("message", SARA, channel=OFFBOARDING, text="a thread")["ts"]
    sent = WEB.post(f"{joined.served.url}/_/upload", data={"as": HANNA}, files={"file": ("receipt.jpg", b"picture")})
    given = sent.json()["file"]["id"]
    joined.post("message", HANNA, channel=OFFBOARDING, text="Here it is", thread_ts=root, file_ids=[given])
    eventually(lambda: talk.of("comment"))
    said = str(talk.of("comment")[0][2])
    assert said.startswith("Here it is\nFile: receipt.jpg")


def test_somebody_we_do_not_know_speaks_as_nobody(joined: Practice, talk: Talk) -> None:
    """What a stranger within the workspace may do is for the dialogue to say."""
    say(joined, "card", SARA)
    assert talk.heard[-1][1] == Speaker(SARA, None)
    assert BEN not in KNOWN
