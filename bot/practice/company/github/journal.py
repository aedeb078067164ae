"""GitHub's own audit log: every change is kept with who made it, and found by a phrase such as `actor:alice-m`."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from werkzeug.wrappers import Request

from bot.practice.company.github import state
from bot.practice.company.github.things import Event

_ACTIONS = (
    ("DELETE", r"/orgs/[^/]+/member(ship)?s/([^/]+)", "org.remove_member"),
    ("PUT", r"/orgs/[^/]+/memberships/([^/]+)", "org.add_member"),
    ("DELETE", r"/orgs/[^/]+/outside_collaborators/([^/]+)", "org.remove_outside_collaborator"),
    ("POST", r"/orgs/[^/]+/invitations", "org.invite_member"),
    ("DELETE", r"/orgs/[^/]+/invitations/\d+", "org.cancel_invitation"),
    ("DELETE", r"/orgs/[^/]+/organization-roles/users/([^/]+).*", "organization_role.revoke"),
    ("PUT", r"/orgs/[^/]+/organization-roles/users/([^/]+)/\d+", "organization_role.assign"),
    ("DELETE", r".*/memberships/([^/]+)", "team.remove_member"),
    ("PUT", r".*/memberships/([^/]+)", "team.add_member"),
    ("PUT", r"/repos/[^/]+/[^/]+/collaborators/([^/]+)", "repo.add_member"),
    ("DELETE", r"/repos/[^/]+/[^/]+/collaborators/([^/]+)", "repo.remove_member"),
    ("POST", r"/repos/[^/]+/[^/]+/keys", "public_key.create"),
    ("DELETE", r"/repos/[^/]+/[^/]+/keys/\d+", "public_key.delete"),
    ("DELETE", r".*/hooks/\d+", "hook.destroy"),
    ("POST", r".*/credential-authorizations/([^/]+)/revoke.*", "org_credential_authorization.revoke"),
    ("DELETE", r".*/credential-authorizations/\d+", "org_credential_authorization.revoke"),
    ("POST", r".*/personal-access-tokens.*", "personal_access_token.access_revoked"),
    ("POST", r".*/transfer", "repo.transfer"),
)
_WORD = re.compile(r"(-?)(\w+):(>=|<=|>|<)?(\S+)")


def keep(org: state.Org, request: Request, login: str) -> None:
    """Append what was just changed, if GitHub keeps that kind of change."""
    for method, pattern, action in _ACTIONS:
        match = re.fullmatch(pattern, request.path)
        if method == request.method and match:
            about = {"user": match.groups()[-1]} if match.groups() else {}
            if request.path.startswith("/repos/"):
                about["repo"] = "/".join(request.path.split("/")[2:4])
            org.audit.append(Event(int(time.time() * 1000), action, state.user(org, login).id, about))
            return


def found(org: state.Org, phrase: str) -> list[Event]:
    """The events a phrase asks for, newest first: actor:, action:, user:, repo:, created:, each with - for not."""
    asked = list(_asked(org, phrase))
    newest = sorted(org.audit, key=lambda event: event.at, reverse=True)
    return [event for event in newest if all(wanted(event) for wanted in asked)]


def shape(org: state.Org, event: Event) -> dict[str, Any]:
    """An event as GitHub writes it."""
    actor = org.users.get(event.actor)
    return {
        "@timestamp": event.at,
        "_document_id": f"E{event.at}{event.actor}",
        "action": event.action,
        "actor": actor.login if actor else "ghost",
        "actor_id": event.actor,
        "created_at": event.at,
        "org": org.login,
        "org_id": org.id,
        **event.about,
    }


def _asked(org: state.Org, phrase: str) -> Iterator[Callable[[Event], bool]]:
    for no, name, sign, value in _WORD.findall(phrase):
        wanted = _created(sign, value) if name == "created" else _named(org, name, value)
        yield _not(wanted) if no else wanted


def _not(wanted: Callable[[Event], bool]) -> Callable[[Event], bool]:
    return lambda event: not wanted(event)


def _named(org: state.Org, name: str, value: str) -> Callable[[Event], bool]:
    """An action matches whole or by its first word, as hook matches hook.create."""

    def is_so(event: Event) -> bool:
        told = str(shape(org, event).get(name, ""))
        return told.lower() == value.lower() or (name == "action" and told.startswith(f"{value}."))

    return is_so


def _created(sign: str, value: str) -> Callable[[Event], bool]:
    start = datetime.fromisoformat(value[:10]).replace(tzinfo=UTC)
    first, after = start.timestamp() * 1000, (start + timedelta(days=1)).timestamp() * 1000
    known: dict[str, Callable[[Event], bool]] = {
        ">=": lambda event: event.at >= first,
        ">": lambda event: event.at >= after,
        "<": lambda event: event.at < first,
        "<=": lambda event: event.at < after,
    }
    return known.get(sign, lambda event: first <= event.at < after)
