"""What Slack sends to an app when a person does something, with Slack's keys."""

from __future__ import annotations

from bot.practice import modals, posts, rooms
from bot.practice.space import Channel, Json, Message, View, Workspace, new_reply_address, new_trigger

VERIFICATION = "practice"  # Slack's old shared word; apps check the signature instead


def _person(space: Workspace, user: str) -> Json:
    person = space.person(user)
    name = person.name if person else user
    return {"id": user, "username": name, "name": name, "team_id": space.team_id}


def _common(space: Workspace, user: str) -> Json:
    return {
        "user": _person(space, user),
        "api_app_id": space.app_id,
        "token": VERIFICATION,
        "team": {"id": space.team_id, "domain": space.domain},
        "enterprise": None,
        "is_enterprise_install": False,
    }


def channel_name(room: Channel) -> str:
    """The name Slack gives a channel in payloads: its own if it is public, else only its kind."""
    if room.is_im:
        return "directmessage"
    return "privategroup" if room.is_private else room.name


def slash(space: Workspace, user: str, room: Channel, command: str, text: str) -> Json:
    """A slash command, with a fresh trigger and response_url."""
    person = _person(space, user)
    return {
        "token": VERIFICATION,
        "team_id": space.team_id,
        "team_domain": space.domain,
        "channel_id": room.id,
        "channel_name": channel_name(room),
        "user_id": user,
        "user_name": person["name"],
        "command": command,
        "text": text,
        "api_app_id": space.app_id,
        "is_enterprise_install": "false",
        "response_url": new_reply_address(space, user, room.id),
        "trigger_id": new_trigger(space, user),
    }


def in_message(space: Workspace, room: Channel, message: Message) -> Json:
    """The part of a payload that says in which message something was pressed."""
    container: Json = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": room.id,
        "is_ephemeral": bool(message.only_for),
    }
    if message.thread_ts:
        container["thread_ts"] = message.thread_ts
    found: Json = {"container": container, "channel": {"id": room.id, "name": channel_name(room)}}
    # An app cannot count on the contents of an ephemeral message: only its container is sent.
    return found if message.only_for else found | {"message": posts.slack_json(space, message)}


def in_view(space: Workspace, view: View) -> Json:
    """The part of a payload that says in which view something was pressed."""
    return {"container": {"type": "view", "view_id": view.id}, "view": modals.slack_json(space, view)}


def pressed(space: Workspace, user: str, action: Json, where: Message | View) -> Json:
    """A press or a choice in a message or a view (block_actions)."""
    action["action_ts"] = space.timestamp()
    body: Json = {"type": "block_actions", **_common(space, user), "actions": [action]}
    if isinstance(where, View):
        return body | in_view(space, where) | {"trigger_id": new_trigger(space, user, where.id)}
    address = new_reply_address(space, user, where.channel, where.ts)
    place = in_message(space, space.rooms[where.channel], where)
    return body | place | {"trigger_id": new_trigger(space, user), "response_url": address}


def submitted(space: Workspace, view: View) -> Json:
    """A modal that was sent (view_submission)."""
    trigger = new_trigger(space, view.user, view.id)
    body: Json = {"type": "view_submission", **_common(space, view.user), "view": modals.slack_json(space, view)}
    return body | {"trigger_id": trigger, "response_urls": []}


def closed(space: Workspace, view: View) -> Json:
    """A modal that was closed without being sent (view_closed)."""
    body: Json = {"type": "view_closed", **_common(space, view.user), "view": modals.slack_json(space, view)}
    return body | {"is_cleared": False}


def suggestion(space: Workspace, user: str, ids: tuple[str, str], typed: str, where: Message | View) -> Json:
    """A question for options while a person types (block_suggestion)."""
    body: Json = {"type": "block_suggestion", **_common(space, user), "value": typed}
    body |= {"block_id": ids[0], "action_id": ids[1]}
    if isinstance(where, View):
        return body | in_view(space, where)
    return body | in_message(space, space.rooms[where.channel], where)


def shortcut(space: Workspace, user: str, callback_id: str) -> Json:
    """A global shortcut."""
    body: Json = {"type": "shortcut", **_common(space, user), "callback_id": callback_id}
    return body | {"trigger_id": new_trigger(space, user), "action_ts": space.timestamp()}


def home_opened(space: Workspace, user: str) -> Json:
    """The event that a person opened the app's home tab."""
    room = rooms.direct(space, user, space.bot_user_id)
    event: Json = {"type": "app_home_opened", "user": user, "channel": room.id, "tab": "home"}
    event["event_ts"] = space.timestamp()
    if user in space.homes:
        event["view"] = modals.slack_json(space, space.homes[user])
    return event


def said(space: Workspace, room: Channel, message: Message) -> Json:
    """The event that a person wrote a message."""
    kinds = {"im": "im", "private_channel": "group", "public_channel": "channel"}
    event: Json = posts.slack_json(space, message)
    event |= {"channel": room.id, "channel_type": kinds[rooms.kind(room)], "event_ts": message.ts}
    return event | ({"subtype": "file_share"} if message.files else {}) | {"team": space.team_id}
