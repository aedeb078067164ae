"""GitHub as the unmodified PyGithub meets it: what removal takes along, what is refused, and how it fails on demand."""

from __future__ import annotations

import time

import httpx
import pytest
import requests
from github import BadCredentialsException, GithubException, UnknownObjectException

from bot.practice.company import github as practice
from bot.practice.company.github import GitHub, state
from bot.practice.company.wire import Fault
from tests.company.clients import client

ORG = "lumen-works"


def test_alice_has_what_the_story_says(github: GitHub) -> None:
    """A member of two teams, alone as admin of payments-api, where a key she added was used two hours ago."""
    with client(github.url) as api:
        org, alice = api.get_organization(ORG), api.get_user_by_id(40004)
        membership = alice.get_organization_membership(org)
        assert (membership.state, membership.role) == ("active", "member")
        assert [team.slug for team in org.get_teams() if team.has_in_members(alice)] == ["payments", "oncall"]
        repo = org.get_repo("payments-api")
        direct = repo.get_collaborators(affiliation="direct")
        assert [(who.login, who.permissions.admin) for who in direct] == [("alice-m", True)]
        (key,) = repo.get_keys()
        assert (key.title, key.added_by) == ("ci-payments", "alice-m")
        assert api.get_repo(f"{ORG}/web-shop").get_collaborator_permission("alice-m") == "write"


def test_a_removed_member_leaves_every_team_and_repository(github: GitHub) -> None:
    """Membership, teams and direct grants end together; the deploy key stays, and Ben keeps everything."""
    with client(github.url) as api:
        org, alice = api.get_organization(ORG), api.get_user("alice-m")
        org.remove_from_membership(alice)
        with pytest.raises(UnknownObjectException):
            alice.get_organization_membership(org)
        payments = org.get_team_by_slug("payments")
        assert [member.login for member in payments.get_members()] == ["marco-rossi", "bokafor"]
        repo = org.get_repo("payments-api")
        assert repo.get_collaborator_permission("alice-m") == "none"
        assert repo.get_collaborator_permission("bokafor") == "write"
        assert repo.get_keys().totalCount == 1
    assert [write.operation for write in github.ledger.changes()] == [f"DELETE /orgs/{ORG}/memberships/alice-m"]


def test_what_is_already_gone_is_not_found(github: GitHub) -> None:
    """Leaving a team twice, leaving the organisation twice: the second time GitHub knows nothing to remove."""
    with client(github.url) as api:
        org, alice = api.get_organization(ORG), api.get_user("alice-m")
        team = org.get_team_by_slug("oncall")
        team.remove_membership(alice)
        with pytest.raises(UnknownObjectException):
            team.remove_membership(alice)
        org.remove_from_membership(alice)
        with pytest.raises(UnknownObjectException):
            org.remove_from_membership(alice)


def test_the_last_owner_stays(github: GitHub) -> None:
    """An organisation always keeps one owner: removal and demotion are refused."""
    del github.org.members[49999]
    github.org.tokens["practice-ines-token"] = state.Token("ines-f", frozenset({"admin:org", "repo"}))
    with client(github.url, "practice-ines-token") as api:
        org, ines = api.get_organization(ORG), api.get_user("ines-f")
        with pytest.raises(GithubException) as removal:
            org.remove_from_membership(ines)
        with pytest.raises(GithubException) as demotion:
            org.add_to_members(ines, role="member")
    assert (removal.value.status, demotion.value.status) == (403, 403)


def test_people_outside_are_removed_another_way(github: GitHub) -> None:
    """Outside collaborators lose all repositories with one call, which refuses members."""
    with client(github.url) as api:
        org = api.get_organization(ORG)
        assert [person.login for person in org.get_outside_collaborators()] == ["priya-shah", "jonas-lund"]
        with pytest.raises(GithubException) as member:
            org.remove_outside_collaborator(api.get_user("alice-m"))
        assert member.value.status == 422
        org.remove_outside_collaborator(api.get_user("priya-shah"))
        assert [person.login for person in org.get_outside_collaborators()] == ["jonas-lund"]


def test_a_newcomer_is_pending_until_they_accept(github: GitHub) -> None:
    """A team invites into the organisation first; access begins with acceptance, not with the invitation."""
    with client(github.url) as api:
        org, priya = api.get_organization(ORG), api.get_user("priya-shah")
        data = org.get_team_by_slug("data")
        data.add_membership(priya, role="member")
        assert data.get_team_membership(priya).state == "pending"
        assert [person.login for person in org.invitations()] == ["priya-shah"]
        state.accept(github.org, priya.id)
        assert data.get_team_membership(priya).state == "active"
        assert org.invitations().totalCount == 0


def test_a_removed_member_can_be_reinstated(github: GitHub) -> None:
    """The invitation with role reinstate brings the teams back once the person accepts."""
    with client(github.url) as api:
        org, alice = api.get_organization(ORG), api.get_user("alice-m")
        org.remove_from_membership(alice)
        api.requester.requestJsonAndCheck(
            "POST", f"/orgs/{ORG}/invitations", input={"invitee_id": alice.id, "role": "reinstate"}
        )
        state.accept(github.org, alice.id)
        assert org.get_team_by_slug("oncall").has_in_members(alice)


def test_long_lists_come_in_pages(github: GitHub) -> None:
    """Following the Link header gives everybody once, two at a time."""
    with client(github.url, per_page=2) as api:
        logins = [member.login for member in api.get_organization(ORG).get_members()]
    assert len(logins) == len(set(logins)) == 8
    assert github.ledger.calls >= 5


def test_deploy_keys_come_and_go(github: GitHub) -> None:
    """A key is added in the name of the caller, refused when it is in use, and removed for good."""
    with client(github.url) as api:
        repo = api.get_organization(ORG).get_repo("web-shop")
        made = repo.create_key("deploy", "ssh-ed25519 practice-only", read_only=True)
        assert repo.get_key(made.id).added_by == "usher-bot"
        with pytest.raises(GithubException) as again:
            repo.create_key("deploy", "ssh-ed25519 practice-only")
        assert again.value.status == 422
        made.delete()
        assert repo.get_keys().totalCount == 0


def test_pushes_are_listed_by_person(github: GitHub) -> None:
    """Activity tells when Alice last pushed, apart from what others did."""
    with client(github.url) as api:
        _, pushes = api.requester.requestJsonAndCheck(
            "GET", f"/repos/{ORG}/payments-api/activity", parameters={"actor": "alice-m"}
        )
    assert {push["actor"]["id"] for push in pushes} == {40004}
    assert len(pushes) == 2


def test_a_wrong_token_is_told_apart_from_a_weak_one(github: GitHub) -> None:
    """Bad credentials are 401; a token without the scope sees nothing to change: 404; a member is refused: 403."""
    with client(github.url, "nonsense") as api, pytest.raises(BadCredentialsException):
        api.get_user("alice-m")
    asked = {"practice-github-reader": 404, "practice-alice-token": 404}
    github.org.tokens["member"] = state.Token("alice-m", frozenset({"admin:org", "repo"}))
    for token, status in {**asked, "member": 403}.items():
        with client(github.url, token) as api, pytest.raises(GithubException) as refused:
            api.get_organization(ORG).remove_from_membership(api.get_user("bokafor"))
        assert refused.value.status == status
    assert github.ledger.changes() == ()


def test_github_throttles_on_demand(github: GitHub) -> None:
    """A 429 with Retry-After, once; the next call goes through."""
    github.ledger.faults.append(Fault("GET /users", status=429, retry_after=7))
    with client(github.url) as api:
        with pytest.raises(GithubException) as throttled:
            api.get_user("alice-m")
        assert throttled.value.status == 429
        assert (throttled.value.headers or {})["retry-after"] == "7"
        assert api.get_user("alice-m").id == 40004


def test_github_answers_with_a_web_page_on_demand(github: GitHub) -> None:
    """A proxy's maintenance page comes with status 200, which PyGithub takes for an answer: look at what it says."""
    github.ledger.faults.append(Fault("GET /users", html=True))
    with client(github.url) as api:
        headers, answer = api.requester.requestJsonAndCheck("GET", "/users/alice-m")
    assert headers["content-type"].startswith("text/html")
    assert "login" not in answer


def test_an_answer_can_get_lost_after_the_work_is_done(github: GitHub) -> None:
    """The caller sees a broken connection, and the truth log says that the membership ended."""
    github.ledger.faults.append(Fault("DELETE", lost=True))
    with client(github.url) as api:
        org, alice = api.get_organization(ORG), api.get_user("alice-m")
        with pytest.raises(requests.ConnectionError):
            org.remove_from_membership(alice)
        assert not org.has_in_members(alice)
    assert len(github.ledger.changes()) == 1


def test_no_web_page_may_switch_faults(github: GitHub) -> None:
    """A call that says it comes from a browser page is refused."""
    refused = httpx.post(f"{github.url}/_/faults", json={"match": ""}, headers={"Origin": "https://elsewhere.example"})
    assert refused.status_code == 403
    assert github.ledger.faults == []


def test_a_distant_github_takes_its_time() -> None:
    """Latency is added to every call, so that a demonstration feels like the real thing."""
    started = practice.start(latency=0.2)
    try:
        with client(started.url) as api:
            began = time.monotonic()
            api.get_rate_limit()
            assert time.monotonic() - began >= 0.2
    finally:
        started.stop()
