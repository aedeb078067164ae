"""Who belongs to GitHub's organisation and how they leave it: the rules a leaver's plan meets."""

from __future__ import annotations

from bot.practice.company.github import GitHub, seed, state
from bot.practice.company.github.state import Team, User
from bot.practice.company.github.things import Invitation
from tests.company.clients import app_token, client, rest

ORG = "/orgs/lumen-works"


def test_a_membership_ends_once(github: GitHub) -> None:
    """204, then 404: what is gone cannot be removed again."""
    with rest(github.url) as api:
        assert [api.delete(f"{ORG}/memberships/alice-m").status_code for _ in range(2)] == [204, 404]


def test_what_an_enterprise_team_brings_stays_when_the_membership_ends(github: GitHub) -> None:
    """The direct membership ends, the indirect one is shown with its team, and only the enterprise can end it."""
    github.org.enterprise.teams["all-staff"] = {seed.ALICE}
    with rest(github.url) as api:
        assert api.get(f"{ORG}/memberships/alice-m").json()["direct_membership"]
        assert api.delete(f"{ORG}/memberships/alice-m").status_code == 204
        left = api.get(f"{ORG}/memberships/alice-m").json()
        assert (left["state"], left["direct_membership"]) == ("active", False)
        assert left["enterprise_teams_providing_indirect_membership"] == ["ent:all-staff"]
        assert api.delete(f"{ORG}/memberships/alice-m").status_code == 404


def test_an_inner_team_reaches_what_the_outer_one_opens(github: GitHub) -> None:
    """Members of a nested team are members of the team around it, and its repositories are theirs."""
    github.org.base = "none"
    github.org.teams["sre"] = Team(60005, "sre", "Site reliability", {seed.BEN: "member"}, parent="platform")
    with rest(github.url) as api:
        assert api.get(f"{ORG}/teams/sre").json()["parent"]["slug"] == "platform"
        assert [one["slug"] for one in api.get(f"{ORG}/teams/platform/teams").json()] == ["sre"]
        assert "bokafor" in {one["login"] for one in api.get(f"{ORG}/teams/platform/members").json()}
        assert {one["name"]: one["role_name"] for one in api.get(f"{ORG}/teams/sre/repos").json()} == {
            "infrastructure": "maintain"
        }
        reached = api.get("/repos/lumen-works/infrastructure/collaborators/bokafor/permission").json()
    assert (reached["permission"], reached["role_name"]) == ("write", "maintain")


def test_a_team_filled_by_the_identity_provider_is_changed_there(github: GitHub) -> None:
    """Reading it is fine, changing it is refused, and the group that fills it is named."""
    github.org.teams["payments"].group = "Directory: payments"
    with rest(github.url) as api:
        refused = api.delete(f"{ORG}/teams/payments/memberships/alice-m")
        assert (refused.status_code, "identity provider" in refused.json()["message"]) == (403, True)
        groups = api.get(f"{ORG}/teams/payments/external-groups").json()["groups"]
        assert [group["group_name"] for group in groups] == ["Directory: payments"]
        assert api.get(f"{ORG}/teams/payments/memberships/alice-m").status_code == 200


def test_invitations_come_in_three_kinds(github: GitHub) -> None:
    """By account, by e-mail (nobody knows whose), and to one repository, where a lapsed one stays in the list."""
    github.org.users[41000] = User(41000, "newcomer", "New Comer")
    with rest(github.url) as api:
        api.post(f"{ORG}/invitations", json={"email": "somebody@lumen.example", "team_ids": [60004]})
        api.post(f"{ORG}/invitations", json={"invitee_id": 41000, "role": "direct_member"})
        by_mail, by_account = api.get(f"{ORG}/invitations").json()
        assert (by_mail["login"], by_mail["email"]) == (None, "somebody@lumen.example")
        assert (by_account["login"], by_account["email"]) == ("newcomer", None)
        assert [one["slug"] for one in api.get(f"{ORG}/invitations/{by_mail['id']}/teams").json()] == ["data"]
        assert [api.delete(f"{ORG}/invitations/{by_mail['id']}").status_code for _ in range(2)] == [204, 404]
        api.put("/repos/lumen-works/reports/collaborators/newcomer", json={"permission": "triage"})
        github.org.repos["reports"].lapsed.add(41000)
        (lapsed,) = api.get("/repos/lumen-works/reports/invitations").json()
        assert (lapsed["expired"], lapsed["permissions"], lapsed["inviter"]["login"]) == (True, "triage", "usher-bot")
        assert [one["failed_reason"] for one in api.get(f"{ORG}/failed_invitations").json()] == ["Invitation expired"]


def test_what_a_collaborator_invited_others_to_ends_with_them(github: GitHub) -> None:
    """Removing somebody from a repository withdraws the invitations they sent to it."""
    shop = github.org.repos["web-shop"]
    shop.invited[seed.BOT], shop.inviters[seed.BOT] = "read", seed.PRIYA
    with rest(github.url) as api:
        assert api.delete("/repos/lumen-works/web-shop/collaborators/priya-shah").status_code == 204
        assert api.get("/repos/lumen-works/web-shop/invitations").json() == []


def test_a_role_of_the_companys_own_is_shown_by_its_name(github: GitHub) -> None:
    """The permission flags tell what it builds on, role_name what the company calls it."""
    with rest(github.url) as api:
        path = "/repos/lumen-works/web-shop/collaborators"
        assert api.put(f"{path}/bokafor", json={"permission": "release-manager"}).status_code == 204
        held = {one["login"]: one for one in api.get(path, params={"affiliation": "direct"}).json()}["bokafor"]
        assert (held["role_name"], held["permissions"]["maintain"]) == ("release-manager", True)
        told = api.get(f"{path}/bokafor/permission").json()
        assert (told["permission"], told["role_name"]) == ("write", "release-manager")
        assert api.put(f"{path}/bokafor", json={"permission": "king"}).status_code == 422


def test_reinstating_brings_back_role_teams_and_repositories(github: GitHub) -> None:
    """Once she accepts, Alice has what she had; nobody is reinstated who never was a member."""
    before = github.org.members[seed.ALICE].role
    with rest(github.url) as api:
        assert api.post(f"{ORG}/invitations", json={"invitee_id": seed.PRIYA, "role": "reinstate"}).status_code == 422
        api.delete(f"{ORG}/memberships/alice-m")
        made = api.post(f"{ORG}/invitations", json={"invitee_id": seed.ALICE, "role": "reinstate"})
        assert (made.status_code, made.json()["role"]) == (201, "reinstate")
        state.accept(github.org, seed.ALICE)
        assert api.get(f"{ORG}/memberships/alice-m").json()["role"] == before
    assert github.org.teams["payments"].members[seed.ALICE] == "member"
    assert github.org.repos["payments-api"].direct[seed.ALICE] == "admin"


def test_the_whole_enterprise_is_left_by_graphql(github: GitHub) -> None:
    """Out of the organisation one is still a member of the enterprise; a mutation ends that, once, for its owners."""
    ask = """mutation($who: ID!) { removeEnterpriseMember(input: {enterpriseId: "E_71001", userId: $who}) {
        user { login } } }"""
    asked = {"query": ask, "variables": {"who": f"U_{seed.ALICE}"}}
    with rest(github.url) as api, rest(github.url, seed.TOKEN) as narrow:
        api.delete(f"{ORG}/memberships/alice-m")
        assert seed.ALICE in github.org.enterprise.members
        assert narrow.post("/graphql", json=asked).json()["errors"][0]["type"] == "FORBIDDEN"
        done = api.post("/graphql", json=asked).json()
        assert done["data"]["removeEnterpriseMember"]["user"]["login"] == "alice-m"
        assert api.post("/graphql", json=asked).json()["errors"][0]["type"] == "NOT_FOUND"
    assert seed.ALICE not in github.org.enterprise.members
    assert [write.operation for write in github.ledger.changes()][1:] == ["POST /graphql mutation"] * 3


def test_an_account_that_matches_nobody_is_there_to_be_found(github: GitHub) -> None:
    """A member without a sign-on name and without a second factor; and a contractor who did nothing for 97 days."""
    with rest(github.url) as api:
        seats = api.get("/enterprises/lumen/consumed-licenses").json()
        assert seats["total_seats_consumed"] == 8
        nameless = [one["github_com_login"] for one in seats["users"] if one["github_com_saml_name_id"] is None]
        assert sorted(nameless) == ["lw-build", "usher-bot"]
        weak = api.get(f"{ORG}/members", params={"filter": "2fa_disabled"}).json()
        assert [one["login"] for one in weak] == ["lw-build"]
        (last,) = api.get(f"{ORG}/audit-log", params={"phrase": "actor:jonas-lund"}).json()
        quarter = {"actor": "jonas-lund", "time_period": "quarter"}
        assert api.get("/repos/lumen-works/runbooks/activity", params=quarter).json() == []
    assert last["action"] == "git.push"
    with client(github.url) as api:
        assert [one.login for one in api.get_organization("lumen-works").get_outside_collaborators()][
            -1
        ] == "jonas-lund"


def test_a_failed_invitation_is_no_open_one(github: GitHub) -> None:
    """It is listed apart, so that nobody takes it for access that may still begin."""
    github.org.invitations[7] = Invitation(7, 0, "member", seed.INES, state.now(), "x@lumen.example")
    with rest(github.url) as api:
        opened = {one["id"] for one in api.get(f"{ORG}/invitations").json()}
        failed = {one["id"] for one in api.get(f"{ORG}/failed_invitations").json()}
    assert opened == {7}
    assert not opened & failed


def test_an_app_works_on_repositories_with_the_rights_it_was_given(github: GitHub) -> None:
    """With them it sees and removes as an administrator does; without them it reads, and is refused the rest."""
    keys = "/repos/lumen-works/payments-api/keys"
    with rest(github.url, app_token(github)) as api:
        assert [key["added_by"] for key in api.get(keys).json()] == ["alice-m"]
        assert api.delete("/repos/lumen-works/payments-api/collaborators/alice-m").status_code == 204
        assert len(api.get(f"{ORG}/repos").json()) == 5
    with rest(github.url, app_token(github, permissions={"metadata": "read"})) as api:
        assert api.get("/repos/lumen-works/payments-api").json()["permissions"]["admin"] is False
        assert api.get(keys).status_code == 403


def test_a_member_becomes_somebody_outside_with_what_their_teams_gave(github: GitHub) -> None:
    """At once or in the background; the last owner stays."""
    path = f"{ORG}/outside_collaborators"
    with rest(github.url) as api:
        assert api.put(f"{path}/alice-m").status_code == 204
        assert github.org.repos["web-shop"].direct[seed.ALICE] == "write"
        github.org.settle = 3600
        assert api.put(f"{path}/bokafor", json={"async": True}).status_code == 202
        assert api.get(f"{ORG}/members/bokafor").status_code == 204
        github.settle()
        assert api.get(f"{ORG}/members/bokafor").status_code == 404
        assert api.put(f"{path}/bokafor").status_code == 404
        assert api.delete(f"{ORG}/members/ytanaka").status_code == 204


def test_a_private_repository_is_hidden_from_who_may_not_see_it(github: GitHub) -> None:
    """Not found for a stranger, refused for a reader who wants to change it, found by its number by who may."""
    github.org.base = "none"
    github.org.tokens["practice-ben"] = state.Token("bokafor", frozenset({"repo"}))
    with rest(github.url, "practice-ben") as ben:
        assert ben.get("/repos/lumen-works/reports").status_code == 404
        assert ben.get("/repos/lumen-works/payments-api").json()["permissions"]["push"]
        assert ben.get("/repos/lumen-works/payments-api/keys").status_code == 403
        assert ben.get("/repositories/50001").json()["name"] == "payments-api"
        assert {one["name"] for one in ben.get(f"{ORG}/repos").json()} == {"payments-api", "web-shop"}
        assert {one["login"] for one in ben.get("/repos/lumen-works/web-shop/collaborators").json()} == {
            "marco-rossi",
            "alice-m",
            "ines-f",
            "bokafor",
            "priya-shah",
            "usher-bot",
        }
