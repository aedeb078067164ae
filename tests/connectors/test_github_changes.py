"""GitHub: what a leaver loses, what comes back, and what must never happen."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.model import (
    Account,
    Asset,
    Assign,
    Disable,
    Enable,
    Entitlement,
    Grant,
    HandOver,
    Revoke,
)
from bot.practice.company.github import faults, seed
from connectors.interface import Kind, Result
from tests.connectors.contract import error_of
from tests.connectors.github_world import ALICE, BEN, BOT, INES, KEY, PRIYA, World, world

__all__ = ["world"]


def repository(world: World) -> Asset:
    """The one repository that Alice administers."""
    (found,) = (one for one in world.read().assets.items if one.kind == "repository")
    return found


def held(world: World) -> set[str]:
    """The entitlements of a fresh reading."""
    return {one.entitlement.native_id for one in world.read().grants.items}


# ---- changes ----


def test_removing_a_member_goes_through_the_memberships_address(world: World) -> None:
    """That address also cancels an invitation; the other one does not."""
    grant = world.grant("org:lumen-works")
    outcome = world.connector.apply(Revoke(grant))
    assert outcome.result is Result.APPLIED
    assert outcome.evidence[0].startswith("x-github-request-id ")
    assert world.changed() == ["DELETE /orgs/lumen-works/memberships/alice-m"]


def test_the_last_owner_stays(world: World) -> None:
    """With Ines gone only our own account would own the organisation, so she is refused before any call."""
    grant = world.grant("org:lumen-works", INES)
    error = error_of(lambda: world.connector.apply(Revoke(grant)))
    assert error.kind is Kind.PERMANENT
    assert "last owner" in error.said
    assert world.changed() == []
    world.org.members[seed.SARA].role = "admin"
    assert world.connector.apply(Revoke(grant)).result is Result.APPLIED
    world.accept()


def test_github_itself_refusing_the_last_owner_is_told_with_the_permission(world: World) -> None:
    """Should two removals race, GitHub's own refusal arrives as a sentence and is not retried."""
    world.org.members[seed.SARA].role = "admin"
    grant = world.grant("org:lumen-works", INES)
    with world.fault("DELETE", status=403):
        error = error_of(lambda: world.connector.apply(Revoke(grant)))
    assert error.kind is Kind.PERMISSION
    assert "admin:org" in error.said


def test_an_owner_who_comes_back_is_an_owner_again(world: World) -> None:
    """The role is kept with the grant; and giving a plain membership never takes ownership away."""
    world.org.members[seed.ALICE].role = "admin"
    grant = world.grant("org:lumen-works")
    world.connector.apply(Revoke(grant))
    assert world.connector.apply(Assign(grant)).result is Result.PENDING
    assert world.connector.apply(Assign(grant)).result is Result.PENDING
    world.accept()
    assert world.org.members[seed.ALICE].role == "admin"
    plain = replace(grant, entitlement=Entitlement("org:lumen-works", "organisation member", "Member"))
    assert world.connector.apply(Assign(plain)).result is Result.ALREADY
    assert world.org.members[seed.ALICE].role == "admin"


def test_usher_never_touches_its_own_account(world: World) -> None:
    """A link that points at the robot is a mistake with consequences."""
    grant = world.grant("org:lumen-works", BOT)
    assert error_of(lambda: world.connector.apply(Revoke(grant))).kind is Kind.PERMANENT
    assert world.changed() == []


def test_a_role_that_changed_meanwhile_is_not_taken_away(world: World) -> None:
    """Only the role somebody approved to remove goes; a lower one given since then is another decision."""
    grant = world.grant("repo:50001:admin")
    world.org.repos["payments-api"].direct[seed.ALICE] = "read"
    assert world.connector.apply(Revoke(grant)).result is Result.ALREADY
    assert world.org.repos["payments-api"].direct[seed.ALICE] == "read"


def test_an_invitation_that_nobody_accepted_ends_with_the_role_it_was_for(world: World) -> None:
    """Access for a while that was never accepted: accepted after its end, it would have no end any more."""
    role = world.grant("repo:50001:admin")
    lent = replace(role, entitlement=replace(role.entitlement, native_id="repo:50001:write"))
    world.connector.apply(Revoke(role))
    world.connector.apply(Revoke(world.grant("org:lumen-works")))
    assert world.connector.apply(Assign(lent)).result is Result.PENDING
    assert "invite:50001:write" in held(world)
    outcome = world.connector.apply(Revoke(lent))
    assert outcome.result is Result.APPLIED
    assert outcome.evidence[0].startswith("x-github-request-id ")
    world.accept()
    assert not [one for one in held(world) if one.startswith(("invite", "repo", "org:"))]
    assert world.connector.apply(Revoke(lent)).result is Result.ALREADY


def test_giving_a_lower_role_waits_until_the_higher_one_is_gone(world: World) -> None:
    """GitHub would simply lower her, which nobody asked for."""
    grant = world.grant("repo:50001:admin")
    lower = replace(grant, entitlement=replace(grant.entitlement, native_id="repo:50001:write"))
    assert error_of(lambda: world.connector.apply(Assign(lower))).retry
    world.connector.apply(Revoke(grant))
    assert world.connector.apply(Assign(lower)).result is Result.APPLIED
    assert world.grant("repo:50001:write").entitlement.label == "Write on payments-api"


def test_a_removed_deploy_key_comes_back_as_it_was_and_stays_hers(world: World) -> None:
    """Same public key, same mode, same native id; the next leaver reading still finds it under Alice."""
    (key,) = world.read().made.items
    for _ in range(2):
        assert world.connector.apply(Disable(key)).result is Result.APPLIED
        assert not world.read().made.items
        assert world.connector.apply(Enable(key)).result is Result.APPLIED
    (again,) = world.read().made.items
    assert (again.native_id, again.label, again.detail) == (key.native_id, key.label, key.detail)
    (row,) = world.org.repos["payments-api"].keys
    assert row.title == "ci-payments (for account 40004)"
    assert not row.read_only


def test_a_key_that_is_used_elsewhere_cannot_come_back(world: World) -> None:
    """GitHub takes a key once; the refusal is a sentence and no retry."""
    (key,) = world.read().made.items
    world.connector.apply(Disable(key))
    with world.fault("POST", status=422):
        error = error_of(lambda: world.connector.apply(Enable(key)))
    assert error.kind is Kind.PERMANENT
    assert "another repository" in error.said


def test_payments_is_handed_to_ben(world: World) -> None:
    """He becomes an administrator by name, Alice stays one until her own step, and saying it twice changes nothing."""
    asset = repository(world)
    ben = next(one for one in asset.candidates if one.native_id == BEN)
    assert world.connector.apply(HandOver(asset, ben)).result is Result.APPLIED
    assert world.connector.apply(HandOver(asset, ben)).result is Result.ALREADY
    asset = repository(world)
    assert set(asset.admins) == {ALICE, BEN}
    assert not asset.sole_admin


def test_nothing_is_handed_to_nobody_or_to_a_stranger(world: World) -> None:
    """Without a successor, with one who is gone, or with one outside the organisation, nothing is called."""
    asset = repository(world)
    assert error_of(lambda: world.connector.apply(HandOver(asset, None))).kind is Kind.PERMANENT
    gone = Account(KEY, "48888", "nobody")
    assert error_of(lambda: world.connector.apply(HandOver(asset, gone))).kind is Kind.GONE
    priya = Account(KEY, PRIYA, "priya-shah")
    assert error_of(lambda: world.connector.apply(HandOver(asset, priya))).kind is Kind.PERMANENT
    assert world.changed() == []


def test_a_thing_that_was_deleted_meanwhile_is_already_so(world: World) -> None:
    """Team and repository are gone, and a look at the organisation proves that we would see them."""
    team, repo, (key,) = world.grant("team:60001"), world.grant("repo:50001:admin"), world.read().made.items
    del world.org.teams["payments"], world.org.repos["payments-api"]
    for removal in (Revoke(team), Revoke(repo), Disable(key)):
        assert world.connector.apply(removal).result is Result.ALREADY
    for gift in (Assign(team), Assign(repo), Enable(key)):
        assert error_of(lambda gift=gift: world.connector.apply(gift)).kind is Kind.GONE  # type: ignore[misc]


def test_a_key_is_not_given_back_where_we_lost_our_sight(world: World) -> None:
    """The scope went just before the repository was asked for: it is the permission that is missing, not the thing."""
    (key,) = world.read().made.items
    world.connector.apply(Disable(key))
    world.server.ledger.faults.append(faults.scope_lost("GET /repositories/50001", scope="repo"))
    error = error_of(lambda: world.connector.apply(Enable(key)))
    assert error.kind is Kind.PERMISSION
    assert "scope repo" in error.said


@pytest.mark.parametrize("question", ["organization-roles$", "memberships/alice-m"])
def test_a_role_neither_follows_nor_is_gone_where_we_lost_our_sight(world: World, question: str) -> None:
    """It is nobody's missing membership and no missing role that a person has to look after, but our permission."""
    role = world.grant("role:84001")
    world.connector.apply(Revoke(role))
    world.server.ledger.faults.append(faults.scope_lost(f"GET .*{question}", scope="admin:org"))
    error = error_of(lambda: world.connector.apply(Assign(role)))
    assert error.kind is Kind.PERMISSION
    assert "admin:org" in error.said


def test_credentials_of_somebody_who_changes_the_name_are_ended_at_the_next_try(world: World) -> None:
    """GitHub hides a name that nobody has any more; that is no missing permission, and nobody is asked for one."""
    held = next(one for one in world.read().credentials.items if one.active and one.native_id.startswith("sso:"))
    call = "GET .*/credential-authorizations"
    world.server.ledger.faults.append(faults.renamed(call, login="alice-m", to="alice-the-great"))
    assert error_of(lambda: world.connector.apply(Disable(held))).kind is Kind.TRANSIENT
    assert world.changed() == []
    assert world.connector.apply(Disable(held)).result is Result.APPLIED


@pytest.mark.parametrize("native_id", ["org:lumen-works", "team:60001", "role:84001", "repo:50001:admin", "copilot"])
def test_a_name_that_changes_just_before_a_change_by_name_is_followed(world: World, native_id: str) -> None:
    """GitHub hides what stands under a name of nobody: that is tried again, and asks nobody for a permission."""
    grant, first, second = world.grant(native_id), "alice-m", "alice-the-great"
    call = "^(DELETE|PUT) |^POST /orgs/.*selected_users"
    for change, old, new in ((Revoke(grant), first, second), (Assign(grant), second, first)):
        world.server.ledger.faults.append(faults.renamed(call, login=old, to=new))
        assert error_of(lambda change=change: world.connector.apply(change)).kind is Kind.TRANSIENT  # type: ignore[misc]
        assert world.connector.apply(change).result in {Result.APPLIED, Result.PENDING}
        world.accept()


def test_a_refusal_costs_one_more_question(world: World) -> None:
    """Whether the name changed is asked only where GitHub said no; then it is the permission that is missing."""
    ledger, grant = world.server.ledger, world.grant("role:84001")
    before = ledger.calls
    with world.fault("DELETE", status=404):
        assert error_of(lambda: world.connector.apply(Revoke(grant))).kind is Kind.PERMISSION
    refused = ledger.calls - before
    assert world.connector.apply(Revoke(grant)).result is Result.APPLIED
    assert refused == (ledger.calls - before - refused) + 1


def test_a_team_that_a_member_is_not_shown_is_not_called_gone(world: World) -> None:
    """Whoever is no owner gets a shorter list, without any 404: nothing given is said to exist no longer."""
    hidden = Entitlement("team:69999", "team", "Team secret")
    error = error_of(
        lambda: world.connect("practice-alice-token").apply(Assign(Grant(Account(KEY, BEN, "ben-o"), hidden)))
    )
    assert error.kind is Kind.PERMISSION
    assert "not an owner" in error.said


def test_an_entitlement_from_elsewhere_is_refused(world: World) -> None:
    """A native id this connector never made is no guess at what was meant."""
    odd = replace(world.grant("team:60001"), entitlement=Entitlement("badge:7", "badge", "Badge"))
    assert error_of(lambda: world.connector.apply(Revoke(odd))).kind is Kind.PERMANENT
    assert error_of(lambda: world.connector.apply(Assign(odd))).kind is Kind.PERMANENT
