"""GitHub's routes about teams: by slug, by numbers (which is what a team's own URL says), and the old short form."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, request

from bot.practice.company.github import shapes, state
from bot.practice.company.github.api import answer, asker, base, listed, org_named, owned, sent
from bot.practice.company.github.api import state as organisation
from bot.practice.company.github.state import Org, Refusal, Team

routes = Blueprint("teams", __name__)
PREFIXES = ("/orgs/<org>/teams/<slug>", "/organizations/<org>/team/<int:team_id>", "/teams/<int:team_id>")
SYNCED = "This team is managed by an identity provider; its members cannot be changed here."
Route = Callable[..., Response]


def _on_team(method: str, rest: str = "", prefixes: tuple[str, ...] = PREFIXES) -> Callable[[Route], Route]:
    """Register a route under the three ways to name a team."""

    def register(function: Route) -> Route:
        for number, prefix in enumerate(prefixes):
            name = f"{function.__name__}_{number}"
            routes.add_url_rule(prefix + rest, name, function, methods=[method])
        return function

    return register


def _find(named: dict[str, Any], *, change: bool = False) -> tuple[Org, Team]:
    org = named.get("org") or organisation().login
    known = owned(org) if change else org_named(org)
    found = state.team(known, named.get("slug"), named.get("team_id"))
    if change and found.group:
        raise Refusal(403, SYNCED)
    return known, found


@routes.get("/orgs/<org>/teams")
def teams(org: str) -> Response:
    """Every team."""
    known = org_named(org)
    return listed(list(known.teams.values()), lambda each: shapes.team(base(), known, each))


@_on_team("GET")
def team(**named: Any) -> Response:
    """One team."""
    return answer(shapes.full_team(base(), *_find(named)))


@_on_team("GET", "/members")
def members(**named: Any) -> Response:
    """Who is in a team or in one inside it, by role (all, member, maintainer)."""
    known, each = _find(named)
    role = request.args.get("role", "all")
    inside = {key: "member" for one in known.teams.values() if each in state.around(known, one) for key in one.members}
    people = [known.users[key] for key, held in sorted((inside | each.members).items()) if role in {"all", held}]
    return listed(people, lambda person: shapes.user(base(), person))


@_on_team("GET", "/memberships/<login>")
def membership(login: str, **named: Any) -> Response:
    """Somebody's place in a team; 404 when they have none."""
    known, each = _find(named)
    person = state.user(known, login)
    if person.id not in each.members and person.id not in each.pending:
        raise Refusal(404)
    return answer(shapes.team_membership(base(), known, each, person))


@_on_team("PUT", "/memberships/<login>")
def join(login: str, **named: Any) -> Response:
    """Put somebody in a team."""
    known, each = _find(named, change=True)
    person = state.user(known, login)
    role = sent().get("role", "member")
    if role not in {"member", "maintainer"}:
        raise Refusal(422, "Validation Failed")
    state.join_team(known, each, person.id, role, asker().id)
    return answer(shapes.team_membership(base(), known, each, person))


@_on_team("DELETE", "/memberships/<login>")
def leave(login: str, **named: Any) -> Response:
    """Take somebody out of a team; 404 when they are not in it."""
    known, each = _find(named, change=True)
    state.leave_team(each, state.user(known, login).id)
    return answer(None, 204)


@_on_team("GET", "/members/<login>", PREFIXES[1:])
def is_member(login: str, **named: Any) -> Response:
    """204 for somebody in the team, 404 for anybody else."""
    known, each = _find(named)
    if state.user(known, login).id not in each.members:
        raise Refusal(404)
    return answer(None, 204)


@_on_team("GET", "/repos")
def repos(**named: Any) -> Response:
    """The repositories a team reaches, with the level it gives."""
    known, each = _find(named)
    reached = {name: role for one in reversed(state.around(known, each)) for name, role in one.repos.items()}
    found = [known.repos[name] for name in reached if name in known.repos]
    return listed(found, lambda one: shapes.repo(base(), known, one, reached[one.name]))


@_on_team("GET", "/invitations")
def invitations(**named: Any) -> Response:
    """Who was invited to the team and did not answer yet."""
    known, each = _find(named)
    waiting = [sent_to for sent_to in known.invitations.values() if sent_to.user in each.pending]
    return listed(waiting, lambda one: shapes.invitation(base(), known, one))


@_on_team("GET", "/teams")
def children(**named: Any) -> Response:
    """Teams inside a team."""
    known, each = _find(named)
    inside = [one for one in known.teams.values() if one.parent == each.slug]
    return listed(inside, lambda one: shapes.team(base(), known, one))


@_on_team("GET", "/team-sync/group-mappings")
def mappings(**named: Any) -> Response:
    """The group of the identity provider that fills a team."""
    each = _find(named)[1]
    group = {"group_id": f"idp-{each.id}", "group_name": each.group, "group_description": "From the directory"}
    return answer({"groups": [group] if each.group else []})


@routes.get("/orgs/<org>/teams/<slug>/external-groups")
def groups(**named: Any) -> Response:
    """The same for an organisation whose accounts the company manages."""
    each = _find(named)[1]
    group = {"group_id": each.id, "group_name": each.group, "updated_at": shapes.FOUNDED}
    return answer({"groups": [group] if each.group else []})
