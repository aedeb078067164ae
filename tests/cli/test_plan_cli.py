"""`app.py plan` and `app.py rules` at a terminal: everything is shown, nothing is written, here or at the vendors."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from werkzeug.wrappers import Request

from bot.cli.rules import rules
from bot.practice.company import github as practice
from bot.practice.company.github import seed
from tests.cli.hands import app

RULES = """
tags:
  payments: {marks: [github/payments-*], sensitive: yes}
rules:
  - rule: busy repositories
    when: {systems: [github], last_used: [within 7 days, over 7 days]}
    then: ask
"""


def stored(settings: dict[str, str]) -> list[str]:
    """Every row of every table."""
    path = settings["USHER_DATABASE_URL"].removeprefix("sqlite:///")
    with sqlite3.connect(path) as db:
        found = list(db.iterdump())
    db.close()
    return found


def test_a_plan_is_shown_and_nothing_is_written_anywhere(furnished: dict[str, str]) -> None:
    """The dump of the database is the same, and the vendor heard questions only (S1-11, S1-16, S1-17)."""
    policy = Path(furnished["USHER_COMPANY"]) / "policy.yaml"
    policy.write_text(policy.read_text() + RULES)
    calls: list[str] = []

    def kept(system: Any) -> Any:
        def one(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
            request = Request(environ)
            body = request.get_data().decode(errors="replace") if request.path.endswith("graphql") else ""
            calls.append(f"{request.method} {'mutation' if 'mutation' in body else ''}")
            found: Iterable[bytes] = system(environ, start)
            return found

        return one

    server = practice.start(around=kept)
    try:
        github = {"URL": server.url, "ORG": seed.LOGIN, "TOKEN": seed.TOKEN}
        settings = {**furnished, **{f"USHER_GITHUB_{name}": value for name, value in github.items()}}
        before = stored(settings)
        shown = app("plan", "alice martin", "--why", **settings)
    finally:
        server.stop()
    assert shown.returncode == 0, shown.stderr
    assert "Preview: Alice Martin leaves, now" in shown.stdout
    assert "GitHub — Where the source code lives" in shown.stdout
    assert "AWS, everything:" in shown.stdout, "what is not set up is said, and keeps nothing else back"
    assert "WHICH RULE" in shown.stdout
    assert stored(settings) == before
    assert calls
    assert {call for call in calls if not call.startswith("GET")} <= {"POST "}


def test_whoever_is_not_there_is_said(furnished: dict[str, str]) -> None:
    """No traceback for a typing error."""
    shown = app("plan", "nobody like this", **furnished)
    assert shown.returncode == 1
    assert "0 people match “nobody like this”." in shown.stdout


def test_the_table_is_printed(furnished: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    """In the order in which rules are tried; without rules it says so; with a mistake it names the line."""
    folder = Path(furnished["USHER_COMPANY"])
    rules(folder)
    assert "This policy has no rules for single items" in capsys.readouterr().out
    policy = folder / "policy.yaml"
    good = policy.read_text()
    policy.write_text(good + RULES)
    rules(folder)
    said = capsys.readouterr().out
    assert "busy repositories" in said
    assert "payments (sensitive): github/payments-*" in said
    policy.write_text(good + RULES.replace("then: ask", "then: aks"))
    with pytest.raises(SystemExit):
        rules(folder)
    assert "rules / 1 / then" in capsys.readouterr().out
