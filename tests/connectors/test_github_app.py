"""GitHub with an app of ours: it sees and ends what a token cannot, and says which permission is missing."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from bot.domain.model import Assign, Disable, Revoke
from bot.practice.company.github import depth, seed
from connectors.interface import Connector, Kind, Result
from tests.connectors.contract import NOW, Contract, error_of, link_to
from tests.connectors.github_world import World, world

__all__ = ["world"]


STRANGE = (
    rsa.generate_private_key(public_exponent=65537, key_size=2048)
    .private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    .decode()
)


class AppWorld(World):
    """The same organisation, seen by the app."""

    def connect(self, token: str = seed.TOKEN, url: str = "") -> Connector:
        """With the app's key; instead of a wrong token, a key that GitHub does not know."""
        if token != seed.TOKEN:
            return self.as_app(url, STRANGE)
        if len(self.secrets) == 2:
            self.secrets = (*self.secrets, self.server.app_key())
        return self.as_app(url, self.secrets[2])


class TestGitHubAsApp(Contract):
    """What every connector owes, with the credential we recommend."""

    @pytest.fixture
    def harness(self, world: World) -> World:
        """Alice's organisation."""
        return AppWorld(world.server)


def test_an_app_reads_her_fine_grained_tokens_and_ends_them(world: World) -> None:
    """Nothing of what she signs in with is hidden, so nobody has to look by eye; and each kind ends."""
    world.connector = world.as_app()
    part = world.read().credentials
    assert part.complete
    assert {one.native_id: one.label for one in part.items} == {
        "sso:ssh_key": "alice laptop",
        "sso:personal_access_token": "release script",
        "pat:fine-grained": "refund job",
    }
    for one in part.items:
        assert world.connector.apply(Disable(one)).result is Result.APPLIED
        assert world.connector.apply(Disable(one)).result is Result.ALREADY
    assert not world.read().credentials.items
    assert {each.user for each in world.org.fine_grained} == {depth.BEN}
    assert seed.ALICE not in {each.user for each in world.org.authorizations}
    assert len(world.org.authorizations) == 3


def test_what_she_made_is_found_in_the_audit_log_and_removed(world: World) -> None:
    """A webhook goes on sending and an app goes on working after she left; only the audit log knows they are hers."""
    world.connector = world.as_app()
    reading = world.read()
    assert reading.made.complete
    hook = next(one for one in reading.made.items if one.kind == "webhook")
    assert hook.label == "webhook to https://hooks.lumen.example/payments on payments-api"
    assert "refund-deployer" in {one.label for one in reading.assets.items if one.kind == "GitHub App"}
    assert world.connector.apply(Disable(hook)).result is Result.APPLIED
    assert world.connector.apply(Disable(hook)).result is Result.ALREADY
    assert not world.org.repos["payments-api"].hooks
    assert [one.kind for one in world.read().made.items] == ["deploy key"]


def test_a_hook_that_somebody_with_her_old_name_made_is_not_hers(world: World) -> None:
    """The audit log is asked by name; the number decides."""
    world.org.users[seed.ALICE].login = "alice-the-great"
    world.org.users[45555] = type(world.org.users[seed.ALICE])(45555, "alice-m", "Another Alice")
    world.org.members[45555] = type(world.org.members[seed.ALICE])()
    world.connector = world.as_app()
    assert not [one for one in world.read("45555").made.items if one.kind == "webhook"]
    assert not world.read("45555").credentials.items


@pytest.mark.parametrize(
    ("permission", "title"),
    [
        ("members", "Members"),
        ("administration", "Administration (repository)"),
    ],
)
def test_an_app_that_lacks_what_is_needed_is_not_ready(world: World, permission: str, title: str) -> None:
    """The line names the permission as GitHub's page does, so that somebody can add it."""
    del world.org.installations[0].permissions[permission]
    check = world.as_app().check()
    assert not check.ready
    assert any(title in line for line in check.missing)


def test_an_app_that_lacks_something_is_ready_and_says_what_it_cannot(world: World) -> None:
    """Without the permission for fine-grained tokens everything else works; what is cut short is told with its cure."""
    del world.org.installations[0].permissions["organization_personal_access_tokens"]
    world.connector = world.as_app()
    check = world.connector.check()
    assert check.ready
    assert "Personal access tokens: write" in " ".join(check.limits)
    part = world.read().credentials
    assert not part.complete
    assert "fine-grained" in part.why


def test_an_app_that_may_more_than_it_must_is_told_so(world: World) -> None:
    """The practice app holds rights Usher does not use."""
    world.org.installations[0].permissions["workflows"] = "write"
    assert any("automated workflows" in line for line in world.as_app().check().excessive)


def test_an_app_without_its_members_permission_reads_nothing_instead_of_half(world: World) -> None:
    """It would be shown public members only, and call the rest gone."""
    del world.org.installations[0].permissions["members"]
    world.connector = world.as_app()
    assert error_of(world.read).kind is Kind.PERMISSION


def test_roles_that_are_hidden_prove_nothing_while_she_is_a_member(world: World) -> None:
    """Without the permission for roles a member's access is not seen whole; once she is out there can be none."""
    del world.org.installations[0].permissions["organization_custom_org_roles"]
    world.connector = world.as_app()
    reading = world.read()
    assert not reading.grants.complete
    assert "Custom organization roles" in reading.grants.why
    world.connector.apply(Revoke(reading.grants.items[0]))
    assert world.read().grants.complete


def test_an_app_is_set_up_with_a_key_that_is_one(world: World) -> None:
    """A key that is none, or an installation that is none, is the settings' fault and no reason to try again."""
    assert "APP_KEY" in world.as_app(key="not a key").check().missing[0]
    odd = world.as_app(INSTALLATION="here")
    assert error_of(lambda: odd.read(link_to(odd, world.link.native_id, "a"), NOW)).kind is Kind.CREDENTIAL
    world.org.installations[0].suspended_at = "2026-11-01T00:00:00Z"
    assert not world.as_app().check().ready


def test_a_role_comes_back_once_she_is_a_member_again(world: World) -> None:
    """Given before the membership it waits; given after it is there; given twice it is already so."""
    role = world.grant("role:84001")
    membership = world.grant("org:lumen-works")
    world.connector.apply(Revoke(membership))
    assert world.connector.apply(Revoke(role)).result is Result.ALREADY
    assert error_of(lambda: world.connector.apply(Assign(role))).retry
    world.connector.apply(Assign(membership))
    world.accept()
    assert world.connector.apply(Assign(role)).result is Result.APPLIED
    assert world.connector.apply(Assign(role)).result is Result.ALREADY


def test_an_invitation_that_lapsed_is_no_access(world: World) -> None:
    """GitHub keeps it in its list; it opens nothing any more."""
    reports = world.org.repos["reports"]
    reports.invited[seed.BEN] = "write"
    assert "invite:50005:write" in {one.entitlement.native_id for one in world.read(str(seed.BEN)).grants.items}
    reports.lapsed.add(seed.BEN)
    assert "invite:50005:write" not in {one.entitlement.native_id for one in world.read(str(seed.BEN)).grants.items}
