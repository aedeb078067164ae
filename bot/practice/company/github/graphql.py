"""GitHub's GraphQL, as far as schema.graphql goes: members, teams, and why somebody reaches a repository, in bulk."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response

from bot.practice.company.github import state
from bot.practice.company.github.api import answer, asker, sent, token
from bot.practice.company.github.api import state as organisation
from bot.practice.company.github.state import Org, Refusal, Repo, Team, User
from bot.practice.company.github.things import Key

if TYPE_CHECKING:
    from graphql import GraphQLSchema

routes = Blueprint("graphql", __name__)
SCHEMA = Path(__file__).with_name("schema.graphql")
Shape = dict[str, Any]
# A source of access knows four levels; the exact role stands beside it.
FOUR = {"none": "NONE", "read": "READ", "triage": "READ", "write": "WRITE", "maintain": "WRITE", "admin": "ADMIN"}


@routes.post("/graphql")
def graphql() -> Response:
    """Any query of the part we have. As at GitHub, what goes wrong inside is told with status 200."""
    from graphql import graphql_sync  # noqa: PLC0415 -- a second that only those wait for who ask

    asked = sent()
    done = graphql_sync(
        _schema(), asked.get("query", ""), _root(organisation()), variable_values=asked.get("variables")
    )
    told: Shape = {"data": done.data}
    if done.errors:
        told["errors"] = [
            {"message": each.message, "path": each.path, **({"type": kind} if (kind := _kind(each)) else {})}
            for each in done.errors
        ]
    return answer(told)


@cache
def _schema() -> GraphQLSchema:
    from graphql import build_schema  # noqa: PLC0415

    return build_schema(SCHEMA.read_text(encoding="utf-8"))


def _kind(error: Any) -> str:
    cause = error.original_error
    return {404: "NOT_FOUND", 403: "FORBIDDEN"}.get(cause.status, "") if isinstance(cause, Refusal) else ""


def _root(known: Org) -> Shape:
    return {
        "organization": lambda _info, login: _organization(_seen(known, login)),
        "enterprise": lambda _info, slug: _enterprise(known) if slug == known.enterprise.slug else None,
        "viewer": lambda _info: _user(asker()),
        "node": lambda _info, id: _node(known, id),
        "removeEnterpriseMember": lambda _info, input: _remove(known, **input),  # noqa: A006 -- GitHub's own word
    }


def _seen(known: Org, login: str) -> Org:
    inside = token().permissions is not None or state.active(known, asker().id)
    if login.lower() != known.login.lower() or not inside:
        raise Refusal(404, f"Could not resolve to an Organization with the login of '{login}'.")
    return known


def _node(known: Org, node: str) -> Shape | None:
    kind, _, number = node.partition("_")
    user = known.users.get(int(number)) if kind == "U" and number.isdecimal() else None
    return _user(user) if user else None


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


def _connection(items: Sequence[Any], shape: Callable[[Any], Shape], after: str | None, first: int | None) -> Shape:
    """One stretch of a list; GitHub wants to be told how many, and gives no more than a hundred at once."""
    if first is None or not 1 <= first <= 100:
        raise Refusal(422, "You must provide a `first` or `last` value between 1 and 100 to page through it.")
    start = int(after or 0)
    part = [shape(item) for item in items[start : start + first]]
    end = start + len(part)
    edges = [{"cursor": str(at), **(one if "node" in one else {"node": one})} for at, one in enumerate(part, start + 1)]
    return {
        "edges": edges,
        "nodes": [edge["node"] for edge in edges],
        "pageInfo": {"endCursor": str(end) if part else None, "hasNextPage": end < len(items)},
        "totalCount": len(items),
    }


Pages = Callable[..., Shape]


def _paged(items: Callable[[], Sequence[Any]], shape: Callable[[Any], Shape]) -> Pages:
    def page(_info: Any, after: str | None = None, first: int | None = None, **_rest: object) -> Shape:
        return _connection(items(), shape, after, first)

    return page


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
    return {"__typename": "Enterprise", "id": f"E_{own.id}", "name": own.name, "slug": own.slug}


def _organization(known: Org) -> Shape:
    def teams(
        _info: Any,
        after: str | None = None,
        first: int | None = None,
        userLogins: list[str] | None = None,  # noqa: N803
    ) -> Shape:
        wanted = {state.user(known, login).id for login in userLogins or ()}
        found = [each for each in known.teams.values() if userLogins is None or wanted & each.members.keys()]
        return _connection(found, partial(_team, known), after, first)

    return {
        "__typename": "Organization",
        "databaseId": known.id,
        "id": f"O_{known.id}",
        "login": known.login,
        "name": known.name,
        "membersWithRole": _paged(lambda: _active(known), partial(_member, known)),
        "repositories": _paged(lambda: list(known.repos.values()), partial(_repo, known)),
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
        return _connection(
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
        "repositories": _paged(
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
        "collaborators": partial(_collaborators, known, each),
        "deployKeys": _paged(lambda: each.keys, _key),
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
    return _connection(keys, partial(_collaborator, known, repo), after, first)


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
        return _connection(found, partial(_identity, known), after, first)

    return {"id": f"IDP_{known.id}", "externalIdentities": identities}


def _identity(known: Org, key: int) -> Shape:
    name = known.identities[key]
    return {
        "id": f"EI_{key}",
        "guid": f"00000000-0000-0000-0000-{key:012d}",
        "samlIdentity": {"nameId": name, "username": name},
        "user": _user(known.users[key]),
    }
