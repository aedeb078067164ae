"""Each tab sees what its person may see, and the workspace listens to this machine alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from websockets.sync.client import connect

from bot.practice.seeds import SystemStatus
from bot.practice.server import make_app, serve
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
    start,
    workspace,
)


def test_a_private_channel_does_not_exist_for_others(alone: Practice) -> None:
    """Alice sees neither the channel nor a word of it, and cannot act in it."""
    assert {room["id"] for room in alone.get("state", ALICE)["channels"] if not room["is_im"]} == {GENERAL}
    assert {room["id"] for room in alone.get("state", SARA)["channels"]} >= {GENERAL, OFFBOARDING, SECRET}
    for answer in (
        alone.get("messages", ALICE, channel=OFFBOARDING),
        alone.post("message", ALICE, channel=OFFBOARDING, text="hello?"),
        alone.post("command", ALICE, channel=OFFBOARDING, text="/raw"),
        alone.post("action", ALICE, channel=OFFBOARDING, ts="1.1", block_id="b", action_id="a"),
    ):
        assert answer == {"ok": False, "error": "That channel does not exist, or you may not see it."}


def test_direct_messages_are_between_two(alone: Practice) -> None:
    """Nobody else finds them; each is named after the other."""
    room = alone.post("im", ALICE, user=HANNA)["channel"]
    assert alone.post("im", HANNA, user=ALICE)["channel"] == room
    names = {
        each["id"]: (each["name"], each["user"]) for each in alone.get("state", ALICE)["channels"] if each["is_im"]
    }
    assert names[room] == ("hanna", HANNA)
    assert room not in {each["id"] for each in alone.get("state", SARA)["channels"]}


def test_unread_counts_until_it_is_read(alone: Practice) -> None:
    """A channel counts what others wrote since this person last looked."""

    def unread() -> int:
        found = {room["id"]: room["unread"] for room in alone.get("state", SARA)["channels"]}
        return int(found[OFFBOARDING])

    alone.messages(SARA, OFFBOARDING)
    alone.client.chat_postMessage(channel=OFFBOARDING, text="news")
    alone.client.chat_postEphemeral(channel=OFFBOARDING, user=HANNA, text="for Hanna")
    assert unread() == 1
    alone.messages(SARA, OFFBOARDING)
    assert unread() == 0


def test_nobody_plays_a_person_who_is_not_there(alone: Practice) -> None:
    """An unknown id is told so."""
    assert alone.get("state", "U999") == {"ok": False, "error": "There is nobody by that name."}
    assert alone.get("state", BEN) == {"ok": False, "error": "This account is deactivated."}
    assert not alone.post("message", "UBOT", channel=GENERAL, text="I am the app")["ok"]
    assert WEB.post(f"{alone.served.url}/_/message", content=b"{").json()["error"] == "invalid_json"
    assert WEB.post(f"{alone.served.url}/_/message", json=[]).json()["error"] == "json_not_object"


@contextmanager
def watching(practice: Practice, who: str) -> Iterator[Iterator[Json]]:
    """The stream of events of one tab."""
    with WEB.stream("GET", f"{practice.served.url}/_/events", params={"as": who}, timeout=60) as answer:
        lines = (line for line in answer.iter_lines() if line)
        assert next(lines) == ": here"
        yield (json.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data: "))


def test_a_tab_hears_what_happens_where_its_person_may_look(alone: Practice) -> None:
    """Sara hears the private channel, Alice only the public one."""
    with watching(alone, SARA) as sara, watching(alone, ALICE) as alice:
        ts = alone.client.chat_postMessage(channel=OFFBOARDING, text="news")["ts"]
        alone.client.chat_update(channel=OFFBOARDING, ts=ts, text="old news")
        alone.post("message", SARA, channel=GENERAL, text="hello")
        assert next(sara) == {"type": "message", "channel": OFFBOARDING, "ts": ts}
        assert next(sara)["type"] == "message_changed"
        assert next(alice)["channel"] == GENERAL


def test_a_tab_hears_when_a_system_gets_ready() -> None:
    """The state of the practice systems is watched and told."""
    systems = [SystemStatus("aws", "AWS account", "starting")]
    practice = start(systems=lambda: tuple(systems))
    try:
        assert practice.get("state", SARA)["systems"][0]["state"] == "starting"
        with watching(practice, SARA) as sara:
            systems[0] = SystemStatus("aws", "AWS account", "ready")
            assert next(sara) == {"type": "system", "key": "aws", "name": "AWS account", "state": "ready", "note": ""}
    finally:
        practice.served.stop()


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "192.168.1.4", ""])
def test_a_request_under_another_name_is_refused(alone: Practice, host: str) -> None:
    """A page that rebinds its own name to this machine reads nothing."""
    for path in ("/", "/_/state?as=U004", "/api/auth.test", "/_/static/app.js"):
        assert WEB.get(alone.served.url + path, headers={"Host": host}).status_code in {400, 403}


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1"])
def test_a_post_from_another_page_is_refused(alone: Practice, origin: str) -> None:
    """Another site cannot press buttons here, nor open a line."""
    body = {"as": SARA, "channel": GENERAL, "text": "forged"}
    answer = WEB.post(f"{alone.served.url}/_/message", json=body, headers={"Origin": origin})
    assert answer.status_code == 403
    url = alone.client.apps_connections_open(app_token=alone.space.app_token)["url"]
    with pytest.raises(Exception, match="HTTP 403"):
        connect(url, additional_headers={"Origin": origin}, proxy=None)


def test_a_post_from_our_own_page_is_welcome(alone: Practice) -> None:
    """The page's own origin is accepted, and the page may run no foreign script."""
    body = {"as": SARA, "channel": GENERAL, "text": "mine"}
    answer = WEB.post(f"{alone.served.url}/_/message", json=body, headers={"Origin": alone.served.url})
    assert answer.json()["ok"]
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_the_workspace_is_served_on_this_machine_only() -> None:
    """There are no passwords, so no other machine may reach it."""
    with pytest.raises(ValueError, match=r"127\.0\.0\.1 only"):
        serve(make_app(workspace()), 0, host="0.0.0.0")  # noqa: S104 - the refusal is the point


def test_the_page_is_served(alone: Practice) -> None:
    """The page and its files come from the package."""
    assert "<html" in WEB.get(alone.served.url + "/").text
    assert WEB.get(alone.served.url + "/_/static/app.js").status_code == 200
    assert WEB.get(alone.served.url + "/_/static/../seeds.py").status_code == 404
