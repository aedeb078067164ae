"""GitHub's routes about apps: who is let in, and how an app signs in (a signed note gets a token for an hour)."""

from __future__ import annotations

import secrets
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
from flask import Blueprint, Response, request

from bot.practice.company.github import shapes
from bot.practice.company.github.api import answer, base, listed, owned, sent, token_of
from bot.practice.company.github.api import state as organisation
from bot.practice.company.github.state import Org, Refusal, Token, User
from bot.practice.company.github.things import App, Installation

routes = Blueprint("apps", __name__)
HOUR = 3600


@routes.get("/orgs/<org>/installations")
def installations(org: str) -> Response:
    """The apps let into the organisation. Nothing says who let them in."""
    known = owned(org, "read:org", "organization_administration")
    return listed(known.installations, lambda each: _shape(known, each), under="installations")


@routes.get("/apps/<slug>")
def app_by_slug(slug: str) -> Response:
    """An app and who owns it."""
    known = organisation()
    if slug not in known.apps:
        raise Refusal(404)
    return answer(_app(known, known.apps[slug]))


@routes.get("/app")
def own_app() -> Response:
    """The app that signed this call."""
    return answer(_app(organisation(), _signer()))


@routes.get("/orgs/<org>/installation")
def own_installation(org: str) -> Response:
    """The place of the app that signed this call in one organisation."""
    known, own = organisation(), _signer()
    for each in known.installations:
        if each.app == own.slug and org.lower() == known.login.lower():
            return answer(_shape(known, each))
    raise Refusal(404)


@routes.post("/app/installations/<int:number>/access_tokens")
def access_token(number: int) -> Response:
    """A token for an hour, with all the permissions of the app's place, or fewer where fewer are asked for."""
    known, own = organisation(), _signer()
    place = next((each for each in known.installations if each.id == number and each.app == own.slug), None)
    if place is None:
        raise Refusal(404)
    if place.suspended_at:
        raise Refusal(403, "This installation has been suspended")
    asked = sent().get("permissions") or place.permissions
    if any(place.permissions.get(name) not in {held, "write"} for name, held in asked.items()):
        raise Refusal(422, "The permissions requested are not granted to this installation.")
    text, until = f"ghs_{secrets.token_hex(18)}", datetime.now(UTC) + timedelta(seconds=HOUR)
    known.tokens[text] = Token(bot(known, own).login, frozenset(), dict(asked), until.timestamp())
    shown = {"token": text, "expires_at": until.strftime("%Y-%m-%dT%H:%M:%SZ"), "permissions": asked}
    return answer({**shown, "repository_selection": place.selection}, 201)


def bot(known: Org, app: App) -> User:
    """The account that an app acts as; made when it is first needed, and no member of anything."""
    number = 1_000_000 + app.id
    return known.users.setdefault(number, User(number, f"{app.slug}[bot]", app.name, kind="Bot"))


def _signer() -> App:
    """The app whose key signed the bearer token of this call. GitHub allows ten minutes, and no less than its clock."""
    signed = token_of(request.headers.get("Authorization", ""))
    for app in organisation().apps.values():
        try:
            claims = jwt.decode(signed, app.public_key, algorithms=["RS256"], leeway=60)
        except jwt.PyJWTError:
            continue
        if str(claims.get("iss")) == str(app.id) and float(claims["exp"]) - time.time() <= 11 * 60:
            return app
    raise Refusal(401, "A JSON web token could not be decoded")


def _app(known: Org, app: App) -> dict[str, Any]:
    owner = known.users.get(app.owner)
    placed = next((each.permissions for each in known.installations if each.app == app.slug), {})
    return {
        "id": app.id,
        "slug": app.slug,
        "node_id": f"A_{app.id}",
        "owner": shapes.user(base(), owner) if owner else shapes.account(base(), known),
        "name": app.name,
        "description": app.about,
        "external_url": f"https://{app.slug}.example",
        "html_url": f"{base()}/apps/{app.slug}",
        "created_at": shapes.FOUNDED,
        "updated_at": shapes.FOUNDED,
        "permissions": placed,
        "events": [],
    }


def _shape(known: Org, each: Installation) -> dict[str, Any]:
    url = f"{base()}/app/installations/{each.id}"
    app = known.apps[each.app]
    return {
        "id": each.id,
        "account": shapes.account(base(), known),
        "repository_selection": each.selection,
        "access_tokens_url": f"{url}/access_tokens",
        "repositories_url": f"{base()}/installation/repositories",
        "html_url": f"{base()}/organizations/{known.login}/settings/installations/{each.id}",
        "app_id": app.id,
        "app_slug": app.slug,
        "target_id": known.id,
        "target_type": "Organization",
        "permissions": each.permissions,
        "events": [],
        "created_at": each.made_at,
        "updated_at": each.made_at,
        "single_file_name": None,
        "suspended_by": None,
        "suspended_at": each.suspended_at,
    }
