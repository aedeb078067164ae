"""GitHub, against the practice company's server: what is read, whole or said not to be."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.model import Assign, Disable, Revoke
from bot.domain.reading import Completeness
from bot.practice.company import github as practice
from bot.practice.company.github import seed
from bot.practice.company.github.state import Member, User
from connectors.interface import Kind, Result
from tests.connectors.contract import Contract, error_of
from tests.connectors.github_world import ALICE, BEN, INES, PRIYA, World, world

__all__ = ["world"]


class TestGitHub(Contract):
    """What every connector owes: also that nobody but the leaver loses anything (S1-1, S0-34)."""

    @pytest.fixture
    def harness(self, world: World) -> World:
        """Alice's organisation."""
        return world


# ---- reading ----


def test_alice_is_read_with_everything_she_reaches(world: World) -> None:
    """Membership, teams with their role, her own repository and the key she made for the build."""
    reading = world.read()
    assert {one.entitlement.native_id: one.entitlement.kind for one in reading.grants.items} == {
        "org:lumen-works": "organisation member",
        "team:60001": "team",
        "team:60002": "team maintainer",
        "repo:50001:admin": "repository role",
        "role:84001": "organisation role",
        "environment:50001:87001": "deployment reviewer",
        "bypass:50001:88001": "rule exemption",
        "copilot": "licence",
    }
    assert [one.label for one in reading.account.items] == ["alice-m"]
    assert reading.account.items[0].active
    assert "write on payments-api, write on web-shop" in world.grant("team:60001").entitlement.why
    (key,) = reading.made.items
    assert (key.label, key.kind, key.personal, key.used) == ("ci-payments on payments-api", "deploy key", False, True)
    assert key.detail.startswith("read-write ssh-ed25519 AAAA")
    assert key.last_used is not None


def test_only_alice_administers_payments_and_it_was_pushed_to_yesterday(world: World) -> None:
    """Whoever approves sees that it is in use and who could take it over; an owner's reach does not count."""
    asset, machine = world.read().assets.items
    assert (machine.kind, machine.label) == (
        "codespace",
        "alice-fix-refunds on payments-api, with work that was never pushed",
    )
    assert (asset.native_id, asset.label, asset.sole_admin) == ("repo:50001", "payments-api", True)
    assert asset.admins == (ALICE,)
    assert {one.label for one in asset.candidates} == {"marco-rossi", "ines-f", "bokafor"}
    assert asset.last_actor == "alice-m"
    assert asset.last_activity is not None
    carried = {one.entitlement.native_id: one.entitlement.carries for one in world.read().grants.items}
    assert carried["org:lumen-works"] == carried["repo:50001:admin"] == ("repo:50001",)


def test_tokens_that_only_an_app_is_shown_are_not_claimed_to_be_absent(world: World) -> None:
    """What single sign-on let in is listed; fine-grained tokens are hidden from a token, and the reading says so."""
    reading = world.read()
    assert reading.credentials.seen is Completeness.PARTIAL
    assert "GitHub App" in reading.credentials.why
    assert reading.sessions.seen is Completeness.NOT_APPLICABLE
    assert [(one.kind, one.label, one.used) for one in reading.credentials.items if one.active] == [
        ("SSH key with single sign-on", "alice laptop", True),
        ("personal access token with single sign-on", "release script", False),
    ]


def test_an_owner_holds_a_privileged_membership(world: World) -> None:
    """Ines owns the organisation; her reach over every repository is no administration of any."""
    reading = world.read(INES)
    membership = reading.grants.items[0].entitlement
    assert membership.privileged
    assert membership.kind == "organisation owner"
    assert not reading.assets.items


def test_a_team_that_administers_makes_its_members_administrators(world: World) -> None:
    """Ben reaches the settings of web-shop through his team, so he is not alone with it, and the team is privileged."""
    world.org.teams["payments"].repos["web-shop"] = "admin"
    reading = world.read(BEN)
    team = next(one.entitlement for one in reading.grants.items if one.entitlement.native_id == "team:60001")
    assert team.privileged
    assert team.carries == ("repo:50002",)
    (asset,) = (one for one in reading.assets.items if one.kind == "repository")
    assert set(asset.admins) == {ALICE, BEN, "40003"}
    assert not asset.sole_admin


def test_write_for_every_member_makes_the_membership_privileged(world: World) -> None:
    """Where the organisation gives everybody write, being in it is no small thing."""
    world.org.base = "write"
    assert world.grant("org:lumen-works").entitlement.privileged


def test_a_contractor_outside_the_organisation_is_read_and_removed_by_their_own_way(world: World) -> None:
    """Priya is no member: her repository and her place outside are read, and one call ends all of it."""
    outside, repo = world.read(PRIYA).grants.items
    assert (outside.entitlement.native_id, repo.entitlement.native_id) == ("outside:lumen-works", "repo:50002:write")
    assert world.connector.apply(Revoke(outside)).result is Result.APPLIED
    assert world.changed() == ["DELETE /orgs/lumen-works/outside_collaborators/priya-shah"]
    assert not world.read(PRIYA).grants.items
    assert not world.read(PRIYA).account.items
    assert world.connector.apply(Revoke(outside)).result is Result.ALREADY
    assert error_of(lambda: world.connector.apply(Assign(outside))).retry
    assert world.connector.apply(Assign(repo)).result is Result.PENDING
    practice.state.accept(world.org, seed.PRIYA)
    assert world.connector.apply(Assign(outside)).result is Result.ALREADY


def test_open_invitations_are_access_that_has_not_begun(world: World) -> None:
    """An invitation is shown as one, and withdrawing it works for the organisation and for a repository."""
    world.org.users[41000] = User(41000, "newcomer", "New Comer")
    practice.state.invite(world.org, 41000, "member", seed.BOT)
    world.org.repos["reports"].invited[41000] = "write"
    reading = world.read("41000")
    assert [one.entitlement.kind for one in reading.grants.items] == ["invitation", "invitation"]
    assert reading.account.items[0].active is False
    for grant in reversed(reading.grants.items):
        assert world.connector.apply(Revoke(grant)).result is Result.APPLIED
        assert world.connector.apply(Revoke(grant)).result is Result.ALREADY
    assert not world.read("41000").grants.items
    assert not world.org.repos["reports"].invited


def test_a_long_list_is_read_to_its_end(world: World) -> None:
    """Two hundred and fifty owners before her and as many keys: a cut list would hide the last ones."""
    for number in range(41000, 41250):
        world.org.users[number] = User(number, f"person-{number}", "Somebody")
        world.org.members[number] = Member("admin" if number < 41249 else "member")
    world.org.members[49998] = world.org.members.pop(seed.INES)
    world.org.users[49998] = world.org.users[seed.INES]
    assert world.read("41248").grants.items[0].entitlement.privileged


def test_a_renamed_account_is_found_by_its_number(world: World) -> None:
    """Alice changed her name on GitHub since she was linked; the change reaches her all the same."""
    team = world.grant("team:60001")
    world.org.users[seed.ALICE].login = "alice-the-great"
    assert world.read().account.items[0].label == "alice-the-great"
    assert world.connector.apply(Revoke(team)).result is Result.APPLIED
    assert seed.ALICE not in world.org.teams["payments"].members


def test_whoever_took_over_an_old_name_is_not_touched(world: World) -> None:
    """Alice's account is gone and somebody else took the name alice-m: their access stays, hers reads as empty."""
    grants, key = world.read().grants.items, world.read().made.items[0]
    world.org.users[45555] = replace(world.org.users.pop(seed.ALICE), id=45555)
    world.org.members[45555] = world.org.members.pop(seed.ALICE)
    world.org.roles[84001].users = {45555}
    for team in world.org.teams.values():
        if seed.ALICE in team.members:
            team.members[45555] = team.members.pop(seed.ALICE)
    payments = world.org.repos["payments-api"]
    payments.direct[45555] = payments.direct.pop(seed.ALICE)
    reading = world.read()
    assert not reading.account.items
    assert reading.grants.complete
    assert not reading.made.complete
    by_number = [one for one in grants if one.entitlement.kind in {"deployment reviewer", "rule exemption"}]
    by_name = [one for one in grants if one not in by_number]
    assert {world.connector.apply(Revoke(grant)).result for grant in by_name} == {Result.ALREADY}
    assert error_of(lambda: world.connector.apply(Assign(grants[0]))).kind is Kind.GONE
    assert world.changed() == []
    assert 45555 in world.org.members
    assert world.connector.apply(Disable(key)).result is Result.APPLIED


def test_a_link_without_a_number_is_refused(world: World) -> None:
    """A login is no identity; it is not even looked up."""
    assert error_of(lambda: world.read("alice-m")).kind is Kind.PERMANENT


def test_a_repository_that_hides_its_keys_makes_the_part_partial(world: World) -> None:
    """What could not be seen is named, and nothing is concluded from it."""
    with world.fault("GET /repos/lumen-works/payments-api/keys", status=403):
        made = world.read().made
    assert made.seen is Completeness.PARTIAL
    assert "payments-api" in made.why


def test_a_token_that_is_shown_no_private_repository_proves_nothing(world: World) -> None:
    """Without the scope repo the list is just shorter: nothing is complete, and nothing there counts as gone."""
    repo, (key,) = world.grant("repo:50001:admin"), world.read().made.items
    world.org.tokens[seed.TOKEN].scopes = frozenset({"admin:org"})
    reading = world.read()
    assert {reading.grants.seen, reading.made.seen, reading.assets.seen} == {Completeness.PARTIAL}
    for change in (Revoke(repo), Disable(key)):
        error = error_of(lambda change=change: world.connector.apply(change))  # type: ignore[misc]
        assert error.kind is Kind.PERMISSION
        assert "scope repo" in error.said
    assert any("scope repo" in line for line in world.connector.check().missing)
