"""GitHub's GraphQL, for what REST answers one by one: who is where, through which team, and by which sign-on name."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from bot.practice.company.github import GitHub, seed
from tests.company.clients import rest


def ask(api: httpx.Client, inside: str, **variables: object) -> Any:
    """What the organisation says to this question."""
    named = "query($a: String)" if "$a" in inside else ""
    query = f'{named} {{ organization(login: "lumen-works") {{ {inside} }} }}'
    told = api.post("/graphql", json={"query": query, "variables": variables}).raise_for_status().json()
    assert "errors" not in told, told
    return told["data"]["organization"]


def test_the_teams_of_one_person_are_one_question(github: GitHub) -> None:
    """With the role in each, the team around it and what it opens."""
    inside = """teams(first: 10, userLogins: ["alice-m"]) { totalCount nodes { slug parentTeam { slug }
      members(first: 5, membership: IMMEDIATE, query: "alice") { edges { role node { databaseId } } }
      repositories(first: 5) { edges { permission node { name } } } } }"""
    github.org.teams["oncall"].parent = "platform"
    with rest(github.url) as api:
        payments, oncall = ask(api, inside)["teams"]["nodes"]
    assert payments["repositories"]["edges"][0] == {"permission": "WRITE", "node": {"name": "payments-api"}}
    assert (payments["parentTeam"], oncall["parentTeam"]) == (None, {"slug": "platform"})
    assert oncall["members"]["edges"] == [{"role": "MAINTAINER", "node": {"databaseId": seed.ALICE}}]


def test_why_somebody_reaches_a_repository_is_said(github: GitHub) -> None:
    """By name, through a team, as a member; people outside have the name only."""
    inside = """repositories(first: 2) { nodes { name deployKeys(first: 1) { nodes { title readOnly } }
      all: collaborators(first: 9, login: "alice-m") { edges { permission
        permissionSources { permission roleName source { __typename ... on Team { slug } } } } }
      outside: collaborators(first: 9, affiliation: OUTSIDE) { nodes { login } }
      direct: collaborators(first: 9, affiliation: DIRECT, query: "i") { totalCount nodes { login } } } }"""
    with rest(github.url) as api:
        payments, shop = ask(api, inside)["repositories"]["nodes"]
    (edge,) = payments["all"]["edges"]
    assert edge["permission"] == "ADMIN"
    assert [(one["source"]["__typename"], one["roleName"]) for one in edge["permissionSources"]] == [
        ("Repository", "admin"),
        ("Team", "write"),
        ("Organization", "read"),
    ]
    assert payments["deployKeys"]["nodes"] == [{"title": "ci-payments", "readOnly": False}]
    assert [one["login"] for one in shop["outside"]["nodes"]] == ["priya-shah"]
    assert {one["login"] for one in shop["direct"]["nodes"]} == {"priya-shah", "marco-rossi"}


def test_a_sign_on_name_leads_to_one_account(github: GitHub) -> None:
    """By the work address, as the identity provider knows it; without single sign-on there is nothing to ask."""
    inside = """samlIdentityProvider { externalIdentities(first: 2, userName: $a, membersOnly: true) {
      nodes { guid samlIdentity { nameId } user { databaseId login } } } }"""
    with rest(github.url) as api:
        (found,) = ask(api, inside, a="alice.martin@lumen.example")["samlIdentityProvider"]["externalIdentities"][
            "nodes"
        ]
        assert found["user"] == {"databaseId": seed.ALICE, "login": "alice-m"}
        github.org.identities.clear()
        assert ask(api, inside, a="alice.martin@lumen.example") == {"samlIdentityProvider": None}


def test_a_long_list_is_read_by_its_cursors(github: GitHub) -> None:
    """Three at a time, each once, with the role and the second factor of everybody."""
    inside = """membersWithRole(first: 3, after: $a) { totalCount pageInfo { endCursor hasNextPage }
      edges { role hasTwoFactorEnabled node { login } } }"""
    with rest(github.url) as api:
        page = ask(api, inside)["membersWithRole"]
        seen = page["edges"]
        while page["pageInfo"]["hasNextPage"]:
            page = ask(api, inside, a=page["pageInfo"]["endCursor"])["membersWithRole"]
            seen += page["edges"]
    assert len({one["node"]["login"] for one in seen}) == page["totalCount"] == len(seen) == 8
    assert {one["node"]["login"] for one in seen if one["role"] == "ADMIN"} == {"ines-f", "usher-bot"}
    assert [one["node"]["login"] for one in seen if not one["hasTwoFactorEnabled"]] == ["lw-build"]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ('{ organization(login: "others") { login } }', "Could not resolve"),
        ('{ organization(login: "lumen-works") { teams { totalCount } } }', "`first`"),
        ('{ organization(login: "lumen-works") { teams(first: 500) { totalCount } } }', "`first`"),
        ('{ organization(login: "lumen-works") { colour } }', "colour"),
        ("{", "Syntax Error"),
    ],
)
def test_what_goes_wrong_is_told_with_status_200(github: GitHub, query: str, said: str) -> None:
    """As at GitHub: whoever looks at the status alone takes an error for an answer."""
    with rest(github.url) as api:
        told = api.post("/graphql", json={"query": query})
    assert told.status_code == 200
    assert said in told.json()["errors"][0]["message"]


def test_an_account_and_an_enterprise_are_found_by_name(github: GitHub) -> None:
    """What the mutation needs: the node ids of both."""
    query = (
        '{ viewer { login } enterprise(slug: "lumen") { id name } node(id: "U_40004") { id ... on User { login } } }'
    )
    with rest(github.url) as api:
        told = api.post("/graphql", json={"query": query}).json()["data"]
    assert told["viewer"]["login"] == "usher-bot"
    assert told["enterprise"]["id"] == "E_71001"
    assert told["node"] == {"id": "U_40004", "login": "alice-m"}


def test_every_answer_carries_what_is_left_and_a_number_to_ask_about(github: GitHub) -> None:
    """The limit goes down by one with each call, and no two calls have the same request id."""
    with rest(github.url) as api:
        first, second = (api.get("/user").headers for _ in range(2))
    assert int(first["x-ratelimit-remaining"]) - int(second["x-ratelimit-remaining"]) == 1
    assert int(second["x-ratelimit-used"]) + int(second["x-ratelimit-remaining"]) == int(second["x-ratelimit-limit"])
    assert first["x-github-request-id"] != second["x-github-request-id"]
    assert "admin:org" in first["x-oauth-scopes"].split(", ")
