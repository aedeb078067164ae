"""GitHub's routes about accounts and the organisation: members, owners, outside collaborators, invitations."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, request

from bot.practice.company.github import shapes, state
from bot.practice.company.github.api import (
    LIMIT,
    NO_INTEGRATION,
    answer,
    asker,
    base,
    later,
    listed,
    org_named,
    owned,
    sent,
    token,
)
from bot.practice.company.github.api import state as organisation
from bot.practice.company.github.state import Org, Refusal
from bot.practice.company.github.things import Invitation

routes = Blueprint("organisation", __name__)


@routes.get("/user")
def who_am_i() -> Response:
    """The account behind the token; an app has none."""
    if token().permissions is not None:
        raise Refusal(403, NO_INTEGRATION)
    return answer(shapes.profile(base(), asker()))


@routes.get("/rate_limit")
def rate_limit() -> Response:
    """How many calls are left this hour."""
    used = current_app.config["USED"]
    core = {"limit": LIMIT, "used": used, "remaining": max(0, LIMIT - used), "reset": 4102444800}
    return answer({"resources": {"core": core, "search": core, "graphql": core}, "rate": core})


@routes.get("/users/<login>")
def user_by_login(login: str) -> Response:
    """An account by login."""
    return answer(shapes.profile(base(), state.user(organisation(), login)))


@routes.get("/user/<int:user_id>")
def user_by_id(user_id: int) -> Response:
    """An account by its id, which never changes."""
    known = organisation().users.get(user_id)
    if known is None:
        raise Refusal(404)
    return answer(shapes.profile(base(), known))


@routes.get("/search/users")
def search() -> Response:
    """Accounts by what they show: login, name or e-mail."""
    words = [word.lower() for word in request.args.get("q", "").split() if ":" not in word]
    found = [
        each
        for each in organisation().users.values()
        if words and all(word in f"{each.login} {each.name} {each.email}".lower() for word in words)
    ]
    reply = {"total_count": len(found), "incomplete_results": False}
    return answer({**reply, "items": [{**shapes.user(base(), each), "score": 1.0} for each in found]})


@routes.get("/orgs/<org>")
def organization(org: str) -> Response:
    """The organisation."""
    return answer(shapes.org(base(), org_named(org)))


@routes.get("/orgs/<org>/members")
def members(org: str) -> Response:
    """Members who accepted, by role (all, admin, member)."""
    known = org_named(org)
    role = request.args.get("role", "all")
    ids = [key for key, member in known.members.items() if member.state == "active" and role in {"all", member.role}]
    if request.args.get("filter", "all") == "2fa_disabled":
        ids = sorted(set(ids) & known.without_second_factor)
    return listed([known.users[key] for key in sorted(ids)], lambda each: shapes.user(base(), each))


@routes.get("/orgs/<org>/members/<login>")
def is_member(org: str, login: str) -> Response:
    """204 for a member, 404 for anybody else."""
    known = org_named(org)
    if not state.active(known, state.user(known, login).id):
        raise Refusal(404)
    return answer(None, 204)


@routes.delete("/orgs/<org>/members/<login>")
def remove_member(org: str, login: str) -> Response:
    """Remove a member who accepted."""
    known = owned(org)
    state.remove_member(known, state.user(known, login).id, pending=False)
    return answer(None, 204)


@routes.get("/orgs/<org>/memberships/<login>")
def membership(org: str, login: str) -> Response:
    """Somebody's role and whether they accepted."""
    known = org_named(org)
    person = state.user(known, login)
    if person.id not in known.members:
        raise Refusal(404)
    return answer(shapes.membership(base(), known, person, known.members[person.id]))


@routes.put("/orgs/<org>/memberships/<login>")
def set_membership(org: str, login: str) -> Response:
    """Invite, or change the role of a member."""
    known = owned(org)
    person = state.user(known, login)
    member = state.set_member(known, person.id, sent().get("role", "member"), asker().id)
    return answer(shapes.membership(base(), known, person, member))


@routes.delete("/orgs/<org>/memberships/<login>")
def remove_membership(org: str, login: str) -> Response:
    """Remove a member, or cancel their open invitation."""
    known = owned(org)
    state.remove_member(known, state.user(known, login).id)
    return answer(None, 204)


@routes.get("/orgs/<org>/outside_collaborators")
def outside(org: str) -> Response:
    """People with a repository but no membership."""
    known = owned(org)
    people = [known.users[key] for key in sorted(state.outsiders(known))]
    return listed(people, lambda each: shapes.user(base(), each))


@routes.put("/orgs/<org>/outside_collaborators/<login>")
def make_outside(org: str, login: str) -> Response:
    """Turn a member into an outside collaborator."""
    known = owned(org)
    number = state.user(known, login).id
    if sent().get("async"):
        later(lambda then: state.convert_to_outsider(then, number))
        return answer({}, 202)
    state.convert_to_outsider(known, number)
    return answer(None, 204)


@routes.delete("/orgs/<org>/outside_collaborators/<login>")
def remove_outside(org: str, login: str) -> Response:
    """Take every repository from somebody outside; members are refused."""
    known = owned(org)
    person = state.user(known, login)
    if state.active(known, person.id):
        raise Refusal(422, "You cannot specify an organization member to remove as an outside collaborator.")
    if person.id not in state.outsiders(known):
        raise Refusal(404)
    state.remove_from_repos(known, person.id)
    return answer(None, 204)


@routes.get("/orgs/<org>/invitations")
def invitations(org: str) -> Response:
    """Open invitations."""
    known = owned(org)
    return listed(list(known.invitations.values()), lambda each: shapes.invitation(base(), known, each))


@routes.get("/orgs/<org>/failed_invitations")
def failed(org: str) -> Response:
    """Invitations nobody accepted in seven days."""
    known = owned(org)
    return listed(known.failed, lambda each: shapes.invitation(base(), known, each))


@routes.post("/orgs/<org>/invitations")
def create_invitation(org: str) -> Response:
    """Invite by account id or by e-mail; `reinstate` gives back what a removed member had once they accept."""
    known = owned(org)
    asked = sent()
    role = {"direct_member": "member"}.get(asked.get("role", ""), asked.get("role", "member"))
    teams = tuple(slug for slug, each in known.teams.items() if each.id in asked.get("team_ids", ()))
    if asked.get("email"):
        by_mail = Invitation(state.number(known), 0, role, asker().id, state.now(), asked["email"], teams)
        known.invitations[by_mail.number] = by_mail
        return answer(shapes.invitation(base(), known, by_mail), 201)
    user_id = asked.get("invitee_id", 0)
    _invitable(known, user_id, role)
    made = state.invite(known, user_id, role, asker().id)
    for slug in teams:
        known.teams[slug].pending[user_id] = "member"
    return answer(shapes.invitation(base(), known, made), 201)


def _invitable(known: Org, user_id: int, role: str) -> None:
    wrong_role = role not in {"member", "admin", "reinstate"} or (role == "reinstate" and user_id not in known.removed)
    if user_id not in known.users or user_id in known.members or wrong_role:
        raise Refusal(422, "Validation Failed")


@routes.get("/orgs/<org>/invitations/<int:number>/teams")
def invitation_teams(org: str, number: int) -> Response:
    """The teams an invitation leads into."""
    known = owned(org)
    found = shapes.teams_of(known, _invitation(known, number))
    return listed(found, lambda each: shapes.team(base(), known, each))


@routes.delete("/orgs/<org>/invitations/<int:number>")
def cancel_invitation(org: str, number: int) -> Response:
    """Cancel an open invitation, by its own number."""
    known = owned(org)
    cancelled = _invitation(known, number)
    if cancelled.user:
        state.remove_member(known, cancelled.user)
    known.invitations.pop(number, None)
    return answer(None, 204)


def _invitation(known: Org, number: int) -> Invitation:
    if number not in known.invitations:
        raise Refusal(404)
    return known.invitations[number]
