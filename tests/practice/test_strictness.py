"""The workspace fails as Slack fails: the same words, the same shapes, for the unmodified client."""

from __future__ import annotations

import logging
from dataclasses import replace

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.practice.seeds import Limits
from bot.practice.space import new_reply_address
from tests.practice.bolt_bot import form
from tests.practice.people import (
    ALICE,
    BEN,
    GENERAL,
    HANNA,
    OFFBOARDING,
    SARA,
    SECRET,
    WEB,
    Json,
    Practice,
    manifest,
    refusal,
    start,
    trigger,
    workspace,
)

HOME: Json = {"type": "home", "blocks": [{"type": "divider"}]}
REFUSED: list[tuple[str, Json, str]] = [
    ("chat.postMessage", {"channel": "C999", "text": "x"}, "channel_not_found"),
    ("chat.postMessage", {"channel": SECRET, "text": "x"}, "channel_not_found"),
    ("chat.postMessage", {"channel": GENERAL, "text": "x"}, "not_in_channel"),
    ("chat.postMessage", {"channel": OFFBOARDING}, "no_text"),
    ("chat.postMessage", {"channel": OFFBOARDING, "text": "x" * 40_001}, "msg_too_long"),
    ("chat.postMessage", {"channel": OFFBOARDING, "text": "x", "thread_ts": "1.1"}, "thread_not_found"),
    ("chat.postMessage", {"channel": OFFBOARDING, "blocks": "[{"}, "invalid_blocks_format"),
    ("chat.postMessage", {"channel": OFFBOARDING, "text": "x", "metadata": {"a": 1}}, "invalid_metadata_format"),
    ("chat.postMessage", {"text": "x"}, "invalid_arguments"),
    ("chat.postEphemeral", {"channel": OFFBOARDING, "user": ALICE, "text": "x"}, "user_not_in_channel"),
    ("chat.update", {"channel": OFFBOARDING, "ts": "1.1", "text": "x"}, "message_not_found"),
    ("chat.delete", {"channel": OFFBOARDING, "ts": "1.1"}, "message_not_found"),
    ("chat.scheduleMessage", {"channel": OFFBOARDING, "text": "x", "post_at": 1}, "time_in_past"),
    ("conversations.info", {"channel": SECRET}, "channel_not_found"),
    ("conversations.open", {"users": "U999"}, "user_not_found"),
    ("conversations.open", {"users": BEN}, "user_disabled"),
    ("conversations.create", {"name": "general"}, "missing_scope"),
    ("conversations.create", {"name": "offboarding", "is_private": True}, "name_taken"),
    ("conversations.create", {"name": "No Spaces", "is_private": True}, "invalid_name"),
    ("conversations.invite", {"channel": OFFBOARDING, "users": SARA}, "already_in_channel"),
    ("users.info", {"user": "U999"}, "user_not_found"),
    ("users.lookupByEmail", {"email": "nobody@lumen.example"}, "users_not_found"),
    ("users.lookupByEmail", {"email": "ben@lumen.example"}, "users_not_found"),
    ("usergroups.users.list", {"usergroup": "S999"}, "no_such_subteam"),
    ("team.info", {}, "missing_scope"),
    ("files.info", {"file": "F999"}, "file_not_found"),
    ("files.completeUploadExternal", {"files": [{"id": "F999"}]}, "file_not_found"),
    ("views.open", {"trigger_id": "nonsense", "view": form()}, "invalid_trigger_id"),
    ("views.open", {"trigger_id": "nonsense"}, "invalid_arguments"),
    ("views.update", {"view_id": "V999", "view": form()}, "not_found"),
    ("views.update", {"view_id": "V1", "external_id": "e", "view": form()}, "invalid_arguments"),
    ("views.publish", {"user_id": "U999", "view": HOME}, "user_not_found"),
    ("admin.users.list", {}, "unknown_method"),
    ("apps.connections.open", {}, "not_allowed_token_type"),
]


@pytest.mark.parametrize("method,arguments,error", REFUSED)
def test_a_call_that_slack_refuses_is_refused_with_slacks_word(
    alone: Practice, method: str, arguments: Json, error: str
) -> None:
    """One row for each way to be refused."""
    assert refusal(alone, method, **arguments)["error"] == error


def test_bad_blocks_are_refused_in_slacks_shape(alone: Practice) -> None:
    """invalid_blocks carries the sentences twice, once marked as errors."""
    buttons = [{"type": "button", "action_id": f"a{n}", "text": {"type": "plain_text", "text": "x"}} for n in range(26)]
    blocks = [{"type": "divider"}, {"type": "actions", "elements": buttons}]
    assert refusal(alone, "chat.postMessage", channel=OFFBOARDING, text="x", blocks=blocks) == {
        "ok": False,
        "error": "invalid_blocks",
        "errors": ["no more than 25 items allowed [json-pointer:/blocks/1/elements]"],
        "response_metadata": {
            "messages": ["[ERROR] no more than 25 items allowed [json-pointer:/blocks/1/elements]"],
        },
    }


def test_a_bad_view_is_refused_in_slacks_shape(alone: Practice) -> None:
    """invalid_arguments carries the sentences in its metadata, and the trigger is not used up."""
    click = trigger(alone)
    body = refusal(alone, "views.open", trigger_id=click, view=form(submit_disabled=True))
    assert body["error"] == "invalid_arguments"
    assert body["response_metadata"]["messages"] == [
        "[ERROR] failed to match all allowed schemas [json-pointer:/view]",
        "[ERROR] invalid additional property: submit_disabled [json-pointer:/view]",
    ]
    assert alone.client.views_open(trigger_id=click, view=form())["ok"]


def test_a_missing_scope_is_named(alone: Practice) -> None:
    """The answer says what was needed and what the manifest asks for."""
    body = refusal(alone, "conversations.create", name="new-one")
    assert body["needed"] == "channels:manage"
    assert "chat:write" in body["provided"].split(",")


def test_a_trigger_opens_one_view(alone: Practice) -> None:
    """The second use of a trigger id is refused."""
    click = trigger(alone)
    assert alone.client.views_open(trigger_id=click, view=form())["ok"]
    assert refusal(alone, "views.open", trigger_id=click, view=form())["error"] == "exchanged_trigger_id"


def test_a_trigger_lives_three_seconds() -> None:
    """After 3 s a modal cannot be opened any more."""
    now = [1_800_000_000.0]
    practice = start(clock=lambda: now[0])
    try:
        click = trigger(practice)
        now[0] += 3.1
        assert refusal(practice, "views.open", trigger_id=click, view=form())["error"] == "expired_trigger_id"
    finally:
        practice.served.stop()


def test_an_update_that_did_not_see_the_last_one_is_refused(alone: Practice) -> None:
    """The hash of a view changes with each update."""
    view = alone.client.views_open(trigger_id=trigger(alone), view=form())["view"]
    alone.client.views_update(view_id=view["id"], hash=view["hash"], view=form(title="Second"))
    late = {"view_id": view["id"], "hash": view["hash"], "view": form(title="Third")}
    assert refusal(alone, "views.update", **late)["error"] == "hash_conflict"
    assert alone.view(HANNA)["title"]["text"] == "Second"


def test_a_home_tab_that_changed_meanwhile_is_kept(alone: Practice) -> None:
    """views.publish heeds the hash too."""
    first = alone.client.views_publish(user_id=HANNA, view=HOME)["view"]
    alone.client.views_publish(user_id=HANNA, view=HOME, hash=first["hash"])
    late = refusal(alone, "views.publish", user_id=HANNA, view=HOME, hash=first["hash"])
    assert late["error"] == "hash_conflict"


def test_three_modals_are_the_most(alone: Practice) -> None:
    """A fourth modal on the stack is refused."""
    view = alone.client.views_open(trigger_id=trigger(alone), view=form(external_id="root"))["view"]
    assert refusal(alone, "views.open", trigger_id=trigger(alone, SARA), view=form(external_id="root"))["error"] == (
        "duplicate_external_id"
    )
    for _ in range(2):
        view = alone.client.views_push(trigger_id=trigger(alone, HANNA, view["id"]), view=form())["view"]
    over = refusal(alone, "views.push", trigger_id=trigger(alone, HANNA, view["id"]), view=form())
    assert over["error"] == "push_limit_reached"
    assert refusal(alone, "views.push", trigger_id=trigger(alone), view=form())["error"] == "invalid_trigger_id"


def test_the_app_changes_only_what_it_wrote(alone: Practice) -> None:
    """Another's message and an ephemeral one cannot be updated or deleted."""
    ts = alone.post("message", HANNA, channel=OFFBOARDING, text="mine")["ts"]
    update = {"channel": OFFBOARDING, "ts": ts, "text": "yours"}
    assert refusal(alone, "chat.update", **update)["error"] == "cant_update_message"
    assert refusal(alone, "chat.delete", channel=OFFBOARDING, ts=ts)["error"] == "cant_delete_message"
    alone_with = alone.client.chat_postEphemeral(channel=OFFBOARDING, user=HANNA, text="for you")
    seen = {"channel": OFFBOARDING, "ts": alone_with["message_ts"], "text": "changed"}
    assert refusal(alone, "chat.update", **seen)["error"] == "message_not_found"


@pytest.mark.parametrize("token", ["xoxb-1234567890-abcdef", "xoxp-1-2-3", "xapp-1-A1-2-x", "xoxe.xoxb-1-abc"])
def test_a_token_that_looks_real_is_refused_and_never_kept(
    alone: Practice, caplog: pytest.LogCaptureFixture, token: str
) -> None:
    """Somebody who pastes a real token here is told so, and the log does not hold it."""
    with caplog.at_level(logging.ERROR), pytest.raises(SlackApiError) as caught:
        WebClient(token, base_url=f"{alone.served.url}/api/").auth_test()
    assert caught.value.response["error"] == "invalid_auth"
    assert "Never paste real tokens" in caplog.text
    assert token not in caplog.text


def test_a_practice_token_of_another_workspace_is_refused(alone: Practice) -> None:
    """Only the tokens this workspace made are accepted, and none is not_authed."""
    with pytest.raises(SlackApiError) as caught:
        WebClient("xoxb-practice-0000", base_url=f"{alone.served.url}/api/").auth_test()
    assert caught.value.response["error"] == "invalid_auth"
    assert WEB.post(f"{alone.served.url}/api/auth.test").json()["error"] == "not_authed"


def test_a_revoked_token_is_refused() -> None:
    """auth.revoke ends the token."""
    practice = start()
    try:
        assert practice.client.auth_revoke(test=True)["revoked"] is False
        assert practice.client.auth_revoke()["revoked"] is True
        assert refusal(practice, "auth.test")["error"] == "token_revoked"
    finally:
        practice.served.stop()


def test_a_manifest_with_a_reserved_command_starts_no_workspace() -> None:
    """What Slack would refuse is refused before anything is served."""
    bad = manifest()
    bad["features"]["slash_commands"][0]["command"] = "/who"
    with pytest.raises(ValueError, match="the slash command has an invalid name"):
        workspace(manifest=bad)


def test_an_event_without_its_scope_starts_no_workspace() -> None:
    """Slack lets no app subscribe to messages it may not read."""
    bad = manifest(event_subscriptions={"bot_events": ["message.groups"]})
    with pytest.raises(ValueError, match=r"message\.groups needs the scope groups:history"):
        workspace(manifest=bad)


def test_a_response_url_is_good_five_times_and_half_an_hour() -> None:
    """The sixth post, and any post after 30 minutes, is refused."""
    now = [1_800_000_000.0]
    practice = start(clock=lambda: now[0])
    try:
        address = practice.served.call(new_reply_address, practice.space, HANNA, OFFBOARDING)
        answers = [WEB.post(address, json={"text": "x"}).status_code for _ in range(6)]
        assert answers == [200] * 5 + [404]
        late = practice.served.call(new_reply_address, practice.space, HANNA, OFFBOARDING)
        assert WEB.post(late, json={"blocks": [{"type": "table"}]}).json()["error"] == "invalid_blocks"
        now[0] += 1801
        assert WEB.post(late, json={"text": "x"}).json()["error"] == "expired_url"
    finally:
        practice.served.stop()


def test_limits_are_values() -> None:
    """A play can be generous without touching the rest."""
    assert replace(Limits(), burst=9).ack_seconds == 3.0
