"""`app.py check` in a company with Teams: the client secret, and the channels that policy names there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.engine import places
from bot.engine.context import Engine
from bot.engine.inline import Inline
from bot.practice.teams.service import Service, serve
from bot.practice.teams.tenant import RIGHTS, Tenant
from bot.store import Database
from bot.store.places import Kind, Place
from tests.chat.tenancy import GENEROUS, NOW, PEOPLE, PEOPLE_TEAM
from tests.cli.hands import app
from tests.cli.test_check import only_by_hand


@pytest.fixture
def tenant() -> Iterator[Service]:
    """A practice tenant with the team of HR in it."""
    service = serve(Tenant(PEOPLE, (PEOPLE_TEAM,), limits=GENEROUS))
    yield service
    service.stop()


def test_what_teams_would_refuse_is_said_before_anybody_needs_it(furnished: dict[str, str], tenant: Service) -> None:
    """A company with both chats: nothing where all is there; a channel without Usher and a wrong secret are named.

    So are the permissions of Microsoft Graph, where the settings say that Usher makes group chats.
    """
    only_by_hand(Path(furnished["USHER_COMPANY"]))
    policy = Path(furnished["USHER_COMPANY"]) / "policy.yaml"
    rules = policy.read_text()
    policy.write_text(rules + "teams:\n  channel: offboarding\n")
    remembered(furnished, tenant)
    ours = tenant.tenant
    settings = {
        **furnished,
        "TEAMS_APP_ID": ours.app_id,
        "TEAMS_APP_PASSWORD": ours.password,
        "TEAMS_TENANT_ID": ours.id,
        "TEAMS_CONNECTOR_URL": tenant.connector,
        "TEAMS_LOGIN_URL": tenant.login,
        "TEAMS_OPENID_URL": tenant.openid,
    }
    told = app("check", **settings)
    assert told.stdout == "Everything Usher needs is there.\n", told.stderr
    lacking = app("check", **rooms(settings, tenant, {RIGHTS[1]}))
    assert lacking.returncode == 1
    assert "lacks the application permission Chat.Create of Microsoft Graph" in lacking.stdout
    assert RIGHTS[1] not in lacking.stdout
    chosen = app("check", **rooms(settings, tenant, set(RIGHTS[:2])))
    assert chosen.returncode == 0
    assert f"Without {RIGHTS[2]} of Microsoft Graph" in chosen.stdout
    policy.write_text(rules + "teams:\n  channel: elsewhere\n")
    wrong = app("check", **settings)
    assert wrong.returncode == 1
    assert "Usher is not in the channel of Teams in policy.yaml: No channel elsewhere" in wrong.stdout
    refused = app("check", **{**settings, "TEAMS_APP_PASSWORD": "not-the-secret-canary"})
    assert refused.stdout.startswith("  - Teams: ")
    assert "canary" not in refused.stdout + refused.stderr


def rooms(settings: dict[str, str], service: Service, rights: set[str]) -> dict[str, str]:
    """The settings of a company that lets Usher make group chats, and what its admin gave the app for that."""
    service.tenant.rights = rights
    return {**settings, "TEAMS_CATALOG_APP_ID": service.tenant.catalog, "TEAMS_GRAPH_URL": service.graph}


def remembered(settings: dict[str, str], service: Service) -> None:
    """Usher was added to the team."""
    db = Database(settings["USHER_DATABASE_URL"])
    for team in service.tenant.teams.values():
        places.remember(Engine(db, {}, Inline()), Place(team.id, Kind.TEAM, "", team.name), NOW)
    db.close()
