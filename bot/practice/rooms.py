"""Channels: who sees them, who is in them, and how Slack names them."""

from __future__ import annotations

from bot.practice import delivery
from bot.practice.seeds import Member
from bot.practice.space import Channel, Json, Workspace, subscribed, tell
from bot.practice.wire import SlackError, need_scope

KINDS = {"public_channel": "channels", "private_channel": "groups", "im": "im", "mpim": "mpim"}


def kind(room: Channel) -> str:
    """Slack's word for this kind of channel."""
    if room.is_im:
        return "im"
    return "private_channel" if room.is_private else "public_channel"


def visible(room: Channel, user: str) -> bool:
    """Whether this person, or the app, may know of the channel."""
    return not room.is_private or user in room.members


def audience(space: Workspace, room: Channel) -> list[str]:
    """The people whose tabs show this channel."""
    return [person.id for person in space.people if visible(room, person.id)]


def for_app(space: Workspace, name: str, permission: str = "") -> Channel:
    """The channel as the app may see it, by id or #name. Raises SlackError channel_not_found or missing_scope."""
    wanted = name.removeprefix("#")
    for room in space.rooms.values():
        if (room.id == name or (room.name and room.name == wanted)) and visible(room, space.bot_user_id):
            if permission:
                need_scope(space, f"{KINDS[kind(room)]}:{permission}")
            return room
    raise SlackError("channel_not_found")


def for_posting(space: Workspace, name: str) -> Channel:
    """Where the app may post: a channel it is in, or a person's direct message. Raises SlackError."""
    person = space.person(name)
    room = direct(space, name, space.bot_user_id) if person else for_app(space, name)
    if space.bot_user_id not in room.members:
        raise SlackError("not_in_channel")
    return room


def direct(space: Workspace, one: str, other: str) -> Channel:
    """The direct messages between these two, opened if need be."""
    for room in space.rooms.values():
        if room.is_im and set(room.members) == {one, other}:
            return room
    room = Channel(space.ids("D"), "", [one, other], is_private=True, is_im=True, created=int(space.clock()))
    space.rooms[room.id] = room
    tell(space, {"type": "channels"}, to=[one, other])
    return room


def create(space: Workspace, name: str, *, is_private: bool) -> Channel:
    """A new channel with only the app in it. Raises SlackError name_taken or invalid_name."""
    if not name or name != name.lower() or len(name) > 80 or not name.replace("-", "").replace("_", "").isalnum():
        raise SlackError("invalid_name")
    if any(room.name == name for room in space.rooms.values()):
        raise SlackError("name_taken")
    mine = space.bot_user_id
    room = Channel(space.ids("C"), name, [mine], is_private, created=int(space.clock()), creator=mine)
    space.rooms[room.id] = room
    tell(space, {"type": "channels"})
    return room


def invite(space: Workspace, room: Channel, users: list[str], by: str = "") -> None:
    """Bring people into a channel; the app hears of it where it is too.

    Raises SlackError user_not_found, already_in_channel or cant_invite_self.
    """
    for user in users:
        if user == space.bot_user_id:
            raise SlackError("cant_invite_self")
        if space.person(user) is None:
            raise SlackError("user_not_found")
        if user in room.members:
            raise SlackError("already_in_channel")
    room.members.extend(users)
    if space.bot_user_id in room.members and subscribed(space, "member_joined_channel"):
        for user in users:
            delivery.send_event(space, _joined(space, room, user, by or space.bot_user_id))
    tell(space, {"type": "channels"})


def _joined(space: Workspace, room: Channel, user: str, inviter: str) -> Json:
    """The event of https://docs.slack.dev/reference/events/member_joined_channel, for the app that is there too."""
    return {
        "type": "member_joined_channel",
        "user": user,
        "channel": room.id,
        "channel_type": "G" if room.is_private else "C",
        "team": space.team_id,
        "inviter": inviter,
        "event_ts": space.timestamp(),
    }


def title(space: Workspace, room: Channel, user: str) -> str:
    """The name of a channel as this person reads it: a direct message is named after the other."""
    if not room.is_im:
        return room.name
    other = next((member for member in room.members if member != user), user)
    person: Member | None = space.person(other)
    return person.name if person else space.app_name


def slack_json(space: Workspace, room: Channel) -> Json:
    """The channel as the Web API describes it."""
    if room.is_im:
        other = next(member for member in room.members if member != space.bot_user_id)
        return {"id": room.id, "created": room.created, "is_im": True, "is_org_shared": False, "user": other}
    return {
        "id": room.id,
        "name": room.name,
        "name_normalized": room.name,
        "is_channel": not room.is_private,
        "is_group": room.is_private,
        "is_im": False,
        "is_mpim": False,
        "is_private": room.is_private,
        "is_archived": False,
        "is_general": room.name == "general",
        "is_shared": False,
        "is_ext_shared": False,
        "is_org_shared": False,
        "is_member": space.bot_user_id in room.members,
        "created": room.created,
        "creator": room.creator or space.people[0].id,
        "topic": {"value": room.topic, "creator": "", "last_set": 0},
        "purpose": {"value": "", "creator": "", "last_set": 0},
        "num_members": len(room.members),
        "context_team_id": space.team_id,
    }
