"""A small practice tenant of Teams to test with, and our adapter that writes to it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.chat.teams_chat import TeamsChat
from bot.chat.teams_graph import Graph
from bot.chat.teams_lint import problems
from bot.chat.teams_rest import Connector
from bot.chat.teams_rooms import Rooms
from bot.chat.teams_token import GRAPH_SCOPE, Token
from bot.engine import places
from bot.engine.context import Engine
from bot.engine.inline import Inline
from bot.practice.teams.service import Service, serve
from bot.practice.teams.tenant import Conversation, Fault, Human, Json, Limits, Said, TeamSeed, Tenant, channel_id
from bot.store.places import Kind, Place
from tests.tools.memory import folder
from tests.tools.opened import opened

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
GENEROUS = Limits(sends=100_000)
ALICE, HANNA, SARA, BEN = (f"0b1ec7{number:02}-0000-4000-8000-000000000000" for number in (4, 2, 7, 8))
PEOPLE = (
    Human(ALICE, "Alice Martin", "alice.martin@lumen.example"),
    Human(HANNA, "Hanna Lindqvist", "hanna@lumen.example"),
    Human(SARA, "Sara Haddad", "sara@lumen.example"),
    Human(BEN, "Ben Okafor", "ben@lumen.example", installed=False),
)
PEOPLE_TEAM = TeamSeed("People team", (HANNA, SARA), ("offboarding", "help"))
EVERYBODY = TeamSeed("Everybody", (ALICE, HANNA, SARA), ("help",))
OFFBOARDING = channel_id("People team", "offboarding")


FILES = {"proof.png": b"proof", "huge.bin": b"x" * 20_000_001, "list": b"[]", "nothing": b"", "half": b"<html>"}


@dataclass
class Tenancy:
    """A served tenant, and Usher beside it."""

    service: Service
    chat: TeamsChat

    @property
    def tenant(self) -> Tenant:
        """What has happened there."""
        return self.service.tenant

    def said(self, channel: str) -> list[Said]:
        """The messages of a conversation."""
        place: Conversation = self.tenant.conversations[channel]
        return list(place.said)

    def fails(self, call: str, status: int = 0, **more: object) -> None:
        """The next call of this name goes wrong."""
        self.tenant.faults[:] = [Fault(call, status, **more)]  # type: ignore[arg-type]


def linted(card: Json) -> list[str]:
    """What Teams would refuse of a card in a message."""
    return [str(problem) for problem in problems(card, "message")]


def chat_of(
    service: Service, engine: Engine, *, app: str = "", password: str = "", tenant: str = "", seconds: float = 20.0
) -> TeamsChat:
    """Our adapter, pointed at a practice service; a name or a secret that is given is a wrong one."""
    ours = service.tenant
    token = Token(app or ours.app_id, password or ours.password, tenant or ours.id, service.login, seconds=seconds)
    return TeamsChat(Connector(token, service.connector, seconds=seconds), engine, lambda: NOW)


def rooms_of(service: Service, engine: Engine, clock: Callable[[], datetime] = lambda: NOW) -> Rooms:
    """How group chats are made, in a company that lets the app do that."""
    ours = service.tenant
    token = Token(ours.app_id, ours.password, ours.id, service.login, seconds=20, scope=GRAPH_SCOPE)
    return Rooms(Graph(token, ours.catalog, service.graph, seconds=20), engine, clock)


async def _file(request: Request) -> Response:
    """A file that somebody sent, for whoever shows a token."""
    if not request.headers.get("authorization", "").startswith("Bearer practice-token-"):
        return Response(status_code=401)
    found = FILES.get(request.path_params["name"])
    return Response(status_code=404) if found is None else Response(found)


@contextmanager
def tenancy(template: Path, limits: Limits = GENEROUS) -> Iterator[Tenancy]:
    """Serve a tenant in which Usher knows the teams it was added to; `template` is a database to copy."""
    tenant = Tenant(PEOPLE, (PEOPLE_TEAM, EVERYBODY), limits=limits, lint=linted)
    service = serve(tenant, more=[Route("/teams/files/{name}", _file), Route("/teams/v3/odd/{name}", _file)])
    try:
        with folder() as disk:
            file = disk / "usher.sqlite3"
            shutil.copyfile(template, file)
            with opened(f"sqlite:///{file}") as db:
                engine = Engine(db, {}, Inline())
                for team in service.tenant.teams.values():
                    places.remember(engine, Place(team.id, Kind.TEAM, "", team.name), NOW)
                with closing(chat_of(service, engine)) as chat:
                    yield Tenancy(service, chat)
    finally:
        service.stop()
