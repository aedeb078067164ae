"""The Web API as the unmodified client meets it when nothing is wrong, and when it is too much."""

from __future__ import annotations

import httpx
import pytest
from slack_sdk.errors import SlackApiError

from bot.practice.seeds import Limits
from tests.practice.people import (
    ALICE,
    BEN,
    GENERAL,
    HANNA,
    OFFBOARDING,
    SARA,
    SECRET,
    Practice,
    manifest,
    refusal,
    start,
)


def test_blocks_without_words_are_accepted_with_a_warning(alone: Practice) -> None:
    """Slack posts them and warns; so does the workspace."""
    blocks = [{"type": "divider"}]
    call = {"channel": OFFBOARDING, "blocks": blocks}
    bearer = {"Authorization": f"Bearer {alone.space.bot_token}"}
    answer = httpx.post(f"{alone.served.url}/api/chat.postMessage", json=call, headers=bearer).json()
    assert (answer["ok"], answer["warning"]) == (True, "missing_text_in_message")


def test_arguments_come_as_json_as_a_form_or_in_the_address(alone: Practice) -> None:
    """The three ways in which Slack's clients pass arguments are all understood."""
    url, token = f"{alone.served.url}/api/", alone.space.bot_token
    bearer = {"Authorization": f"Bearer {token}"}
    blocks = '[{"type": "divider"}]'
    assert httpx.post(url + "auth.test", headers=bearer).json()["user_id"] == "UBOT"
    assert httpx.get(url + "users.info", params={"user": ALICE, "token": token}).json()["user"]["name"] == "alice"
    posted = httpx.post(
        url + "chat.postMessage", data={"channel": OFFBOARDING, "text": "x", "blocks": blocks, "token": token}
    )
    assert posted.json()["message"]["blocks"][0]["type"] == "divider"
    broken = httpx.post(url + "auth.test", content=b"{", headers={**bearer, "Content-Type": "application/json"})
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
    assert httpx.get(link).headers["location"] == f"/?channel={OFFBOARDING}&ts={root['ts']}"
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
