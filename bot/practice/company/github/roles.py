"""GitHub's routes about roles in the organisation and in the enterprise around it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response

from bot.practice.company.github import shapes, state
from bot.practice.company.github.api import answer, base, listed, owned
from bot.practice.company.github.state import Org, Refusal
from bot.practice.company.github.things import Role

routes = Blueprint("roles", __name__)
RIGHT = "organization_custom_org_roles"


@routes.get("/orgs/<org>/organization-roles")
def roles(org: str) -> Response:
    """Every role of the organisation, GitHub's own and the company's."""
    known = owned(org, right=RIGHT)
    shown = [_shape(known, each) for each in known.roles.values()]
    return answer({"total_count": len(shown), "roles": shown})


@routes.get("/orgs/<org>/organization-roles/<int:role_id>")
def role(org: str, role_id: int) -> Response:
    """One role."""
    known = owned(org, right=RIGHT)
    return answer(_shape(known, _role(known.roles, role_id)))


@routes.get("/orgs/<org>/organization-roles/<int:role_id>/users")
def users(org: str, role_id: int) -> Response:
    """Who holds a role: by name, through a team, or both."""
    known = owned(org, right=RIGHT)
    held = _role(known.roles, role_id)
    through = {key: slug for slug in held.teams for key in known.teams[slug].members}
    return listed(sorted(held.users | through.keys()), lambda key: _holder(known, held, key, through.get(key, "")))


@routes.get("/orgs/<org>/organization-roles/<int:role_id>/teams")
def teams(org: str, role_id: int) -> Response:
    """Which teams pass a role on."""
    known = owned(org, right=RIGHT)
    held = sorted(_role(known.roles, role_id).teams)
    return listed(held, lambda slug: {**shapes.team(base(), known, known.teams[slug]), "assignment": "direct"})


@routes.put("/orgs/<org>/organization-roles/users/<login>/<int:role_id>")
def give(org: str, login: str, role_id: int) -> Response:
    """Give a member a role."""
    known = owned(org, right=RIGHT)
    person = state.user(known, login)
    if not state.active(known, person.id):
        raise Refusal(422, "Validation Failed")
    _role(known.roles, role_id).users.add(person.id)
    return answer(None, 204)


@routes.delete("/orgs/<org>/organization-roles/users/<login>/<int:role_id>")
def take(org: str, login: str, role_id: int) -> Response:
    """Take one role from somebody; 204 also when they have none."""
    known = owned(org, right=RIGHT)
    _role(known.roles, role_id).users.discard(state.user(known, login).id)
    return answer(None, 204)


@routes.delete("/orgs/<org>/organization-roles/users/<login>")
def take_all(org: str, login: str) -> Response:
    """Take every role from somebody; 204 also when they have none. What teams pass on stays."""
    known = owned(org, right=RIGHT)
    person = state.user(known, login)
    for each in known.roles.values():
        each.users.discard(person.id)
    return answer(None, 204)


def _role(known: Mapping[int, Role], role_id: int) -> Role:
    if role_id not in known:
        raise Refusal(404)
    return known[role_id]


def _shape(known: Org, each: Role) -> dict[str, Any]:
    return {
        "id": each.id,
        "name": each.name,
        "description": each.description,
        "source": each.source,
        "permissions": list(each.permissions),
        "organization": shapes.account(base(), known),
        "created_at": shapes.FOUNDED,
        "updated_at": shapes.FOUNDED,
        **({"base_role": each.base} if each.base else {}),
    }


def _holder(known: Org, held: Role, key: int, through: str) -> dict[str, Any]:
    direct = key in held.users
    assignment = "mixed" if direct and through else "direct" if direct else "indirect"
    inherited = [shapes.simple_team(base(), known, known.teams[through])] if through else []
    return {**shapes.user(base(), known.users[key]), "assignment": assignment, "inherited_from": inherited}
