"""The connector at an Enterprise Server, and with credentials of other kinds: what holds there too."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.domain.model import Revoke
from bot.practice.company.github import editions, faults, seed
from connectors.interface import Kind, Result
from tests.connectors.contract import error_of
from tests.connectors.github_world import World, world
from tests.tools.github_watch import watched

__all__ = ["world"]


@pytest.fixture
def server_world() -> Iterator[World]:
    """Lumen Works on an Enterprise Server, which knows no invitations to an organisation."""
    with watched(edition=editions.SERVER) as server:
        yield World(server)


def test_alice_is_read_and_removed_on_an_enterprise_server(server_world: World) -> None:
    """The same grants as in the cloud; the list of invitations, which a server does not have, is not needed."""
    reading = server_world.read()
    assert [one.entitlement.native_id for one in reading.grants.items] == [
        "org:lumen-works",
        "team:60001",
        "team:60002",
        "repo:50001:admin",
        "environment:50001:87001",
        "role:84001",
    ]
    assert server_world.connector.apply(Revoke(reading.grants.items[0])).result is Result.APPLIED
    assert seed.ALICE not in server_world.org.members
    assert [one.entitlement.kind for one in server_world.read().grants.items] == ["deployment reviewer"]


def test_a_removal_that_is_not_visible_yet_is_not_believed(world: World) -> None:
    """GitHub took the removal and still shows the membership: the reading says what is shown, then what is so."""
    grant = world.grant("org:lumen-works")
    world.server.ledger.faults.append(faults.seen_later("DELETE"))
    assert world.connector.apply(Revoke(grant)).result is Result.APPLIED
    assert "org:lumen-works" in {one.entitlement.native_id for one in world.read().grants.items}
    world.server.settle()
    assert "org:lumen-works" not in {one.entitlement.native_id for one in world.read().grants.items}


def test_a_scope_that_is_lost_between_two_removals_is_no_success(world: World) -> None:
    """The first team is left; at the second GitHub hides what the token may not see, and that is no proof."""
    first, second = world.grant("team:60001"), world.grant("team:60002")
    assert world.connector.apply(Revoke(first)).result is Result.APPLIED
    world.server.ledger.faults.append(faults.scope_lost("DELETE", scope="admin:org"))
    assert error_of(lambda: world.connector.apply(Revoke(second))).kind is Kind.PERMISSION
    assert seed.ALICE in world.org.teams["oncall"].members


def test_a_login_that_changes_in_the_middle_reaches_nobody_else(world: World) -> None:
    """Alice is renamed after her name was looked up: nothing counts as gone by the old one, and she is found anew."""
    grant = world.grant("org:lumen-works")
    world.server.ledger.faults.append(
        faults.renamed("GET /orgs/lumen-works/memberships", login="alice-m", to="alice-the-great")
    )
    assert world.connector.apply(Revoke(grant)).result is Result.APPLIED
    assert world.changed() == ["DELETE /orgs/lumen-works/memberships/alice-the-great"]
    assert seed.ALICE not in world.org.members


def test_a_team_that_the_identity_provider_fills_is_told_as_such(world: World) -> None:
    """The refusal names the reason, so that it becomes somebody's task and no endless retry."""
    grant = world.grant("team:60001")
    world.org.teams["payments"].group = "Directory: payments"
    error = error_of(lambda: world.connector.apply(Revoke(grant)))
    assert error.kind is Kind.PERMISSION
    assert "identity provider" in error.said


def test_half_an_answer_is_no_answer(world: World) -> None:
    """Truncated JSON on any list is a fault to retry, never a shorter list."""
    for match in ("GET /orgs/lumen-works/teams$", "GET /orgs/lumen-works/repos", "GET /repos/.*/keys"):
        world.server.ledger.faults.append(faults.cut_short(match))
        assert error_of(world.read).kind is Kind.TRANSIENT
