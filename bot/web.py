"""The HTTP face: Slack's signed requests and the health check; other routes are handed in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager

from slack_bolt import App
from slack_bolt.adapter.starlette.handler import to_bolt_request, to_starlette_response
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

LARGEST = 2_000_000  # bytes; a payload of Slack carries at most a view of some 250 kB
Lifespan = Callable[[Starlette], AbstractAsyncContextManager[None]]


def make_app(bolt: App | None, routes: Sequence[BaseRoute] = (), lifespan: Lifespan | None = None) -> Starlette:
    """The application: /healthz, the given routes, and /slack/events where Slack speaks HTTP to us."""
    slack = [Route("/slack/events", slack_events, methods=["POST"])] if bolt else []
    app = Starlette(routes=[Route("/healthz", healthz), *slack, *routes], lifespan=lifespan)
    app.state.bolt = bolt
    return app


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
    except ValueError:  # neither JSON nor a form, so not Slack
        return PlainTextResponse("bad request", 400)
    bolt: App = request.app.state.bolt
    return to_starlette_response(await run_in_threadpool(bolt.dispatch, asked))


async def _body(request: Request) -> bytes | None:
    """The body, or None as soon as it is larger than anything Slack sends."""
    read = bytearray()
    async for part in request.stream():
        read += part
        if len(read) > LARGEST:
            return None
    return bytes(read)
