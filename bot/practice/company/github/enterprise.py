"""GitHub's routes above the organisation: the enterprise in the cloud, and the administrators of a server."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, g

from bot.practice.company.github import shapes, state
from bot.practice.company.github.api import answer, asker, base, later, listed, sent, token
from bot.practice.company.github.api import state as organisation
from bot.practice.company.github.state import Org, Refusal
from bot.practice.company.github.things import ServerToken

routes = Blueprint("enterprise", __name__)


@routes.get("/enterprises/<slug>/consumed-licenses")
def licences(slug: str) -> Response:
    """Everybody who takes a seat in the enterprise, with their sign-on name: a person's classic token only."""
    known = _enterprise(slug, "read:enterprise")
    people = sorted(set(known.members) | known.enterprise.members)
    return listed(people, lambda key: _seat(known, key), under="users", total="total_seats_consumed")


@routes.post("/enterprises/<slug>/credential-authorizations/<login>/revoke")
def revoke(slug: str, login: str) -> Response:
    """End every authorization of a person; in an enterprise that manages its accounts, also the credentials behind."""
    known = _enterprise(slug, "admin:enterprise")
    person, destroy = state.user(known, login), bool(sent().get("revoke_credentials"))
    if destroy and not known.enterprise.managed:
        raise Refusal(422, "revoke_credentials is only available for enterprises with managed users.")
    later(lambda then: _end(then, person.id, destroy=destroy))
    return answer({"message": f"Credential authorization revocation for user '{person.login}' has been queued"}, 202)


@routes.delete("/enterprises/<slug>/enterprise-roles/users/<login>")
def take_roles(slug: str, login: str) -> Response:
    """Take every role of the enterprise from somebody; 204 also when they have none."""
    known = _enterprise(slug, "admin:enterprise")
    for role in known.enterprise.roles.values():
        role.users.discard(state.user(known, login).id)
    return answer(None, 204)


@routes.post("/credentials/revoke")
def leaked() -> Response:
    """Destroy tokens whose text somebody found. Nobody has to sign in for it, and nobody learns which were real."""
    texts = sent().get("credentials")
    if not isinstance(texts, list) or not 0 < len(texts) <= 1000:
        raise Refusal(422, "Validation Failed")
    for each in [each for each in organisation().authorizations if each.secret and each.secret in texts]:
        destroy_token(organisation(), each.id)
    return answer({}, 202)


def destroy_token(known: Org, number: int) -> None:
    """Destroy a classic token: what it opened ends, and so do the deploy keys that were added with it."""
    known.tokens = {text: held for text, held in known.tokens.items() if not _is(known, number, text)}
    known.authorizations = [each for each in known.authorizations if each.id != number]
    for repo in known.repos.values():
        repo.keys = [key for key in repo.keys if key.token != number]


def _is(known: Org, number: int, text: str) -> bool:
    return any(each.id == number and each.secret == text for each in known.authorizations)


def _end(known: Org, user_id: int, *, destroy: bool) -> None:
    gone = [each for each in known.authorizations if each.user == user_id]
    for each in gone if destroy else ():
        destroy_token(known, each.id)
    known.authorizations = [each for each in known.authorizations if each.user != user_id]
    if destroy:
        known.fine_grained = [each for each in known.fine_grained if each.user != user_id]


def _enterprise(slug: str, scope: str) -> Org:
    known = organisation()
    g.accepted = scope
    held = token().scopes & {scope, "admin:enterprise"}
    if slug != known.enterprise.slug or not held:
        raise Refusal(404)
    if asker().id not in known.enterprise.owners:
        raise Refusal(403, "Must have admin rights to Enterprise.")
    return known


def _seat(known: Org, key: int) -> dict[str, Any]:
    person, member = known.users[key], known.members.get(key)
    role = {"admin": "Owner", "member": "Member"}.get(member.role if member else "", "")
    return {
        "github_com_login": person.login,
        "github_com_name": person.name,
        "github_com_user": True,
        "license_type": "enterprise",
        "github_com_profile": f"{base()}/{person.login}",
        "github_com_member_roles": [f"{known.login}:{role}"] if role else [],
        "github_com_enterprise_roles": ["Member" if role else "Unaffiliated"],
        "github_com_saml_name_id": known.identities.get(key),
        "github_com_orgs_with_pending_invites": [known.login] if member and member.state == "pending" else [],
        "github_com_two_factor_auth": key not in known.without_second_factor,
        "total_user_accounts": 1,
    }


# ---- an Enterprise Server's own administrators ----


@routes.put("/users/<login>/suspended")
def suspend(login: str) -> Response:
    """Suspend an account of the server: it can sign in nowhere, and keeps everything."""
    known = _server()
    person = state.user(known, login)
    if person.id == asker().id:
        raise Refusal(403, "You can't suspend yourself.")
    person.suspended_at = state.now()
    return answer(None, 204)


@routes.delete("/users/<login>/suspended")
def resume(login: str) -> Response:
    """Let a suspended account in again."""
    state.user(_server(), login).suspended_at = None
    return answer(None, 204)


@routes.get("/admin/tokens")
def server_tokens() -> Response:
    """Everybody's classic tokens."""
    known = _server()
    return listed(known.server_tokens, lambda each: _server_token(known, each))


@routes.delete("/admin/tokens/<int:number>")
def remove_server_token(number: int) -> Response:
    """Destroy one of them, with the deploy keys it added."""
    known = _server()
    if all(each.id != number for each in known.server_tokens):
        raise Refusal(404)
    known.server_tokens = [each for each in known.server_tokens if each.id != number]
    destroy_token(known, number)
    return answer(None, 204)


@routes.get("/admin/keys")
def server_keys() -> Response:
    """Every public key: people's own, and the deploy keys of repositories."""
    known = _server()
    own = [each for each in known.authorizations if each.kind == "ssh_key"]
    deploy = [(repo, key) for repo in known.repos.values() for key in repo.keys]
    rows: list[dict[str, Any]] = [
        _key(each.id, each.ending, user=each.user, title=each.title, at=each.authorized_at, used=each.accessed_at)
        for each in own
    ]
    rows += [
        _key(key.id, key.key, repo=repo.id, title=key.title, at=key.created_at, used=key.last_used)
        for repo, key in deploy
    ]
    return listed(rows, dict)


@routes.delete("/admin/keys/<numbers>")
def remove_server_keys(numbers: str) -> Response:
    """Remove public keys by their numbers, with commas between."""
    known = _server()
    wanted = {int(each) for each in numbers.split(",") if each.isdecimal()}
    known.authorizations = [each for each in known.authorizations if each.id not in wanted]
    for repo in known.repos.values():
        repo.keys = [key for key in repo.keys if key.id not in wanted]
    return answer(None, 204)


def _server() -> Org:
    known = organisation()
    g.accepted = "site_admin"
    if "site_admin" not in token().scopes:
        raise Refusal(403, "Must have site admin rights.")
    return known


def _server_token(known: Org, each: ServerToken) -> dict[str, Any]:
    return {
        "id": each.id,
        "url": f"{base()}/authorizations/{each.id}",
        "app": {"client_id": "00000000000000000000", "name": each.note, "url": f"{base()}/settings/tokens"},
        "token": "",
        "token_last_eight": f"{each.id:08d}",
        "hashed_token": "0" * 64,
        "note": each.note,
        "note_url": None,
        "scopes": list(each.scopes),
        "fingerprint": None,
        "created_at": each.made_at,
        "updated_at": each.made_at,
        "expires_at": None,
        "user": shapes.user(base(), known.users[each.user]),
    }


def _key(
    number: int, text: str, *, title: str, at: str, used: str | None, user: int | None = None, repo: int | None = None
) -> dict[str, Any]:
    return {
        "id": number,
        "key": text,
        "user_id": user,
        "repository_id": repo,
        "url": f"{base()}/user/keys/{number}",
        "title": title,
        "read_only": False,
        "verified": True,
        "created_at": at,
        "last_used": used,
    }
