"""People and the real Bolt talk through the workspace, in Socket Mode and over signed HTTP alike."""

from __future__ import annotations

import pytest

from tests.practice.bolt_bot import CARD, Heard
from tests.practice.people import ALICE, GENERAL, HANNA, OFFBOARDING, SARA, WEB, Json, Practice, eventually

FILLED = {"who": {"v": {"selected_option": {"value": "Alice Martin"}}}}


def open_form(joined: Practice) -> str:
    """Open the form as Hanna; the id of the view."""
    assert joined.post("command", HANNA, channel=OFFBOARDING, text="/offboard @alice") == {"ok": True}
    view: str = joined.view(HANNA)["id"]
    query = {"view_id": view, "block_id": "who", "action_id": "v", "value": "ali"}
    assert [option["value"] for option in joined.get("suggest", HANNA, **query)["options"]] == [
        "Alice Martin",
        "Alice Marten",
    ]
    return view


def send(joined: Practice, view: str, why: str, **more: Json) -> Json:
    """Send the form with this reason."""
    values = {**FILLED, "why": {"v": {"value": why}}, **more}
    return joined.post("submit", HANNA, view_id=view, state={"values": values})


def test_a_command_reaches_the_bot_with_the_person_it_names(joined: Practice, heard: Heard) -> None:
    """Handles become ids where the command asks for it; the channel's name is kept if it is private."""
    open_form(joined)
    ((_, body), *_) = heard
    assert body["text"] == f"<@{ALICE}|alice>"
    assert (body["user_id"], body["channel_id"], body["channel_name"]) == (HANNA, OFFBOARDING, "privategroup")
    joined.post("command", HANNA, channel=GENERAL, text="/raw @alice <b>")
    assert heard[-1][1]["text"] == "@alice <b>"


def test_what_the_bot_says_at_once_is_seen_by_one_person_only(joined: Practice, heard: Heard) -> None:
    """The body of an acknowledgement is ephemeral."""
    joined.post("command", HANNA, channel=OFFBOARDING, text="/raw")
    assert (
        joined.messages(HANNA, OFFBOARDING)[-1] | {"text": "only for you", "ephemeral": True}
        == joined.messages(HANNA, OFFBOARDING)[-1]
    )
    assert "only for you" not in [each["text"] for each in joined.messages(SARA, OFFBOARDING)]


def test_an_answer_through_the_response_url_can_be_for_everybody(joined: Practice, heard: Heard) -> None:
    """response_type in_channel is seen by all members."""
    joined.post("command", HANNA, channel=OFFBOARDING, text="/raw respond")
    assert joined.messages(SARA, OFFBOARDING)[-1]["text"] == "to everybody"


def test_an_answer_slack_would_not_show_is_an_error_a_person_sees(joined: Practice, heard: Heard) -> None:
    """Blocks that fail the lint in an acknowledgement are an invalid command response."""
    answer = joined.post("command", HANNA, channel=OFFBOARDING, text="/raw bad")
    assert answer["error"].endswith("(invalid_command_response)")


def test_an_unknown_command_is_named(joined: Practice, heard: Heard) -> None:
    """What is not in the manifest never reaches the bot."""
    answer = joined.post("command", HANNA, channel=OFFBOARDING, text="/nothing here")
    assert (answer, heard) == ({"ok": False, "error": "/nothing is not a valid command"}, [])


def test_a_form_that_is_not_filled_in_is_not_sent(joined: Practice, heard: Heard) -> None:
    """Required fields and lengths are checked before the bot hears of it, as Slack's own client does."""
    view = open_form(joined)
    answer = joined.post("submit", HANNA, view_id=view, state={"values": {"why": {"v": {"value": "no"}}}})
    assert answer["errors"] == {
        "who": "Please complete this required field.",
        "why": "Please enter at least 3 characters.",
    }
    assert "view_submission" not in [kind for kind, _ in heard]


def test_the_bot_hears_everything_that_was_entered(joined: Practice, heard: Heard) -> None:
    """state.values holds each field in Slack's form, untouched fields with their initial value."""
    assert send(joined, open_form(joined), "She leaves") == {"ok": True, "view": None}
    kind, body = heard[-1]
    values = body["view"]["state"]["values"]
    assert (kind, joined.stack(HANNA)) == ("view_submission", [])
    assert values["who"]["v"]["selected_option"]["text"]["text"] == "Alice Martin"
    assert values["when"]["v"] == {"type": "datepicker", "selected_date": "2026-12-31"}
    assert values["why"]["v"] == {"type": "plain_text_input", "value": "She leaves"}
    assert values["parts"]["v"] == {"type": "checkboxes", "selected_options": []}
    assert values["papers"]["v"] == {"type": "file_input", "files": []}


def test_a_choice_that_was_not_offered_is_refused(joined: Practice, heard: Heard) -> None:
    """The page cannot invent an option."""
    view = open_form(joined)
    answer = send(joined, view, "She leaves", who={"v": {"selected_option": {"value": "Grace Oduya"}}})
    assert answer == {"ok": False, "error": "That choice is not in the list."}


def test_the_bot_can_refuse_a_field(joined: Practice, heard: Heard) -> None:
    """response_action errors keeps the form open and says why, at the field."""
    view = open_form(joined)
    assert send(joined, view, "refuse") == {"ok": True, "errors": {"why": "Say more."}}
    assert joined.stack(HANNA) == [view]


@pytest.mark.parametrize("why", ["unknown field", "too long"])
def test_an_answer_to_a_form_that_slack_would_refuse_is_trouble(joined: Practice, heard: Heard, why: str) -> None:
    """Errors for a field that is not there, or a view that fails the lint, are Slack's own trouble sentence."""
    answer = send(joined, open_form(joined), why)
    assert answer["error"].startswith("We had some trouble connecting. Try again?")


def test_the_bot_can_replace_stack_and_clear_modals(joined: Practice, heard: Heard) -> None:
    """response_action update, push and clear do what their names say."""
    view = open_form(joined)
    assert send(joined, view, "push")["view"]["previous_view_id"] == view
    assert len(joined.stack(HANNA)) == 2
    assert joined.post("submit", HANNA, view_id=joined.stack(HANNA)[-1], state={}) == {"ok": True, "view": None}
    assert joined.stack(HANNA) == [view]
    assert send(joined, view, "update")["view"]["title"]["text"] == "Sent"
    view = open_form(joined)
    assert send(joined, view, "clear") == {"ok": True, "view": None}
    assert joined.stack(HANNA) == []


def test_a_button_in_a_modal_carries_the_apps_own_value(joined: Practice, heard: Heard) -> None:
    """The value of a button is what the app stored, and its trigger opens a modal on top, up to three."""
    view = open_form(joined)
    press = {"view_id": view, "block_id": "more", "action_id": "deeper", "value": "from the browser"}
    assert joined.post("action", HANNA, **press, state={"values": {"why": {"v": {"value": "half"}}}}) == {"ok": True}
    _, body = heard[-1]
    assert body["actions"][0]["value"] == "from-the-app"
    assert body["view"]["state"]["values"]["why"]["v"]["value"] == "half"
    assert joined.view(HANNA)["previous_view_id"] == view
    assert joined.post("action", HANNA, **press)["ok"]
    assert len(joined.stack(HANNA)) == 3
    joined.post("action", HANNA, **press)
    assert (len(joined.stack(HANNA)), heard[-1][0]) == (3, "push_limit_reached")


def test_a_closed_form_is_told_to_a_bot_that_asked(joined: Practice, heard: Heard) -> None:
    """notify_on_close becomes view_closed, and the view is gone."""
    view = open_form(joined)
    assert joined.post("close", HANNA, view_id=view) == {"ok": True}
    assert heard[-1][0] == "view_closed"
    assert not joined.post("submit", HANNA, view_id=view, state={})["ok"]


def test_nobody_acts_in_the_modal_of_another(joined: Practice, heard: Heard) -> None:
    """A view belongs to the person it was opened for."""
    view = open_form(joined)
    assert joined.post("submit", SARA, view_id=view, state={}) == {"ok": False, "error": "That dialog is closed."}


def test_a_press_on_a_message_can_replace_it(joined: Practice, heard: Heard) -> None:
    """The bot learns who pressed what and where, and replaces the card through its response_url."""
    ts = joined.client.chat_postMessage(channel=OFFBOARDING, text="Approve?", blocks=CARD)["ts"]
    press = {"channel": OFFBOARDING, "ts": ts, "block_id": "decide", "action_id": "approve"}
    assert joined.post("action", SARA, **press) == {"ok": True}
    _, body = heard[-1]
    assert (body["user"]["id"], body["actions"][0]["value"]) == (SARA, "signed")
    assert body["container"] == {
        "type": "message",
        "message_ts": ts,
        "channel_id": OFFBOARDING,
        "is_ephemeral": False,
    }
    shown = next(each for each in joined.messages(HANNA, OFFBOARDING) if each["ts"] == ts)
    assert (shown["text"], shown["blocks"]) == ("Approved.", [])
    assert joined.post("action", SARA, **press) == {"ok": False, "error": "That button is no longer there."}


def test_a_choice_on_a_message_is_one_of_its_own_options(joined: Practice, heard: Heard) -> None:
    """A menu in a message gives its stored option, and nothing else."""
    ts = joined.client.chat_postMessage(channel=OFFBOARDING, text="Keep?", blocks=CARD)["ts"]
    press = {"channel": OFFBOARDING, "ts": ts, "block_id": "decide", "action_id": "pick"}
    assert joined.post("action", SARA, **press, selected_option={"value": "revoke"}) == {"ok": True}
    assert heard[-1][1]["actions"][0]["selected_option"]["text"]["text"] == "revoke"
    assert joined.messages(SARA, OFFBOARDING)[-1]["ephemeral"]
    assert not joined.post("action", SARA, **press, selected_option={"value": "everything"})["ok"]


def test_the_home_tab_is_published_when_it_is_opened(joined: Practice, heard: Heard) -> None:
    """Opening the tab tells the bot, which publishes; the next look shows it."""
    joined.get("home", HANNA)
    view = eventually(lambda: joined.get("home", HANNA)["view"])
    assert view["blocks"][0]["text"]["text"] == "Your requests"
    assert heard[0][1]["tab"] == "home"


def test_a_direct_message_reaches_the_bot_and_is_answered(joined: Practice, heard: Heard) -> None:
    """message.im goes to the bot, with names as ids, and the answer comes back into the same place."""
    room = joined.post("im", SARA, user="UBOT")["channel"]
    assert joined.post("message", SARA, channel=room, text="who has @alice & co?")["ok"]
    answer = eventually(lambda: [each for each in joined.messages(SARA, room) if each["user"] == "UBOT"])
    assert answer[-1]["text"] == f"You said who has <@{ALICE}> &amp; co?"
    assert heard[-1][1]["channel_type"] == "im"


def test_a_message_where_the_bot_does_not_listen_stays_there(joined: Practice, heard: Heard) -> None:
    """The manifest subscribes to direct messages only."""
    assert joined.post("message", SARA, channel=OFFBOARDING, text="between us")["ok"]
    assert joined.messages(HANNA, OFFBOARDING)[-1]["text"] == "between us"
    assert heard == []


def test_a_shortcut_reaches_the_bot(joined: Practice, heard: Heard) -> None:
    """A global shortcut works without a channel."""
    assert joined.post("shortcut", SARA, callback_id="offboard") == {"ok": True}
    assert joined.messages(HANNA, OFFBOARDING)[-1]["text"] == "Somebody used the shortcut."
    assert not joined.post("shortcut", SARA, callback_id="other")["ok"]


def test_a_file_given_in_a_form_can_be_fetched_by_the_bot_alone(joined: Practice, heard: Heard) -> None:
    """url_private gives the bytes for the bot's token, and to nobody without it."""
    sent = WEB.post(f"{joined.served.url}/_/upload", data={"as": HANNA}, files={"file": ("roster.csv", b"a,b\n")})
    file = sent.json()["file"]
    send(joined, open_form(joined), "She leaves", papers={"v": {"files": [{"id": file["id"]}]}})
    (given,) = heard[-1][1]["view"]["state"]["values"]["papers"]["v"]["files"]
    assert (given["name"], given["mimetype"]) == ("roster.csv", "text/csv")
    bearer = {"Authorization": f"Bearer {joined.space.bot_token}"}
    assert WEB.get(given["url_private"], headers=bearer).content == b"a,b\n"
    assert WEB.get(given["url_private"]).status_code == 403
    other = WEB.get(f"{joined.served.url}/_/file/{file['id']}/roster.csv", params={"as": SARA})
    assert other.status_code == 404


def test_a_file_the_bot_uploads_is_seen_in_its_channel(joined: Practice, heard: Heard) -> None:
    """Slack's three-step upload, as the unmodified client does it."""
    joined.client.files_upload_v2(
        channel=OFFBOARDING, filename="report.txt", content="All gone.", initial_comment="The report"
    )
    message = joined.messages(HANNA, OFFBOARDING)[-1]
    (file,) = message["files"]
    assert (message["text"], file["name"], file["size"]) == ("The report", "report.txt", 9)
    assert WEB.get(joined.served.url + file["url"]).text == "All gone."
    assert WEB.get(joined.served.url + file["url"].replace(HANNA, ALICE)).status_code == 404


@pytest.mark.parametrize("joined", ["socket mode"], indirect=True)
def test_a_bot_that_answers_after_three_seconds_is_an_error_a_person_sees(joined: Practice, heard: Heard) -> None:
    """No acknowledgement within 3 s is Slack's operation_timeout, in words."""
    answer = joined.post("command", HANNA, channel=OFFBOARDING, text="/slow")
    assert answer == {
        "ok": False,
        "error": "/slow failed: the app did not respond within 3 seconds (operation_timeout)",
    }
