"""Usher does not start with settings that let others in, and no secret of it stands in a log, a repr or an error."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa
import structlog

from bot.chat.desk import Desk
from bot.cli.logs import quiet_logs
from bot.cli.serve import now
from bot.config import Misconfigured, read
from bot.engine.context import Engine
from bot.engine.inline import Inline
from bot.store import Database, DatabaseError
from connectors.interface import ConnectorError, Kind
from connectors.wire.http import LONGEST_WAIT, ask, refusal

PASSWORD = 'never "say"\nthis\\aloud é'


@pytest.fixture
def good(tmp_path: Path) -> dict[str, str]:
    """Settings with which Usher starts, in HTTP mode."""
    return {
        "USHER_DATABASE_URL": "sqlite:///usher.sqlite3",
        "USHER_COMPANY": str(tmp_path),
        "USHER_SECRET": secrets.token_hex(32),
        "USHER_BASE_URL": "https://usher.example",
        "SLACK_BOT_TOKEN": "xoxb-practice-1",
        "SLACK_SIGNING_SECRET": secrets.token_hex(16),
    }


@pytest.fixture
def logs() -> Iterator[None]:
    """What the logs of a process would hide, for one test only."""
    root, handlers, level = logging.getLogger(), logging.getLogger().handlers[:], logging.getLogger().level
    yield
    root.handlers[:], root.level = handlers, level
    structlog.reset_defaults()


def test_usher_starts_with_good_settings(good: dict[str, str]) -> None:
    """The way it should be, so that the refusals below mean something."""
    assert read(good).secret == good["USHER_SECRET"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("USHER_SECRET", "a" * 64),
        ("USHER_SECRET", " " * 64),
        ("USHER_SECRET", "changeme" * 8),
        ("SLACK_SIGNING_SECRET", " "),
        ("SLACK_SIGNING_SECRET", "x"),
        ("SLACK_SIGNING_SECRET", "0" * 32),
        ("USHER_BASE_URL", "http://usher.example"),
        ("USHER_BASE_URL", "javascript://localhost/%0aalert(1)"),
        ("USHER_BASE_URL", "https://"),
        ("USHER_BASE_URL", "https://[::1"),
        ("SLACK_API_BASE_URL", "http://slack.example/api/"),
        ("SLACK_API_BASE_URL", "http://127.0.0.1@slack.example/api/"),
        ("SLACK_API_BASE_URL", "ftp://localhost/api/"),
        ("SLACK_API_BASE_URL", "https://["),
    ],
)
def test_usher_does_not_start_with_what_can_be_guessed_or_overheard(
    good: dict[str, str], name: str, value: str
) -> None:
    """One sentence names the setting, and never shows its value."""
    with pytest.raises(Misconfigured) as wrong:
        read({**good, name: value})
    assert [mistake.startswith(name) for mistake in wrong.value.mistakes] == [True]
    assert "changeme" not in str(wrong.value)


def test_one_secret_is_not_used_for_two_things(good: dict[str, str]) -> None:
    """Whoever learns one of them must not have learned the other."""
    with pytest.raises(Misconfigured, match="USHER_SECRET"):
        read({**good, "SLACK_SIGNING_SECRET": good["USHER_SECRET"]})


def test_a_secret_is_hidden_however_a_log_spells_it(logs: None, capsys: pytest.CaptureFixture[str]) -> None:
    """Quotes, line breaks and letters of other languages are written in another way inside a line of JSON."""
    quiet_logs([PASSWORD])
    log = structlog.get_logger()
    log.warning("plain", said=PASSWORD)
    log.warning("shown", said=repr(PASSWORD), inside={"deep": [PASSWORD]})
    log.warning("answer", to="https://hooks.slack.com/actions/T1/22/abcDEF123")
    logging.getLogger("somebody").error("with %s", PASSWORD)
    try:
        int(PASSWORD)
    except ValueError:
        log.exception("caught")
        logging.getLogger("somebody").exception("caught")
    told = capsys.readouterr().err
    assert len(told.splitlines()) == 6
    assert "aloud" not in told
    assert "abcDEF123" not in told


def test_an_error_of_the_database_names_nobody(db: Database) -> None:
    """What stands in a row is about people; what stands in an error lands in a log."""
    with pytest.raises(DatabaseError) as wrong, db.begin() as tx:
        tx.execute(sa.text("INSERT INTO no_such_table VALUES (:reason)"), {"reason": "she is ill"})
    assert "she is ill" not in str(wrong.value)


def test_the_desk_does_not_show_the_secret_it_seals_with(db: Database) -> None:
    """A repr is one careless line away from a log."""
    desk = Desk(Engine(db, {}, Inline()), now, "a secret of this test only", "https://usher.example")
    assert "a secret of this test only" not in repr(desk)


@pytest.mark.parametrize(
    "headers",
    [
        {"Retry-After": "9" * 5000},
        {"Retry-After": "9" * 400},
        {"Retry-After": "Mon, 01 Jan 2024 00:00:00 +" + "9" * 30},
        {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "9" * 30},
        {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "9" * 5000},
        {"Retry-After": "Fri, 31 Dec 9999 23:59:59 -2359"},
    ],
)
def test_no_header_of_a_system_keeps_a_removal_waiting_for_ever(headers: dict[str, str]) -> None:
    """However it is written: slow down means asked again within the hour, not given up."""
    error = refusal("A system", 429, headers)
    assert error.kind is Kind.THROTTLED
    assert error.after is None or error.after <= LONGEST_WAIT


def test_an_answer_nested_too_deep_is_garbled_and_asked_for_again() -> None:
    """A reader that gives up is no mistake of ours for which a removal would have to wait for a person."""
    deep = httpx.MockTransport(lambda _request: httpx.Response(200, content=b"[" * 100_000))
    with httpx.Client(transport=deep, base_url="http://127.0.0.1") as http, pytest.raises(ConnectorError) as error:
        ask(http, "A system", "GET", "/")
    assert error.value.retry
