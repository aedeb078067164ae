"""What GraphQL says of many repositories in one call, where REST takes a call for each of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from bot.domain.model import Account
from connectors.github.facts import ROLES
from connectors.github.wire import REPOSITORY, Api, Row, permitted
from connectors.wire.together import side_by_side

AT_ONCE = 50  # repositories in one question: GitHub gives up on questions that take it more than ten seconds
# A deploy key does not say here who added it; but most repositories have none, and those are not asked again.
DIRECT = """query($ids: [ID!]!, $login: String!) {
  nodes(ids: $ids) {
    ... on Repository {
      databaseId
      viewerCanAdminister
      deployKeys(first: 1) { totalCount }
      collaborators(first: 1, affiliation: DIRECT, login: $login) {
        edges { permission node { databaseId login } permissionSources { roleName source { __typename } } }
      }
    }
  }
}"""


@dataclass(frozen=True, slots=True)
class Direct:
    """What one account was given on one repository itself (`hers`; None: hidden), and whether it may have keys."""

    hers: Row | None
    seen: bool
    keys: bool = True


def batches(api: Api, query: str, repos: Sequence[Row], **variables: object) -> dict[int, Row]:
    """The answers by the repository's number; whichever is hidden or not answered is missing. Raises ConnectorError."""
    parts = [repos[at : at + AT_ONCE] for at in range(0, len(repos), AT_ONCE)]

    def ask(part: Sequence[Row]) -> Iterable[tuple[int, Row]]:
        found = api.nodes(query, [str(row["node_id"]) for row in part], **variables) or ()
        return [(int(row["id"]), one) for row, one in zip(part, found, strict=False) if one]

    return {number: one for part in side_by_side(ask, parts, at_once=api.at_once) for number, one in part}


def direct(api: Api, who: Account, repos: Sequence[Row]) -> tuple[Direct, ...]:
    """For each repository, in this order; what GraphQL does not show is asked by REST. Raises ConnectorError."""
    found = batches(api, DIRECT, repos, login=who.label)
    shown = {number: _shown(who, node) for number, node in found.items() if node.get("collaborators") is not None}
    rest = [row for row in repos if int(row["id"]) not in shown]
    shown |= zip(
        (int(row["id"]) for row in rest),
        side_by_side(partial(_asked, api, who), rest, at_once=api.at_once),
        strict=True,
    )
    return tuple(shown[int(row["id"])] for row in repos)


def _asked(api: Api, who: Account, row: Row) -> Direct:
    path = f"/repos/{row['full_name']}/collaborators"
    people = permitted(partial(api.every, path, needs=REPOSITORY, affiliation="direct"))
    return Direct(next((one for one in people or () if str(one["id"]) == who.native_id), None), people is not None)


def _shown(who: Account, node: Row) -> Direct:
    keys = bool(node["deployKeys"]["totalCount"]) or not node["viewerCanAdminister"]  # who may not see them counts none
    return Direct(_hers(who.native_id, node["collaborators"]["edges"]), seen=True, keys=keys)


def _hers(native_id: str, edges: Iterable[Row]) -> Row | None:
    """Her role as a row of REST has it: what the repository itself gives, not what a team adds to it."""
    for edge in edges:
        if str(edge["node"]["databaseId"]) == native_id:
            own = (one for one in edge.get("permissionSources") or () if one["source"]["__typename"] == "Repository")
            named = next((str(one["roleName"]) for one in own if one.get("roleName")), str(edge["permission"]).lower())
            return {"id": native_id, "login": edge["node"]["login"], "role_name": ROLES.get(named, named)}
    return None


def role_now(api: Api, repo: Row, held: Row) -> Row:
    """A row of the list of direct collaborators, with the role that the repository itself gives.

    REST names the highest role instead, also one that comes from a team. Raises ConnectorError.
    """
    found = batches(api, DIRECT, (repo,), login=str(held["login"])).get(int(repo["id"]))
    if found is None or found.get("collaborators") is None:
        return held
    return _hers(str(held["id"]), found["collaborators"]["edges"]) or held
