"""Operations hear of trouble on a way that does not lead through the chat; mistakes in that way are said at once."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.chat.alerts import Alerts
from bot.chat.cards import alerts as cards
from bot.chat.reach import Unreachable
from bot.config import Misconfigured, read
from tests.fakes.door import Door, opened

SINCE = "2026-11-23T09:00:00+00:00"


@dataclass
class Hook:
    """A webhook that keeps what it gets."""

    url: str
    status: int = 200
    taken: list[dict[str, Any]] = field(default_factory=list)


@contextmanager
def hook() -> Iterator[Hook]:
    """A webhook of this machine."""

    class Taking(Door, BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            found.taken.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            self.say(found.status)

    with opened(Taking) as url:
        found = Hook(f"{url}/hook")
        yield found


@contextmanager
def post_office() -> Iterator[tuple[str, list[str]]]:
    """A mail server that takes one letter: its address, and the lines it heard."""
    heard: list[str] = []
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _ = listener.accept()
        with connection, connection.makefile("rwb") as line:
            line.write(b"220 ready\r\n")
            line.flush()
            answers = {"DATA": b"354 go on\r\n", ".": b"250 taken\r\n", "QUIT": b"221 bye\r\n"}
            letter = False
            for said in line:
                text = said.decode().strip("\r\n")
                heard.append(text)
                letter = (letter or text.upper() == "DATA") and text != "."
                if not letter or text.upper() == "DATA":
                    line.write(answers.get(text.upper(), b"250 fine\r\n"))
                    line.flush()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield f"smtp://127.0.0.1:{listener.getsockname()[1]}", heard
    finally:
        thread.join(5)
        listener.close()


def test_an_alert_says_what_is_wrong_and_that_removals_go_on() -> None:
    """Since when, how many messages wait, what the chat said; and later for how long it was."""
    wrong = {"what": "chat", "said": "token_revoked", "since": SINCE, "waits": 12}
    assert cards.subject(wrong) == "Usher cannot reach the chat"
    assert "2026-11-23 09:00 UTC" in cards.text(wrong)
    assert "token_revoked" in cards.text(wrong)
    assert "Messages that wait: 12" in cards.text(wrong)
    assert "goes on ending" in cards.text(wrong)
    over = {"what": "chat", "since": SINCE, "over": "2026-11-23T09:20:00+00:00"}
    assert "for 20 minutes" in cards.text(over)


def test_an_alert_reaches_webhook_and_mail() -> None:
    """Both ways get it; one that fails does not keep it from the other."""
    with hook() as door, post_office() as (smtp, heard):
        Alerts(door.url, ("ops@example.com",), smtp, "usher@example.com").send("Trouble", "Since nine.", "open")
    assert door.taken == [{"text": "Since nine.", "state": "open", "from": "Usher"}]
    assert "Subject: Trouble" in heard
    assert "To: ops@example.com" in heard
    assert "Since nine." in heard
    with hook() as door, capture_logs() as logged:
        nobody = Alerts(door.url, ("ops@example.com",), "smtp://127.0.0.1:9", "usher@example.com")
        nobody.send("Trouble", "Since nine.", "open")
    assert len(door.taken) == 1
    assert [entry["event"] for entry in logged] == ["an alert did not arrive on one of its ways"]


def test_an_alert_that_nobody_took_is_an_error_without_the_address() -> None:
    """The address of a webhook is a secret: what is kept of a failure does not show it."""
    with hook() as door:
        door.status = 503
        with pytest.raises(Unreachable, match="webhook: answered 503") as caught:
            Alerts(door.url).send("Trouble", "Since nine.", "open")
        assert "127.0.0.1" not in str(caught.value)
        assert door.url not in repr(Alerts(door.url))
    Alerts().send("Trouble", "Nobody listens.", "open")


def settings(tmp_path: Path, **more: str) -> dict[str, str]:
    """Settings that are complete."""
    return {
        "USHER_DATABASE_URL": "sqlite:///x.sqlite3",
        "USHER_COMPANY": str(tmp_path),
        "USHER_SECRET": "a-long-secret-of-this-test-only-0123456789",
        "SLACK_BOT_TOKEN": "xoxb-practice-1",
        "SLACK_APP_TOKEN": "xapp-practice-1",
        **more,
    }


@pytest.mark.parametrize(
    "name, value, said",
    [
        ("USHER_ALERT_WEBHOOK", "http://hooks.example.com/x", "must be an https address"),
        ("USHER_ALERT_WEBHOOK", "https://169.254.169.254/x", "outside your network"),
        ("USHER_ALERT_WEBHOOK", "https://[", "must be an https address"),
        ("USHER_ALERT_MAIL", "ops", "“ops” is no mail address"),
        ("USHER_ALERT_MAIL", "ops@example.com", "USHER_SMTP_URL is missing"),
        ("USHER_SMTP_URL", "mail.example.com", "must begin with smtp://"),
        ("USHER_SMTP_URL", "smtp://", "name a host"),
    ],
)
def test_a_way_that_cannot_work_is_said_before_it_is_needed(tmp_path: Path, name: str, value: str, said: str) -> None:
    """A mistake in the second channel would be found out on the day on which it counts."""
    with pytest.raises(Misconfigured, match=said):
        read(settings(tmp_path, **{name: value}))


def test_the_second_channel_is_read_from_the_settings(tmp_path: Path) -> None:
    """A webhook, several people, a server with its password."""
    found = read(
        settings(
            tmp_path,
            USHER_ALERT_WEBHOOK="https://hooks.example.com/x",
            USHER_ALERT_MAIL="ops@example.com, night@example.com",
            USHER_SMTP_URL="smtps://usher:secret@mail.example.com",
        )
    )
    assert found.alert_mail == ("ops@example.com", "night@example.com")
    assert "secret" not in repr(found)
    assert "hooks.example.com" not in repr(found)
