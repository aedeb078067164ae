"""GitHub above the organisation: the enterprise around it, an Enterprise Server's accounts, and coming back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.domain.model import Assign, Resume, Revoke, Suspend
from bot.domain.verify import Verdict, judge
from bot.practice.company.github import depth, editions, seed
from connectors import github
from connectors.github import membership
from connectors.interface import Connector, Kind, Result, Returns, Secrets
from tests.connectors.contract import error_of
from tests.connectors.github_world import INES, KEY, World, world
from tests.tools.github_watch import watched

__all__ = ["world"]


@pytest.fixture
def server_world() -> Iterator[World]:
    """Lumen Works on an Enterprise Server, with a token of its administrator."""
    with watched(edition=editions.SERVER) as server:
        server.org.tokens[seed.TOKEN].scopes |= {"site_admin"}
        yield World(server)


def above(world: World, token: str = depth.FULL_TOKEN) -> Connector:
    """The connector with the enterprise's name and a token of an owner of it."""
    values = {"URL": world.server.url, "ORG": seed.LOGIN, "TOKEN": token, "ENTERPRISE": "lumen"}
    return github.connect(KEY, "GitHub", Secrets(values))


# ---- an Enterprise Server ----


def test_an_administrator_of_a_server_locks_the_account_and_lets_it_in_again(server_world: World) -> None:
    """It keeps all it has; a fresh reading bears out both, and twice is already so."""
    connector = server_world.connector
    (account,) = server_world.read().account.items
    for change, active in ((Suspend(account), False), (Resume(account), True)):
        assert connector.apply(change).result is Result.APPLIED
        reading = server_world.read()
        assert judge(change, reading) is Verdict.CONFIRMED
        assert [one.active for one in reading.account.items] == [active]
        assert "team:60001" in {one.entitlement.native_id for one in reading.grants.items}
        assert connector.apply(change).result is Result.ALREADY
    assert not connector.check().cannot


def test_a_locked_account_that_holds_nothing_more_can_still_be_let_in(server_world: World) -> None:
    """After everything was taken the account is still read, as locked: what was suspended is resumed."""
    (account,) = server_world.read().account.items
    server_world.connector.apply(Suspend(account))
    for grant in reversed(server_world.read().grants.items):
        server_world.connector.apply(Revoke(grant))
    reading = server_world.read()
    assert not reading.grants.items
    assert [one.active for one in reading.account.items] == [False]


def test_who_is_no_administrator_of_the_server_is_told_which_scope_it_takes(server_world: World) -> None:
    """Then the check says that it cannot, so that the plan makes it a task; tried anyhow, it is refused in words."""
    (account,) = server_world.read().account.items
    server_world.org.tokens[seed.TOKEN].scopes -= {"site_admin"}
    check = server_world.connector.check()
    assert check.ready
    assert "site_admin" in check.cannot[Suspend]
    assert "site_admin" in error_of(lambda: server_world.connector.apply(Suspend(account))).said


def test_in_the_cloud_nobody_locks_an_account(world: World) -> None:
    """It belongs to its person."""
    (account,) = world.read().account.items
    assert error_of(lambda: world.connector.apply(Suspend(account))).kind is Kind.PERMANENT


# ---- the enterprise in the cloud ----


def test_whoever_left_the_organisation_is_taken_out_of_the_enterprise_too(world: World) -> None:
    """GitHub keeps an unaffiliated user, with licences, until somebody says so."""
    world.connector = above(world)
    grants = {one.entitlement.native_id: one for one in world.read().grants.items}
    assert world.connector.apply(Revoke(grants["org:lumen-works"])).result is Result.APPLIED
    assert "enterprise:lumen" in {one.entitlement.native_id for one in world.read().grants.items}
    leaving = Revoke(grants["enterprise:lumen"])
    assert world.connector.apply(leaving).result is Result.APPLIED
    assert seed.ALICE not in world.org.enterprise.members
    assert judge(leaving, world.read()) is Verdict.CONFIRMED
    assert world.connector.apply(leaving).result is Result.ALREADY


def test_the_last_owner_is_not_taken_out_by_way_of_the_enterprise(world: World) -> None:
    """The enterprise would take her out of the organisation unasked: the same guard, before the call."""
    world.connector = above(world)
    error = error_of(lambda: world.connector.apply(Revoke(world.grant("enterprise:lumen", INES))))
    assert "last owner" in error.said
    assert seed.INES in world.org.members


def test_a_place_in_the_enterprise_comes_back_with_the_membership(world: World) -> None:
    """No call gives it alone."""
    world.connector = above(world)
    enterprise, member = world.grant("enterprise:lumen"), world.grant("org:lumen-works")
    world.connector.apply(Revoke(enterprise))
    assert error_of(lambda: world.connector.apply(Assign(enterprise))).retry
    world.connector.apply(Assign(member))
    world.accept()
    assert world.connector.apply(Assign(enterprise)).result is Result.ALREADY


def test_a_token_that_does_not_see_the_enterprise_proves_nothing_about_it(world: World) -> None:
    """The reading is partial and names the scope."""
    world.connector = above(world, seed.TOKEN)
    grants = world.read().grants
    assert not grants.complete
    assert "admin:enterprise" in grants.why


# ---- coming back ----


def test_a_mistake_is_made_good_by_what_github_kept(world: World) -> None:
    """Role, teams and repositories come back when she accepts; what does not is said beforehand."""
    before = {one.entitlement.native_id for one in world.read().grants.items}
    member = world.grant("org:lumen-works")
    world.connector.apply(Revoke(member))
    back = membership.reinstatement(member)
    outcome = world.connector.apply(back)
    assert outcome.result is Result.PENDING
    assert "Keys, tokens, webhooks, Copilot seats" in outcome.said
    world.accept()
    kept = {one for one in before if one.startswith(("org:", "team:", "repo:"))}
    assert kept <= {one.entitlement.native_id for one in world.read().grants.items}
    assert world.connector.apply(back).result is Result.ALREADY


def test_whom_github_forgot_is_not_reinstated(world: World) -> None:
    """After three months the snapshot is what there is; and a plain gift of the membership brings nothing else back."""
    member = world.grant("org:lumen-works")
    world.connector.apply(Revoke(member))
    world.org.removed.clear()
    error = error_of(lambda: world.connector.apply(membership.reinstatement(member)))
    assert error.kind is Kind.PERMANENT
    assert "three months" in error.said
    assert world.connector.apply(Assign(member)).result is Result.PENDING
    world.accept()
    assert seed.ALICE not in world.org.teams["payments"].members


def test_a_server_reinstates_nobody(server_world: World) -> None:
    """It has no such call, and is not asked."""
    member = server_world.grant("org:lumen-works")
    server_world.connector.apply(Revoke(member))
    assert error_of(lambda: server_world.connector.apply(membership.reinstatement(member))).kind is Kind.PERMANENT


def test_what_a_membership_brings_back_is_said_before_it_is_given(world: World) -> None:
    """An invitation comes first; GitHub keeps much for a while, a server keeps nothing; a team is nothing special."""
    member = Assign(world.grant("org:lumen-works"))
    said = membership.comes_back(member, server=False)
    assert isinstance(world.connector, Returns)
    assert world.connector.comes_back(member) == said
    assert "begins when it is accepted" in said
    assert membership.COMES_BACK in said
    assert "keeps nothing" in membership.comes_back(member, server=True)
    team = next(one for one in world.read().grants.items if one.entitlement.native_id.startswith("team:"))
    assert membership.comes_back(Assign(team), server=False) == ""
