"""Who may approve or pass by: reviewers of deployments, bypass lists of rules, protected branches, code owners."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from operator import call
from typing import Any

from bot.domain.model import Account, Asset, Entitlement
from connectors.github.bulk import batches
from connectors.github.wire import Api, Row
from connectors.interface import ConnectorError, Kind
from connectors.wire.together import side_by_side

RULES = "the scope admin:org, or the app's permissions Actions: read and Administration (organization): write"
UNSEEN = f"GitHub did not show us everybody who approves or passes rules by. It needs {RULES}."
MOST = 20  # environments and protected branches of one repository that one question covers
APPROVALS = """query($ids: [ID!]!) {
  nodes(ids: $ids) {
    ... on Repository {
      databaseId
      environments(first: 20) { totalCount nodes { databaseId name protectionRules(first: 10) { nodes {
        type reviewers(first: 10) { nodes { __typename ... on User { databaseId } ... on Team { databaseId } } } } } } }
      rulesets(first: 100, includeParents: false) { totalCount nodes { databaseId name
        bypassActors(first: 1) { totalCount } } }
      branchProtectionRules(first: 20) { totalCount nodes { id pattern
        bypassPullRequestAllowances(first: 20) { nodes { actor { __typename ... on User { databaseId }
          ... on Team { databaseId } } } }
        bypassForcePushAllowances(first: 20) { nodes { actor { __typename ... on User { databaseId }
          ... on Team { databaseId } } } }
        pushAllowances(first: 20) { nodes { actor { __typename ... on User { databaseId }
          ... on Team { databaseId } } } } } }
      hidden: object(expression: "HEAD:.github/CODEOWNERS") { ... on Blob { text } }
      top: object(expression: "HEAD:CODEOWNERS") { ... on Blob { text } }
      docs: object(expression: "HEAD:docs/CODEOWNERS") { ... on Blob { text } }
    }
  }
}"""
# GitHub's lists on a protected branch, and what being on one allows.
ALLOWANCES = {
    "bypassPullRequestAllowances": "merges without a review",
    "bypassForcePushAllowances": "rewrites history",
    "pushAllowances": "pushes where others may not",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """The first answers: a node for each repository (missing: hidden), the organisation's rulesets (None: hidden)."""

    nodes: dict[int, Row]
    org: tuple[Row, ...] | None


@dataclass(slots=True)
class Seats:
    """Her own seats; `teams` says in words what each team is named for, by number; `seen`: nothing was hidden."""

    own: list[Entitlement] = field(default_factory=list)
    teams: dict[str, list[str]] = field(default_factory=dict)
    assets: list[Asset] = field(default_factory=list)
    seen: bool = True


def asked(api: Api, repos: Sequence[Row]) -> Asked:
    """Everything that a few questions answer for all repositories. Raises ConnectorError."""
    asks: tuple[Callable[[], Any], ...] = (
        partial(batches, api, APPROVALS, repos),
        partial(offered, partial(api.every, f"{api.home}/rulesets", needs=RULES)),
    )
    return Asked(*side_by_side(call, asks, at_once=api.at_once))


def offered(ask: Callable[[], tuple[Row, ...]]) -> tuple[Row, ...] | None:
    """The rows; none where the plan or the server knows no such thing, None where we may not see them."""
    try:
        return ask()
    except ConnectorError as error:
        if error.kind is Kind.GONE:
            return ()
        if error.kind is Kind.PERMISSION:
            return None
        raise


def details(api: Api, repos: Sequence[Row], first: Asked) -> tuple[Callable[[], Row | None], ...]:
    """What still has to be asked one by one: rulesets that somebody may pass by; a list of them does not say who."""
    org = [f"{api.home}/rulesets/{one['id']}" for one in first.org or ()]
    own = [
        f"/repos/{repo['full_name']}/rulesets/{one['databaseId']}"
        for repo in repos
        for one in _nodes(first.nodes.get(int(repo["id"])), "rulesets")
        if one.get("bypassActors") is None or one["bypassActors"]["totalCount"]
    ]
    return tuple(partial(_ruleset, api, path) for path in (*org, *own))


def _ruleset(api: Api, path: str) -> Row | None:
    rows = offered(lambda: (api.sure(path, needs=RULES).body,))
    return rows[0] if rows else None


def seats(who: Account, repos: Sequence[Row], first: Asked, rulesets: Iterable[Row | None]) -> Seats:
    """Every seat that names her, or a team. Raises ConnectorError."""
    found = Seats(seen=first.org is not None)
    names = {str(repo["full_name"]).lower(): repo for repo in repos}
    for repo in repos:
        node = first.nodes.get(int(repo["id"]))
        found.seen &= node is not None and not _cut(node)
        if node is not None:
            _environments(found, who, repo, node)
            _branches(found, who, repo, node)
            _code_owner(found, who, repo, node)
    for row in rulesets:
        found.seen &= row is not None and "bypass_actors" in row
        if row is not None:
            _bypass(found, who, names.get(str(row.get("source")).lower()), row)
    return found


def _cut(node: Row) -> bool:
    """Whether a part is hidden, or longer than what was asked for."""
    lists = (node.get("environments"), node.get("rulesets"), node.get("branchProtectionRules"))
    return any(one is None or len(one["nodes"]) < one["totalCount"] for one in lists)


def _nodes(node: Row | None, name: str) -> Iterator[Row]:
    yield from (one for one in ((node or {}).get(name) or {}).get("nodes") or () if one)


def _take(found: Seats, who: Account, actor: tuple[str, str], seat: Entitlement) -> None:
    """A seat of hers is a grant; of a team it is one more reason why the team is powerful."""
    kind, number = actor
    if kind == "User" and number == who.native_id and seat.native_id not in {one.native_id for one in found.own}:
        found.own.append(seat)
    if kind == "Team":
        found.teams.setdefault(number, []).append(f"{seat.why} ({seat.label})")


def _actor(row: Row | None) -> tuple[str, str]:
    return str((row or {}).get("__typename")), str((row or {}).get("databaseId"))


def _environments(found: Seats, who: Account, repo: Row, node: Row) -> None:
    for one in _nodes(node, "environments"):
        label = f"Reviewer of {one['name']} on {repo['name']}"
        native = f"environment:{repo['id']}:{one['databaseId']}"
        seat = Entitlement(native, "deployment reviewer", label, True, f"approves what goes to {one['name']}")
        for rule in _nodes(one, "protectionRules"):
            for reviewer in _nodes(rule, "reviewers"):
                _take(found, who, _actor(reviewer), seat)


def _branches(found: Seats, who: Account, repo: Row, node: Row) -> None:
    for one in _nodes(node, "branchProtectionRules"):
        for name, why in ALLOWANCES.items():
            native = f"branch:{repo['id']}:{name}:{one['id']}"
            label = f"Exempt from the protection of “{one['pattern']}” on {repo['name']}: {why}"
            seat = Entitlement(native, "protected branch exemption", label, True, f"bypasses review: {why}")
            for each in _nodes(one, name):
                _take(found, who, _actor(each.get("actor")), seat)


def _bypass(found: Seats, who: Account, repo: Row | None, row: Row) -> None:
    native = f"bypass:{repo['id']}:{row['id']}" if repo else f"org-bypass:{row['id']}"
    label = f"Exempt from the rule “{row['name']}” {'on ' + repo['name'] if repo else 'of the organisation'}"
    for actor in row.get("bypass_actors") or ():
        mode = str(actor.get("bypass_mode") or "always")
        why = "bypasses the review and the checks of this rule"
        seat = Entitlement(native, "rule exemption", label, True, why, detail=mode)
        _take(found, who, (str(actor.get("actor_type")), str(actor.get("actor_id"))), seat)


def _code_owner(found: Seats, who: Account, repo: Row, node: Row) -> None:
    """Only a commit changes this file; once she is out GitHub ignores her name there, and nobody is asked instead."""
    name = re.compile(rf"(?<![\w/@-])@{re.escape(who.label)}(?![\w/-])", re.IGNORECASE)
    texts = (str((node.get(place) or {}).get("text") or "") for place in ("hidden", "top", "docs"))
    if any(name.search(line.split("#")[0]) for text in texts for line in text.splitlines()):
        found.assets.append(Asset(who, f"code-owner:{repo['id']}", "code owner entry", f"CODEOWNERS of {repo['name']}"))
