"""conversations.* apart from reading messages, and files.*."""

from __future__ import annotations

import mimetypes
import secrets

from bot.practice import posts, rooms
from bot.practice.fields import listed, mapped
from bot.practice.methods_chat import content
from bot.practice.space import File, Json
from bot.practice.wire import Call, Method, SlackError, need_scope, page_of


def info(call: Call) -> Json:
    """conversations.info."""
    return {
        "ok": True,
        "channel": rooms.slack_json(call.space, rooms.for_app(call.space, call.need("channel"), "read")),
    }


def rooms_list(call: Call) -> Json:
    """conversations.list."""
    wanted = [kind.strip() for kind in call.text("types", "public_channel").split(",")]
    for kind in wanted:
        if kind not in rooms.KINDS:
            raise SlackError("invalid_types")
        need_scope(call.space, f"{rooms.KINDS[kind]}:read")
    seen = [room for room in call.space.rooms.values() if rooms.visible(room, call.space.bot_user_id)]
    found = [rooms.slack_json(call.space, room) for room in seen if rooms.kind(room) in wanted]
    channels, metadata = page_of(found, call)
    return {"ok": True, "channels": channels, "response_metadata": metadata}


def members(call: Call) -> Json:
    """conversations.members."""
    room = rooms.for_app(call.space, call.need("channel"), "read")
    found, metadata = page_of([{"id": member} for member in room.members], call)
    return {"ok": True, "members": [each["id"] for each in found], "response_metadata": metadata}


def opened(call: Call) -> Json:
    """conversations.open with one person."""
    if call.text("channel"):
        room = rooms.for_app(call.space, call.text("channel"))
    else:
        room = rooms.direct(call.space, _one_person(call), call.space.bot_user_id)
    channel = rooms.slack_json(call.space, room) if call.flag("return_im") else {"id": room.id}
    return {"ok": True, "channel": channel}


def _one_person(call: Call) -> str:
    people = [call.space.person(user.strip()) for user in call.need("users").split(",")]
    found = [person for person in people if person is not None]
    if len(found) < len(people):
        raise SlackError("user_not_found")
    if any(person.deleted for person in found):
        raise SlackError("user_disabled")
    if len(found) > 1:
        raise SlackError("method_not_supported_for_channel_type")
    return found[0].id


def create(call: Call) -> Json:
    """conversations.create."""
    private = call.flag("is_private")
    need_scope(call.space, "groups:write" if private else "channels:manage")
    room = rooms.create(call.space, call.need("name"), is_private=private)
    return {"ok": True, "channel": rooms.slack_json(call.space, room)}


def invite(call: Call) -> Json:
    """conversations.invite."""
    room = rooms.for_app(call.space, call.need("channel"))
    if room.is_private:
        need_scope(call.space, "groups:write", "groups:write.invites")
    else:
        need_scope(call.space, "channels:manage", "channels:write.invites")
    if call.space.bot_user_id not in room.members:
        raise SlackError("not_in_channel")
    rooms.invite(call.space, room, [user.strip() for user in call.need("users").split(",")])
    return {"ok": True, "channel": rooms.slack_json(call.space, room)}


def upload_url(call: Call) -> Json:
    """files.getUploadURLExternal."""
    space, name, length = call.space, call.need("filename"), call.number("length", 0)
    if not 0 < length <= space.limits.upload_bytes:
        raise SlackError("file_upload_size_restricted" if length else "invalid_arguments")
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    file = File(space.ids("F"), name, space.bot_user_id, kind, size=length, ready=False, shown_to_app=True)
    ticket = secrets.token_urlsafe(16)
    space.files[file.id], space.uploads[ticket] = file, file.id
    return {"ok": True, "upload_url": f"{space.base_url}/upload/{ticket}", "file_id": file.id}


def uploaded(call: Call) -> Json:
    """files.completeUploadExternal: the files appear in the channel as one message."""
    space, named = call.space, [mapped(each) for each in listed(call.arguments.get("files"))]
    files = [space.files.get(str(each.get("id"))) for each in named]
    found = [file for file in files if file is not None and file.ready and file.owner == space.bot_user_id]
    if not found or len(found) != len(named):
        raise SlackError("file_not_found")
    for file, each in zip(found, named, strict=True):
        file.title = str(each.get("title") or file.name)
    channel = call.text("channel_id") or call.text("channels")
    if channel:
        room = rooms.for_posting(space, channel)
        comment = call.text("initial_comment")
        made = content(call) if call.arguments.get("blocks") else {"text": comment}
        ids = [file.id for file in found]
        posts.post(space, room, space.bot_user_id, thread_ts=call.text("thread_ts"), files=ids, **made)
    return {"ok": True, "files": [posts.file_json(space, file) for file in found]}


def file_info(call: Call) -> Json:
    """files.info, for files the app may see."""
    file = call.space.files.get(call.need("file"))
    if file is None or not file.shown_to_app:
        raise SlackError("file_not_found")
    return {"ok": True, "file": posts.file_json(call.space, file), "comments": []}


METHODS = {
    "conversations.info": Method(info),
    "conversations.list": Method(rooms_list),
    "conversations.members": Method(members),
    "conversations.open": Method(opened, ("im:write",)),
    "conversations.create": Method(create),
    "conversations.invite": Method(invite),
    "files.getUploadURLExternal": Method(upload_url, ("files:write",)),
    "files.completeUploadExternal": Method(uploaded, ("files:write",)),
    "files.info": Method(file_info, ("files:read",)),
}
