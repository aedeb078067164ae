"""Microsoft Teams beside or instead of Slack: how we write there, and what knocks at /api/messages."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from bot.cli.serve import now

if TYPE_CHECKING:
    from starlette.routing import Route

    from bot.chat.desk import Desk
    from bot.chat.port import Chat
    from bot.chat.teams_chat import TeamsChat
    from bot.chat.teams_rooms import Rooms
    from bot.config import Settings
    from bot.engine.context import Engine
    from bot.engine.unserved import Served

SPEAKING = 4  # answers that are on their way at the same time


def chat_of(settings: Settings, engine: Engine) -> TeamsChat:
    """How we write in Teams."""
    from bot.chat.teams_chat import TeamsChat
    from bot.chat.teams_rest import CONNECTOR, Connector
    from bot.chat.teams_token import LOGIN, Token

    app, tenant = settings.teams_app, settings.teams_tenants[0]
    login = settings.teams_login or LOGIN
    token = Token(app, settings.teams_password, tenant, login)
    connector = Connector(token, settings.teams_connector or CONNECTOR)
    return TeamsChat(connector, engine, now, dialogs_of(settings), _rooms(settings, engine))


def _rooms(settings: Settings, engine: Engine) -> Rooms | None:
    """How group chats are made, where the company lets us: nothing of Microsoft Graph is touched without that."""
    from bot.chat.teams_graph import GRAPH, Graph
    from bot.chat.teams_rooms import Rooms
    from bot.chat.teams_token import GRAPH_SCOPE, LOGIN, Token

    if not settings.teams_catalog:
        return None
    app, tenant, login = settings.teams_app, settings.teams_tenants[0], settings.teams_login or LOGIN
    token = Token(app, settings.teams_password, tenant, login, scope=GRAPH_SCOPE)
    return Rooms(Graph(token, settings.teams_catalog, settings.teams_graph or GRAPH), engine, now)


def dialogs_of(settings: Settings) -> frozenset[str]:
    """The buttons that open a dialog. The Agents Playground of the demo has none: there forms stand in the chat."""
    from bot.chat.presses import OPENS

    return frozenset() if settings.teams_demo else OPENS


def pictures_of(settings: Settings) -> str:
    """Where people's clients fetch portraits from: only a public https address, or all on this machine."""
    local = settings.teams_demo or bool(settings.teams_connector)
    return f"{settings.base_url}/portraits" if local or settings.base_url.startswith("https://") else ""


def routes(
    engine: Engine, settings: Settings, desk: Desk, chat: Chat, served: Served
) -> tuple[tuple[Route, ...], Callable[[], object]]:
    """/api/messages, in front of the dialogue; and what lets the last answers out at the end."""
    from bot.chat.commands import Talk
    from bot.chat.port import Speaker
    from bot.chat.teams import Door, Gate
    from bot.chat.teams_files import brought, given
    from bot.chat.teams_keys import OPENID, Keys, Tokens
    from bot.chat.teams_memory import placed
    from bot.chat.teams_once import Once
    from bot.chat.teams_readers import look_around
    from bot.chat.teams_turns import Turns
    from bot.chat.teams_voice import Voice
    from bot.engine.lookup import person_of
    from bot.engine.places import only_thread
    from bot.web import teams_routes

    keys = Keys(settings.teams_openid or OPENID)
    door = Door(None if settings.teams_demo else Tokens(settings.teams_app, keys), settings.teams_tenants)
    pool = ThreadPoolExecutor(SPEAKING, thread_name_prefix="teams")
    turns = Turns(
        Talk(desk),
        lambda native_id: Speaker(native_id, person_of(engine, chat.name, native_id)),
        Voice(chat, pool),
        placed=lambda heard: placed(engine, heard.activity, now()),
        given=lambda heard: given(engine, heard.native_id, heard.files, now()),
        files=lambda who: brought(engine, who.native_id, now()),
        thread=lambda channel: only_thread(engine, channel),
        joined=lambda: look_around(engine, chat, now()),
        forms=dialogs_of(settings),
    )
    gate = Gate(door, turns, Once(engine, now, served))
    return teams_routes(gate.serve, guarded=not settings.teams_demo), pool.shutdown
