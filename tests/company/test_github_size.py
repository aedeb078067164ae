"""A large organisation: 20,000 members, 10,000 repositories, and nobody waits for a list."""

from __future__ import annotations

import time
from collections.abc import Iterator

import httpx
import pytest

from bot.practice.company.github import GitHub, crowd
from bot.practice.company.github import start as start_github
from tests.company.clients import rest

ORG = "/orgs/lumen-works"
SOURCES = """query($after: String) { organization(login: "lumen-works") { repositories(first: 100, after: $after) {
  totalCount pageInfo { hasNextPage endCursor }
  nodes { databaseId collaborators(first: 100, login: "person-7") { edges { permission node { databaseId }
    permissionSources { roleName source { __typename ... on Team { slug } ... on Repository { name } } } } } } } } }"""


@pytest.fixture(scope="module")
def large() -> Iterator[GitHub]:
    """The organisation, made once."""
    started = start_github(org=crowd.crowd())
    try:
        yield started
    finally:
        started.stop()


def seconds(began: float) -> float:
    """How long it took since then."""
    return time.monotonic() - began


def pages(api: httpx.Client, path: str) -> Iterator[list[dict[str, object]]]:
    """One page after another, by the links."""
    url: str | None = path
    while url:
        told = api.get(url)
        yield told.json()
        url = told.links.get("next", {}).get("url")


def test_everybody_is_listed_once(large: GitHub) -> None:
    """Two hundred pages of members, within ten seconds also on a busy machine."""
    began = time.monotonic()
    with rest(large.url) as api:
        logins = [one["login"] for page in pages(api, f"{ORG}/members?per_page=100") for one in page]
    assert len(logins) == len(set(logins)) == 20_008
    assert seconds(began) < 10


def test_one_page_of_repositories_costs_no_more_than_a_page(large: GitHub) -> None:
    """The last page of 10,000 comes as fast as the first."""
    with rest(large.url) as api:
        for page in (1, 100):
            began = time.monotonic()
            told = api.get(f"{ORG}/repos", params={"per_page": 100, "page": page})
            assert len(told.json()) == 100
            assert seconds(began) < 1


@pytest.mark.parametrize(
    "path",
    [
        "/users/person-19999",
        f"{ORG}/memberships/person-19999",
        f"{ORG}/outside_collaborators",
        f"{ORG}/teams/team-7/members",
        f"{ORG}/members?role=admin",
        "/repos/lumen-works/service-9999/collaborators?per_page=100",
        "/repos/lumen-works/service-9999/collaborators/person-7/permission",
    ],
)
def test_one_question_is_answered_at_once(large: GitHub, path: str) -> None:
    """Whoever is asked about, and how many others there are, makes no difference anybody feels."""
    with rest(large.url) as api:
        began = time.monotonic()
        assert api.get(path).status_code == 200
        assert seconds(began) < 1


def test_graphql_answers_for_a_hundred_repositories_at_once(large: GitHub) -> None:
    """Why one person reaches each: a base role, a team, a name on the repository itself."""
    with rest(large.url) as api:
        began = time.monotonic()
        told = api.post("/graphql", json={"query": SOURCES, "variables": {"after": "5"}}).json()["data"]["organization"]
        assert seconds(began) < 5
    nodes = told["repositories"]["nodes"]
    assert (len(nodes), told["repositories"]["totalCount"]) == (100, 10_005)
    (edge,) = nodes[7]["collaborators"]["edges"]
    assert edge["permission"] == "ADMIN"
    assert [one["source"]["__typename"] for one in edge["permissionSources"]] == ["Repository", "Team", "Organization"]
