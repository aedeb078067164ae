"""GitHub's GraphQL about who approves and who may pass by: environments, rulesets, protected branches, code owners."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from bot.practice.company.github.connections import Shape, connection, paged
from bot.practice.company.github.state import Org, Refusal, Repo
from bot.practice.company.github.things import Branch, Environment, Ruleset

LISTS = {
    "bypassPullRequestAllowances": ("bypassPullRequestActorIds", "BypassPullRequestAllowance"),
    "bypassForcePushAllowances": ("bypassForcePushActorIds", "BypassForcePushAllowance"),
    "pushAllowances": ("pushActorIds", "PushAllowance"),
}


def fields(known: Org, each: Repo) -> Shape:
    """What a repository's node has of all this."""
    return {
        "environments": paged(lambda: each.environments, partial(_environment, known)),
        "rulesets": partial(_rulesets, known, each),
        "branchProtectionRules": paged(lambda: each.branches, partial(branch, known)),
        "object": partial(_file, each),
    }


def _environment(known: Org, each: Environment) -> Shape:
    people = [_user(known, key) for key in each.users if key in known.users] + [
        _team(known, slug) for slug in each.teams
    ]
    rules = [_rule(1, "REQUIRED_REVIEWERS", people)] if people else []
    if each.wait:
        rules.append(_rule(2, "WAIT_TIMER", []))
    return {
        "__typename": "Environment",
        "databaseId": each.id,
        "id": f"EN_{each.id}",
        "name": each.name,
        "protectionRules": paged(lambda: rules, dict),
    }


def _rule(number: int, kind: str, people: list[Shape]) -> Shape:
    return {"databaseId": number, "type": kind, "reviewers": paged(lambda: people, dict)}


def _rulesets(
    known: Org,
    each: Repo,
    _info: Any,
    after: str | None = None,
    first: int | None = None,
    includeParents: bool = True,  # noqa: N803, FBT001, FBT002
) -> Shape:
    found = [*each.rulesets, *(known.rulesets if includeParents else [])]
    return connection(found, partial(_ruleset, known), after, first)


def _ruleset(known: Org, each: Ruleset) -> Shape:
    return {
        "__typename": "RepositoryRuleset",
        "databaseId": each.id,
        "id": f"RRS_{each.id}",
        "name": each.name,
        "bypassActors": paged(lambda: each.bypass, partial(_passing, known)),
    }


def _passing(known: Org, actor: tuple[str, int | None, str]) -> Shape:
    """Of a person GraphQL says that there is somebody, not who: its type knows apps and teams only."""
    kind, number, _ = actor
    team = next((one.slug for one in known.teams.values() if (kind, number) == ("Team", one.id)), "")
    return {"id": f"RRBA_{kind}_{number}", "actor": _team(known, team) if team else None}


def branch(known: Org, each: Branch) -> Shape:
    """A protected branch, with its lists."""
    lists = {name: _allowances(known, each, name, kind) for name, (_, kind) in LISTS.items()}
    shown = {"databaseId": each.id, "id": f"BPR_{each.id}", "pattern": each.pattern}
    return {"__typename": "BranchProtectionRule", **shown, **lists}


def _allowances(known: Org, each: Branch, name: str, kind: str) -> Callable[..., Shape]:
    def shape(node: str) -> Shape:
        return {"__typename": kind, "id": f"{kind}_{each.id}_{node}", "actor": _actor(known, node)}

    return paged(lambda: each.exempt.get(name, []), shape)


def _actor(known: Org, node: str) -> Shape | None:
    kind, _, number = node.partition("_")
    if kind == "U" and int(number) in known.users:
        return _user(known, int(number))
    slug = next((one.slug for one in known.teams.values() if f"T_{one.id}" == node), "")
    return _team(known, slug) if slug else None


def _user(known: Org, key: int) -> Shape:
    return {"__typename": "User", "databaseId": key, "id": f"U_{key}", "login": known.users[key].login}


def _team(known: Org, slug: str) -> Shape:
    each = known.teams[slug]
    return {"__typename": "Team", "databaseId": each.id, "id": f"T_{each.id}", "slug": slug, "name": each.name}


def _file(each: Repo, _info: Any, expression: str = "", oid: str = "") -> Shape | None:
    path = expression.removeprefix("HEAD:")
    if oid or path not in each.files:
        return None
    return {"__typename": "Blob", "id": f"B_{each.id}_{path}", "text": each.files[path]}


def found(known: Org, node: str) -> tuple[Repo, Branch]:
    """The protected branch of this node id, with its repository; 404 when there is none."""
    for repo in known.repos.values():
        for each in repo.branches:
            if f"BPR_{each.id}" == node:
                return repo, each
    raise Refusal(404, f"Could not resolve to a node with the global id of '{node}'")


def change(known: Org, asked: dict[str, Any]) -> Shape:
    """Exchange the lists that are named; the others stay."""
    _, each = found(known, asked["branchProtectionRuleId"])
    for name, (sent, _) in LISTS.items():
        if asked.get(sent) is not None:
            each.exempt[name] = [node for node in asked[sent] if _actor(known, node)]
    return {"clientMutationId": asked.get("clientMutationId"), "branchProtectionRule": branch(known, each)}
