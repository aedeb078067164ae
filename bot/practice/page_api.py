"""The face the page sees: /_/ in JSON, one person per tab, and a stream of what happens."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, RedirectResponse, Response, StreamingResponse

from bot.practice import acts, posts, rooms
from bot.practice.page_files import failed, file_json, played
from bot.practice.slack_api import workspace
from bot.practice.space import Channel, Json, Message, Workspace
from bot.practice.wire import SlackError

PAGE = Path(__file__).parent / "page"
TICK_SECONDS = 1.0
KEEP_ALIVE_SECONDS = 10
Act = Callable[[Workspace, str, Json], Awaitable[Json] | Json]
Endpoint = Callable[[Request], Awaitable[Response]]


async def _body(request: Request) -> Json:
    given = await request.json()
    if not isinstance(given, dict):
        raise SlackError("json_not_object")
    return given


def posted(act: Act) -> Endpoint:
    """An address that performs an act for the person named in its JSON body."""

    async def endpoint(request: Request) -> Response:
        space = workspace(request)
        try:
            given = await _body(request)
            done = act(space, played(space, given.get("as")), given)
            return JSONResponse(await done if isinstance(done, Awaitable) else done)
        except ValueError:
            return JSONResponse({"ok": False, "error": "invalid_json"})
        except SlackError as error:
            return failed(error)

    return endpoint


def fetched(act: Act) -> Endpoint:
    """An address that answers the person named in its query."""

    async def endpoint(request: Request) -> Response:
        space, given = workspace(request), dict(request.query_params)
        try:
            done = act(space, played(space, given.get("as")), given)
            return JSONResponse(await done if isinstance(done, Awaitable) else done)
        except SlackError as error:
            return failed(error)

    return endpoint


def state(space: Workspace, user: str, given: Json) -> Json:
    """Everything around the messages, as this person may see it."""
    features = space.manifest.get("features", {})
    shown = [room for room in space.rooms.values() if rooms.visible(room, user)]
    users = [_person(space, person.id) for person in space.people]
    app: Json = {"id": space.app_id, "name": space.app_name, "bot_user_id": space.bot_user_id}
    return {
        "ok": True,
        "workspace": {"name": space.name, "domain": space.domain},
        "me": _person(space, user),
        "users": [*users, _person(space, space.bot_user_id)],
        "channels": [_channel(space, room, user) for room in shown],
        "app": app | {"commands": _commands(features), "shortcuts": _shortcuts(features), "connected": space.connected},
        "systems": [asdict(system) for system in space.systems()],
    }


def _commands(features: Any) -> list[Json]:
    names = ("command", "description", "usage_hint")
    return [{name: entry.get(name, "") for name in names} for entry in features.get("slash_commands", [])]


def _shortcuts(features: Any) -> list[Json]:
    entries = [entry for entry in features.get("shortcuts", []) if entry["type"] == "global"]
    return [{"callback_id": entry["callback_id"], "name": entry["name"]} for entry in entries]


def _person(space: Workspace, user: str) -> Json:
    person = space.person(user)
    if person is None:
        app: Json = {"id": user, "name": space.app_name, "real_name": space.app_name, "title": "App", "tz": "UTC"}
        return app | {"portrait": "", "is_bot": True, "deleted": False}
    names = ("id", "name", "real_name", "title", "tz", "portrait", "deleted")
    return {name: getattr(person, name) for name in names} | {"is_bot": False}


def _channel(space: Workspace, room: Channel, user: str) -> Json:
    seen = space.seen.get((user, room.id), "")
    found = space.messages.get(room.id, {}).values()
    unread = [each for each in found if each.ts > seen and each.author != user and each.only_for in ("", user)]
    entry: Json = {"id": room.id, "name": rooms.title(space, room, user), "is_private": room.is_private}
    entry |= {"is_im": room.is_im, "unread": len(unread), "topic": room.topic, "is_member": user in room.members}
    if room.is_im:
        entry["user"] = next((member for member in room.members if member != user), user)
    return entry


def messages(space: Workspace, user: str, given: Json) -> Json:
    """What this person reads in a channel or a thread; reading it marks it read."""
    room = acts.room_of(space, user, given.get("channel"))
    found = posts.visible(space, room.id, user, given.get("thread", ""))
    newest = max(space.messages.get(room.id, {}), default="")
    space.seen[user, room.id] = newest
    return {"ok": True, "messages": [_message(space, each, user) for each in found]}


def _message(space: Workspace, message: Message, user: str) -> Json:
    body = posts.slack_json(space, message)
    below = [each for each in posts.replies(space, message.channel, message.ts) if each.only_for in ("", user)]
    entry: Json = {"ts": message.ts, "user": message.author, "username": _person(space, message.author)["name"]}
    entry |= {"text": message.text, "blocks": message.blocks, "reply_count": len(below)}
    entry |= {"ephemeral": bool(message.only_for), "reactions": body.get("reactions", [])}
    entry["files"] = [file_json(space.files[file], user) for file in message.files]
    return entry | {name: body[name] for name in ("thread_ts", "edited", "bot_id") if name in body}


def open_direct(space: Workspace, user: str, given: Json) -> Json:
    """Open direct messages with somebody."""
    other = str(given.get("user"))
    if other != space.bot_user_id:
        played(space, other)
    return {"ok": True, "channel": rooms.direct(space, user, other).id}


def home(space: Workspace, user: str, given: Json) -> Json:
    """Open the home tab."""
    return acts.home(space, user)


async def events(request: Request) -> Response:
    """What happens, as it happens, for one tab."""
    space = workspace(request)
    try:
        user = played(space, request.query_params.get("as"))
    except SlackError as error:
        return failed(error)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(_stream(space, user), media_type="text/event-stream", headers=headers)


async def _stream(space: Workspace, user: str) -> AsyncIterator[str]:
    tab: asyncio.Queue[Json] = asyncio.Queue()
    space.tabs.setdefault(user, set()).add(tab)
    quiet, before = 0.0, space.systems()
    try:
        yield ": here\n\n"
        while not space.closing:
            try:
                yield f"data: {json.dumps(await asyncio.wait_for(tab.get(), TICK_SECONDS))}\n\n"
            except TimeoutError:
                quiet += TICK_SECONDS
            for system in set(space.systems()) - set(before):
                yield f"data: {json.dumps({'type': 'system', **asdict(system)})}\n\n"
            before = space.systems()
            if quiet >= KEEP_ALIVE_SECONDS:
                quiet = 0.0
                yield ": still here\n\n"
    finally:
        space.tabs[user].discard(tab)


async def index(request: Request) -> Response:
    """The page itself."""
    return FileResponse(PAGE / "index.html", headers={"Cache-Control": "no-cache"})


async def permalink(request: Request) -> Response:
    """A link to a message leads to its channel and thread on the page."""
    digits = request.path_params["ts"].removeprefix("p")
    ts = request.query_params.get("thread_ts") or f"{digits[:-6]}.{digits[-6:]}"
    return RedirectResponse("/?" + urlencode({"channel": request.path_params["channel"], "ts": ts}))
