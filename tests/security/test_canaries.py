"""Secrets planted wherever one may lie; then everything that Usher writes, says or shows is searched for them."""

from __future__ import annotations

import signal
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
import structlog

from bot.chat.acks import Acks
from bot.chat.report import render
from bot.cli.demo import furnish
from bot.config import read
from bot.engine.figures import measure
from bot.engine.keys import admit
from bot.metrics import page
from bot.practice.company.hosting import free_port
from bot.store import Database, DatabaseError, KeyMissing, metadata, ring_of
from connectors.interface import ConnectorError, Kind
from tests.chat.dialogue import manifest
from tests.cli.hands import app, asked, serving, settings_for
from tests.fakes.town import INES, MARCO, START, Town, words
from tests.practice.people import start
from tests.stories.acts import wait

KEY = "c0ffee00" * 8
PLANTED = {
    "USHER_SECRET": "canary-0f1e2d3c4b5a69788796a5b4c3d2e1f0",
    "USHER_KEYS": f"2026:{KEY}",
    "USHER_METRICS_TOKEN": "canary-metrics-token",
    "USHER_GITHUB_ORG": "lumen-works",
    "USHER_GITHUB_TOKEN": "ghp_canary0123456789canary",
    "USHER_AWS_ACCESS_KEY_ID": "AKIACANARY0123456789",
    "USHER_AWS_SECRET_ACCESS_KEY": "canaryK7MDENGbPxRfiCYEXAMPLEKEY",
    "USHER_ATLAS_TOKEN": "canary of no known shape",
}
FOUND = ("canary", KEY[:16])


def birds(text: str) -> list[str]:
    """The lines in which something planted stands."""
    return [line for line in text.splitlines() if any(one in line.lower() for one in FOUND)]


def test_nothing_planted_comes_out_of_a_served_usher(tmp_path: Path) -> None:
    """Its settings hold a secret of every kind, and every system refuses it.

    Log, pages, figures, every value in the database and what other commands print hold none of them.
    """
    practice = start(manifest=manifest("socket"))
    nobody = free_port()
    port = str(free_port())
    settings = {
        **settings_for(tmp_path, practice),
        **PLANTED,
        "USHER_PORT": port,
        "USHER_GITHUB_URL": f"http://127.0.0.1:{nobody}",
        "USHER_AWS_ENDPOINT_URL": f"http://127.0.0.1:{nobody}",
        "USHER_ATLAS_URL": f"http://127.0.0.1:{nobody}/scim/v2",
        "USHER_ORDERSDB_DSN": f"postgresql://usher:canary-password@127.0.0.1:{nobody}/orders",
    }
    with closing(Database(settings["USHER_DATABASE_URL"])) as db:
        db.migrate()
        furnish(db, Path(settings["USHER_COMPANY"]))
    said = []
    with serving(settings, tmp_path / "serve.log") as running:
        running.until_ready(port)
        running.until('"system": "ordersdb"', 60)
        for path in ("healthz", "readyz", "report/nonsense", "nothing"):
            answer = asked(port, path)
            said.append(answer.text if answer else "")
        figures = asked(port, "metrics", Authorization=f"Bearer {PLANTED['USHER_METRICS_TOKEN']}")
        assert figures
        assert "usher_ready 1.0" in figures.text
        running.process.send_signal(signal.SIGTERM)
        running.process.wait(90)
        said += [figures.text, running.said()]
    for command in (["check"], ["rotate"], ["backup", str(tmp_path / "copy")]):
        ended = app(*command, **settings)
        said.append(ended.stdout + ended.stderr)
    practice.served.stop()
    with closing(sqlite3.connect(tmp_path / "copy")) as copy:
        said.append("\n".join(copy.iterdump()))
    assert birds("\n".join(said)) == []


def test_nothing_a_vendor_blurts_out_is_kept_shown_or_measured(
    db: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    """Errors of systems carry tokens; rows, cards, the report, the figures and the log do not."""
    town = Town(db)
    blurted = [ConnectorError(f"It said {PLANTED['USHER_GITHUB_TOKEN']} and {dsn}") for dsn in DSNS]
    town.github.faults = [*blurted]
    town.offboard()
    wait(town, timedelta(minutes=20), 6)
    town.press(MARCO, "approve")
    town.press(INES, "approve")
    town.aws.faults = [*blurted, ConnectorError(f"No: {PLANTED['USHER_GITHUB_TOKEN']}", kind=Kind.PERMISSION)]
    wait(town, timedelta(hours=2), 6)
    with db.look() as tx:
        rows = [str(tuple(row)) for table in metadata.sorted_tables for row in tx.execute(table.select())]
    shown = [words(card) for card in town.ears.every]
    report = render(town.view(), made_for="Hanna Lindqvist", now=town.now)
    figures = page(lambda: measure(db, town.now), Acks(), {}, ready=True).decode()
    assert "[secret]" in "\n".join(rows)
    assert birds("\n".join([*rows, *shown, report, figures, capsys.readouterr().err])) == []
    structlog.reset_defaults()


DSNS = (
    "postgresql://usher:canary-password@db.lumen.example/usher",
    "mysql://root:canary-password@db.lumen.example:3306/x?ssl=1",
)


def test_no_error_and_no_repr_shows_what_it_is_about(tmp_path: Path) -> None:
    """A database that is away, a key that is wrong, settings that are printed by mistake."""
    away = f"postgresql+psycopg://usher:canary-password@127.0.0.1:{free_port()}/usher"
    told = []
    with closing(Database(away)) as db:
        with pytest.raises(DatabaseError) as wrong:
            db.schema()
        told += [str(wrong.value), repr(wrong.value), repr(db.engine), db.address()[0]]
    url = f"sqlite:///{tmp_path / 'usher.sqlite3'}"
    for keys in (f"2026:{'ab' * 32}", PLANTED["USHER_KEYS"]):
        with closing(Database(url, ring_of(keys))) as db:
            db.migrate()
            try:
                admit(db, START)
            except KeyMissing as error:
                told += [str(error), repr(error), repr(db.ring)]
    with pytest.raises(ValueError, match="hexadecimal") as half:
        ring_of(KEY)
    settings = read({**PLANTED, "USHER_DATABASE_URL": away, "USHER_COMPANY": str(tmp_path), **SLACK})
    told += [str(half.value), repr(settings)]
    assert len(told) == 9
    assert birds("\n".join(told)) == []


SLACK = {"SLACK_BOT_TOKEN": "xoxb-canary", "SLACK_APP_TOKEN": "xapp-canary"}
