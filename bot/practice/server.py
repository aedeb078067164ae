"""One server for both faces of a practice workspace, on this machine only."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.responses import JSONResponse
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.practice import acts, page_api, page_files, slack_api
from bot.practice.page_api import fetched, posted
from bot.practice.space import Workspace

LOOPBACK = {"127.0.0.1", "localhost", "::1"}
SAFE = {"GET", "HEAD", "OPTIONS"}
# No script but the page's own; pictures may come from where the app says.
POLICY = (
    "default-src 'self'; img-src * data:; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'"
)


class OnlyHere:
    """Refuse what a browser was tricked into sending: a foreign Host (DNS rebinding) or a foreign Origin (CSRF)."""

    def __init__(self, app: ASGIApp) -> None:
        """Stand before the whole application."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it with 403."""
        if scope["type"] == "lifespan" or _ours(Headers(scope=scope), scope):
            await self.app(scope, receive, _careful(send))
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 4003})
        else:
            await JSONResponse({"ok": False, "error": "foreign_host_or_origin"}, 403)(scope, receive, send)


def _ours(headers: Headers, scope: Scope) -> bool:
    host, origin = headers.get("host", ""), headers.get("origin")
    try:
        here = urlsplit(f"//{host}").hostname in LOOPBACK
    except ValueError:
        return False
    if not here or origin is None or scope.get("method") in SAFE:
        return here
    return origin == f"http://{host}"


def _careful(send: Send) -> Send:
    async def with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            named = {name for name, _ in message["headers"]}
            extra = [(b"x-content-type-options", b"nosniff"), (b"referrer-policy", b"no-referrer")]
            if b"content-security-policy" not in named:
                extra.append((b"content-security-policy", POLICY.encode()))
            message["headers"] = [*message["headers"], *extra]
        await send(message)

    return with_headers


def make_app(space: Workspace) -> Starlette:
    """The application that serves this workspace to the bot and to the page."""
    page = [
        Route("/state", fetched(page_api.state)),
        Route("/messages", fetched(page_api.messages)),
        Route("/suggest", fetched(acts.suggest)),
        Route("/home", fetched(page_api.home)),
        Route("/home", posted(page_api.home), methods=["POST"]),
        Route("/message", posted(acts.say), methods=["POST"]),
        Route("/command", posted(acts.command), methods=["POST"]),
        Route("/action", posted(acts.action), methods=["POST"]),
        Route("/submit", posted(acts.submit), methods=["POST"]),
        Route("/close", posted(acts.close), methods=["POST"]),
        Route("/shortcut", posted(acts.shortcut), methods=["POST"]),
        Route("/im", posted(page_api.open_direct), methods=["POST"]),
        Route("/upload", page_files.upload, methods=["POST"]),
        Route("/file/{file}/{name}", page_files.download),
        Route("/events", page_api.events),
        Mount("/static", StaticFiles(directory=page_api.PAGE, check_dir=False)),
    ]
    wire = [
        Route("/api/{method}", slack_api.api, methods=["GET", "POST"]),
        Route("/replies/{team}/{name}", slack_api.reply, methods=["POST"]),
        Route("/upload/{ticket}", slack_api.upload, methods=["POST"]),
        Route("/files-pri/{file}/{name}", slack_api.private_file),
        Route("/archives/{channel}/{ts}", page_api.permalink),
        WebSocketRoute("/link/", slack_api.line),
    ]
    routes = [Route("/", page_api.index), Mount("/_", routes=page), *wire]
    app = Starlette(routes=routes, middleware=[Middleware(OnlyHere)], lifespan=_lifespan)
    app.state.workspace = space
    return app


@contextlib.asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncIterator[None]:
    space: Workspace = app.state.workspace
    async with httpx.AsyncClient(timeout=space.limits.ack_seconds, trust_env=False) as space.http:
        yield
        for task in list(space.tasks):
            task.cancel()
        await asyncio.gather(*space.tasks, return_exceptions=True)


@dataclass
class Served:
    """A workspace being served from a thread of its own."""

    url: str
    server: uvicorn.Server
    thread: threading.Thread
    loop: asyncio.AbstractEventLoop
    space: Workspace

    def call(self, work: Callable[..., Any], *arguments: Any) -> Any:
        """Run a function, or a coroutine function, on the workspace's own thread and return what it returns."""

        async def run() -> Any:
            done = work(*arguments)
            return await done if asyncio.iscoroutine(done) else done

        return asyncio.run_coroutine_threadsafe(run(), self.loop).result(10)

    def stop(self) -> None:
        """Close every line and wait for the thread."""
        self.space.closing = True
        self.server.should_exit = True
        self.thread.join(10)


def serve(app: Starlette, port: int = 0, host: str = "127.0.0.1") -> Served:
    """Serve in a thread; port 0 takes a free one. Raises ValueError for a host other machines could reach."""
    if host not in LOOPBACK:
        raise ValueError(f"The practice workspace has no passwords: it is served on 127.0.0.1 only, not on {host}.")
    space: Workspace = app.state.workspace
    listener = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    name = f"[{host}]" if ":" in host else host
    space.base_url = f"http://{name}:{listener.getsockname()[1]}"
    config = uvicorn.Config(app, ws="websockets-sansio", log_config=None, access_log=False, timeout_graceful_shutdown=2)
    server = uvicorn.Server(config)
    ready: list[asyncio.AbstractEventLoop] = []

    async def run() -> None:
        ready.append(asyncio.get_running_loop())
        await server.serve(sockets=[listener])

    thread = threading.Thread(target=asyncio.run, args=(run(),), name="practice", daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.01)
        if not thread.is_alive():
            raise RuntimeError("The practice workspace could not start.")
    return Served(space.base_url, server, thread, ready[0], space)
