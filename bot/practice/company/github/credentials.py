"""GitHub's routes about what a person signs in with: single sign-on authorizations and fine-grained tokens."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Blueprint, Response, request

from bot.practice.company.github import shapes, state
from bot.practice.company.github.api import answer, app_only, asker, base, later, listed, owned, sent
from bot.practice.company.github.state import Org, Refusal
from bot.practice.company.github.things import KINDS, Authorization, FineGrained

routes = Blueprint("credentials", __name__)
TOKENS, REQUESTS = "organization_personal_access_tokens", "organization_personal_access_token_requests"


# ---- what single sign-on let in ----


@routes.get("/orgs/<org>/credential-authorizations")
def authorizations(org: str) -> Response:
    """Everybody's authorized credentials, or one login's. A classic token without single sign-on shows nowhere."""
    known = owned(org, "read:org", "organization_administration")
    login = request.args.get("login")
    only = state.user(known, login).id if login else 0
    found = [each for each in known.authorizations if only in {0, each.user} and each.kind != "fine_grained_pat"]
    return listed(found, lambda each: _shape(known, each))


@routes.delete("/orgs/<org>/credential-authorizations/<int:number>")
def revoke_one(org: str, number: int) -> Response:
    """End one authorization: the credential stays its owner's, and opens this organisation no more."""
    known = owned(org, right="organization_administration")
    if all(each.id != number for each in known.authorizations):
        raise Refusal(404)
    known.authorizations = [each for each in known.authorizations if each.id != number]
    return answer(None, 204)


@routes.post("/orgs/<org>/credential-authorizations/<login>/revoke")
def revoke_all(org: str, login: str) -> Response:
    """End every authorization of one person, in the background."""
    known = owned(org, right="organization_administration")
    return _queued(known, login, KINDS)


@routes.post("/orgs/<org>/credential-authorizations/<login>/revoke-credential-type")
def revoke_kind(org: str, login: str) -> Response:
    """End the authorizations of one person that are of one kind, in the background."""
    known = owned(org, right="organization_administration")
    kind = sent().get("credential_type")
    if kind not in KINDS:
        raise Refusal(422, "Validation Failed")
    return _queued(known, login, (kind,))


def _queued(known: Org, login: str, kinds: Iterable[str]) -> Response:
    person, wanted = state.user(known, login), frozenset(kinds)

    def end(then: Org) -> None:
        then.authorizations = [
            each for each in then.authorizations if each.user != person.id or each.kind not in wanted
        ]

    later(end)
    said = {"message": f"Credential authorization revocation for user '{person.login}' has been queued"}
    if person.id == asker().id:
        said["warning"] = "The token used for this request may also have its authorization revoked"
    return answer(said, 202)


def _shape(known: Org, each: Authorization) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "login": known.users[each.user].login,
        "credential_id": each.id,
        "credential_type": KINDS[each.kind],
        "credential_authorized_at": each.authorized_at,
        "credential_accessed_at": each.accessed_at,
        "authorized_credential_id": each.id + 1000,
    }
    if each.kind == "ssh_key":
        return {**shown, "fingerprint": each.ending, "authorized_credential_title": each.title}
    note = {"authorized_credential_note": each.title, "authorized_credential_expires_at": each.expires_at}
    return {**shown, **note, "token_last_eight": each.ending, "scopes": list(each.scopes)}


# ---- fine-grained tokens: an app's own token only ----


@routes.get("/orgs/<org>/personal-access-tokens")
def tokens(org: str) -> Response:
    """Fine-grained tokens that reach the organisation."""
    known = app_only(org, TOKENS)
    return listed(_owned_by(known, known.fine_grained), lambda each: _token(known, each))


@routes.post("/orgs/<org>/personal-access-tokens")
def revoke_tokens(org: str) -> Response:
    """End the access of up to a hundred tokens, in the background."""
    app_only(org, TOKENS)
    ids = sent().get("pat_ids", [])
    if sent().get("action") != "revoke" or not 0 < len(ids) <= 100:
        raise Refusal(422, "Validation Failed")
    later(lambda then: _end_tokens(then, ids))
    return answer({}, 202)


@routes.post("/orgs/<org>/personal-access-tokens/<int:number>")
def revoke_token(org: str, number: int) -> Response:
    """End the access of one token. SSH keys that were made with it live on."""
    known = app_only(org, TOKENS)
    _one(known.fine_grained, number)
    if sent().get("action") != "revoke":
        raise Refusal(422, "Validation Failed")
    _end_tokens(known, [number])
    return answer(None, 204)


@routes.get("/orgs/<org>/personal-access-tokens/<int:number>/repositories")
def token_repositories(org: str, number: int) -> Response:
    """What one token reaches."""
    known = app_only(org, TOKENS)
    return _reached(known, _one(known.fine_grained, number))


@routes.get("/orgs/<org>/personal-access-token-requests")
def requests(org: str) -> Response:
    """Fine-grained tokens whose owners ask for access."""
    known = app_only(org, REQUESTS)
    return listed(_owned_by(known, known.requests), lambda each: _request(known, each))


@routes.post("/orgs/<org>/personal-access-token-requests/<int:number>")
def review(org: str, number: int) -> Response:
    """Approve or deny a request."""
    known = app_only(org, REQUESTS)
    asked, action = _one(known.requests, number), sent().get("action")
    if action not in {"approve", "deny"}:
        raise Refusal(422, "Validation Failed")
    known.requests.remove(asked)
    if action == "approve":
        known.fine_grained.append(asked)
    return answer(None, 204)


@routes.get("/orgs/<org>/personal-access-token-requests/<int:number>/repositories")
def request_repositories(org: str, number: int) -> Response:
    """What one request asks for."""
    known = app_only(org, REQUESTS)
    return _reached(known, _one(known.requests, number))


def _end_tokens(known: Org, ids: Iterable[int]) -> None:
    known.fine_grained = [each for each in known.fine_grained if each.id not in set(ids)]


def _owned_by(known: Org, all_of_them: list[FineGrained]) -> list[FineGrained]:
    logins = {login.lower() for name in ("owner", "owner[]") for login in request.args.getlist(name)}
    return [each for each in all_of_them if not logins or known.users[each.user].login.lower() in logins]


def _one(all_of_them: list[FineGrained], number: int) -> FineGrained:
    for each in all_of_them:
        if each.id == number:
            return each
    raise Refusal(404)


def _reached(known: Org, each: FineGrained) -> Response:
    found = [known.repos[name] for name in each.repos or known.repos if name in known.repos]
    return listed(found, lambda one: shapes.plain_repo(base(), known, one))


def _token(known: Org, each: FineGrained) -> dict[str, Any]:
    shown = _common(known, each, "personal-access-tokens")
    return {**shown, "access_granted_at": each.granted_at}


def _request(known: Org, each: FineGrained) -> dict[str, Any]:
    shown = _common(known, each, "personal-access-token-requests")
    return {**shown, "created_at": each.granted_at, "reason": each.reason}


def _common(known: Org, each: FineGrained, place: str) -> dict[str, Any]:
    return {
        "id": each.id,
        "owner": shapes.user(base(), known.users[each.user]),
        "repository_selection": "subset" if each.repos else "all",
        "repositories_url": f"{base()}/orgs/{known.login}/{place}/{each.id}/repositories",
        "permissions": each.permissions,
        "token_id": each.token_id,
        "token_name": each.name,
        "token_expired": False,
        "token_expires_at": each.expires_at,
        "token_last_used_at": each.used_at,
    }
