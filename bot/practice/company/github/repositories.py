"""GitHub's routes about repositories: collaborators, deploy keys, activity."""

from __future__ import annotations

from flask import Blueprint, Response, request

from bot.practice.company.github import shapes, state
from bot.practice.company.github.api import answer, asker, base, later, listed, org_named, sent, token, token_of
from bot.practice.company.github.api import state as organisation
from bot.practice.company.github.places import find, level_here
from bot.practice.company.github.state import LEVELS, PERMISSIONS, Org, Refusal, Repo
from bot.practice.company.github.things import Key

routes = Blueprint("repositories", __name__)


@routes.get("/orgs/<org>/repos")
def repos(org: str) -> Response:
    """The repositories the asker may see: private ones only with the scope for them."""
    known = org_named(org)
    private = token().permissions is not None or "repo" in token().scopes
    wanted = {"private": (True,), "public": (False,)}.get(request.args.get("type", "all"), (True, False))
    allowed = [each for each in known.repos.values() if each.private in wanted and (private or not each.private)]
    seen = [(each, held) for each in allowed if (held := level_here(known, each)) != "none"]
    return listed(seen, lambda pair: shapes.repo(base(), known, *pair))


@routes.get("/repos/<org>/<name>")
def repo(org: str, name: str) -> Response:
    """One repository."""
    known, each = find(org, name)
    return answer(shapes.full_repo(base(), known, each, level_here(known, each)))


@routes.get("/repositories/<int:repo_id>")
def repo_by_id(repo_id: int) -> Response:
    """One repository by its id, which survives a new name."""
    known = organisation()
    return repo(known.login, next((each.name for each in known.repos.values() if each.id == repo_id), ""))


@routes.post("/repos/<org>/<name>/transfer")
def transfer(org: str, name: str) -> Response:
    """Give a repository to another owner; GitHub does it in the background."""
    known, each = find(org, name, "admin")
    asked = sent()
    if not asked.get("new_owner"):
        raise Refusal(422, "Validation Failed")
    later(lambda then: _give_away(then, each.name))
    return answer(shapes.plain_repo(base(), known, each), 202)


def _give_away(known: Org, name: str) -> None:
    known.repos.pop(name, None)


@routes.get("/repos/<org>/<name>/collaborators")
def collaborators(org: str, name: str) -> Response:
    """Who reaches a repository: all, only direct grants, or only people outside the organisation."""
    known, each = find(org, name, "write")
    affiliation = request.args.get("affiliation", "all")
    ids = shapes.everybody(known, each) if affiliation == "all" else sorted(each.direct)
    people = [known.users[key] for key in ids if affiliation != "outside" or not state.active(known, key)]
    direct = affiliation != "all"
    return listed(people, lambda person: shapes.collaborator(base(), known, each, person, direct=direct))


@routes.get("/repos/<org>/<name>/collaborators/<login>")
def is_collaborator(org: str, name: str, login: str) -> Response:
    """204 for somebody who reaches it, 404 for anybody else."""
    known, each = find(org, name, "write")
    if state.user(known, login).id not in shapes.everybody(known, each):
        raise Refusal(404)
    return answer(None, 204)


@routes.get("/repos/<org>/<name>/collaborators/<login>/permission")
def permission(org: str, name: str, login: str) -> Response:
    """The level somebody holds, by whatever way."""
    known, each = find(org, name, "write")
    return answer(shapes.permission(base(), known, each, state.user(known, login)))


@routes.put("/repos/<org>/<name>/collaborators/<login>")
def add_collaborator(org: str, name: str, login: str) -> Response:
    """Give a member a level now, or invite somebody from outside."""
    known, each = find(org, name, "admin")
    person = state.user(known, login)
    asked = sent().get("permission", "push")
    level = PERMISSIONS.get(asked, asked)
    if state.plain(known, level) not in LEVELS[1:]:
        raise Refusal(422, "Validation Failed")
    if state.active(known, person.id) or person.id in each.direct:
        each.direct[person.id] = level
        return answer(None, 204)
    each.invited[person.id] = level
    each.inviters[person.id] = asker().id
    each.lapsed.discard(person.id)
    return answer(shapes.repo_invitation(base(), known, each, person.id), 201)


@routes.delete("/repos/<org>/<name>/collaborators/<login>")
def remove_collaborator(org: str, name: str, login: str) -> Response:
    """End somebody's direct grant and what they were and had invited to; 204 also when there is none.

    What teams give stays.
    """
    known, each = find(org, name, "admin")
    person = state.user(known, login)
    each.direct.pop(person.id, None)
    for invited in [key for key in each.invited if person.id in {key, each.inviters.get(key)}]:
        del each.invited[invited]
    return answer(None, 204)


@routes.get("/repos/<org>/<name>/invitations")
def invitations(org: str, name: str) -> Response:
    """Open invitations to a repository."""
    known, each = find(org, name, "admin")
    return listed(sorted(each.invited), lambda key: shapes.repo_invitation(base(), known, each, key))


@routes.delete("/repos/<org>/<name>/invitations/<int:number>")
def withdraw(org: str, name: str, number: int) -> Response:
    """Withdraw an open invitation to a repository."""
    known, each = find(org, name, "admin")
    found = [key for key in each.invited if shapes.repo_invitation("", known, each, key)["id"] == number]
    if not found:
        raise Refusal(404)
    del each.invited[found[0]]
    return answer(None, 204)


@routes.get("/repos/<org>/<name>/teams")
def teams(org: str, name: str) -> Response:
    """The teams that reach a repository."""
    known, each = find(org, name)
    found = [one for one in known.teams.values() if each.name in one.repos]
    return listed(found, lambda one: {**shapes.team(base(), known, one), "permission": one.repos[each.name]})


@routes.get("/repos/<org>/<name>/keys")
def keys(org: str, name: str) -> Response:
    """Deploy keys."""
    known, each = find(org, name, "admin")
    return listed(each.keys, lambda one: shapes.key(base(), known, each, one))


@routes.post("/repos/<org>/<name>/keys")
def add_key(org: str, name: str) -> Response:
    """Add a deploy key; 422 when the same key is in use anywhere."""
    known, each = find(org, name, "admin")
    asked = sent()
    text = asked.get("key", "")
    if not text or any(text == one.key for other in known.repos.values() for one in other.keys):
        raise Refusal(422, "key is already in use" if text else "Validation Failed")
    title, read_only = asked.get("title", ""), bool(asked.get("read_only", False))
    made = Key(state.number(known), title, text, read_only, asker().login, state.now(), token=_made_with(known))
    each.keys.append(made)
    return answer(shapes.key(base(), known, each, made), 201)


def _made_with(known: Org) -> int:
    """The classic token of this call, which a key that it adds will die with; 0 for any other."""
    text = token_of(request.headers.get("Authorization", ""))
    return next((each.id for each in known.authorizations if each.secret == text), 0)


@routes.get("/repos/<org>/<name>/keys/<int:key_id>")
def key(org: str, name: str, key_id: int) -> Response:
    """One deploy key."""
    known, each = find(org, name, "admin")
    return answer(shapes.key(base(), known, each, _key(each, key_id)))


@routes.delete("/repos/<org>/<name>/keys/<int:key_id>")
def remove_key(org: str, name: str, key_id: int) -> Response:
    """Remove a deploy key; what used it stops at once."""
    each = find(org, name, "admin")[1]
    each.keys.remove(_key(each, key_id))
    return answer(None, 204)


def _key(each: Repo, key_id: int) -> Key:
    for one in each.keys:
        if one.id == key_id:
            return one
    raise Refusal(404)
