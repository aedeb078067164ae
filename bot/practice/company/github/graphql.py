"""GitHub's GraphQL, as far as schema.graphql goes: members, teams, and why somebody reaches a repository, in bulk."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response

from bot.practice.company.github import protection, state, work
from bot.practice.company.github.api import answer, asker, sent, token
from bot.practice.company.github.api import state as organisation
from bot.practice.company.github.connections import Shape, connection, paged
from bot.practice.company.github.places import level_here
from bot.practice.company.github.state import LEVELS, Org, Refusal, Repo, Team, User
from bot.practice.company.github.things import Key

if TYPE_CHECKING:
    from graphql import DocumentNode, GraphQLError, GraphQLSchema

routes = Blueprint("graphql", __name__)
SCHEMA = Path(__file__).with_name("schema.graphql")
# A source of access knows four levels; the exact role stands beside it.
FOUR = {"none": "NONE", "read": "READ", "triage": "READ", "write": "WRITE", "maintain": "WRITE", "admin": "ADMIN"}


@routes.post("/graphql")
def graphql() -> Response:
    """Any query of the part we have. As at GitHub, what goes wrong inside is told with status 200."""
    from graphql import ExecutionResult, execute_sync  # noqa: PLC0415 -- a second that only those wait for who ask

    asked = sent()
    query, wrong = _understood(asked.get("query", ""))
    if query is None:
        done = ExecutionResult(None, wrong)
    else:
        done = execute_sync(_schema(), query, _root(organisation()), variable_values=asked.get("variables"))
    told: Shape = {"data": done.data}
    if done.errors:
        told["errors"] = [{"message": each.message, "path": each.path, **_kind(each)} for each in done.errors]
    return answer(told)


@cache
def _schema() -> GraphQLSchema:
    from graphql import build_schema  # noqa: PLC0415

    return build_schema(SCHEMA.read_text(encoding="utf-8"))


@lru_cache(64)
def _understood(query: str) -> tuple[DocumentNode | None, list[GraphQLError]]:
    """The query, once it was read and held against the schema; or what is wrong with it. Most are asked often."""
    from graphql import GraphQLSyntaxError, parse, validate  # noqa: PLC0415

    try:
        document = parse(query)
    except GraphQLSyntaxError as error:
        return None, [error]
    wrong = validate(_schema(), document)
    return (None, wrong) if wrong else (document, [])


def _kind(error: Any) -> Shape:
    """What kind of refusal it is; a question about something that this GitHub does not know is told by a code."""
    cause = error.original_error
    if isinstance(cause, Refusal):
        named = {404: "NOT_FOUND", 403: "FORBIDDEN"}.get(cause.status)
        return {"type": named} if named else {}
    return {"extensions": {"code": "undefinedField"}} if "Cannot query field" in error.message else {}


def _root(known: Org) -> Shape:
    return {
        "organization": lambda _info, login: _organization(_seen(known, login)),
        "enterprise": lambda _info, slug: _enterprise(known) if slug == known.enterprise.slug else None,
        "viewer": lambda _info: _user(asker()),
        "node": lambda _info, id: _node(known, id),
        "nodes": lambda _info, ids: [_listed(known, one) for one in ids],
        "removeEnterpriseMember": lambda _info, input: _remove(known, **input),  # noqa: A006 -- GitHub's own word
        "updateBranchProtectionRule": lambda _info, input: _protect(known, input),  # noqa: A006
    }


def _seen(known: Org, login: str) -> Org:
    inside = token().permissions is not None or state.active(known, asker().id)
    if login.lower() != known.login.lower() or not inside:
        raise Refusal(404, f"Could not resolve to an Organization with the login of '{login}'.")
    return known


def _node(known: Org, node: str) -> Shape | None:
    kind, _, number = node.partition("_")
    if kind == "U" and number.isdecimal() and int(number) in known.users:
        return _user(known.users[int(number)])
    if kind == "R":
        each = next((one for one in known.repos.values() if f"R_{one.id}" == node), None)
        return _repo(known, each) if each is not None and _sees(known, each) else None
    if kind == "BPR":
        repo, branch = protection.found(known, node)
        return protection.branch(known, branch) if _administers(known, repo) else None
    return None


def _listed(known: Org, node: str) -> Shape | Exception:
    """One of several: what is hidden is an error beside the others, which are answered all the same."""
    try:
        shown = _node(known, node)
    except Refusal as refusal:
        return refusal
    return shown if shown is not None else Refusal(404, f"Could not resolve to a node with the global id of '{node}'")


def _sees(known: Org, each: Repo) -> bool:
    scoped = token().permissions is not None or "repo" in token().scopes or not each.private
    return scoped and level_here(known, each) != "none"


def _administers(known: Org, each: Repo) -> bool:
    return _sees(known, each) and level_here(known, each) == "admin"


def _protect(known: Org, asked: Shape) -> Shape:
    repo, _ = protection.found(known, asked["branchProtectionRuleId"])
    if not _administers(known, repo):
        raise Refusal(403, "You do not have permission to update this branch protection rule.")
    return protection.change(known, asked)


def _remove(known: Org, *, enterpriseId: str, userId: str, clientMutationId: str | None = None) -> Shape:  # noqa: N803
    """Take somebody out of the enterprise, and with it out of its organisations and its teams."""
    own = known.enterprise
    if "admin:enterprise" not in token().scopes or asker().id not in own.owners:
        raise Refusal(403, "You must be an owner of the enterprise to remove members.")
    user = next((each for each in known.users.values() if f"U_{each.id}" == userId), None)
    if enterpriseId != f"E_{own.id}" or user is None or user.id not in {*own.members, *known.members}:
        raise Refusal(404, f"Could not resolve to a node with the global id of '{userId}'")
    own.members.discard(user.id)
    for people in own.teams.values():
        people.discard(user.id)
    if user.id in known.members:
        known.members[user.id].direct = True
        state.remove_member(known, user.id)
    return {
        "clientMutationId": clientMutationId,
        "enterprise": _enterprise(known),
        "user": _user(user),
        "viewer": _user(asker()),
    }


def _user(each: User) -> Shape:
    return {
        "__typename": "User",
        "databaseId": each.id,
        "id": f"U_{each.id}",
        "login": each.login,
        "name": each.name,
    }


def _enterprise(known: Org) -> Shape:
    own = known.enterprise
    shown = {"__typename": "Enterprise", "id": f"E_{own.id}", "name": own.name, "slug": own.slug}
    return {**shown, "members": partial(_belonging, known)}


def _belonging(known: Org, _info: Any, after: str | None = None, first: int | None = None, query: str = "") -> Shape:
    if not token().scopes & {"admin:enterprise", "read:enterprise"}:
        raise Refusal(403, "You need the scope read:enterprise.")
    every = sorted(known.enterprise.members | {key for key in known.members if state.active(known, key)})
    found = [known.users[key] for key in every if query.lower() in known.users[key].login.lower()]
    return connection(found, _account, after, first)


def _account(each: User) -> Shape:
    shown = {"__typename": "EnterpriseUserAccount", "id": f"EUA_{each.id}", "login": each.login}
    return {"node": {**shown, "user": _user(each)}}


def _organization(known: Org) -> Shape:
    def teams(
        _info: Any,
        after: str | None = None,
        first: int | None = None,
        userLogins: list[str] | None = None,  # noqa: N803
    ) -> Shape:
        wanted = {state.user(known, login).id for login in userLogins or ()}
        found = [each for each in known.teams.values() if userLogins is None or wanted & each.members.keys()]
        return connection(found, partial(_team, known), after, first)

    return {
        "__typename": "Organization",
        "databaseId": known.id,
        "id": f"O_{known.id}",
        "login": known.login,
        "name": known.name,
        "membersWithRole": paged(lambda: _active(known), partial(_member, known)),
        "repositories": paged(lambda: list(known.repos.values()), partial(_repo, known)),
        "samlIdentityProvider": _provider(known),
        "teams": teams,
    }


def _active(known: Org) -> list[int]:
    return sorted(key for key, member in known.members.items() if member.state == "active")


def _member(known: Org, key: int) -> Shape:
    secure = key not in known.without_second_factor
    return {"node": _user(known.users[key]), "role": known.members[key].role.upper(), "hasTwoFactorEnabled": secure}


def _team(known: Org, each: Team) -> Shape:
    def members(
        _info: Any, after: str | None = None, first: int | None = None, membership: str = "ALL", query: str = ""
    ) -> Shape:
        inner = [one for one in known.teams.values() if each in state.around(known, one)]
        chosen = [each] if membership == "IMMEDIATE" else inner
        roles = {key: role for one in chosen for key, role in one.members.items()} | each.members
        found = [key for key in sorted(roles) if query.lower() in known.users[key].login.lower()]
        return connection(
            found, lambda key: {"node": _user(known.users[key]), "role": roles[key].upper()}, after, first
        )

    parent = known.teams.get(each.parent)
    return {
        "__typename": "Team",
        "databaseId": each.id,
        "id": f"T_{each.id}",
        "slug": each.slug,
        "name": each.name,
        "members": members,
        "parentTeam": (lambda _info: _team(known, parent)) if parent else None,
        "repositories": paged(
            lambda: [name for name in each.repos if name in known.repos],
            lambda name: {
                "node": _repo(known, known.repos[name]),
                "permission": state.plain(known, each.repos[name]).upper(),
            },
        ),
    }


def _repo(known: Org, each: Repo) -> Shape:
    return {
        "__typename": "Repository",
        "databaseId": each.id,
        "id": f"R_{each.id}",
        "name": each.name,
        "nameWithOwner": f"{known.login}/{each.name}",
        "isArchived": each.archived,
        "isPrivate": each.private,
        "pushedAt": each.pushed_at or None,
        "viewerCanAdminister": lambda _info: _administers(known, each),
        **protection.fields(known, each),
        "pullRequests": partial(work.pulls, known, each),
        "collaborators": partial(_collaborators, known, each),
        "deployKeys": paged(lambda: each.keys, _key),
    }


def _key(key: Key) -> Shape:
    return {
        "__typename": "DeployKey",
        "id": f"DK_{key.id}",
        "title": key.title,
        "key": key.key,
        "readOnly": key.read_only,
        "createdAt": key.created_at,
        "enabled": key.enabled,
        "verified": True,
    }


def _collaborators(
    known: Org,
    repo: Repo,
    _info: Any,
    after: str | None = None,
    first: int | None = None,
    affiliation: str = "ALL",
    login: str = "",
    query: str = "",
) -> Shape:
    from bot.practice.company.github.shapes import everybody  # noqa: PLC0415

    if LEVELS.index(level_here(known, repo)) < LEVELS.index("write"):
        raise Refusal(403, "You do not have permission to view repository collaborators.")
    if login:
        named = state.user(known, login).id
        keys = [named] if state.level(known, repo, named) != "none" else []
    else:
        keys = everybody(known, repo) if affiliation == "ALL" else sorted(repo.direct)
    if affiliation != "ALL":
        keys = [key for key in keys if key in repo.direct]
    if affiliation == "OUTSIDE":
        keys = [key for key in keys if not state.active(known, key)]
    if query:
        keys = [key for key in keys if query.lower() in known.users[key].login.lower()]
    return connection(keys, partial(_collaborator, known, repo), after, first)


def _collaborator(known: Org, repo: Repo, key: int) -> Shape:
    held = state.level(known, repo, key).upper()
    return {"node": _user(known.users[key]), "permission": held, "permissionSources": [*_sources(known, repo, key)]}


def _sources(known: Org, repo: Repo, key: int) -> Iterator[Shape]:
    """Why somebody reaches a repository: by name, through each team, and as a member or owner."""
    if key in repo.direct:
        yield _source(known, repo.direct[key], _repo(known, repo))
    for team in state.teams_of(known, key):
        if repo.name in team.repos:
            yield _source(known, team.repos[repo.name], _team(known, team))
    if state.active(known, key):
        yield _source(known, "admin" if state.is_owner(known, key) else known.base, _organization(known))


def _source(known: Org, role: str, source: Shape) -> Shape:
    permission = FOUR[state.plain(known, role)]
    return {"organization": _organization(known), "permission": permission, "roleName": role, "source": source}


def _provider(known: Org) -> Shape | None:
    if not known.identities:
        return None

    def identities(
        _info: Any,
        after: str | None = None,
        first: int | None = None,
        login: str | None = None,
        membersOnly: bool | None = None,  # noqa: N803, FBT001
        userName: str | None = None,  # noqa: N803
    ) -> Shape:
        found = [
            key
            for key, name in known.identities.items()
            if login in {None, known.users[key].login}
            and userName in {None, name}
            and (not membersOnly or state.active(known, key))
        ]
        return connection(found, partial(_identity, known), after, first)

    return {"id": f"IDP_{known.id}", "externalIdentities": identities}


def _identity(known: Org, key: int) -> Shape:
    name = known.identities[key]
    return {
        "id": f"EI_{key}",
        "guid": f"00000000-0000-0000-0000-{key:012d}",
        "samlIdentity": {"nameId": name, "username": name},
        "user": _user(known.users[key]),
    }
