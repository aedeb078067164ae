"""A practice Bot Framework on this machine: a Connector, a login and keys, and what the bot is told, signed.

The bot is pointed at it with `service.connector`, `service.login` and `service.openid`; what goes wrong is said with
`tenant.faults`.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from bot.practice.server import LOOPBACK, OnlyHere
from bot.practice.teams import connector, graph, login
from bot.practice.teams.connector import BotError
from bot.practice.teams.keys import Key, claims_for, signed
from bot.practice.teams.tenant import Conversation, Fault, Human, Json, Tenant

Work = Callable[[Tenant, Request], Awaitable[Response]]


def make_app(tenant: Tenant) -> Starlette:
    """The application that serves this tenant to the bot."""
    talk = "/teams/v3/conversations"
    said = talk + "/{conversation}/activities"
    routes = [
        _open("/login/{tenant}/oauth2/v2.0/token", "token", login.token, "POST"),
        _open("/login/{tenant}/v2.0/.well-known/openid-configuration", "discovery", login.discovery),
        _open("/v1/.well-known/openidconfiguration", "metadata", login.metadata),
        _open("/v1/.well-known/keys", "keys", login.keys),
        _closed(talk, "create", connector.create, "POST"),
        _closed(said, "send", connector.send, "POST"),
        _closed(said + "/{activity}", "send", connector.send, "POST"),
        _closed(said + "/{activity}", "update", connector.update, "PUT"),
        _closed(said + "/{activity}", "delete", connector.delete, "DELETE"),
        _closed(talk + "/{conversation}/pagedmembers", "members", connector.members),
        _closed(talk + "/{conversation}/members/{member}", "members", connector.member),
        _graph("/chats", "chats", graph.create),
        _graph("/chats/{chat}/installedApps", "installs", graph.install),
        _graph("/chats/{chat}/members", "joins", graph.join),
        _closed("/teams/v3/teams/{team}", "teams", connector.team),
        _closed("/teams/v3/teams/{team}/conversations", "teams", connector.channels),
    ]
    app = Starlette(routes=routes, middleware=[Middleware(OnlyHere)])
    app.state.tenant = tenant
    return app


def _closed(path: str, call: str, work: Work, method: str = "GET") -> Route:
    async def checked(tenant: Tenant, request: Request) -> Response:
        connector.let_in(tenant, request)
        return await work(tenant, request)

    return _open(path, call, checked, method)


def _graph(path: str, call: str, work: Work) -> Route:
    async def checked(tenant: Tenant, request: Request) -> Response:
        connector.let_in(tenant, request, graph=True)
        return await work(tenant, request)

    return _open(f"/graph/v1.0{path}", call, checked, "POST")


def _open(path: str, call: str, work: Work, method: str = "GET") -> Route:
    async def answer(request: Request) -> Response:
        tenant: Tenant = request.app.state.tenant
        tenant.calls.append(call)
        fault = _fault(tenant, call)
        if fault is not None and not fault.late:
            return await _struck(tenant, fault)
        try:
            made = await work(tenant, request)
        except BotError as error:
            return error.answer
        return await _struck(tenant, fault) if fault else made

    return Route(path, answer, methods=[method])


def _fault(tenant: Tenant, call: str) -> Fault | None:
    found = next((one for one in tenant.faults if one.call in {call, "*"} and one.times > 0), None)
    if found is not None:
        found.times -= 1
    return found


async def _struck(tenant: Tenant, fault: Fault) -> Response:
    if fault.hang:
        await tenant.closing.wait()
    if not fault.status:
        return _Cut()
    return BotError(fault.status, fault.code, "The practice service was told to fail.", fault.retry_after).answer


class _Cut(Response):
    """A connection that ends in the middle of the answer."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"999")]})
        await send({"type": "http.response.body", "body": b"{", "more_body": True})


def sign(tenant: Tenant, activity: Json, *, key: Key | None = None, **claims: Any) -> str:
    """The Authorization header with which Teams would bring this activity to the bot.

    `claims` replace those that are right, None takes one away; `key` signs instead of the newest one.
    """
    wanted = claims_for(tenant.app_id, str(activity.get("serviceUrl", "")), **claims)
    return f"Bearer {signed(key or tenant.keys[-1], wanted)}"


def activity(tenant: Tenant, human: Human, place: Conversation, kind: str, thread: str = "", **more: Any) -> Json:
    """What Teams sends when this person does something there; `more` is what belongs to the kind."""
    data: Json = {"tenant": {"id": tenant.id}}
    team = tenant.teams.get(place.team)
    if team is not None:
        data |= {"team": {"id": team.id, "name": team.name, "aadGroupId": team.group}}
        data |= {"channel": {"id": place.id}, "teamsTeamId": team.id, "teamsChannelId": place.id}
    where: Json = {"id": f"{place.id};messageid={thread}" if thread else place.id, "conversationType": place.kind}
    where |= {"tenantId": tenant.id} | ({} if place.kind == "personal" else {"isGroup": True})
    if place.kind == "groupChat":
        where["name"] = place.name
    return {
        "type": kind,
        "id": tenant.number(),
        "timestamp": datetime.fromtimestamp(tenant.clock(), UTC).isoformat(),
        "channelId": "msteams",
        "serviceUrl": tenant.service_url,
        "from": {"id": human.account, "name": human.name, "aadObjectId": human.id},
        "conversation": where,
        "recipient": {"id": tenant.bot, "name": "Usher"},
        "channelData": data | more.pop("channelData", {}),
        "locale": "en-GB",
        **more,
    }


@dataclass
class Service:
    """A tenant being served from a thread of its own."""

    tenant: Tenant
    server: uvicorn.Server
    thread: threading.Thread
    loop: asyncio.AbstractEventLoop

    @property
    def connector(self) -> str:
        """Where the bot sends its messages."""
        return self.tenant.service_url

    @property
    def graph(self) -> str:
        """Where the bot makes group chats."""
        return self.tenant.graph_url

    @property
    def login(self) -> str:
        """Where the bot gets its tokens; the tenant's id follows."""
        return f"{self.tenant.base_url}/login"

    @property
    def openid(self) -> str:
        """Where the bot learns who signs what it hears."""
        return f"{self.tenant.base_url}/v1/.well-known/openidconfiguration"

    def call(self, work: Callable[..., Any], *arguments: Any) -> Any:
        """Run a function, or a coroutine function, on the service's own thread and return what it returns."""

        async def run() -> Any:
            done = work(*arguments)
            return await done if asyncio.iscoroutine(done) else done

        return asyncio.run_coroutine_threadsafe(run(), self.loop).result(30)

    def stop(self) -> None:
        """Let what hangs go, and wait for the thread."""
        self.loop.call_soon_threadsafe(self.tenant.closing.set)
        self.server.should_exit = True
        self.thread.join(20)


def serve(tenant: Tenant, port: int = 0, host: str = "127.0.0.1", more: Sequence[Route] = ()) -> Service:
    """Serve in a thread; port 0 takes a free one. Raises ValueError for a host other machines could reach."""
    if host not in LOOPBACK:
        raise ValueError(f"The practice service of Teams is served on 127.0.0.1 only, not on {host}.")
    app = make_app(tenant)
    app.router.routes.extend(more)
    listener = socket.create_server((host, port))
    tenant.base_url = f"http://{host}:{listener.getsockname()[1]}"
    config = uvicorn.Config(app, ws="none", log_config=None, access_log=False, timeout_graceful_shutdown=2)
    server = uvicorn.Server(config)
    ready: list[asyncio.AbstractEventLoop] = []

    async def run() -> None:
        ready.append(asyncio.get_running_loop())
        await server.serve(sockets=[listener])

    thread = threading.Thread(target=asyncio.run, args=(run(),), name="practice of Teams", daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.01)
        if not thread.is_alive():
            raise RuntimeError("The practice service of Teams could not start.")
    return Service(tenant, server, thread, ready[0])
