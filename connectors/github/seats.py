"""Taking a seat from somebody who approves or passes rules by, and giving it back; everybody else keeps theirs."""

from __future__ import annotations

from collections.abc import Iterable

from bot.domain.model import Account
from connectors.github.approvals import RULES
from connectors.github.repositories import Target, needed, target
from connectors.github.sight import ended, gone, no_repository
from connectors.github.wire import Api, Row, hidden
from connectors.interface import ConnectorError, Kind, Outcome, Result

WAITS = "This follows once the person can read the repository again."
# The lists of a protected branch by the name GitHub reads them under, and the one it takes them under.
_LISTS = {
    "bypassPullRequestAllowances": "bypassPullRequestActorIds",
    "bypassForcePushAllowances": "bypassForcePushActorIds",
    "pushAllowances": "pushActorIds",
}
_ACTORS = "nodes { actor { __typename ... on User { id databaseId } ... on Team { id } ... on App { id } } }"
BRANCH = f"""query($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on BranchProtectionRule {{ pattern
  bypassPullRequestAllowances(first: 100) {{ {_ACTORS} }}
  bypassForcePushAllowances(first: 100) {{ {_ACTORS} }}
  pushAllowances(first: 100) {{ {_ACTORS} }} }} }} }}"""
CHANGE = """mutation($input: UpdateBranchProtectionRuleInput!) {
  updateBranchProtectionRule(input: $input) { branchProtectionRule { id } } }"""


def place_of(api: Api, number: str, *, give: bool) -> Target | Outcome:
    """The repository, or the outcome that stands for its being gone, which no gift is. Raises ConnectorError."""
    return needed(api, number) if give else target(api, number) or no_repository(api)


def _missing(api: Api, said: str, *, give: bool) -> Outcome:
    """What is not there any more is taken already; given it cannot be. Raises ConnectorError."""
    if give:
        raise ConnectorError(said, kind=Kind.GONE)
    return gone(api, said)


# ---- who lets a deployment through ----


def deployment(api: Api, account: Account, number: str, environment: str, *, give: bool) -> Outcome:
    """Take or give a place among the reviewers of an environment. Raises ConnectorError, also for the only one."""
    place = place_of(api, number, give=give)
    if isinstance(place, Outcome):
        return place
    path = f"{place.path}/environments"
    rows = api.every(path, needs=RULES, under="environments")
    row = next((one for one in rows if str(one["id"]) == environment), None)
    if row is None:
        return _missing(api, "The environment no longer exists.", give=give)
    reviewers = list(_reviewers(row))
    hers = {"type": "User", "id": int(account.native_id)}
    if (hers in reviewers) is give:
        return Outcome(Result.ALREADY, f"The reviewers of {row['name']} on {place.name} are so already.")
    rest = [*reviewers, hers] if give else [one for one in reviewers if one != hers]
    if not rest:
        said = f"Nobody else reviews deployments to {row['name']} on {place.name}: name another reviewer first."
        raise ConnectorError(said, kind=Kind.PERMANENT)
    body = {**_kept(row), "reviewers": rest}
    answer = api.send("PUT", f"{path}/{row['name']}", body, needs=RULES, accept=frozenset({422}))
    if answer.status == 422:
        raise ConnectorError(WAITS)
    return ended(answer, f"Deployments to {row['name']} on {place.name}: reviewer {'added' if give else 'removed'}.")


def _rules(row: Row, kind: str) -> Iterable[Row]:
    return (one for one in row.get("protection_rules") or () if one.get("type") == kind)


def _reviewers(row: Row) -> Iterable[Row]:
    for rule in _rules(row, "required_reviewers"):
        yield from ({"type": one["type"], "id": one["reviewer"]["id"]} for one in rule.get("reviewers") or ())


def _kept(row: Row) -> dict[str, object]:
    """What else there is to the environment: GitHub would take away what is left out."""
    policy = row.get("deployment_branch_policy")
    names = ("protected_branches", "custom_branch_policies")
    return {
        "wait_timer": next((int(one["wait_timer"]) for one in _rules(row, "wait_timer")), 0),
        "prevent_self_review": any(one.get("prevent_self_review") for one in _rules(row, "required_reviewers")),
        "deployment_branch_policy": {name: policy[name] for name in names} if policy else None,
    }


# ---- who passes a ruleset by ----


def exemption(api: Api, account: Account, number: str, ruleset: str, mode: str, *, give: bool) -> Outcome:
    """Take or give a place among those who pass a rule by; `number` is empty for the organisation's own rules.

    Raises ConnectorError.
    """
    place = place_of(api, number, give=give) if number else None
    if isinstance(place, Outcome):
        return place
    path = f"{place.path if place else api.home}/rulesets/{ruleset}"
    row = api.get(path, needs=RULES)
    if not row.found:
        return _missing(api, "The rule no longer exists.", give=give)
    if "bypass_actors" not in row.body:
        raise hidden(RULES)
    actors = row.body["bypass_actors"] or []
    hers = [one for one in actors if (one["actor_type"], str(one["actor_id"])) == ("User", account.native_id)]
    if bool(hers) is give:
        return Outcome(Result.ALREADY, f"The exemptions from {row.body['name']} are so already.")
    added = {"actor_id": int(account.native_id), "actor_type": "User", "bypass_mode": mode or "always"}
    rest = [*actors, added] if give else [one for one in actors if one not in hers]
    answer = api.send("PUT", path, {"bypass_actors": rest}, needs=RULES, accept=frozenset({422}))
    if answer.status == 422:
        raise ConnectorError(WAITS)
    return ended(answer, f"Exemption from the rule {row.body['name']} {'given' if give else 'ended'}.")


# ---- who is exempt from the protection of a branch ----


def branch(api: Api, account: Account, number: str, name: str, rule: str, *, give: bool) -> Outcome:
    """Take or give a place on one of the lists of a protected branch. Raises ConnectorError."""
    place = place_of(api, number, give=give)
    if isinstance(place, Outcome):
        return place
    found = api.nodes(BRANCH, [rule])
    if found is None:
        raise hidden(RULES)
    row = found[0]
    if row is None:
        return _missing(api, "The branch is no longer protected.", give=give)
    actors = [one["actor"] for one in row[name]["nodes"] if one and one.get("actor")]
    hers = [one["id"] for one in actors if str(one.get("databaseId")) == account.native_id]
    if bool(hers) is give:
        return Outcome(Result.ALREADY, f"The exemptions from the protection of {row['pattern']} are so already.")
    ids = [one["id"] for one in actors if one["id"] not in hers] + ([_node_id(api, account)] if give else [])
    api.graphql(CHANGE, input={"branchProtectionRuleId": rule, _LISTS[name]: ids})
    said = f"Exemption from the protection of {row['pattern']} on {place.name} {'given' if give else 'ended'}."
    return Outcome(Result.APPLIED, said)


def _node_id(api: Api, account: Account) -> str:
    user = api.get(f"/user/{account.native_id}")
    if not user.found:
        raise ConnectorError("The GitHub account no longer exists.", kind=Kind.GONE)
    return str(user.body["node_id"])
