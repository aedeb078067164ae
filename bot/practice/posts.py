"""Messages: posted, changed, taken back, read."""

from __future__ import annotations

import copy
import itertools
from typing import Any

from bot.practice import rooms
from bot.practice.space import Channel, File, Json, Message, Workspace, tell

_serial = itertools.count(1)


def with_ids(blocks: list[Json] | None) -> list[Json]:
    """A copy of the blocks in which every block, and everything that can be pressed, has an id."""
    made = copy.deepcopy(blocks or [])
    for block in made:
        block.setdefault("block_id", f"b{next(_serial)}")
        for element in elements(block):
            if element["type"] not in {"image", "plain_text", "mrkdwn"}:
                element.setdefault("action_id", f"a{next(_serial)}")
    return made


def elements(block: Json) -> list[Json]:
    """The interactive parts of a block, and images beside them."""
    return [*block.get("elements", []), *(block[name] for name in ("accessory", "element") if name in block)]


def find_element(blocks: list[Json], block_id: str, action_id: str) -> tuple[Json, Json] | None:
    """The block and the element with these ids, or None."""
    for block in blocks:
        for element in elements(block):
            if block.get("block_id") == block_id and element.get("action_id") == action_id:
                return block, element
    return None


def post(space: Workspace, room: Channel, author: str, text: str, **more: Any) -> Message:
    """Put a message in a channel and tell those who see it; `only_for` makes it ephemeral."""
    more["blocks"] = with_ids(more.get("blocks"))
    message = Message(room.id, space.timestamp(), author, text, **more)
    space.messages.setdefault(room.id, {})[message.ts] = message
    for file in message.files:
        space.files[file].channels.add(room.id)
        space.files[file].shown_to_app |= space.bot_user_id in room.members
    if author != space.bot_user_id:
        space.seen[author, room.id] = message.ts
    announce(space, message, "message")
    return message


def announce(space: Workspace, message: Message, kind: str) -> None:
    """Tell the tabs that see this message that it is there, changed or gone."""
    event: Json = {"type": kind, "channel": message.channel, "ts": message.ts}
    if message.thread_ts:
        event["thread_ts"] = message.thread_ts
    room = space.rooms[message.channel]
    tell(space, event, to=[message.only_for] if message.only_for else rooms.audience(space, room))


def change(space: Workspace, message: Message, **changes: Any) -> None:
    """Give a message new words or blocks, in place."""
    for name, value in changes.items():
        setattr(message, name, with_ids(value) if name == "blocks" else value)
    message.edited = space.timestamp()
    announce(space, message, "message_changed")


def remove(space: Workspace, message: Message) -> None:
    """Take a message back."""
    space.messages[message.channel].pop(message.ts, None)
    announce(space, message, "message_changed")


def replies(space: Workspace, channel: str, ts: str) -> list[Message]:
    """The answers in a thread, oldest first."""
    return [each for each in space.messages.get(channel, {}).values() if each.thread_ts == ts and each.ts != ts]


def visible(space: Workspace, channel: str, user: str, thread: str = "") -> list[Message]:
    """What this person reads in a channel, or in one thread of it, oldest first."""
    found = [each for each in space.messages.get(channel, {}).values() if each.only_for in ("", user)]
    if thread:
        return [each for each in found if thread in (each.ts, each.thread_ts)]
    return [each for each in found if not each.thread_ts or each.thread_ts == each.ts]


def file_json(space: Workspace, file: File) -> Json:
    """A file as Slack describes it."""
    url = f"{space.base_url}/files-pri/{space.team_id}-{file.id}/{file.name}"
    return {
        "id": file.id,
        "name": file.name,
        "title": file.title or file.name,
        "mimetype": file.mimetype,
        "filetype": file.name.rpartition(".")[2],
        "size": file.size,
        "user": file.owner,
        "mode": "hosted",
        "is_external": False,
        "url_private": url,
        "url_private_download": url,
        "permalink": f"{space.base_url}/files/{file.owner}/{file.id}/{file.name}",
        "channels": sorted(file.channels),
    }


def slack_json(space: Workspace, message: Message) -> Json:
    """A message as the Web API and the payloads carry it."""
    body: Json = {"type": "message", "user": message.author, "ts": message.ts, "text": message.text}
    if message.author == space.bot_user_id:
        profile = {"id": space.bot_id, "app_id": space.app_id, "name": space.app_name, "team_id": space.team_id}
        body |= {"bot_id": space.bot_id, "app_id": space.app_id, "team": space.team_id, "bot_profile": profile}
    below = [each for each in replies(space, message.channel, message.ts) if not each.only_for]
    optional: Json = {
        "blocks": message.blocks,
        "thread_ts": message.thread_ts or (message.ts if below else ""),
        "reply_count": len(below),
        "edited": {"user": message.author, "ts": message.edited} if message.edited else None,
        "files": [file_json(space, space.files[file]) for file in message.files],
        "reactions": [{"name": name, "users": who, "count": len(who)} for name, who in message.reactions.items()],
        "metadata": message.metadata,
    }
    return body | {name: value for name, value in optional.items() if value}
