"""What acts on GitHub without a person, what is paid per person, and what GitHub itself remembers of who made it."""

from __future__ import annotations

import pytest

from bot.practice.company.github import GitHub, seed
from tests.company.clients import rest

ORG = "/orgs/lumen-works"
PAY = "/repos/lumen-works/payments-api"


def test_a_webhook_does_not_tell_who_made_it_and_the_audit_log_does(github: GitHub) -> None:
    """Alice's hook is found by its number in what she did; removing it needs no more than that number."""
    with rest(github.url) as api:
        (hook,) = api.get(f"{PAY}/hooks").json()
        assert not [name for name in hook if "user" in name or "creator" in name]
        made = api.get(f"{ORG}/audit-log", params={"phrase": "actor:alice-m action:hook.create"}).json()
        assert [one["hook_id"] for one in made] == [hook["id"]]
        assert [api.delete(f"{PAY}/hooks/{hook['id']}").status_code for _ in range(2)] == [204, 404]
        assert api.delete(f"{ORG}/hooks/85002").status_code == 204
        again = {"config": {"url": "https://hooks.lumen.example/new"}, "events": ["push"]}
        assert api.post(f"{PAY}/hooks", json=again).json()["config"]["url"] == again["config"]["url"]  # type: ignore[index]
        assert api.post(f"{PAY}/hooks", json={"config": {}}).status_code == 422


@pytest.mark.parametrize("path", [f"{ORG}/hooks", f"{ORG}/audit-log", "/enterprises/lumen/consumed-licenses"])
def test_what_needs_a_scope_of_its_own_is_hidden_without_it(github: GitHub, path: str) -> None:
    """The token Usher starts with has admin:org and repo: these are not found, and the header says what is missing."""
    with rest(github.url, seed.TOKEN) as api:
        told = api.get(path)
    assert told.status_code == 404
    assert told.headers["x-accepted-oauth-scopes"] not in {"", *told.headers["x-oauth-scopes"].split(", ")}


def test_the_audit_log_is_searched_by_a_phrase(github: GitHub) -> None:
    """Who, what, where and when; newest first; and what is done now is in it at once."""
    with rest(github.url) as api:

        def actions(phrase: str, **more: str) -> list[str]:
            return [one["action"] for one in api.get(f"{ORG}/audit-log", params={"phrase": phrase, **more}).json()]

        assert actions("actor:alice-m")[0] == "git.push"
        assert actions("actor:alice-m", order="asc")[0] == "public_key.create"
        assert actions("action:hook") == ["hook.create"]
        assert actions("actor:alice-m -action:git.push created:<2000-01-01") == []
        assert "git.push" not in actions("actor:alice-m -action:git.push created:>=2000-01-01")
        api.delete(f"{ORG}/memberships/alice-m")
        assert actions("user:alice-m")[0] == "org.remove_member"
        first = api.get(f"{ORG}/audit-log", params={"per_page": 2})
        assert len(first.json()) == 2
        rest_of = api.get(first.links["next"]["url"]).json()
        assert not {one["_document_id"] for one in rest_of} & {one["_document_id"] for one in first.json()}
        assert api.get(f"{ORG}/audit-log", params={"include": "web"}).status_code == 200


def test_an_app_names_its_owner_and_its_place_does_not_name_who_let_it_in(github: GitHub) -> None:
    """Alice owns an app that is installed; the list of installations has no creator, the app has an owner."""
    with rest(github.url) as api:
        placed = api.get(f"{ORG}/installations").json()["installations"]
        owners = {one["app_slug"]: api.get(f"/apps/{one['app_slug']}").json()["owner"]["login"] for one in placed}
    assert owners == {"usher-app": "usher-bot", "refund-deployer": "alice-m"}


def test_whose_yes_a_deployment_needs_and_who_passes_the_rules_by(github: GitHub) -> None:
    """Alice reviews what goes to production and may pass the rules of main by, until somebody changes that."""
    with rest(github.url) as api:
        (production,) = api.get(f"{PAY}/environments").json()["environments"]
        (rule,) = production["protection_rules"]
        assert [one["reviewer"].get("login", one["reviewer"].get("slug")) for one in rule["reviewers"]] == [
            "alice-m",
            "oncall",
        ]
        assert [one["source_type"] for one in api.get(f"{PAY}/rulesets").json()] == ["Repository", "Organization"]
        (actor,) = api.get(f"{PAY}/rulesets/88001").json()["bypass_actors"]
        assert (actor["actor_type"], actor["actor_id"]) == ("User", seed.ALICE)
        assert api.put(f"{PAY}/rulesets/88001", json={"bypass_actors": []}).json()["bypass_actors"] == []
        kept = api.put(f"{ORG}/rulesets/88002", json={"name": "tags are signed"}).json()["bypass_actors"]
        assert [one["actor_type"] for one in kept] == ["Team"]
    with rest(github.url, "practice-alice-token") as alice:
        assert "bypass_actors" not in alice.get("/repos/lumen-works/infrastructure/rulesets/88002").json()


def test_machines_that_run_builds_come_off(github: GitHub) -> None:
    """Of a repository and of the organisation, each once."""
    with rest(github.url) as api:
        assert [api.delete(f"{PAY}/actions/runners/86001").status_code for _ in range(2)] == [204, 404]
        assert api.delete(f"{ORG}/actions/runners/86002").status_code == 204
        assert api.get(f"{ORG}/actions/runners").json()["total_count"] == 0


def test_roles_in_the_organisation_end_one_by_one_or_all_at_once(github: GitHub) -> None:
    """Held by name, through a team, or both; taking them twice is no error, and what a team gives stays."""
    path = f"{ORG}/organization-roles"
    with rest(github.url) as api:
        assert api.put(f"{path}/users/ines-f/84002").status_code == 204
        held = {one["login"]: one["assignment"] for one in api.get(f"{path}/84002/users").json()}
        assert held == {"ines-f": "mixed", "shaddad": "indirect"}
        assert [api.delete(f"{path}/users/alice-m").status_code for _ in range(2)] == [204, 204]
        assert api.get(f"{path}/84001/users").json() == []
        assert api.delete(f"{path}/users/ines-f/84002").status_code == 204
        assert len(api.get(f"{path}/84002/users").json()) == 2
        assert api.put(f"{path}/users/priya-shah/84001").status_code == 422


def test_a_seat_given_by_name_ends_and_one_given_by_a_team_does_not(github: GitHub) -> None:
    """Alice's ends with the month, Ben's with his team; a codespace is deleted in the background."""
    path = f"{ORG}/copilot/billing"
    with rest(github.url) as api:
        asked = {"selected_usernames": ["alice-m", "bokafor"]}
        assert api.request("DELETE", f"{path}/selected_users", json=asked).json() == {"seats_cancelled": 1}
        seats = {
            one["assignee"]["login"]: one["pending_cancellation_date"]
            for one in api.get(f"{path}/seats").json()["seats"]
        }
        assert seats["alice-m"]
        assert seats["bokafor"] is None
        (space,) = api.get(f"{ORG}/members/alice-m/codespaces").json()["codespaces"]
        assert api.delete(f"{ORG}/members/alice-m/codespaces/{space['name']}").status_code == 202
        assert api.get(f"{ORG}/members/alice-m/codespaces").json()["total_count"] == 0


def test_a_repository_is_given_away_in_the_background(github: GitHub) -> None:
    """202, and it is found here until GitHub got to it."""
    github.org.settle = 3600
    with rest(github.url) as api:
        assert api.post("/repos/lumen-works/reports/transfer", json={"new_owner": "elsewhere"}).status_code == 202
        assert api.get("/repositories/50005").status_code == 200
        github.settle()
        assert api.get("/repositories/50005").status_code == 404
