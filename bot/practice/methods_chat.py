"""chat.* and reactions.*: what an app posts."""

from __future__ import annotations

import asyncio

from bot.chat.blocks_limits import TEXT_MAX
from bot.chat.blocks_lint import Problem, metadata_problems, problems
from bot.practice import posts, rooms
from bot.practice.space import Channel, Json, Message, Workspace, background
from bot.practice.wire import Call, Method, SlackError, keep_pace, need_scope, page_of, refused

PAGE = 999  # https://docs.slack.dev/reference/methods/conversations.history
FAR = 120 * 86_400  # https://docs.slack.dev/reference/methods/chat.scheduleMessage: at most 120 days ahead


def content(call: Call) -> Json:
    """Text, blocks and metadata of a post, linted. Raises SlackError no_text, msg_too_long or invalid_blocks."""
    text, blocks = call.text("text"), call.arguments.get("blocks")
    if call.arguments.get("attachments"):
        raise refused([Problem("attachments are legacy: use blocks", "/attachments")])
    if not text and not blocks:
        raise SlackError("no_text")
    if len(text) > TEXT_MAX:
        raise SlackError("msg_too_long")
    if blocks is not None:
        found = problems(blocks, "message")
        if found:
            raise refused(found, "invalid_blocks")
    metadata = call.arguments.get("metadata")
    if metadata_problems(metadata):
        raise refused(metadata_problems(metadata), "invalid_metadata_format")
    return {"text": text, "blocks": blocks or [], "metadata": metadata}


def _warned(answer: Json, made: Json) -> Json:
    if made["text"]:
        return answer
    word = "missing_text_in_message"
    return answer | {"warning": word, "response_metadata": {"warnings": [word]}}


def _thread(call: Call, room: Channel) -> str:
    thread = call.text("thread_ts")
    if thread and thread not in call.space.messages.get(room.id, {}):
        raise SlackError("thread_not_found")
    return thread


def post_message(call: Call) -> Json:
    """chat.postMessage."""
    space = call.space
    room = rooms.for_posting(space, call.need("channel"))
    made = content(call)
    thread = _thread(call, room)
    keep_pace(space, room.id)
    message = posts.post(space, room, space.bot_user_id, thread_ts=thread, **made)
    answer: Json = {"ok": True, "channel": room.id, "ts": message.ts, "message": posts.slack_json(space, message)}
    return _warned(answer, made)


def post_ephemeral(call: Call) -> Json:
    """chat.postEphemeral."""
    space = call.space
    room = rooms.for_posting(space, call.need("channel"))
    user, made = call.need("user"), content(call)
    if user not in room.members:
        raise SlackError("user_not_in_channel")
    keep_pace(space, room.id)
    thread = _thread(call, room)
    message = posts.post(space, room, space.bot_user_id, only_for=user, thread_ts=thread, **made)
    return _warned({"ok": True, "message_ts": message.ts}, made)


def _existing(call: Call, error: str, ts_name: str = "ts") -> tuple[Channel, Message]:
    """The message the call names. Raises SlackError message_not_found, or `error` if it is not the app's."""
    room = rooms.for_app(call.space, call.need("channel"))
    message = call.space.messages.get(room.id, {}).get(call.need(ts_name))
    if message is None or message.only_for:
        raise SlackError("message_not_found")
    if error and message.author != call.space.bot_user_id:
        raise SlackError(error)
    return room, message


def update(call: Call) -> Json:
    """chat.update."""
    room, message = _existing(call, "cant_update_message")
    made = content(call)
    changes = made if call.arguments.get("metadata") is not None else {k: v for k, v in made.items() if k != "metadata"}
    posts.change(call.space, message, **changes)
    answer: Json = {"ok": True, "channel": room.id, "ts": message.ts, "text": message.text}
    return _warned(answer | {"message": posts.slack_json(call.space, message)}, made)


def delete(call: Call) -> Json:
    """chat.delete."""
    room, message = _existing(call, "cant_delete_message")
    posts.remove(call.space, message)
    return {"ok": True, "channel": room.id, "ts": message.ts}


def permalink(call: Call) -> Json:
    """chat.getPermalink."""
    room, message = _existing(call, "", "message_ts")
    link = f"{call.space.base_url}/archives/{room.id}/p{message.ts.replace('.', '')}"
    if message.thread_ts and message.thread_ts != message.ts:
        link += f"?thread_ts={message.thread_ts}&cid={room.id}"
    return {"ok": True, "channel": room.id, "permalink": link}


def schedule(call: Call) -> Json:
    """chat.scheduleMessage."""
    space, when = call.space, call.number("post_at", 0)
    room, made = rooms.for_posting(space, call.need("channel")), content(call)
    if when <= space.clock():
        raise SlackError("time_in_past")
    if when > space.clock() + FAR:
        raise SlackError("time_too_far")
    background(space, _later(space, room, made, when - space.clock()))
    answer: Json = {"ok": True, "channel": room.id, "scheduled_message_id": space.ids("Q"), "post_at": when}
    return answer | {"message": {"type": "delayed_message", "text": made["text"], "bot_id": space.bot_id}}


async def _later(space: Workspace, room: Channel, made: Json, seconds: float) -> None:
    await asyncio.sleep(seconds)
    posts.post(space, room, space.bot_user_id, **made)


def react(call: Call) -> Json:
    """reactions.add."""
    _, message = _existing(call, "", "timestamp")
    who = message.reactions.setdefault(call.need("name"), [])
    if call.space.bot_user_id in who:
        raise SlackError("already_reacted")
    who.append(call.space.bot_user_id)
    posts.announce(call.space, message, "message_changed")
    return {"ok": True}


def unreact(call: Call) -> Json:
    """reactions.remove."""
    _, message = _existing(call, "", "timestamp")
    name = call.need("name")
    if call.space.bot_user_id not in message.reactions.get(name, []):
        raise SlackError("no_reaction")
    message.reactions[name].remove(call.space.bot_user_id)
    if not message.reactions[name]:
        del message.reactions[name]
    posts.announce(call.space, message, "message_changed")
    return {"ok": True}


def history(call: Call) -> Json:
    """conversations.history: newest first."""
    room = rooms.for_app(call.space, call.need("channel"))
    need_scope(call.space, f"{rooms.KINDS[rooms.kind(room)]}:history")
    if call.space.bot_user_id not in room.members:
        raise SlackError("not_in_channel")
    found = [each for each in posts.visible(call.space, room.id, "") if not each.only_for]
    return _read(call, found[::-1])


def replies(call: Call) -> Json:
    """conversations.replies: the root and its answers, oldest first."""
    room = rooms.for_app(call.space, call.need("channel"))
    need_scope(call.space, f"{rooms.KINDS[rooms.kind(room)]}:history")
    thread = call.need("ts")
    if thread not in call.space.messages.get(room.id, {}):
        raise SlackError("thread_not_found")
    return _read(call, [each for each in posts.visible(call.space, room.id, "", thread) if not each.only_for])


def _read(call: Call, found: list[Message]) -> Json:
    oldest, latest = call.text("oldest", "0"), call.text("latest", "9" * 17)
    inclusive = call.flag("inclusive")
    inside = [each for each in found if oldest < each.ts < latest or (inclusive and each.ts in (oldest, latest))]
    if call.number("limit", 100) > PAGE:
        raise SlackError("invalid_limit")
    messages, metadata = page_of([posts.slack_json(call.space, each) for each in inside], call)
    if not call.flag("include_all_metadata"):
        messages = [{name: value for name, value in each.items() if name != "metadata"} for each in messages]
    more = bool(metadata["next_cursor"])
    return {"ok": True, "messages": messages, "has_more": more} | ({"response_metadata": metadata} if more else {})


METHODS = {
    "chat.postMessage": Method(post_message, ("chat:write",)),
    "chat.postEphemeral": Method(post_ephemeral, ("chat:write",)),
    "chat.update": Method(update, ("chat:write",)),
    "chat.delete": Method(delete, ("chat:write",)),
    "chat.scheduleMessage": Method(schedule, ("chat:write",)),
    "chat.getPermalink": Method(permalink),
    "reactions.add": Method(react, ("reactions:write",)),
    "reactions.remove": Method(unreact, ("reactions:write",)),
    "conversations.history": Method(history),
    "conversations.replies": Method(replies),
}
