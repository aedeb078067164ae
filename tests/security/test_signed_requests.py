"""Over HTTP anybody can write to Usher: only what Slack signed, just now, for our workspace, is heard."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from tests.chat.dialogue import Talk, by_http
from tests.fakes.door import Door, opened
from tests.practice.people import HANNA, Practice

TEAM = "T001"


@dataclass
class Line:
    """The address of a running Usher, the secret it shares with Slack, and what its dialogue heard."""

    url: str
    secret: str
    heard: list[tuple[Any, ...]]
    practice: Practice

    def send(self, body: str, *, stamp: str = "", secret: str = "", signature: str = "") -> httpx.Response:
        """Send a form, signed as Slack would if nothing else is said."""
        stamp = stamp or str(int(time.time()))
        signed = hmac.new((secret or self.secret).encode(), f"v0:{stamp}:{body}".encode(), hashlib.sha256)
        headers = {
            b"Content-Type": b"application/x-www-form-urlencoded",
            b"X-Slack-Request-Timestamp": stamp.encode(),
            b"X-Slack-Signature": (signature or f"v0={signed.hexdigest()}").encode(),
        }
        return httpx.post(self.url, content=body.encode(), headers=headers, timeout=60)


@dataclass
class Elsewhere:
    """A server that Usher has no business with; it counts who comes."""

    url: str
    visits: list[str] = field(default_factory=list)
    to: str = ""

    def moved(self, to: str) -> None:
        """From now on it sends everybody elsewhere."""
        self.to = to


@pytest.fixture(scope="module")
def line() -> Iterator[Line]:
    """One Usher for all of these."""
    talk = Talk()
    with by_http(talk) as practice:
        yield Line(str(practice.space.request_url), practice.space.signing_secret, talk.heard, practice)


@contextmanager
def elsewhere() -> Iterator[Elsewhere]:
    """A server on this machine that notes every POST."""

    class Noting(Door, BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            found.visits.append(self.path)
            self.say(307, Location=found.to) if found.to else self.say(200)

    with opened(Noting) as url:
        found = Elsewhere(url)
        yield found


def command(**changed: str) -> str:
    """Hanna types /offboard."""
    said = {"command": "/offboard", "text": "card", "team_id": TEAM, "user_id": HANNA, "trigger_id": "1.2.3"}
    return urlencode({**said, **changed})


def pressed(address: str, **changed: Any) -> str:
    """Hanna presses Approve; the answer goes to `address`."""
    action = {"action_id": "approve", "block_id": "b", "type": "button", "value": "signed-1"}
    body = {
        "type": "block_actions",
        "user": {"id": HANNA, "team_id": TEAM},
        "team": {"id": TEAM},
        "container": {"type": "message", "channel_id": "C001", "message_ts": "1.1"},
        "actions": [action],
        "response_url": address,
        **changed,
    }
    return urlencode({"payload": json.dumps(body)})


def test_what_slack_signs_is_heard(line: Line) -> None:
    """The way it should be, so that the refusals below mean something."""
    line.heard.clear()
    assert line.send(command()).status_code == 200
    assert len(line.heard) == 1


@pytest.mark.parametrize("late", [-600, 600], ids=["old", "from the future"])
def test_a_request_of_another_time_is_not_heard(line: Line, late: int) -> None:
    """A recording of a signed request is worth nothing after five minutes."""
    line.heard.clear()
    assert line.send(command(), stamp=str(int(time.time()) + late)).status_code == 401
    assert line.heard == []


def test_another_secret_signs_nothing(line: Line) -> None:
    """Whoever does not know the secret reaches nobody."""
    line.heard.clear()
    assert line.send(command(), secret="f" * 32).status_code == 401
    assert line.send(command(), signature="v0=").status_code == 401
    assert line.heard == []


@pytest.mark.parametrize("team", ["T-theirs", "", "None"])
def test_signed_for_people_of_another_workspace_is_refused(line: Line, team: str) -> None:
    """An app that is installed twice shares its secret: the workspace is looked at, too."""
    line.heard.clear()
    assert "own workspace only" in line.send(command(team_id=team)).text
    assert line.heard == []


@pytest.mark.parametrize(
    "forged",
    [{"stamp": "soon"}, {"stamp": "9" * 5000}, {"signature": "v0=\u00e9"}],
    ids=["no number", "too long a number", "no ASCII"],
)
def test_a_signature_that_cannot_be_read_makes_usher_write_to_nobody(line: Line, forged: dict[str, str]) -> None:
    """A forged press names an address to answer to: it is not visited, and no person the body names is written to."""
    line.heard.clear()
    before = {channel: len(found) for channel, found in line.practice.space.messages.items()}
    with elsewhere() as place:
        assert line.send(pressed(f"{place.url}/answer"), **forged).status_code == 401
        home = {"type": "event_callback", "team_id": TEAM, "event": {"type": "app_home_opened", "user": HANNA}}
        assert line.send(json.dumps(home), **forged).status_code == 401
        assert line.send(pressed(""), **forged).status_code == 401
        time.sleep(0.3)
        assert place.visits == []
    assert {channel: len(found) for channel, found in line.practice.space.messages.items()} == before
    assert line.heard == []


@pytest.mark.parametrize("body", ["{", "payload=%5B%5D", '{"team": 3}', "payload=%7B", "payload=7"])
def test_nonsense_is_refused_and_costs_nothing(line: Line, body: str) -> None:
    """What is neither an object nor a form is not from Slack, signed or not."""
    line.heard.clear()
    assert line.send(body).status_code in {400, 401, 404}
    assert line.send(command()).status_code == 200
    assert len(line.heard) == 1
