"""Whoever sets Usher up hears every mistake at once, and no secret is repeated to them."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from bot.chat.slack_chat import UPDATING, redrawing
from bot.config import Misconfigured, read
from tests.cli.hands import SECRET


@pytest.fixture
def good(tmp_path: Path) -> dict[str, str]:
    """Settings with which Usher starts."""
    return {
        "USHER_DATABASE_URL": "postgresql+psycopg://usher:hunter2hunter2@db.lumen.example/usher",
        "USHER_COMPANY": str(tmp_path),
        "USHER_SECRET": SECRET,
        "USHER_BASE_URL": "https://usher.lumen.example/",
        "SLACK_BOT_TOKEN": "xoxb-1-2-canary",
        "SLACK_APP_TOKEN": "xapp-1-canary",
        "USHER_GITHUB_TOKEN": "ghp_canarycanarycanary",
        "USHER_ORDERS_DB_DSN": "postgresql://canary",
    }


def mistakes(environment: dict[str, str]) -> list[str]:
    """What is said about these settings."""
    with pytest.raises(Misconfigured) as caught:
        read(environment)
    return caught.value.mistakes


def test_everything_that_is_missing_is_said_in_one_message() -> None:
    """Nobody starts Usher six times to hear of six mistakes (S2-24, S1-24)."""
    said = mistakes({"USHER_PORT": "eighty", "USHER_COMPANY": "/nowhere"})
    named = ("USHER_PORT", "USHER_DATABASE_URL", "USHER_COMPANY", "SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "USHER_SECRET")
    assert [one.split(" ")[0].rstrip(":") for one in said] == list(named)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("SLACK_API_BASE_URL", "http://slack.lumen.example/api/", "must be https"),
        ("USHER_BASE_URL", "http://usher.lumen.example", "must be https"),
        ("USHER_SECRET", "too short", "shorter than 32"),
        ("USHER_DATABASE_URL", "mysql://root@db/usher", "must begin with"),
        ("USHER_PORT", "70000", "up to 65535"),
        ("SLACK_UPDATES_PER_MINUTE", "0", "from 1 up to 6000"),
        ("SLACK_UPDATES_PER_MINUTE", "many", "from 1 up to 6000"),
    ],
)
def test_what_is_not_safe_is_refused(good: dict[str, str], name: str, value: str, said: str) -> None:
    """Usher does not start with a line that anybody can read, or a secret that anybody can guess."""
    (only,) = mistakes({**good, name: value})
    assert name in only
    assert said in only


def test_no_secret_is_in_what_the_settings_say_about_themselves(good: dict[str, str]) -> None:
    """Settings that are printed by mistake give nothing away."""
    told = repr(read(good))
    assert not any(secret in told for secret in ("canary", "hunter2", SECRET))


def test_a_connector_knows_its_own_settings_and_no_others(good: dict[str, str]) -> None:
    """The key of one system is never handed to the connector of another (S2-22)."""
    settings = read(good)
    assert settings.secrets("github") == {"TOKEN": "ghp_canarycanarycanary"}
    assert settings.secrets("orders-db") == {"DSN": "postgresql://canary"}
    assert settings.secrets("slack") == {}


def test_portraits_are_shown_only_from_where_the_chat_can_fetch_them(good: dict[str, str]) -> None:
    """A picture that Slack cannot reach would spoil the whole message."""
    assert read(good).pictures == "https://usher.lumen.example/portraits"
    assert not read({**good, "USHER_BASE_URL": "http://127.0.0.1:8000"}).pictures


def test_messages_are_redrawn_as_often_as_slack_grants_it(good: dict[str, str]) -> None:
    """Fifty times a minute, unless Slack has granted this company more."""
    assert redrawing(read(good).slack_updates) == UPDATING
    assert redrawing(read({**good, "SLACK_UPDATES_PER_MINUTE": "600"}).slack_updates).every == timedelta(seconds=0.1)


def test_two_hooks_never_share_a_secret(good: dict[str, str]) -> None:
    """Whoever may tell Usher something as one HR system could else do so as the other; the secret is not repeated."""
    other = SECRET[::-1]
    good |= {"USHER_HOOK_PAYROLL_SECRET": SECRET, "USHER_HOOK_PEOPLE_SYSTEM_SECRET": other}
    good["USHER_HOOK_PAYROLL_NEXT_SECRET"] = SECRET  # its own, while it is being replaced
    read(good)
    (said,) = mistakes({**good, "USHER_HOOK_PEOPLE_SYSTEM_NEXT_SECRET": SECRET})
    assert said.startswith("USHER_HOOK_PAYROLL_…SECRET and USHER_HOOK_PEOPLE_SYSTEM_…SECRET hold the same secret")
    assert SECRET not in said


TEAMS = {
    "TEAMS_APP_ID": "b07f0000-0000-4000-8000-000000000a99",
    "TEAMS_APP_PASSWORD": "a-client-secret-canary",
    "TEAMS_TENANT_ID": "7E1F0000-0000-4000-8000-00000000C0DE, 7e1f0000-0000-4000-8000-00000000beef",
}


@pytest.fixture
def in_teams(good: dict[str, str]) -> dict[str, str]:
    """Settings of a company that has Teams alone."""
    return {name: value for name, value in good.items() if not name.startswith("SLACK_")} | TEAMS


def test_a_company_has_slack_or_teams_or_both(good: dict[str, str], in_teams: dict[str, str]) -> None:
    """Neither needs anything of the other; the secret of Teams shows no more than those of Slack."""
    assert read(good).chats == ("slack",)
    assert read(in_teams).chats == ("teams",)
    assert read(good | TEAMS).chats == ("slack", "teams")
    assert read(in_teams).teams_tenants == tuple(TEAMS["TEAMS_TENANT_ID"].lower().split(", "))
    assert "canary" not in repr(read(in_teams))


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("TEAMS_APP_ID", "", "SLACK_BOT_TOKEN is missing"),
        ("TEAMS_APP_PASSWORD", "", "TEAMS_APP_PASSWORD is missing"),
        ("TEAMS_APP_ID", "Usher", "“Usher” is no application (client) id"),
        ("TEAMS_APP_PASSWORD", "7E1F0000-0000-4000-8000-00000000c0de", "looks like the Secret ID"),
        ("TEAMS_TENANT_ID", "", "TEAMS_TENANT_ID is missing"),
        ("TEAMS_TENANT_ID", "lumen.onmicrosoft.com", "is no directory id"),
        ("TEAMS_CONNECTOR_URL", "https://connector.example/", "TEAMS_CONNECTOR_URL is for a practice service"),
        ("TEAMS_OPENID_URL", "https://keys.example/", "TEAMS_OPENID_URL is for a practice service"),
        ("TEAMS_LOGIN_URL", "http://[", "TEAMS_LOGIN_URL is for a practice service"),
        ("TEAMS_GRAPH_URL", "https://graph.example/", "TEAMS_GRAPH_URL is for a practice service"),
        ("TEAMS_CATALOG_APP_ID", "Usher", "“usher” is no App ID of the Teams admin center"),
        ("SLACK_APP_TOKEN", "xapp-1", "SLACK_BOT_TOKEN is missing"),
        ("TEAMS_DEMO", "1", "TEAMS_DEMO is for a demo without an app id"),
    ],
)
def test_what_teams_lacks_is_said(in_teams: dict[str, str], name: str, value: str, said: str) -> None:
    """Half of the settings is none; nobody else's service is believed instead of Microsoft's."""
    assert any(said in one for one in mistakes({**in_teams, name: value}))


def test_without_an_app_id_teams_is_for_a_demo_on_this_machine(in_teams: dict[str, str]) -> None:
    """Whoever could reach such an Usher could press every button in anybody's name."""
    del in_teams["TEAMS_APP_ID"], in_teams["TEAMS_APP_PASSWORD"]
    catalog = {**in_teams, "TEAMS_DEMO": "1", "TEAMS_CATALOG_APP_ID": "ca7a0000-0000-4000-8000-000000000a99"}
    assert any("TEAMS_CATALOG_APP_ID is for an app that is registered" in one for one in mistakes(catalog))
    demo = in_teams | {"TEAMS_DEMO": "1", "USHER_BASE_URL": "http://127.0.0.1:8000"}
    assert read(demo).chats == ("teams",)
    for spoilt in ({"USHER_HOST": "10.0.0.7"}, {"USHER_BASE_URL": "https://usher.lumen.example"}):
        assert any("without it anybody could press every button" in one for one in mistakes(demo | spoilt))
