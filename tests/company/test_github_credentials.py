"""What people and programs sign in to GitHub with, and how each kind ends."""

from __future__ import annotations

import time

import pytest

from bot.practice.company import github as practice
from bot.practice.company.github import GitHub, depth, editions, seed, state
from bot.practice.company.github.things import ServerToken
from tests.company.clients import app_token, rest, signed
from tests.tools.github_watch import watched

ORG = "/orgs/lumen-works"
SSO = f"{ORG}/credential-authorizations"
FINE = f"{ORG}/personal-access-tokens"


def kinds(api: object) -> list[str]:
    """What single sign-on let in for Alice."""
    return [one["credential_type"] for one in api.get(SSO, params={"login": "alice-m"}).json()]  # type: ignore[attr-defined]


def test_what_single_sign_on_let_in_ends_in_the_background(github: GitHub) -> None:
    """202 at once, and the list is empty as soon as GitHub got to it; nobody else's credential is touched."""
    with rest(github.url) as api:
        assert kinds(api) == ["SSH key", "personal access token"]
        github.org.settle = 3600
        queued = api.post(f"{SSO}/alice-m/revoke")
        assert (queued.status_code, "alice-m" in queued.json()["message"]) == (202, True)
        assert len(kinds(api)) == 2
        github.settle()
        assert kinds(api) == []
        assert {one["login"] for one in api.get(SSO).json()} == {"bokafor", "ytanaka", "usher-bot"}


def test_one_kind_of_credential_ends_alone(github: GitHub) -> None:
    """Her SSH key goes, her token stays; a kind that does not exist is refused; one entry is removed once."""
    path = f"{SSO}/alice-m/revoke-credential-type"
    with rest(github.url) as api:
        assert api.post(path, json={"credential_type": "ssh_key"}).status_code == 202
        assert kinds(api) == ["personal access token"]
        assert [api.delete(f"{SSO}/81002").status_code for _ in range(2)] == [204, 404]
        assert kinds(api) == []
        assert "warning" in api.post(f"{SSO}/usher-bot/revoke").json()


def test_an_authorization_is_no_credential(github: GitHub) -> None:
    """Ben's token still signs him in after his authorization ended; destroying the token itself is another call."""
    with rest(github.url) as api, rest(github.url, depth.BEN_TOKEN) as ben:
        api.delete(f"{SSO}/81003")
        assert ben.get("/user").status_code == 200
        assert api.get(SSO, params={"login": "bokafor"}).json() == []


def test_a_deploy_key_dies_with_the_classic_token_that_added_it(github: GitHub) -> None:
    """A leaked token is destroyed by its text, by anybody; the key it added goes with it, Alice's own stays."""
    with rest(github.url) as api:
        told = api.post("/credentials/revoke", json={"credentials": ["practice-yuki-token", "never-existed"]})
        assert told.status_code == 202
        assert api.get("/repos/lumen-works/reports/keys").json() == []
        assert len(api.get("/repos/lumen-works/payments-api/keys").json()) == 1
    with rest(github.url, "practice-yuki-token") as yuki:
        assert yuki.get("/user").status_code == 401


def test_a_key_is_bound_to_the_token_of_the_call_that_adds_it(github: GitHub) -> None:
    """Ben adds one with his classic token: it ends with the token, and one added by Usher does not."""
    github.org.repos["web-shop"].direct[seed.BEN] = "admin"
    path = "/repos/lumen-works/web-shop/keys"
    with rest(github.url) as api, rest(github.url, depth.BEN_TOKEN) as ben:
        ben.post(path, json={"title": "ben's", "key": "ssh-ed25519 AAAAben"}).raise_for_status()
        api.post(path, json={"title": "usher's", "key": "ssh-ed25519 AAAAusher"}).raise_for_status()
        api.post("/credentials/revoke", json={"credentials": [depth.BEN_TOKEN]})
        assert [key["title"] for key in api.get(path).json()] == ["usher's"]


def test_an_enterprise_destroys_credentials_only_of_accounts_it_manages(github: GitHub) -> None:
    """Elsewhere the account is the person's own, and so are its keys and tokens."""
    path, asked = "/enterprises/lumen/credential-authorizations/ytanaka/revoke", {"revoke_credentials": True}
    with rest(github.url) as api:
        assert api.post(path, json=asked).status_code == 422
        github.org.enterprise.managed = True
        assert api.post(path, json=asked).status_code == 202
        assert api.get("/repos/lumen-works/reports/keys").json() == []
        assert api.delete("/enterprises/lumen/enterprise-roles/users/shaddad").status_code == 204
    assert github.org.enterprise.roles[1].users == set()


def test_fine_grained_tokens_are_shown_to_apps_only(github: GitHub) -> None:
    """An owner's own token is refused; an app lists Alice's token with what it reaches, and ends it."""
    with rest(github.url) as owner:
        assert owner.get(FINE).status_code == 403
    with rest(github.url, app_token(github)) as api:
        (one,) = api.get(FINE, params={"owner[]": "alice-m"}).json()
        assert (one["token_name"], one["repository_selection"]) == ("refund job", "subset")
        assert [repo["name"] for repo in api.get(f"{FINE}/{one['id']}/repositories").json()] == ["payments-api"]
        assert [api.post(f"{FINE}/{one['id']}", json={"action": "revoke"}).status_code for _ in range(2)] == [204, 404]
        assert api.post(FINE, json={"action": "revoke", "pat_ids": [82002]}).status_code == 202
        assert api.get(FINE).json() == []


def test_a_token_that_asks_for_access_is_denied_or_let_in(github: GitHub) -> None:
    """A request is no access yet; approved it becomes one, denied it is gone."""
    asking = f"{ORG}/personal-access-token-requests"
    with rest(github.url, app_token(github)) as api:
        (one,) = api.get(asking).json()
        assert one["reason"] == "For the board"
        assert api.get(f"{asking}/{one['id']}/repositories").json()[0]["name"] == "reports"
        assert api.post(f"{asking}/{one['id']}", json={"action": "deny"}).status_code == 204
        assert api.get(asking).json() == []
        assert len(api.get(FINE).json()) == 2


def test_an_app_signs_in_for_an_hour_with_what_it_was_given(github: GitHub) -> None:
    """Its token has permissions and no scopes, is refused beyond them, is nobody's, and ends."""
    token = app_token(github, permissions={"members": "read", "metadata": "read"})
    with rest(github.url, token) as api:
        told = api.get(f"{ORG}/members")
        assert told.status_code == 200
        assert "x-oauth-scopes" not in told.headers
        assert api.delete(f"{ORG}/memberships/alice-m").status_code == 403
        assert api.get("/user").status_code == 403
        assert api.get(FINE).status_code == 403
        github.org.tokens[token].expires = time.time() - 1
        assert api.get(f"{ORG}/members").status_code == 401


def test_an_app_that_is_not_who_it_says_gets_nothing(github: GitHub) -> None:
    """A wrong key, a wrong name, a note valid for too long, permissions it was not given, a suspended place."""
    pem, path = github.app_key(), f"/app/installations/{depth.INSTALLATION}/access_tokens"
    for bad in ("nonsense", signed(pem, "9999"), signed(pem, minutes=60)):
        with rest(github.url, bad) as api:
            assert api.post(path).status_code == 401
    with rest(github.url, signed(pem)) as api:
        assert api.get("/app").json()["slug"] == "usher-app"
        assert api.get(f"{ORG}/installation").json()["id"] == depth.INSTALLATION
        assert api.post(path, json={"permissions": {"workflows": "write"}}).status_code == 422
        assert api.post("/app/installations/7102/access_tokens").status_code == 404
        github.org.installations[0].suspended_at = state.now()
        assert api.post(path).status_code == 403


def test_a_server_suspends_and_ends_tokens_by_its_own_administrators() -> None:
    """What only an Enterprise Server has, and only with the scope site_admin."""
    org = seed.company()
    org.server_tokens = [ServerToken(81004, seed.YUKI, "reports upload", ("repo",), state.now())]
    with watched(org, edition=editions.SERVER) as server, rest(server.url) as api:
        assert api.put("/users/alice-m/suspended").status_code == 403
        org.tokens[depth.FULL_TOKEN].scopes |= {"site_admin"}
        assert api.put("/users/alice-m/suspended", json={"reason": "leaver"}).status_code == 204
        assert org.users[seed.ALICE].suspended_at
        assert api.delete("/users/alice-m/suspended").status_code == 204
        assert org.users[seed.ALICE].suspended_at is None
        keys = {one["title"]: one["id"] for one in api.get("/admin/keys").json()}
        assert api.delete(f"/admin/keys/{keys['alice laptop']},{keys['ci-payments']}").status_code == 204
        assert [api.delete("/admin/tokens/81004").status_code for _ in range(2)] == [204, 404]
        assert api.get("/admin/keys").json() == []


@pytest.mark.parametrize("path", [SSO, f"{ORG}/invitations", "/enterprises/lumen/consumed-licenses"])
def test_a_server_does_not_know_what_only_the_cloud_has(path: str) -> None:
    """Not found, as on a real one: a plan must say that it cannot see, not that there is nothing."""
    org = seed.company()
    org.edition = editions.SERVER
    server = practice.start(org=org)
    try:
        with rest(server.url) as api:
            assert api.get(path).status_code == 404
    finally:
        server.stop()
