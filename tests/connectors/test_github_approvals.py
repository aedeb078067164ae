"""GitHub: who approves deployments, passes rules by, and costs a licence; found with the reason, taken, given back."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.model import Assign, Grant, Revoke
from bot.domain.reading import Completeness
from bot.practice.company.github import seed
from bot.practice.company.github.things import Branch, Environment, Ruleset
from connectors.interface import Kind, Result
from tests.connectors.contract import error_of
from tests.connectors.github_world import ALICE, BEN, World, world

__all__ = ["world"]

BRANCH = "branch:50001:bypassPullRequestAllowances:BPR_88100"


def named(world: World, native_id: str) -> list[Grant]:
    """Grants of a fresh reading whose id begins so."""
    return [one for one in world.read().grants.items if one.entitlement.native_id.startswith(native_id)]


def test_whoever_approves_production_is_powerful_and_so_is_a_team_that_does(world: World) -> None:
    """Alice by name, and everybody on call through their team; the reason is said in words."""
    seat = world.grant("environment:50001:87001").entitlement
    assert (seat.privileged, seat.why) == (True, "approves what goes to production")
    team = world.grant("team:60002").entitlement
    assert team.privileged
    assert "approves what goes to production" in team.why


@pytest.mark.parametrize("native", ["environment:50001:87001", "bypass:50001:88001", "org-bypass:88002", BRANCH])
def test_a_seat_is_taken_and_given_back_and_everybody_else_keeps_theirs(world: World, native: str) -> None:
    """Reviewers, exemptions from a rule of a repository or of the organisation, and from a protected branch."""
    payments, ben = world.org.repos["payments-api"], f"U_{seed.BEN}"
    payments.environments[0].users = (seed.ALICE, seed.BEN)
    payments.environments[0].wait, policy = 30, {"protected_branches": True, "custom_branch_policies": False}
    payments.environments[0].policy = policy
    payments.rulesets[0].bypass += [("User", seed.BEN, "always")]
    world.org.rulesets[0].bypass += [("User", seed.ALICE, "pull_request")]
    lists = {"bypassPullRequestAllowances": [ben, f"U_{seed.ALICE}", "T_60003"], "pushAllowances": [ben]}
    payments.branches = [Branch(88100, "main", lists)]
    grant = world.grant(native)
    assert grant.entitlement.privileged
    before = repr((payments, world.org.rulesets))
    for change in (Revoke(grant), Assign(grant)):
        assert world.connector.apply(change).result is Result.APPLIED
        assert bool(named(world, native)) is isinstance(change, Assign)
        assert world.connector.apply(change).result is Result.ALREADY
        assert (payments.environments[0].wait, payments.environments[0].policy) == (30, policy)
        assert ben in payments.branches[0].exempt["bypassPullRequestAllowances"]
        assert payments.branches[0].exempt["pushAllowances"] == [ben]
    assert sorted(repr((payments, world.org.rulesets))) == sorted(before)


def test_the_only_reviewer_of_production_stays_until_another_is_named(world: World) -> None:
    """With nobody on the list every deployment would go through unasked: refused before the call."""
    world.org.repos["payments-api"].environments[0].teams = ()
    error = error_of(lambda: world.connector.apply(Revoke(world.grant("environment:50001:87001"))))
    assert error.kind is Kind.PERMANENT
    assert "name another reviewer first" in error.said
    assert world.changed() == []


def test_more_environments_than_one_question_covers_are_not_taken_for_all(world: World) -> None:
    """What was cut is said to be partial, never complete."""
    made = world.org.repos["reports"].pushed_at
    world.org.repos["reports"].environments = [Environment(87100 + at, f"stage-{at}", made) for at in range(25)]
    grants = world.read().grants
    assert grants.seen is Completeness.PARTIAL
    assert "approves or passes rules by" in grants.why


def test_a_rule_that_is_gone_is_gone(world: World) -> None:
    """Ruleset, environment and protected branch were deleted meanwhile: already so, after a control read."""
    payments = world.org.repos["payments-api"]
    payments.branches = [Branch(88100, "main", {"bypassPullRequestAllowances": [f"U_{seed.ALICE}"]})]
    grants = [world.grant(one) for one in ("environment:50001:87001", "bypass:50001:88001", BRANCH)]
    payments.environments, payments.rulesets, payments.branches = [], [], []
    assert {world.connector.apply(Revoke(one)).result for one in grants} == {Result.ALREADY}


def test_the_code_owners_file_is_listed_with_what_she_owns(world: World) -> None:
    """A pull request changes it, no call; a name that only begins like hers is not hers."""
    world.org.repos["runbooks"].files["docs/CODEOWNERS"] = "# @alice-m wrote this\n*.md @alice-m @lumen-works/oncall\n"
    world.org.repos["reports"].files["CODEOWNERS"] = "* @alice-mayer alice-m@lumen.example\n"
    entries = [one.label for one in world.read().assets.items if one.kind == "code owner entry"]
    assert entries == ["CODEOWNERS of runbooks"]


def test_a_github_that_knows_no_such_questions_is_asked_the_old_way(world: World) -> None:
    """An older server refuses the whole question: roles and keys come one by one, who approves is said to be unseen."""
    with world.fault("POST /graphql", status=404):
        reading = world.read()
    assert "repo:50001:admin" in {one.entitlement.native_id for one in reading.grants.items}
    assert [one.label for one in reading.made.items] == ["ci-payments on payments-api"]
    assert reading.grants.seen is Completeness.PARTIAL
    assert reading.made.complete


def test_a_role_given_by_name_is_read_as_it_was_given(world: World) -> None:
    """The team administers web-shop, Ben was given write by name: the grant says write, and ends as write."""
    shop = world.org.repos["web-shop"]
    shop.direct[seed.BEN] = "write"
    world.org.teams["payments"].repos["web-shop"] = "admin"
    grant = world.grant("repo:50002:write", BEN)
    assert world.connector.apply(Revoke(grant)).result is Result.APPLIED
    assert seed.BEN not in shop.direct


# ---- what costs by the head ----


def test_a_copilot_seat_ends_and_comes_back(world: World) -> None:
    """At the end of the period that is paid for; a seat that a team gives ends with the team."""
    seat = world.grant("copilot")
    assert "end of the period" in world.connector.apply(Revoke(seat)).said
    assert world.org.seats[seed.ALICE].ends
    assert not named(world, "copilot")
    assert world.connector.apply(Revoke(seat)).result is Result.ALREADY
    assert world.connector.apply(Assign(seat)).result is Result.APPLIED
    assert world.connector.apply(Assign(seat)).result is Result.ALREADY
    assert not [one for one in world.read(BEN).grants.items if one.entitlement.native_id == "copilot"]


def test_a_seat_waits_for_the_membership(world: World) -> None:
    """Given back before she is in again, it is tried later."""
    seat, member = world.grant("copilot"), world.grant("org:lumen-works")
    world.connector.apply(Revoke(seat))
    world.connector.apply(Revoke(member))
    del world.org.seats[seed.ALICE]
    assert world.connector.apply(Revoke(seat)).result is Result.ALREADY
    assert error_of(lambda: world.connector.apply(Assign(seat))).retry


@pytest.mark.parametrize(
    ("permission", "part", "said"),
    [
        ("organization_copilot_seat_management", "grants", "Copilot"),
        ("organization_codespaces", "assets", "codespaces"),
        ("organization_administration", "grants", "passes rules by"),
    ],
)
def test_what_an_app_may_not_see_is_said_to_be_unseen(world: World, permission: str, part: str, said: str) -> None:
    """With the exact permission to add; nothing is called absent."""
    del world.org.installations[0].permissions[permission]
    world.connector = world.as_app()
    seen = getattr(world.read(), part)
    assert seen.seen is Completeness.PARTIAL
    assert said in seen.why


def test_a_rule_of_another_kind_names_nobody(world: World) -> None:
    """A deploy key, every owner, an app may pass it by: that is no seat of Alice's, whatever their numbers are."""
    world.org.rulesets = [Ruleset(88003, "apps", "2026-01-01T00:00:00Z", [("Integration", int(ALICE), "always")])]
    assert not named(world, "org-bypass")
    odd = replace(world.grant("bypass:50001:88001"))
    assert odd.entitlement.detail == "always"
