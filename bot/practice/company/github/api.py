"""What every GitHub route needs: who is asking, may they, pages, and answers with GitHub's headers."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Sequence
from typing import Any, cast

from flask import Flask, Response, current_app, g, request
from werkzeug.exceptions import HTTPException

from bot.practice.company.github.state import Org, Refusal, Token, User, active, owners, user

LIMIT = 5000
DOCS = "https://docs.github.com/rest"


def build(org: Org) -> Flask:
    """An application without routes, around this organisation: one call at a time, everybody known by a token."""
    app = Flask("practice-github", static_folder=None)
    app.config.update(ORG=org, USED=0)
    app.url_map.strict_slashes = False
    app.before_request(_enter)
    app.after_request(_sign)
    app.teardown_request(_leave)
    app.register_error_handler(Refusal, _refused)
    app.register_error_handler(HTTPException, _not_found)
    return app


def state() -> Org:
    """The organisation this application serves."""
    return cast("Org", current_app.config["ORG"])


def base() -> str:
    """The address the client used, for the links in an answer."""
    return request.host_url.rstrip("/")


def asker() -> User:
    """The account behind the token."""
    return user(state(), cast("Token", g.token).login)


def token_of(authorization: str) -> str:
    """The bare token of an Authorization header; GitHub takes both words before it."""
    word, _, rest = authorization.partition(" ")
    return rest.strip() if word.lower() in {"token", "bearer"} else ""


def org_named(name: str) -> Org:
    """The organisation, if that is its name and the asker may see it; 404 otherwise."""
    known = state()
    if name.lower() not in {known.login.lower(), str(known.id)} or not active(known, asker().id):
        raise Refusal(404)
    return known


def owned(name: str, scope: str = "admin:org") -> Org:
    """The organisation, if the asker owns it: 404 without the scope, 403 for a member who is no owner."""
    known = org_named(name)
    g.accepted = scope
    if scope not in g.token.scopes:
        raise Refusal(404)
    if asker().id not in owners(known):
        raise Refusal(403, "You must be an admin of this organization.")
    return known


def answer(value: Any, status: int = 200) -> Response:
    """A JSON answer; 204 carries nothing."""
    body = "" if status == 204 else json.dumps(value)
    return Response(body, status=status, content_type="application/json; charset=utf-8")


def listed(items: Sequence[Any], shape: Callable[[Any], Any], *, under: str = "") -> Response:
    """One page of a list with its Link header; `under` names the list inside an object with a total."""
    size = min(max(request.args.get("per_page", 30, int), 1), 100)
    page = max(request.args.get("page", 1, int), 1)
    last = max(1, -(-len(items) // size))
    part = [shape(item) for item in items[(page - 1) * size : page * size]]
    reply = answer({"total_count": len(items), under: part} if under else part)
    links = _links(page, last)
    if links:
        reply.headers["Link"] = links
    return reply


def sent() -> dict[str, Any]:
    """The JSON body, or nothing."""
    body = request.get_json(force=True, silent=True)
    return body if isinstance(body, dict) else {}


def _links(page: int, last: int) -> str:
    wanted = {"prev": page - 1, "next": page + 1, "first": 1, "last": last}
    if page <= 1:
        wanted = {"next": page + 1, "last": last}
    elif page >= last:
        wanted = {"prev": page - 1, "first": 1}
    shown = {rel: number for rel, number in wanted.items() if 1 <= number <= last}
    return ", ".join(f'<{_at(number)}>; rel="{rel}"' for rel, number in shown.items()) if last > 1 else ""


def _at(page: int) -> str:
    pairs = {**request.args.to_dict(), "page": str(page)}
    return f"{request.base_url}?" + "&".join(f"{key}={value}" for key, value in pairs.items())


def _enter() -> None:
    known = state()
    known.lock.acquire()
    g.locked = True
    g.accepted = ""
    current_app.config["USED"] += 1
    token = known.tokens.get(token_of(request.headers.get("Authorization", "")))
    if token is None:
        raise Refusal(401, "Bad credentials" if "Authorization" in request.headers else "Requires authentication")
    g.token = token


def _leave(_error: BaseException | None) -> None:
    if g.pop("locked", False):
        state().lock.release()


def _refused(refusal: Refusal) -> Response:
    body = {"message": refusal.message, "documentation_url": DOCS, "status": str(refusal.status)}
    return answer(body, refusal.status)


def _not_found(error: HTTPException) -> Response:
    return _refused(Refusal(error.code or 500, "Not Found" if error.code == 404 else error.name))


def _sign(reply: Response) -> Response:
    used = current_app.config["USED"]
    token = g.get("token")
    reply.headers.update(
        {
            "X-GitHub-Request-Id": f"PRAC:{uuid.uuid4().hex[:20].upper()}",
            "X-GitHub-Media-Type": "github.v3; format=json",
            "X-RateLimit-Limit": str(LIMIT),
            "X-RateLimit-Remaining": str(max(0, LIMIT - used)),
            "X-RateLimit-Used": str(used),
            "X-RateLimit-Reset": str(int(time.time()) + 3600),
            "X-RateLimit-Resource": "core",
            "X-OAuth-Scopes": ", ".join(sorted(token.scopes)) if token else "",
            "X-Accepted-OAuth-Scopes": g.get("accepted", ""),
        }
    )
    return reply
