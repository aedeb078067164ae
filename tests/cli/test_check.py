"""`app.py check` tells in words what would stop Usher from working."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.chat.dialogue import manifest
from tests.cli.hands import app, settings_for
from tests.practice.people import start


def only_by_hand(company: Path) -> None:
    """The company's policy with those systems only that no program reaches."""
    policy = company / "policy.yaml"
    before, _, systems = policy.read_text().partition("  github:\n")
    policy.write_text(before + systems[systems.index("  laptop:\n") :])


def test_a_database_that_is_not_migrated_is_said(settings: dict[str, str]) -> None:
    """With the command that helps."""
    only_by_hand(Path(settings["USHER_COMPANY"]))
    told = app("check", **settings)
    assert told.returncode == 1
    assert told.stdout == "  - The database is not migrated. Run: python app.py migrate\n"


def test_everything_in_order_is_said_too(furnished: dict[str, str]) -> None:
    """Silence would leave doubts."""
    only_by_hand(Path(furnished["USHER_COMPANY"]))
    told = app("check", **furnished)
    assert (told.returncode, told.stdout) == (0, "Everything Usher needs is there.\n")


def test_systems_whose_connectors_cannot_work_are_named(furnished: dict[str, str]) -> None:
    """A missing setting, and a system that is not there, are said by the name people know; no token is repeated."""
    connectors = {
        "USHER_ATLAS_URL": "http://127.0.0.1:9/v2",
        "USHER_ATLAS_TOKEN": "a-token-canary",
        "USHER_GITHUB_ORG": "lumen-works",
    }
    told = app("check", **furnished, **connectors)
    assert told.returncode == 1
    assert "GitHub: The setting USHER_GITHUB_TOKEN is missing; with an app" in told.stdout
    assert "Atlas wiki: Atlas wiki cannot be reached." in told.stdout
    assert "canary" not in told.stdout + told.stderr


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"scope": "chat:write"}, "The Slack app lacks the scope chat:write: add it, install the app again."),
        ({"outside": True}, "Usher is not in the channel of policy.yaml"),
    ],
    ids=["missing scope", "not in the channel"],
)
def test_what_slack_would_refuse_is_said_before_anybody_needs_it(
    furnished: dict[str, str], tmp_path: Path, changed: dict[str, Any], said: str
) -> None:
    """A scope that was forgotten, a channel Usher was not invited to (S1-24)."""
    wanted = manifest("socket")
    if "scope" in changed:
        wanted["oauth_config"]["scopes"]["bot"].remove(changed["scope"])
    practice = start(manifest=wanted)
    if "outside" in changed:
        practice.space.rooms["C002"].members.remove(practice.space.bot_user_id)
    try:
        there = {**settings_for(tmp_path / "other", practice), "USHER_DATABASE_URL": furnished["USHER_DATABASE_URL"]}
        only_by_hand(Path(there["USHER_COMPANY"]))
        told = app("check", **there)
    finally:
        practice.served.stop()
    assert told.returncode == 1
    assert said in told.stdout
