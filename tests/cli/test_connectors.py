"""`app.py connectors`: the table of what Usher can do, from the code, for whoever has no settings yet."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

import connectors
from bot.cli.connectors import CAPABILITIES, able, every, how, live, tried
from bot.domain.model import Change, Provision, Revoke, SystemKey
from connectors.interface import Ground, Proven, Spec
from tests.tools.connectors import DOCUMENT, renewed

TOP = Path(__file__).resolve().parents[2]
BARE = {name: value for name, value in os.environ.items() if not name.startswith(("USHER_", "AWS_", "GITHUB_"))}
LIBRARIES = ("boto3", "botocore", "github", "psycopg", "httpx", "requests")


def ran(*arguments: str) -> subprocess.CompletedProcess[str]:
    """What a person sees who types this with no setting at all."""
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=TOP, env=BARE, capture_output=True, text=True, check=False, timeout=120)


def test_the_table_of_the_documents_is_the_one_of_the_code() -> None:
    """docs/connectors.md cannot promise what the code does not declare."""
    now = DOCUMENT.read_text(encoding="utf-8")
    assert now == renewed(now)


def test_without_settings_everybody_sees_what_usher_can_do() -> None:
    """Whoever thinks about trying Usher asks this first: every system, every capability, who does it."""
    shown = ran("app.py", "connectors")
    assert shown.returncode == 0, shown.stderr
    for name in connectors.names():
        assert connectors.described(name)[0].name in shown.stdout
    assert all(words in shown.stdout for words in CAPABILITIES.values())
    assert "None of them has run against a live vendor." in shown.stdout


def test_one_system_is_told_in_detail_and_an_unknown_one_is_named() -> None:
    """With the reason where something does not apply; a typing error gets the list."""
    shown = ran("app.py", "connectors", "github")
    assert "Delete the account: not applicable (An account belongs to its person.)" in shown.stdout
    missing = ran("app.py", "connectors", "githob")
    assert missing.returncode == 1
    assert "There are: aws, github" in missing.stdout


def test_what_a_connector_declares_costs_no_library() -> None:
    """A vendor's library is imported once its connector is configured, and not for a table."""
    told = ran("-c", f"import sys, connectors\nfor name in connectors.names(): connectors.described(name)\n{ASK}")
    assert told.stdout.strip() == "", told.stdout
    shown = ran("-X", "importtime", "app.py", "connectors")
    imported = {line.rpartition("|")[2].strip() for line in shown.stderr.splitlines()}
    assert not imported & {"boto3", "botocore", "github", "psycopg"}


ASK = f"print(*[one for one in {LIBRARIES!r} if one in sys.modules])"


@pytest.mark.parametrize(("name", "library"), [("github", "github"), ("aws", "botocore"), ("scim", "httpx")])
def test_a_library_comes_with_its_own_connector_and_brings_no_other(name: str, library: str) -> None:
    """Who uses one system does not wait for the libraries of the rest."""
    settings = {"ORG": "o", "TOKEN": "t", "URL": "http://localhost:9", "ACCESS_KEY_ID": "a", "SECRET_ACCESS_KEY": "s"}
    told = ran("-c", f"import sys, connectors as c; c.load({name!r}, {name!r}, 'X', c.Secrets({settings!r}))\n{ASK}")
    found = set(told.stdout.split())
    assert library in found, told.stderr
    assert not found & {"botocore", "github", "psycopg"} - {library}


def test_in_a_terminal_the_table_has_lines() -> None:
    """A person at a terminal gets a drawn table; a pipe gets plain columns."""
    reader, writer = pty.openpty()
    with subprocess.Popen([sys.executable, "app.py", "connectors"], cwd=TOP, env=BARE, stdout=writer) as program:
        os.close(writer)
        shown = b""
        while part := _part(reader):
            shown += part
        assert program.wait(timeout=120) == 0
    os.close(reader)
    assert "┃" in shown.decode()
    assert "┃" not in ran("app.py", "connectors").stdout


def _part(reader: int) -> bytes:
    try:
        return os.read(reader, 65536)
    except OSError:  # Linux says so when the other side has closed
        return b""


def test_a_table_says_where_alone_something_works_and_what_ran_live() -> None:
    """An edition that can more is named, and the first connector that meets its vendor changes the sentence."""
    spec = Spec(SystemKey("x"), "X", frozenset({Revoke}), ())
    on: dict[type[Change], frozenset[Ground]] = {Revoke: frozenset({Ground.LIVE}), Provision: frozenset()}
    proven = Proven(on, only={Provision: "in the large edition"})
    assert how(Provision, spec, proven) == "automatic, in the large edition"
    assert live({"x": (spec, proven)}) == "Seen live: X."
    assert ("Create an account", "nothing yet") in tried({"x": (spec, proven)})
    assert ("Take a right away", "the live system") in tried({"x": (spec, proven)})


def test_every_capability_has_words() -> None:
    """A new kind of change cannot be left out of the table."""
    assert set(CAPABILITIES) == set(Change.__args__)
    assert len(able(every())[0]) == len(connectors.names()) + 1
