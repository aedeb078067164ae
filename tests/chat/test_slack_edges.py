"""Late, foreign, out of date or forged: what reaches Usher that way ends in words, or nowhere."""

from __future__ import annotations

import dataclasses
import hashlib
import hmac
import time

import pytest
from starlette.testclient import TestClient

from bot.chat.port import Buttons, Where
from bot.chat.saying import once_more, said
from bot.chat.slack import build_app, identity
from bot.chat.slack_blocks import message
from bot.domain.errors import Refused
from bot.web import LARGEST, make_app
from tests.chat.dialogue import Talk, by_socket
from tests.chat.hands import HANNA_SPEAKS, PATIENT, direct, press, say, texts, whispered
from tests.practice.people import ALICE, HANNA, OFFBOARDING, Json, eventually


def test_a_form_that_came_too_late_is_one_press_away() -> None:
    """An expired trigger loses nothing: the words typed are shown, and the button says them again."""
    talk = Talk()
    expired = dataclasses.replace(PATIENT, trigger_seconds=-1)
    with by_socket(talk, limits=expired) as practice:
        assert say(practice, "@alice soon") == {"ok": True}
        card = whispered(practice)
        assert "Nothing was lost" in card["text"]
        assert f"/offboard &lt;@{ALICE}&gt; soon" in texts(card)
        practice.space.limits = PATIENT
        assert press(practice, card, "Open the form") == {"ok": True}
        assert practice.view(HANNA)["title"]["text"] == "Offboard"
        assert [each[3] for each in talk.of("command")] == [f"<@{ALICE}> soon"] * 2


def test_people_of_other_workspaces_reach_nobody() -> None:
    """Whoever is not of the allowed workspace is refused in words, and the dialogue does not hear of it."""
    talk = Talk()
    with by_socket(talk, teams=("T-ours",), limits=PATIENT) as practice:
        assert say(practice, "card") == {"ok": True}
        assert whispered(practice)["text"] == "Usher answers people of its own workspace only."
        practice.post("shortcut", HANNA, callback_id="usher")
        eventually(lambda: direct(practice))
        practice.post("home", HANNA)
        eventually(lambda: "own workspace only" in texts(practice.get("home", HANNA)))
        assert talk.heard == []


def test_what_takes_a_while_is_announced_and_comes_afterwards() -> None:
    """Slack waits three seconds; the answer that takes longer comes to the same person, and so does its failure."""
    talk = Talk()
    with by_socket(talk, limits=PATIENT) as practice:
        for typed, expected in (
            ("later", "Here it is"),
            ("later refuse", "Only HR"),
            ("later break", "Something went"),
        ):
            assert say(practice, typed) == {"ok": True}
            eventually(lambda words=expected: words in whispered(practice)["text"])  # type: ignore[misc]
            assert talk.heard[-1] == ("later", typed)
        said_at_once = [each["text"] for each in practice.messages(HANNA, OFFBOARDING) if each["ephemeral"]]
        assert said_at_once.count("Wait a moment.") == 3
        assert "secret" not in texts(whispered(practice))


def test_an_old_button_says_so_and_words_too_long_for_a_button_are_shown() -> None:
    """Whatever cannot be said again is not lost."""
    with pytest.raises(Refused, match="out of date"):
        said(Talk(), HANNA_SPEAKS, ["gone"], Where())
    card = once_more(["command", "/offboard", "x" * 3000], "Too late.")
    assert not any(isinstance(piece, Buttons) for piece in card.pieces)
    assert texts(message(card)).count("x") >= 3000


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"command": "/x", "team_id": "T1", "user_id": "U1"}, ("T1", "U1")),
        ({"command": "/x", "team_id": None, "enterprise_id": "E1", "user_id": "W1"}, ("E1", "W1")),
        ({"user": {"id": "U1", "team_id": "T-theirs"}, "team": {"id": "T1"}}, ("T-theirs", "U1")),
        ({"user": {"id": "W1"}, "team": None, "enterprise": {"id": "E1"}}, ("E1", "W1")),
        ({"event": {"user": "U1", "user_team": "T-theirs", "team": "T1"}, "team_id": "T1"}, ("T-theirs", "U1")),
        ({"event": {"user": "U1"}, "team_id": "T1"}, ("T1", "U1")),
    ],
)
def test_the_workspace_of_a_person_is_their_own_not_the_channels(body: Json, expected: tuple[str, str]) -> None:
    """In a channel shared with another company its people are strangers, although the channel is ours."""
    assert identity(body) == expected


def test_nobody_signs_with_an_empty_secret() -> None:
    """An app for Socket Mode accepts nothing over HTTP, not even what is signed with no secret at all."""
    app = make_app(build_app(token="xoxb-practice-1"))
    body, stamp = "command=%2Foffboard", str(int(time.time()))
    signature = "v0=" + hmac.new(b"", f"v0:{stamp}:{body}".encode(), hashlib.sha256).hexdigest()
    headers = {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": signature}
    with TestClient(app) as browser:
        assert browser.get("/healthz").json() == {"ok": True}
        assert browser.post("/slack/events", content=body, headers=headers).status_code == 401
        assert browser.post("/slack/events", content=b"\xff\xfe").status_code == 400
        assert browser.post("/slack/events", content=b"x" * (LARGEST + 1)).status_code == 413
    with TestClient(make_app(None)) as browser:
        assert browser.post("/slack/events", content=body).status_code == 404
