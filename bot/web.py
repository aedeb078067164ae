"""The HTTP face: Slack's signed requests, health and figures; other routes are handed in."""

from __future__ import annotations

import hmac
import json
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import anyio
from anyio.to_thread import run_sync
from slack_bolt import App
from slack_bolt.adapter.starlette.handler import to_bolt_request, to_starlette_response
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from bot.chat.acks import Acks
from bot.chat.mail.door import Asked, Told
from bot.engine.opening import SITTING

PATIENCE = 2  # seconds until a database that does not answer counts as away
PUSHED = 100_000  # bytes; an event of an HR system, or a user of a sign-in service
ACTIVITY = 400_000  # bytes; an activity of Teams holds a message of 28 KB and what stands around it
SHORTEST = 32  # characters of a token
_OURS = frozenset({"127.0.0.1", "localhost", "::1"})
LARGEST = 2_000_000  # bytes; a payload of Slack carries at most a view of some 250 kB
# A report holds names and reasons: nothing else may be loaded, framed, kept or found.
_CLOSED = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}
Pushing = tuple[str, str, Mapping[str, str], bytes]  # method, path below /scim/v2, query, body
Pushed = tuple[int, Mapping[str, Any] | None]
_SCIM = "application/scim+json"
_ERROR = '{"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": "%s", "detail": "%s"}'
_NO_SCIM = _ERROR % (401, "This needs a token.")
_LARGE_SCIM = _ERROR % (413, "This is too large.")
CARD = "usher-card"  # the cookie of who opened a card by mail; its path is that card's
_SECONDS = int(SITTING.total_seconds())  # that it lasts
VISITORS = 8  # pages behind mails that are made at the same time; the others wait
Lifespan = Callable[[Starlette], AbstractAsyncContextManager[None]]


def make_app(
    bolt: App | None,
    routes: Sequence[BaseRoute] = (),
    lifespan: Lifespan | None = None,
    acks: Acks | None = None,
) -> Starlette:
    """The application: /healthz, the given routes, and /slack/events where Slack speaks HTTP to us."""
    slack = [Route("/slack/events", slack_events, methods=["POST"])] if bolt else []
    app = Starlette(routes=[Route("/healthz", healthz), *slack, *routes], lifespan=lifespan)
    app.state.bolt = bolt
    app.state.acks = acks or Acks()
    return app


def lasting(start: Callable[[], None], stop: Callable[[], None]) -> Lifespan:
    """A lifespan that starts and stops what runs beside the web server, off its event loop."""

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        await run_in_threadpool(start)
        try:
            yield
        finally:
            await run_in_threadpool(stop)

    return lifespan


async def healthz(_: Request) -> Response:
    """The process is alive and answers."""
    return JSONResponse({"ok": True})


async def slack_events(request: Request) -> Response:
    """Hand a request to Bolt off the event loop; Bolt checks the signature before anything else."""
    body = await _body(request)
    if body is None:
        return PlainTextResponse("too large", 413)
    try:
        asked = to_bolt_request(request, body)
    except (ValueError, TypeError, AttributeError, IndexError, RecursionError):  # no JSON object and no form: not Slack
        return PlainTextResponse("bad request", 400)
    bolt: App = request.app.state.bolt
    with request.app.state.acks.answering(secrets.token_hex(8)):  # Slack gives its HTTP deliveries no name
        return to_starlette_response(await run_in_threadpool(bolt.dispatch, asked))


async def _body(request: Request, most: int = LARGEST) -> bytes | None:
    """The body, or None as soon as it is larger than anything that is sent here."""
    read = bytearray()
    async for part in request.stream():
        read += part
        if len(read) > most:
            return None
    return bytes(read)


def teams_routes(serve: Callable[[str, bytes], Awaitable[tuple[int, Any]]], *, guarded: bool) -> tuple[Route, ...]:
    """/api/messages; `serve` checks the Authorization header with the body, and gives status and answer.

    Where it is not `guarded` by tokens, whoever asks must be a program on this machine: no page in a browser can send
    JSON to us, and what is passed on for somebody else is not from here.
    """

    async def messages(request: Request) -> Response:
        header = request.headers.get("authorization", "")
        if not header and guarded:
            return Response(status_code=401)
        if not guarded and not _is_own(request):
            return Response(status_code=401)
        body = await _body(request, ACTIVITY)
        if body is None:
            return PlainTextResponse("too large", 413)
        with request.app.state.acks.answering(secrets.token_hex(8)):
            status, answer = await serve(header, body)
        return Response(status_code=status) if answer is None else JSONResponse(answer, status)

    return (Route("/api/messages", messages, methods=["POST"]),)


def _is_own(request: Request) -> bool:
    plain = request.headers.get("content-type", "").partition(";")[0].strip().lower() == "application/json"
    try:  # a tunnel that adds no header of its own still passes on the name that was asked for
        asked = urlsplit(f"//{request.headers.get('host', '')}").hostname
    except ValueError:
        return False
    return plain and asked in _OURS and "origin" not in request.headers and _is_here(request)


def report_routes(show: Callable[[str], tuple[int, str]]) -> tuple[Route, ...]:
    """The page of a report behind its signed link; `show` takes the token and gives status and page."""

    async def report(request: Request) -> Response:
        status, page = await run_in_threadpool(show, request.path_params["token"])
        return HTMLResponse(page, status, headers=_CLOSED)

    return (Route("/report/{token}", report),)


def mail_routes(
    serve: Mapping[str, Callable[[Asked], Told]], headers: Mapping[str, str], *, secure: bool
) -> tuple[Route, ...]:
    """The pages behind the link of a mail: `serve` has what answers for a link, for a new one, and for a card.

    Anybody may ask for them: however many do, and however slow the database is, the chat keeps its threads.
    """
    few = anyio.CapacityLimiter(VISITORS)

    async def answer(request: Request, which: str) -> Response:
        body = await _body(request, PUSHED)
        if body is None:
            return PlainTextResponse("too large", 413)
        said = (request.cookies.get(CARD, ""), body, request.headers.get("sec-fetch-site", ""))
        asked = Asked(request.method == "POST", request.path_params["key"], *said)
        told = await run_sync(serve[which], asked, limiter=few)
        if not told.to:
            return HTMLResponse(told.page, told.status, headers=headers)
        found = RedirectResponse(told.to, told.status, headers=headers)
        found.set_cookie(CARD, told.session, _SECONDS, path=told.to, secure=secure, httponly=True, samesite="strict")
        return found

    async def link(request: Request) -> Response:
        return await answer(request, "link")

    async def once_more(request: Request) -> Response:
        return await answer(request, "again")

    async def card(request: Request) -> Response:
        return await answer(request, "card")

    return (
        Route("/mail/{key}", link, methods=["GET", "POST"]),
        Route("/mail/{key}/again", once_more, methods=["POST"]),
        Route("/card/{key}", card, methods=["GET", "POST"]),
    )


def hook_routes(hear: Callable[[str, Mapping[str, str], bytes], tuple[int, object]]) -> tuple[Route, ...]:
    """/hooks/<source>; `hear` takes its name, the headers and the body, and checks who signed them."""

    async def hook(request: Request) -> Response:
        body = await _body(request, PUSHED)
        if body is None:
            return JSONResponse({"error": "too large"}, 413)
        name, said = request.path_params["source"], dict(request.headers)
        status, found = await run_in_threadpool(hear, name, said, body)
        return JSONResponse(found, status, headers={"Cache-Control": "no-store"})

    return (Route("/hooks/{source}", hook, methods=["POST"]),)


def scim_routes(tokens: Callable[[], Sequence[str]], answer: Callable[[Pushing], Pushed]) -> tuple[Route, ...]:
    """/scim/v2 for whoever has one of the tokens; without any token nobody is answered."""

    async def scim(request: Request) -> Response:
        body = await _body(request, PUSHED)
        known = [token for token in await run_in_threadpool(tokens) if len(token) >= SHORTEST]
        given = request.headers.get("authorization", "").encode()
        if not any(hmac.compare_digest(given, f"Bearer {token}".encode()) for token in known):
            return Response(_NO_SCIM, 401, {"WWW-Authenticate": "Bearer"}, media_type=_SCIM)
        if body is None:
            return Response(_LARGE_SCIM, 413, media_type=_SCIM)
        asked = (request.method, request.path_params["path"], dict(request.query_params), body)
        status, found = await run_in_threadpool(answer, asked)
        place = str(((found or {}).get("meta") or {}).get("location", "")) if status == 201 else ""
        said = {"Location": place} if place else None
        return Response(json.dumps(found) if found is not None else "", status, said, media_type=_SCIM)

    return (Route("/scim/v2/{path:path}", scim, methods=["GET", "POST", "PUT", "PATCH", "DELETE"]),)


def health_routes(missing: Callable[[], Sequence[str]], figures: Callable[[], bytes], token: str) -> tuple[Route, ...]:
    """/readyz, with what is `missing` when we are not ready, and /metrics."""
    few = anyio.CapacityLimiter(2)  # who waits for a database that hangs takes no thread from those who answer people

    async def readyz(_: Request) -> Response:
        said: Sequence[str] = ("database",)  # it does not even refuse
        with anyio.move_on_after(PATIENCE):
            said = await run_sync(missing, abandon_on_cancel=True, limiter=few)
        return JSONResponse({"ready": not said, "missing": [*said]}, 503 if said else 200)

    async def metrics(request: Request) -> Response:
        if not _may_measure(request, token):
            return PlainTextResponse("Figures are for this machine only, or for who has USHER_METRICS_TOKEN.\n", 403)
        return Response(await run_in_threadpool(figures), media_type="text/plain; version=0.0.4; charset=utf-8")

    return (Route("/readyz", readyz), Route("/metrics", metrics))


def _may_measure(request: Request, token: str) -> bool:
    """With a token, whoever has it; without one, this machine, unless somebody else's request is passed on."""
    if token:
        given = request.headers.get("authorization", "")
        return hmac.compare_digest(given.encode(), f"Bearer {token}".encode())
    return _is_here(request)


def _is_here(request: Request) -> bool:
    """Whether a program on this machine asks, and not for somebody else."""
    passed_on = {"forwarded", "via", "x-forwarded-for", "x-real-ip"} & set(request.headers)
    client = request.client.host if request.client else ""
    try:
        return ip_address(client).is_loopback and not passed_on
    except ValueError:
        return False
