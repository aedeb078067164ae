"""The practice Microsoft Graph: the calls about chats that an app may make with permissions of its own.

https://learn.microsoft.com/graph/api/chat-post, /chat-post-installedapps, /chat-post-members
"""

from __future__ import annotations

import json
import re
import secrets
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.practice.teams.connector import BotError
from bot.practice.teams.tenant import RIGHTS, Conversation, Json, Tenant

_CREATE, _INSTALL, _JOIN = RIGHTS
_MEMBER = "#microsoft.graph.aadUserConversationMember"
_USER = re.compile(r"/users(?:\('([^']+)'\)|/([^/]+))$")


async def create(tenant: Tenant, request: Request) -> Response:
    """A group chat of these people; the app that asks is not in it."""
    _may(tenant, _CREATE)
    asked = await _body(request)
    members = asked.get("members")
    if asked.get("chatType") != "group" or not isinstance(members, list) or len(members) < 2:
        raise BotError(400, "BadRequest", "Invalid chat type or members.")
    named = [_named(tenant, one) for one in members]
    if len(set(named)) != len(named):
        raise BotError(400, "BadRequest", "Duplicate chat members is specified in the request body.")
    made = Conversation(f"19:{secrets.token_hex(16)}@thread.v2", "groupChat", str(asked.get("topic") or ""), named)
    made.alone = True
    tenant.conversations[made.id] = made
    return JSONResponse({"id": made.id, "topic": made.name, "chatType": "group"}, 201)


async def install(tenant: Tenant, request: Request) -> Response:
    """The app comes into a chat."""
    _may(tenant, _INSTALL)
    asked = await _body(request)
    chat = _chat(tenant, request)
    if not str(asked.get("teamsApp@odata.bind", "")).endswith(f"/appCatalogs/teamsApps/{tenant.catalog}"):
        raise BotError(404, "NotFound", "No app found in the catalog with the given id.")
    if not chat.alone:
        raise BotError(409, "Conflict", "The app is already installed in the chat.")
    chat.alone = False
    tenant.arrived(chat)
    return Response(status_code=201)


async def join(tenant: Tenant, request: Request) -> Response:
    """Somebody more in a chat in which the app is."""
    _may(tenant, _JOIN)
    chat, asked = _chat(tenant, request), await _body(request)
    if chat.alone:
        raise BotError(403, "Forbidden", "The app is not installed in the chat.")
    named = _named(tenant, asked)
    if named in chat.members:
        raise BotError(409, "Conflict", "The member is already in the chat.")
    chat.members.append(named)
    return Response(status_code=201)


def _may(tenant: Tenant, right: str) -> None:
    if right not in tenant.rights:
        raise BotError(403, "Forbidden", f"Missing role permissions on the request. API requires one of '{right}'.")


async def _body(request: Request) -> Json:
    try:
        found = json.loads(await request.body())
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise BotError(400, "BadRequest", "Invalid request body.")
    return found


def _chat(tenant: Tenant, request: Request) -> Conversation:
    found = tenant.conversations.get(str(request.path_params["chat"]))
    if found is None or found.kind != "groupChat":
        raise BotError(404, "NotFound", "No chat found with the given id.")
    return found


def _named(tenant: Tenant, member: Any) -> str:
    """The person of the directory that a member names."""
    if not isinstance(member, dict) or member.get("@odata.type") != _MEMBER or member.get("roles") != ["owner"]:
        raise BotError(400, "BadRequest", "Invalid member: its type and its role are needed.")
    found = _USER.search(str(member.get("user@odata.bind", "")))
    human = tenant.human(found[1] or found[2]) if found else None
    if human is None:
        raise BotError(404, "NotFound", "The user does not exist in the directory.")
    return human.id
