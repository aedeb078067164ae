"""`app.py check`: ask the live systems whether Usher could work, and say in words what is missing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from bot.cli.opening import connect, settings_or_exit
from bot.cli.practice import ROOT
from bot.domain.chats import SLACK, TEAMS

if TYPE_CHECKING:
    from bot.chat.teams_chat import TeamsChat
    from bot.config import Settings


def check() -> None:
    """Token, channel, database, every connector: what works, what is missing; exit code 1 when something is."""
    settings = settings_or_exit()
    trouble = [*_database(settings), *_paused(settings), *_chats(settings), *_systems(settings)]
    for line in trouble:
        print(f"  - {line}")
    if trouble:
        raise SystemExit(1)
    print("Everything Usher needs is there.")


def _database(settings: Settings) -> list[str]:
    from bot.engine.setup import has_admin
    from bot.store import DatabaseError

    db = connect(settings)
    try:
        if not db.migrated():
            return ["The database is not migrated. Run: python app.py migrate"]
        return [] if has_admin(db) else ["Nobody is an admin yet. Run: python app.py first-admin P-002 P-007"]
    except DatabaseError as error:
        return [f"The database does not answer: {type(error).__name__}."]
    finally:
        db.close()


def _paused(settings: Settings) -> list[str]:
    from bot.engine.halt import in_words
    from bot.store import DatabaseError

    db = connect(settings)
    try:
        return list(in_words(db)) if db.migrated() else []
    except DatabaseError:
        return []  # said with the database
    finally:
        db.close()


def _chats(settings: Settings) -> list[str]:
    asked = {SLACK: _slack, TEAMS: _teams}
    return [line for chat in settings.chats for line in asked[chat](settings)]


def _teams(settings: Settings) -> list[str]:
    from bot.chat.port import ChatError
    from bot.cli import teamed
    from bot.engine.context import Engine
    from bot.engine.inline import Inline
    from bot.runbooks import Mistakes, load, read_folder

    db = connect(settings)
    try:
        if not db.migrated():
            return []  # said with the database
        chat = teamed.chat_of(settings, Engine(db, {}, Inline()))
        chat.check()
        policy = load(read_folder(settings.company)).policy
        named = policy.named(TEAMS) if len(settings.chats) > 1 else policy.channels(TEAMS)
        for channel in filter(None, (named.channel, named.access, named.digest)):
            chat.members(chat.find_channel(channel))
        return _group_chats(chat)
    except ChatError as error:
        if error.gone:
            return [f"Usher is not in the channel of Teams in policy.yaml: {error.said}. Add it to that team."]
        return [f"Teams: {error.said}"]
    except Mistakes:
        return []  # said with the systems
    finally:
        db.close()


def _group_chats(chat: TeamsChat) -> list[str]:
    """What Microsoft Graph does not let the app do, where TEAMS_CATALOG_APP_ID says so. Raises ChatError."""
    from bot.chat.teams_graph import LETS_IN

    if chat.rooms is None:
        return []
    if chat.rooms.graph.lacking([LETS_IN]):
        print(f"Without {LETS_IN} of Microsoft Graph, whoever is asked later is not let into a group chat.")
    return [
        f"Usher cannot make group chats: the app in Entra lacks the application permission {one} of Microsoft Graph, "
        "or no admin has consented to it. Until then the thread stands in the chat of whoever asked."
        for one in chat.rooms.graph.lacking()
    ]


def _slack(settings: Settings) -> list[str]:
    from bot.chat.port import ChatError
    from bot.chat.slack_chat import SlackChat, asked, web_client
    from bot.runbooks import Mistakes, load, read_folder

    client = web_client(settings.bot_token, settings.slack_url)
    try:
        given = str(asked(client.auth_test).headers.get("x-oauth-scopes", ""))
        missing = _needed() - set(given.replace(" ", "").split(","))
        if given and missing:
            return [
                f"The Slack app lacks the scope {scope}: add it, install the app again." for scope in sorted(missing)
            ]
        policy = load(read_folder(settings.company)).policy
        for channel in filter(None, (policy.channel, policy.access.channel)):
            SlackChat(client).members(SlackChat(client).find_channel(channel))
    except ChatError as error:
        if error.gone:
            return [f"Usher is not in the channel of policy.yaml: {error.said}. Type /invite @Usher there."]
        return [f"Slack: {error.said}"]
    except Mistakes:
        return []  # said with the systems
    return []


def _needed() -> set[str]:
    manifest = json.loads((ROOT / "docs" / "manifest.socket.json").read_text(encoding="utf-8"))
    return set(manifest["oauth_config"]["scopes"]["bot"])


def _systems(settings: Settings) -> list[str]:
    import connectors
    from bot.cli.survey import lines, survey
    from bot.runbooks import Mistakes, load, read_folder
    from connectors.interface import Secrets

    try:
        policy = load(read_folder(settings.company)).policy
    except Mistakes as error:
        return [str(mistake) for mistake in error.mistakes]
    said: list[str] = []
    for answer in survey(
        policy, lambda one: connectors.load(one.connector, one.key, one.name, Secrets(settings.secrets(one.key)))
    ):
        print("\n".join(lines(answer)))
        said += answer.trouble
    return said
