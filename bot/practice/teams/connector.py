"""The practice Bot Connector: the calls of its REST interface that Teams answers, as strictly as Teams does.

https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-api-reference
"""

from __future__ import annotations

import json
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.practice.teams.login import is_let_in
from bot.practice.teams.tenant import Conversation, Json, Said, Tenant

PAGE = 50  # members, unless the call says otherwise
LARGEST_PAGE = 500
CARD = "application/vnd.microsoft.card.adaptive"


class BotError(Exception):
    """A call that Teams refuses, with its word for why."""

    def __init__(self, status: int, code: str, message: str, retry_after: str = "") -> None:
        """Keep the whole answer."""
        super().__init__(message)
        self.status, self.code, self.message, self.retry_after = status, code, message, retry_after

    @property
    def answer(self) -> Response:
        """What the bot hears."""
        headers = {"Retry-After": self.retry_after} if self.retry_after else None
        return JSONResponse({"error": {"code": self.code, "message": self.message}}, self.status, headers)


async def create(tenant: Tenant, request: Request) -> Response:
    """A personal chat with one person, or a new thread in a channel; a bot makes no group chat."""
    asked = await _body(tenant, request)
    if (asked.get("bot") or {}).get("id") != tenant.bot:
        raise BotError(400, "BadSyntax", "Bot is not the one of this token.")
    channel = (asked.get("channelData") or {}).get("channel")
    if channel:
        return _thread(tenant, str(channel.get("id")), asked.get("activity"))
    members = asked.get("members") or []
    if asked.get("isGroup") or len(members) != 1:
        raise BotError(400, "BadSyntax", "Incorrect conversation creation parameters")
    named = (asked.get("channelData") or {}).get("tenant") or {}
    if tenant.id not in {asked.get("tenantId"), named.get("id")}:
        raise BotError(400, "BadSyntax", "Bad tenant id")
    human = tenant.human(str(members[0].get("id")))
    if human is None:
        raise BotError(400, "BadSyntax", "Invalid user identity in provided tenant")
    if not human.installed:
        raise BotError(403, "ForbiddenOperationException", "The bot is not installed in user's personal scope")
    return JSONResponse({"id": tenant.personal(human.id).id}, 201)


def _thread(tenant: Tenant, channel: str, activity: Any) -> Response:
    place = _place(tenant, channel)
    if place.kind != "channel" or not isinstance(activity, dict):
        raise BotError(400, "BadSyntax", "Incorrect conversation creation parameters")
    made = _say(tenant, place, activity, "")
    return JSONResponse({"id": f"{place.id};messageid={made.id}", "activityId": made.id}, 201)


async def send(tenant: Tenant, request: Request) -> Response:
    """A message in a chat, or in the thread of a channel that the conversation's id names."""
    activity = await _body(tenant, request)
    name = str(request.path_params["conversation"])
    place, root = _place(tenant, name), name.partition(";messageid=")[2]
    if root and place.find(root) is None:
        raise BotError(404, "ActivityNotFoundInConversation", "No such thread.")
    made = _say(tenant, place, activity, root)
    return JSONResponse({"id": made.id}, 201)


async def update(tenant: Tenant, request: Request) -> Response:
    """Another card in place of one of the bot's own."""
    activity = await _body(tenant, request)
    said = _own(tenant, request)
    _check(tenant, activity)
    said.activity, said.edited = activity, said.edited + 1
    return JSONResponse({"id": said.id})


async def delete(tenant: Tenant, request: Request) -> Response:
    """One of the bot's own messages taken away."""
    said = _own(tenant, request)
    _place(tenant, str(request.path_params["conversation"])).said.remove(said)
    return JSONResponse({})


async def members(tenant: Tenant, request: Request) -> Response:
    """Who is in a conversation, page by page."""
    place = _place(tenant, str(request.path_params["conversation"]))
    size = max(1, min(int(request.query_params.get("pageSize", PAGE)), LARGEST_PAGE))
    start = int(request.query_params.get("continuationToken") or 0)
    everybody = tenant.members(place)
    answer: Json = {"members": [_member(tenant, one) for one in everybody[start : start + size]]}
    if start + size < len(everybody):
        answer["continuationToken"] = str(start + size)
    return JSONResponse(answer)


async def member(tenant: Tenant, request: Request) -> Response:
    """One of those in a conversation."""
    place = _place(tenant, str(request.path_params["conversation"]))
    human = tenant.human(str(request.path_params["member"]))
    if human is None or human.id not in tenant.members(place):
        raise BotError(404, "MemberNotFoundInConversation", "The member is not in the conversation.")
    return JSONResponse(_member(tenant, human.id))


async def team(tenant: Tenant, request: Request) -> Response:
    """What a team is called."""
    found = tenant.teams.get(str(request.path_params["team"]))
    if found is None:
        raise BotError(404, "TeamNotFound", "No such team.")
    return JSONResponse({"id": found.id, "name": found.name, "aadGroupId": found.group})


async def channels(tenant: Tenant, request: Request) -> Response:
    """The channels of a team; General has no name here (it is another one in every language)."""
    found = tenant.teams.get(str(request.path_params["team"]))
    if found is None:
        raise BotError(404, "TeamNotFound", "No such team.")
    named = ((one, tenant.conversations[one].name) for one in found.channels)
    shown = [{"id": one, "name": None if one == found.id else name} for one, name in named]
    return JSONResponse({"conversations": shown})


def let_in(tenant: Tenant, request: Request, *, graph: bool = False) -> None:
    """Raise BotError for a call without a token of today."""
    if not is_let_in(tenant, request, graph=graph):
        raise BotError(401, "Unauthorized", "Authorization has been denied for this request.")


async def _body(tenant: Tenant, request: Request) -> Json:
    sent = await request.body()
    if len(sent) > tenant.limits.bytes:
        raise BotError(413, "MessageSizeTooBig", "Message size too large.")
    try:
        found = json.loads(sent)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise BotError(400, "BadSyntax", "Bad format of the request.")
    return found


def _place(tenant: Tenant, name: str) -> Conversation:
    place = tenant.conversations.get(name.partition(";")[0])
    if place is None:
        raise BotError(404, "ConversationNotFound", "Conversation not found.")
    human = tenant.human(place.members[0]) if place.kind == "personal" else None
    if place.alone or (human is not None and not human.installed):
        raise BotError(403, "BotNotInConversationRoster", "The bot is not part of the conversation roster.")
    return place


def _own(tenant: Tenant, request: Request) -> Said:
    place = _place(tenant, str(request.path_params["conversation"]))
    said = place.find(str(request.path_params["activity"]))
    if said is None:
        raise BotError(404, "ActivityNotFoundInConversation", "No such message.")
    if said.by != tenant.bot:
        raise BotError(403, "NotEnoughPermissions", "Not a message of this bot.")
    return said


def _say(tenant: Tenant, place: Conversation, activity: Json, root: str) -> Said:
    _check(tenant, activity)
    _keep_pace(tenant, place)
    made = Said(tenant.number(), tenant.bot, activity, root)
    place.said.append(made)
    return made


def _check(tenant: Tenant, activity: Json) -> None:
    if activity.get("type") != "message":
        raise BotError(400, "BadArgument", "Unknown activity type")
    cards = [one for one in activity.get("attachments") or () if one.get("contentType") == CARD]
    problems = [str(one) for card in cards for one in tenant.lint(card["content"])]
    if problems:
        raise BotError(400, "BadSyntax", f"Card is invalid: {'; '.join(problems)}")
    if not cards and not str(activity.get("text") or "").strip():
        raise BotError(400, "BadSyntax", "Activity resulted into multiple skype activities")


def _keep_pace(tenant: Tenant, place: Conversation) -> None:
    now, limits = tenant.clock(), tenant.limits
    place.sent_at[:] = [at for at in place.sent_at if at > now - limits.seconds]
    if len(place.sent_at) >= limits.sends:
        raise BotError(429, "TooManyRequests", "API calls quota exceeded! maximum admitted 7.", limits.retry_after)
    place.sent_at.append(now)


def _member(tenant: Tenant, native_id: str) -> Json:
    human = tenant.human(native_id)
    if human is None:
        return {"id": native_id, "name": native_id, "tenantId": tenant.id}
    named = {"id": human.account, "name": human.name, "aadObjectId": human.id, "objectId": human.id}
    return named | {"userPrincipalName": human.mail, "email": human.mail, "tenantId": tenant.id, "userRole": "user"}
