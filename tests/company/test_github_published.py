"""Our GitHub against GitHub's own descriptions: what it answers exists there, in the cloud and on a server."""

from __future__ import annotations

from typing import Any

import graphql
import httpx
import pytest

from bot.practice.company.github import SCHEMA, depth, editions, seed, state
from bot.practice.company.github.things import ServerToken
from tests.tools import published
from tests.tools.github_watch import FILES, description, routes, watched

ORG = "/orgs/lumen-works"
REPO = "/repos/lumen-works/payments-api"
READS = (
    f"/user /users/alice-m /user/40004 /search/users?q=alice /rate_limit {ORG} {ORG}/members?role=admin "
    f"{ORG}/members?filter=2fa_disabled {ORG}/members/alice-m {ORG}/memberships/alice-m {ORG}/outside_collaborators "
    f"{ORG}/teams {ORG}/teams/payments /teams/60001 /organizations/70001/team/60001 {ORG}/teams/platform/members "
    f"{ORG}/teams/platform/memberships/ines-f {ORG}/teams/payments/repos {ORG}/teams/platform/teams "
    f"{ORG}/teams/platform/external-groups {ORG}/repos?type=private {REPO} /repositories/50001 {REPO}/collaborators "
    f"{REPO}/collaborators?affiliation=direct {REPO}/collaborators/alice-m {REPO}/collaborators/alice-m/permission "
    f"{REPO}/invitations {REPO}/teams {REPO}/keys {REPO}/keys/80001 {REPO}/hooks {REPO}/hooks/85001 {ORG}/hooks "
    f"{ORG}/actions/runners {REPO}/actions/runners {ORG}/actions/secrets {REPO}/actions/secrets {REPO}/environments "
    f"{REPO}/rulesets {REPO}/rulesets?includes_parents=false {REPO}/rulesets/88001 {ORG}/rulesets {ORG}/rulesets/88002 "
    f"{ORG}/installations /apps/usher-app {ORG}/organization-roles {ORG}/organization-roles/84001 "
    f"{ORG}/organization-roles/84001/users {ORG}/organization-roles/84002/users {ORG}/organization-roles/84002/teams "
    f"{ORG}/audit-log?phrase=actor:alice-m&include=all {REPO}/activity?actor=alice-m&time_period=quarter "
    f"{REPO}/commits?author=alice-m&since=2020-01-01T00:00:00Z {REPO}/actions/runs "
    f"{REPO}/actions/runs?status=in_progress {REPO}/actions/runs?event=schedule"
).split()
CLOUD_READS = (
    f"{ORG}/invitations {ORG}/failed_invitations {ORG}/teams/payments/invitations "
    f"{ORG}/teams/platform/team-sync/group-mappings {ORG}/credential-authorizations "
    f"{ORG}/credential-authorizations?login=alice-m {ORG}/copilot/billing/seats {ORG}/members/alice-m/copilot "
    f"{ORG}/members/alice-m/codespaces /enterprises/lumen/consumed-licenses"
).split()
SERVER_READS = ["/admin/tokens", "/admin/keys"]

pytestmark = pytest.mark.skipif(not published.there(), reason=published.MISSING)


@pytest.mark.parametrize("edition", sorted(FILES))
def test_every_address_is_published_for_the_edition_that_answers_it(edition: str) -> None:
    """What the cloud has and a server has not is not found there, and the other way round."""
    known = description(edition)
    for method, path in routes():
        if path != "/graphql":
            assert (known.operation(method, path) is not None) is editions.has(edition, path), (method, path)


@pytest.mark.parametrize(
    ("edition", "reads"),
    [("cloud", [*READS, *CLOUD_READS]), ("server", [*READS, *SERVER_READS])],
    ids=["cloud", "server"],
)
def test_every_read_is_answered_as_published(edition: str, reads: list[str]) -> None:
    """The whole company, read with a token that may read everything; the watch around it compares each answer."""
    org = seed.company()
    org.tokens[depth.FULL_TOKEN].scopes |= {"site_admin"}
    org.server_tokens = [ServerToken(1, seed.ALICE, "release script", ("repo",), state.now())]
    headers = {"Authorization": f"token {depth.FULL_TOKEN}"}
    with watched(org, edition=edition) as server, httpx.Client(base_url=server.url, headers=headers) as api:
        refused = {path: status for path in reads if (status := api.get(path).status_code) >= 300}
    assert refused == {}


def test_our_graphql_is_a_part_of_githubs() -> None:
    """Each type, field, argument and value of ours stands in the published schema, with the same type."""
    whole = graphql.build_schema((published.KEPT / "schema.graphql").read_text(encoding="utf-8"), assume_valid=True)
    ours = graphql.build_schema(SCHEMA.read_text(encoding="utf-8"))
    assert [
        wrong for name, mine in ours.type_map.items() for wrong in _unlike(name, mine, whole.type_map.get(name))
    ] == []


def _unlike(name: str, mine: Any, theirs: Any) -> list[str]:
    if theirs is None or type(mine) is not type(theirs):
        return [name]
    wrong = [f"{name}.{value}" for value in getattr(mine, "values", {}) if value not in theirs.values]
    for field, held in getattr(mine, "fields", {}).items():
        known = theirs.fields.get(field)
        if known is None or str(held.type) != str(known.type):
            wrong.append(f"{name}.{field}")
            continue
        wrong += [
            f"{name}.{field}({argument})"
            for argument, one in getattr(held, "args", {}).items()
            if argument not in known.args or str(one.type) != str(known.args[argument].type)
        ]
    return wrong
