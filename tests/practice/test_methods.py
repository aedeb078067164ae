"""The Web API as the unmodified client meets it when nothing is wrong, and when it is too much."""

from __future__ import annotations

import pytest
from slack_sdk.errors import SlackApiError

from bot.practice.seeds import Limits
from bot.practice.space import new_reply_address
from tests.practice.people import (
    ALICE,
    BEN,
    GENERAL,
    HANNA,
    OFFBOARDING,
    SARA,
    SECRET,
    WEB,
    Practice,
    eventually,
    manifest,
    refusal,
    start,
)


def test_blocks_without_words_are_accepted_with_a_warning(alone: Practice) -> None:
    """Slack posts them and warns; so does the workspace."""
    blocks = [{"type": "divider"}]
    call = {"channel": OFFBOARDING, "blocks": blocks}
    bearer = {"Authorization": f"Bearer {alone.space.bot_token}"}
    answer = WEB.post(f"{alone.served.url}/api/chat.postMessage", json=call, headers=bearer).json()
    assert (answer["ok"], answer["warning"]) == (True, "missing_text_in_message")


def test_arguments_come_as_json_as_a_form_or_in_the_address(alone: Practice) -> None:
    """The three ways in which Slack's clients pass arguments are all understood."""
    url, token = f"{alone.served.url}/api/", alone.space.bot_token
    bearer = {"Authorization": f"Bearer {token}"}
    blocks = '[{"type": "divider"}]'
    assert WEB.post(url + "auth.test", headers=bearer).json()["user_id"] == "UBOT"
    assert WEB.get(url + "users.info", params={"user": ALICE, "token": token}).json()["user"]["name"] == "alice"
    posted = WEB.post(
        url + "chat.postMessage", data={"channel": OFFBOARDING, "text": "x", "blocks": blocks, "token": token}
    )
    assert posted.json()["message"]["blocks"][0]["type"] == "divider"
    broken = WEB.post(url + "auth.test", content=b"{", headers={**bearer, "Content-Type": "application/json"})
    assert broken.json()["error"] == "invalid_json"


def test_too_many_posts_are_slowed_down() -> None:
    """More than a burst in one channel is 429 with Retry-After; another channel is not touched."""
    practice = start(limits=Limits(posts_per_second=0.5, burst=2), clock=lambda: 1_800_000_000.0)
    try:
        for _ in range(2):
            practice.client.chat_postMessage(channel=OFFBOARDING, text="x")
        with pytest.raises(SlackApiError) as caught:
            practice.client.chat_postMessage(channel=OFFBOARDING, text="x")
        assert (caught.value.response.status_code, caught.value.response["error"]) == (429, "ratelimited")
        assert caught.value.response.headers["retry-after"] == "2"
        assert practice.client.chat_postMessage(channel=HANNA, text="x")["ok"]
    finally:
        practice.served.stop()


def test_people_are_read_with_their_mail_only_if_the_scope_is_there(alone: Practice) -> None:
    """users:read.email shows the address; names, zones and deactivation are always there."""
    hanna = alone.client.users_info(user=HANNA)["user"]
    assert hanna["profile"]["email"] == "hanna@lumen.example"
    assert hanna["profile"]["image_48"] == f"{alone.served.url}/portrait.svg"
    assert alone.client.users_info(user=BEN)["user"]["deleted"]
    members = [user["id"] for page in alone.client.users_list(limit=2) for user in page["members"]]
    assert members == [ALICE, HANNA, SARA, BEN, "UBOT"]
    narrow = manifest()
    narrow["oauth_config"] = {"scopes": {"bot": ["users:read", "im:history"]}}
    practice = start(manifest=narrow)
    try:
        assert "email" not in practice.client.users_info(user=HANNA)["user"]["profile"]
        body = refusal(practice, "users.lookupByEmail", email="hanna@lumen.example")
        assert (body["needed"], body["provided"]) == ("users:read.email", "im:history,users:read")
    finally:
        practice.served.stop()


def test_channels_are_listed_as_the_app_may_see_them(alone: Practice) -> None:
    """A private channel without the app does not exist for it."""
    listed = alone.client.conversations_list(types="public_channel,private_channel")["channels"]
    assert {channel["id"] for channel in listed} >= {GENERAL, OFFBOARDING}
    assert SECRET not in {channel["id"] for channel in listed}
    assert set(alone.client.conversations_members(channel=OFFBOARDING)["members"]) == {HANNA, SARA, "UBOT"}
    assert [c["id"] for c in alone.client.users_conversations(types="private_channel")["channels"]] == [OFFBOARDING]
    assert alone.client.usergroups_users_list(usergroup="S001")["users"] == [SARA]
    made = alone.client.conversations_create(name="case-142", is_private=True)["channel"]["id"]
    alone.client.conversations_invite(channel=made, users=[ALICE])
    assert made in {room["id"] for room in alone.get("state", ALICE)["channels"]}
    assert made not in {room["id"] for room in alone.get("state", SARA)["channels"]}


def test_threads_reactions_links_and_later_posts_work(alone: Practice) -> None:
    """The remaining ways to post are there and show on the page."""
    client = alone.client
    root = client.chat_postMessage(channel=OFFBOARDING, text="root", metadata={"event_type": "e", "event_payload": {}})
    answer = client.chat_postMessage(channel=OFFBOARDING, text="below", thread_ts=root["ts"])
    client.reactions_add(channel=OFFBOARDING, timestamp=root["ts"], name="eyes")
    shown = next(each for each in alone.messages(SARA, OFFBOARDING) if each["ts"] == root["ts"])
    assert (shown["reply_count"], shown["reactions"][0]["name"]) == (1, "eyes")
    assert [each["text"] for each in alone.messages(SARA, OFFBOARDING, root["ts"])] == ["root", "below"]
    client.reactions_remove(channel=OFFBOARDING, timestamp=root["ts"], name="eyes")
    link = client.chat_getPermalink(channel=OFFBOARDING, message_ts=answer["ts"])["permalink"]
    assert f"thread_ts={root['ts']}" in link
    assert WEB.get(link).headers["location"] == f"/?channel={OFFBOARDING}&ts={root['ts']}"
    due = client.chat_scheduleMessage(channel=OFFBOARDING, text="later", post_at=int(alone.space.clock()) + 60)
    assert due["scheduled_message_id"]
    client.chat_delete(channel=OFFBOARDING, ts=answer["ts"])
    assert "below" not in [each["text"] for each in alone.messages(SARA, OFFBOARDING, root["ts"])]


def test_history_needs_its_own_scope(alone: Practice) -> None:
    """Reading a private channel back needs groups:history; a direct message needs im:history."""
    assert refusal(alone, "conversations.history", channel=OFFBOARDING)["needed"] == "groups:history"
    room = alone.client.conversations_open(users=[HANNA])["channel"]["id"]
    alone.client.chat_postMessage(channel=room, text="one")
    ts = alone.client.chat_postMessage(channel=room, text="two")["ts"]
    assert [each["text"] for each in alone.client.conversations_history(channel=room, limit=1)["messages"]] == ["two"]
    assert alone.client.conversations_replies(channel=room, ts=ts)["messages"][0]["text"] == "two"


def test_the_app_knows_itself_and_its_workspace(alone: Practice) -> None:
    """auth.test with either token, the bot's own user, and its groups."""
    client = alone.client
    assert client.auth_test(token=alone.space.app_token)["app_id"] == "A001"
    assert client.users_info(user="UBOT")["user"]["is_bot"]
    assert client.bots_info(bot="B001")["bot"]["user_id"] == "UBOT"
    assert refusal(alone, "bots.info", bot="B999")["error"] == "bot_not_found"
    (group,) = client.usergroups_list(include_users=True)["usergroups"]
    assert (group["handle"], group["users"]) == ("security", [SARA])
    wide = manifest()
    wide["oauth_config"]["scopes"]["bot"] += ["team:read", "channels:manage"]
    practice = start(manifest=wide)
    try:
        assert practice.client.team_info()["team"]["domain"] == "lumen-works"
        made = practice.client.conversations_create(name="open-case")["channel"]["id"]
        practice.client.conversations_invite(channel=made, users=[ALICE])
        assert refusal(practice, "conversations.invite", channel=GENERAL, users=SARA)["error"] == "not_in_channel"
        assert refusal(practice, "conversations.invite", channel=made, users="U999")["error"] == "user_not_found"
        assert refusal(practice, "conversations.invite", channel=made, users="UBOT")["error"] == "cant_invite_self"
    finally:
        practice.served.stop()


def test_a_channel_can_be_named_and_opened_in_several_ways(alone: Practice) -> None:
    """By id, by #name, by the person's id; several people at once are not part of this workspace."""
    assert alone.client.chat_postMessage(channel="#offboarding", text="x")["channel"] == OFFBOARDING
    room = alone.client.conversations_open(users=SARA, return_im=True)["channel"]
    assert room["user"] == SARA
    assert alone.client.conversations_open(channel=room["id"])["channel"]["id"] == room["id"]
    assert alone.client.conversations_info(channel=GENERAL)["channel"]["topic"]["value"] == "Everybody"
    several = refusal(alone, "conversations.open", users=f"{SARA},{HANNA}")
    assert several["error"] == "method_not_supported_for_channel_type"
    assert refusal(alone, "conversations.list", types="rooms")["error"] == "invalid_types"
    assert refusal(alone, "conversations.list", cursor="x")["error"] == "invalid_cursor"
    assert refusal(alone, "conversations.list", limit="x")["error"] == "invalid_arguments"


def test_odd_reactions_and_posts_are_refused(alone: Practice) -> None:
    """Twice the same, none at all, and the legacy attachments."""
    ts = alone.client.chat_postMessage(channel=OFFBOARDING, text="x")["ts"]
    mark = {"channel": OFFBOARDING, "timestamp": ts, "name": "eyes"}
    assert refusal(alone, "reactions.remove", **mark)["error"] == "no_reaction"
    alone.client.reactions_add(**mark)
    assert refusal(alone, "reactions.add", **mark)["error"] == "already_reacted"
    old = refusal(alone, "chat.postMessage", channel=OFFBOARDING, text="x", attachments=[{"text": "old"}])
    assert old["error"] == "invalid_arguments"
    far = int(alone.space.clock()) + 200 * 86_400
    late = refusal(alone, "chat.scheduleMessage", channel=OFFBOARDING, text="x", post_at=far)
    assert late["error"] == "time_too_far"


def test_a_scheduled_message_is_posted_when_it_is_due() -> None:
    """By the workspace's own clock."""
    practice = start(clock=lambda: 1_800_000_000.9)
    try:
        practice.client.chat_scheduleMessage(channel=OFFBOARDING, text="later", post_at=1_800_000_001)
        eventually(lambda: [each for each in practice.messages(SARA, OFFBOARDING) if each["text"] == "later"])
    finally:
        practice.served.stop()


def test_an_upload_has_the_size_it_said(alone: Practice) -> None:
    """The wrong number of bytes, a used ticket, and an unfinished file are refused; a form works too."""
    client, bearer = alone.client, {"Authorization": f"Bearer {alone.space.bot_token}"}
    first = client.files_getUploadURLExternal(filename="a.txt", length=3)
    assert WEB.post(first["upload_url"], content=b"four").status_code == 400
    assert WEB.post(first["upload_url"], content=b"abc").status_code == 404
    link = client.files_info(file=first["file_id"])["file"]["url_private"]
    assert WEB.get(link, headers=bearer).status_code == 404
    second = client.files_getUploadURLExternal(filename="a.txt", length=3)
    assert WEB.post(second["upload_url"], files={"file": ("a.txt", b"abc")}).text == "OK - 3"
    client.files_completeUploadExternal(files=[{"id": second["file_id"], "title": "Notes"}])
    assert client.files_info(file=second["file_id"])["file"]["title"] == "Notes"
    assert refusal(alone, "files.getUploadURLExternal", filename="a.txt", length=10**9)["error"] == (
        "file_upload_size_restricted"
    )
    assert WEB.post(f"{alone.served.url}/_/upload", data={"as": SARA}).json()["error"] == "no_file"
    empty = WEB.post(f"{alone.served.url}/_/upload", data={"as": SARA}, files={"file": ("a", b"")}).json()
    assert empty["error"] == "file_upload_size_restricted"


def test_a_response_url_can_take_its_message_back(alone: Practice) -> None:
    """delete_original removes it, once; too many answers are slowed down like any post."""
    ts = alone.client.chat_postMessage(channel=OFFBOARDING, text="x")["ts"]
    address = alone.served.call(new_reply_address, alone.space, SARA, OFFBOARDING, ts)
    assert WEB.post(address, json={"delete_original": True}).text == "ok"
    assert WEB.post(address, json={"delete_original": True}).json()["error"] == "message_not_found"
    assert ts not in [each["ts"] for each in alone.messages(SARA, OFFBOARDING)]
