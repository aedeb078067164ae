"""Cards reach channels and people through Slack's Web API, and every refusal is a ChatError that says what to do."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web import SlackResponse

from bot.chat.port import Button, Buttons, Card, Chat, ChatError, File, Heading, Lines, Sent, Text
from bot.chat.slack_chat import SlackChat, asked, web_client
from bot.practice import rooms
from bot.practice.seeds import Limits
from tests.chat.dialogue import manifest
from tests.practice.people import ALICE, HANNA, OFFBOARDING, SARA, SECRET, Practice, start

CARD = Card("Alice <leaves>", (Heading("Alice"), Text("on Friday"), Buttons((Button("Approve", "approve", "v"),))))


@pytest.fixture(scope="module")
def practice() -> Iterator[Practice]:
    """A workspace where the app has the rights of our own manifest, no more."""
    made = start(manifest=manifest("socket"), limits=Limits(posts_per_second=1000, burst=1000))
    yield made
    made.served.stop()


@pytest.fixture
def chat(practice: Practice) -> SlackChat:
    """The port, with Slack behind it."""
    return slack(practice)


def slack(practice: Practice) -> SlackChat:
    """Slack, as it can be reached from here."""
    return SlackChat(web_client(practice.space.bot_token, f"{practice.served.url}/api/"))


def test_a_card_is_posted_answered_in_its_thread_and_replaced(practice: Practice, chat: Chat) -> None:
    """The post carries our key, its words for screen readers, and can be found and changed later."""
    root = chat.send(OFFBOARDING, CARD, key="OFF-1:plan")
    reply = chat.send(root.channel, Card("Two steps done"), thread=root.ts)
    chat.update(root, Card("Approved by Sara"))
    stored = practice.space.messages[OFFBOARDING]
    assert stored[root.ts].metadata == {"event_type": "usher", "event_payload": {"key": "OFF-1:plan"}}
    assert (stored[root.ts].text, stored[reply.ts].thread_ts) == ("Approved by Sara", root.ts)
    assert "Approve" not in str(stored[root.ts].blocks[0].get("elements"))
    assert root.link == ""
    assert chat.link(root).endswith(f"/archives/{OFFBOARDING}/p{root.ts.replace('.', '')}")


def test_a_person_is_written_to_by_id(practice: Practice, chat: Chat) -> None:
    """The conversation is opened once and remembered."""
    room = chat.direct(HANNA)
    chat.send(room, Card("For you"))
    assert practice.messages(HANNA, room)[-1]["text"] == "For you"
    assert chat.direct(HANNA) == room
    with pytest.raises(ChatError) as caught:
        chat.direct("UNOBODY")
    assert caught.value.gone


def test_a_private_room_is_made_for_those_who_need_it(practice: Practice, chat: Chat) -> None:
    """Only those invited read it; asked for again it is the same one; a name that others took gets a number."""
    first = chat.room("Emergency: Prod DB!", [HANNA, HANNA])
    again = chat.room("emergency prod db", [HANNA, SARA])
    assert first == again
    assert chat.members(first) == {HANNA, SARA, practice.space.bot_user_id}
    assert practice.space.rooms[first].is_private
    assert chat.find_channel("#Emergency-prod-db") == first
    chat.invite(first, [SARA, ALICE])
    assert ALICE in chat.members(first)
    theirs = chat.room("secret", [])
    assert [practice.space.rooms[each].name for each in (first, theirs)] == ["emergency-prod-db", "secret-2"]


def test_an_earlier_card_is_found_by_its_key(practice: Practice, chat: SlackChat) -> None:
    """Only ours, in its thread, on whatever page; what somebody else wrote with the same words is not it."""
    begun = datetime.now(UTC) - timedelta(minutes=1)
    root = chat.send(OFFBOARDING, CARD, key="root:OFF-9")
    reply = chat.send(OFFBOARDING, Card("one"), thread=root.ts, key="notice:9")
    for number in range(250):
        practice.post("message", HANNA, channel=OFFBOARDING, text=f"root:OFF-9 {number}")
    assert chat.find(OFFBOARDING, "root:OFF-9", since=begun) == Sent(OFFBOARDING, root.ts)
    assert chat.find(OFFBOARDING, "notice:9", thread=root.ts, since=begun) == Sent(OFFBOARDING, reply.ts)
    assert chat.find(OFFBOARDING, "notice:10", thread=root.ts, since=begun) is None
    assert chat.find(OFFBOARDING, "root:OFF-9", since=datetime.now(UTC) + timedelta(minutes=1)) is None
    assert not chat.attached(OFFBOARDING, "r.html", thread=root.ts, since=begun)
    chat.upload(OFFBOARDING, "r.html", b"x", thread=root.ts)
    assert chat.attached(OFFBOARDING, "r.html", thread=root.ts, since=begun)


def test_private_channels_of_ours_are_found_by_name(practice: Practice, chat: Chat) -> None:
    """What the bot cannot see is not there, whoever else can see it; what everybody can read is not taken."""
    assert chat.find_channel("#offboarding") == OFFBOARDING
    for name in ("secret", "general"):
        with pytest.raises(ChatError, match="No private channel") as caught:
            chat.find_channel(name)
        assert caught.value.gone
    with pytest.raises(ChatError, match="channel_not_found"):
        chat.members(SECRET)


def test_long_lists_of_channels_are_read_to_the_end(practice: Practice, chat: Chat) -> None:
    """A name on the third page is found like one on the first."""
    for number in range(450):
        practice.served.call(_make_room, practice, f"team-{number}")
    assert chat.find_channel("team-449")
    assert len(practice.space.rooms) > 450


def _make_room(practice: Practice, name: str) -> None:
    rooms.create(practice.space, name, is_private=True)


def test_a_report_is_attached_to_the_thread(practice: Practice, chat: SlackChat) -> None:
    """The bytes arrive whole, beside the request they belong to."""
    root = chat.send(OFFBOARDING, CARD)
    chat.upload(OFFBOARDING, "OFF-1.pdf", b"%PDF-1.7", thread=root.ts, title="Report")
    (file,) = practice.messages(HANNA, OFFBOARDING, root.ts)[-1]["files"]
    assert file["name"] == "OFF-1.pdf"
    assert httpx.get(f"{practice.served.url}{file['url']}").content == b"%PDF-1.7"


def evidence(practice: Practice, content: bytes = b"proof") -> File:
    """A file that Hanna attached where the bot sees it."""
    files = {"file": ("proof.png", content, "image/png")}
    made = httpx.post(f"{practice.served.url}/_/upload", data={"as": HANNA}, files=files).json()["file"]
    practice.post("message", HANNA, channel=f"D{HANNA[1:]}", text="here", file_ids=[made["id"]])
    return File(made["id"], made["name"])


def test_evidence_is_fetched_only_from_slack_and_only_if_it_is_small(practice: Practice) -> None:
    """The token goes to nobody else, and a huge file is refused before it is read."""
    file, chat = evidence(practice), slack(practice)
    assert chat.download(file) == b"proof"
    stored = practice.space.files[file.id]
    stored.size = 20_000_001
    with pytest.raises(ChatError, match="larger than 20 MB"):
        chat.download(file)
    stored.size = 5
    base = practice.space.base_url
    practice.space.base_url = "http://127.0.0.2:9"
    try:
        with pytest.raises(ChatError, match="does not lie in Slack"):
            chat.download(file)
    finally:
        practice.space.base_url = base
    with pytest.raises(ChatError) as caught:
        chat.download(File("F404", "gone.png"))
    assert caught.value.gone


def test_a_card_of_any_size_is_taken(practice: Practice, chat: Chat) -> None:
    """The strict workspace takes what we cut, and the buttons are in it."""
    lines = tuple(f"<!channel> account {n} " + "x" * 400 for n in range(300))
    sent = chat.send(OFFBOARDING, Card("x" * 9000, (Lines(lines), *CARD.pieces)))
    assert practice.space.messages[OFFBOARDING][sent.ts].blocks[-1]["elements"][0]["value"] == "v"


def test_too_many_posts_are_an_error_that_says_how_long_to_wait() -> None:
    """Nothing is tried again here: the outbox waits as long as Slack says."""
    practice = start(manifest=manifest("socket"), limits=Limits(posts_per_second=0.01, burst=1))
    try:
        chat = slack(practice)
        chat.send(OFFBOARDING, CARD)
        with pytest.raises(ChatError, match="ratelimited") as caught:
            chat.send(OFFBOARDING, CARD)
        assert caught.value.after > 50
        assert not caught.value.gone
    finally:
        practice.served.stop()


def test_silence_and_nonsense_are_errors_too() -> None:
    """A closed port, an answer that is no JSON, and a bad waiting time never become another exception."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(ChatError, match="did not answer"):
        SlackChat(web_client("xoxb-practice-1", f"http://127.0.0.1:{port}/api/")).send("C1", CARD)
    for data, headers, after in (("<html>", {}, 0.0), ({"error": "ratelimited"}, {"Retry-After": "soon"}, 30.0)):
        with pytest.raises(ChatError) as caught:
            asked(_refusing(data, headers))
        assert caught.value.after == after


def _refusing(data: Any, headers: dict[str, str]) -> Any:
    def call() -> None:
        answer = SlackResponse(
            client=None, http_verb="POST", api_url="", req_args={}, data=data, headers=headers, status_code=200
        )
        raise SlackApiError("no", answer)  # type: ignore[no-untyped-call]  # the SDK leaves it so

    return call
