"""What every GitHub route needs: who is asking, may they, pages, and answers with GitHub's headers."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Sequence
from typing import Any, cast
from urllib.parse import urlencode

from flask import Flask, Response, current_app, g, request
from werkzeug.exceptions import HTTPException

from bot.practice.company.github import editions, journal
from bot.practice.company.github.state import Org, Refusal, Token, User, active, is_owner, user

LIMIT = 5000
DOCS = "https://docs.github.com/rest"
NO_INTEGRATION = "Resource not accessible by integration"
JSON = "application/json; charset=utf-8"
_WIDER = {
    "read:org": frozenset({"read:org", "write:org", "admin:org"}),
    "read:audit_log": frozenset({"read:audit_log"}),
    "manage_billing:copilot": frozenset({"manage_billing:copilot", "admin:org"}),
    "read:enterprise": frozenset({"read:enterprise", "admin:enterprise"}),
}


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


def token() -> Token:
    """The token of this call."""
    return cast("Token", g.token)


def asker() -> User:
    """The account behind the token; an app acts as a bot of its own."""
    return user(state(), token().login)


def token_of(authorization: str) -> str:
    """The bare token of an Authorization header; GitHub takes both words before it."""
    word, _, rest = authorization.partition(" ")
    return rest.strip() if word.lower() in {"token", "bearer"} else ""


def org_named(name: str) -> Org:
    """The organisation, if that is its name and the asker may see it; 404 otherwise."""
    known = state()
    inside = token().permissions is not None or active(known, asker().id)
    if name.lower() not in {known.login.lower(), str(known.id)} or not inside:
        raise Refusal(404)
    return known


def owned(name: str, scope: str = "admin:org", right: str = "members") -> Org:
    """The organisation, if the asker owns it: 404 without the scope, 403 for a member who is no owner.

    An app needs the permission `right` instead, for writing unless it only reads.
    """
    known = org_named(name)
    g.accepted = scope
    if token().permissions is not None:
        permitted(right)
        return known
    if not _WIDER.get(scope, frozenset({scope})) & token().scopes:
        raise Refusal(404)
    if not is_owner(known, asker().id):
        raise Refusal(403, "You must be an admin of this organization.")
    return known


def permitted(right: str) -> None:
    """Refuse an app that was not given this permission."""
    held = (token().permissions or {}).get(right)
    if held is None or (request.method != "GET" and held == "read"):
        raise Refusal(403, NO_INTEGRATION)


def app_only(name: str, right: str) -> Org:
    """The organisation, for the few routes that take nothing but an app's token."""
    known = org_named(name)
    if token().permissions is None:
        raise Refusal(403, "This endpoint can only be used by a GitHub App.")
    permitted(right)
    return known


def answer(value: Any, status: int = 200) -> Response:
    """A JSON answer; 204 carries nothing."""
    body = "" if status == 204 else json.dumps(value)
    return Response(body, status=status, content_type=JSON)


def listed(
    items: Sequence[Any], shape: Callable[[Any], Any], *, under: str = "", total: str = "total_count"
) -> Response:
    """One page of a list with its Link header; `under` names the list inside an object, `total` its count."""
    size, page = _size(), max(request.args.get("page", 1, int), 1)
    last = max(1, -(-len(items) // size))
    part = [shape(item) for item in items[(page - 1) * size : page * size]]
    counted = {total: len(items)} if total else {}
    reply = answer({**counted, under: part} if under else part)
    links = _links(page, last)
    if links:
        reply.headers["Link"] = links
    return reply


def streamed(items: Sequence[Any], shape: Callable[[Any], Any]) -> Response:
    """One stretch of a list that grows at its head: `after` says where to go on, and nobody says where it ends."""
    start = max(int(_after()), 0)
    part = items[start : start + _size()]
    reply = answer([shape(item) for item in part])
    if start + len(part) < len(items):
        reply.headers["Link"] = f'<{_with(after=f"c{start + len(part)}")}>; rel="next"'
    return reply


def sent() -> dict[str, Any]:
    """The JSON body, or nothing."""
    body = request.get_json(force=True, silent=True)
    return body if isinstance(body, dict) else {}


def later(act: Callable[[Org], None]) -> None:
    """Do this in the background, as soon as GitHub gets to it (`settle` seconds from now)."""
    known = state()
    known.later.append((time.monotonic() + known.settle, act))


def _size() -> int:
    return min(max(request.args.get("per_page", 30, int), 1), 100)


def _after() -> str:
    text = request.args.get("after", "").removeprefix("c")
    return text if text.isdecimal() else "0"


def _links(page: int, last: int) -> str:
    wanted = {"prev": page - 1, "next": page + 1, "first": 1, "last": last}
    if page <= 1:
        wanted = {"next": page + 1, "last": last}
    elif page >= last:
        wanted = {"prev": page - 1, "first": 1}
    shown = {rel: number for rel, number in wanted.items() if 1 <= number <= last}
    return ", ".join(f'<{_with(page=str(at))}>; rel="{rel}"' for rel, at in shown.items()) if last > 1 else ""


def _with(**changed: str) -> str:
    return f"{request.base_url}?" + urlencode({**request.args.to_dict(), **changed})


def _enter() -> None:
    known = state()
    known.lock.acquire()
    g.locked = True
    g.accepted = ""
    current_app.config["USED"] += 1
    _catch_up(known)
    if not editions.has(known.edition, request.path):
        raise Refusal(404)
    if editions.open_to_all(request.path):
        return
    found = known.tokens.get(token_of(request.headers.get("Authorization", "")))
    if found is None or (found.expires and found.expires < time.time()):
        raise Refusal(401, "Bad credentials" if "Authorization" in request.headers else "Requires authentication")
    g.token = found


def _catch_up(known: Org) -> None:
    """Do what was promised with a 202 and is due."""
    due = [one for one in known.later if one[0] <= time.monotonic()]
    known.later = [one for one in known.later if one not in due]
    for _, act in due:
        act(known)


def _leave(_error: BaseException | None) -> None:
    if g.pop("locked", False):
        state().lock.release()


def _refused(refusal: Refusal) -> Response:
    status = {"status": str(refusal.status)} if refusal.status != 422 else {}
    return answer({"message": refusal.message, "documentation_url": DOCS, **status}, refusal.status)


def _not_found(error: HTTPException) -> Response:
    unknown = error.code in {404, 405}  # GitHub knows no difference between a wrong address and a wrong method
    return _refused(Refusal(404) if unknown else Refusal(error.code or 500, error.name))


def _sign(reply: Response) -> Response:
    held: Token | None = g.get("token")
    if held and reply.status_code < 300 and request.method != "GET":
        journal.keep(state(), request, held.login)
    used = current_app.config["USED"]
    reply.headers.update(
        {
            "X-GitHub-Request-Id": f"PRAC:{uuid.uuid4().hex[:20].upper()}",
            "X-GitHub-Media-Type": "github.v3; format=json",
            "X-RateLimit-Limit": str(LIMIT),
            "X-RateLimit-Remaining": str(max(0, LIMIT - used)),
            "X-RateLimit-Used": str(used),
            "X-RateLimit-Reset": str(int(time.time()) + 3600),
            "X-RateLimit-Resource": "core",
        }
    )
    if held and held.permissions is None:  # an app's token has permissions, and no scopes to tell
        reply.headers["X-OAuth-Scopes"] = ", ".join(sorted(held.scopes))
        reply.headers["X-Accepted-OAuth-Scopes"] = g.get("accepted", "")
    if request.method == "GET":
        reply.headers["Cache-Control"] = "private, max-age=60, s-maxage=60"
    return reply
