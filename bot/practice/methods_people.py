"""auth, team, bots, users and user groups: who is there."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from bot.practice import rooms
from bot.practice.delivery import send_event
from bot.practice.seeds import Member
from bot.practice.space import Json, Workspace, scopes, subscribed
from bot.practice.wire import Call, Method, SlackError, need_scope, page_of


def person_json(space: Workspace, person: Member) -> Json:
    """A person as users.info describes them; the e-mail only for an app that may read it."""
    portrait = space.base_url + person.portrait if person.portrait.startswith("/") else person.portrait
    offset = datetime.fromtimestamp(space.clock(), UTC).astimezone(ZoneInfo(person.tz)).utcoffset()
    profile: Json = {"real_name": person.real_name, "display_name": person.name, "title": person.title}
    profile |= {"image_48": portrait, "image_192": portrait, "team": space.team_id}
    if "users:read.email" in scopes(space):
        profile["email"] = person.email
    return {
        "id": person.id,
        "team_id": space.team_id,
        "name": person.name,
        "real_name": person.real_name,
        "deleted": person.deleted,
        "tz": person.tz,
        "tz_label": person.tz,
        "tz_offset": int(offset.total_seconds()) if offset else 0,
        "profile": profile,
        "is_admin": person.is_admin,
        "is_owner": False,
        "is_primary_owner": False,
        "is_restricted": person.is_guest,
        "is_ultra_restricted": False,
        "is_bot": False,
        "is_app_user": False,
        "updated": 0,
    }


def bot_json(space: Workspace) -> Json:
    """The app's own user."""
    profile: Json = {"real_name": space.app_name, "display_name": space.app_name, "api_app_id": space.app_id}
    profile |= {"bot_id": space.bot_id, "team": space.team_id}
    return {
        "id": space.bot_user_id,
        "team_id": space.team_id,
        "name": space.app_name.lower(),
        "real_name": space.app_name,
        "deleted": False,
        "tz": "UTC",
        "profile": profile,
        "is_bot": True,
        "is_app_user": False,
        "updated": 0,
    }


def auth_test(call: Call) -> Json:
    """auth.test."""
    space = call.space
    answer: Json = {"ok": True, "url": f"{space.base_url}/", "team": space.name, "team_id": space.team_id}
    if call.token == space.app_token:
        return answer | {"app_name": space.app_name, "app_id": space.app_id}
    answer |= {"user": space.app_name.lower(), "user_id": space.bot_user_id, "bot_id": space.bot_id}
    return answer | {"is_enterprise_install": False}


def auth_revoke(call: Call) -> Json:
    """auth.revoke."""
    if not call.flag("test"):
        call.space.revoked = True
        if subscribed(call.space, "tokens_revoked"):
            send_event(call.space, {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [call.space.bot_user_id]}})
    return {"ok": True, "revoked": not call.flag("test")}


def team_info(call: Call) -> Json:
    """team.info."""
    space = call.space
    return {"ok": True, "team": {"id": space.team_id, "name": space.name, "domain": space.domain, "icon": {}}}


def bots_info(call: Call) -> Json:
    """bots.info."""
    space = call.space
    if call.text("bot", space.bot_id) != space.bot_id:
        raise SlackError("bot_not_found")
    bot = {"id": space.bot_id, "app_id": space.app_id, "user_id": space.bot_user_id, "name": space.app_name}
    return {"ok": True, "bot": {**bot, "deleted": False, "updated": 0, "icons": {}}}


def users_info(call: Call) -> Json:
    """users.info."""
    user = call.need("user")
    if user == call.space.bot_user_id:
        return {"ok": True, "user": bot_json(call.space)}
    person = call.space.person(user)
    if person is None:
        raise SlackError("user_not_found")
    return {"ok": True, "user": person_json(call.space, person)}


def users_list(call: Call) -> Json:
    """users.list."""
    everybody = [person_json(call.space, person) for person in call.space.people]
    members, metadata = page_of([*everybody, bot_json(call.space)], call, 1000)
    return {"ok": True, "members": members, "cache_ts": int(call.space.clock()), "response_metadata": metadata}


def users_by_email(call: Call) -> Json:
    """users.lookupByEmail; deactivated people are not found."""
    email = call.need("email").lower()
    for person in call.space.people:
        if person.email.lower() == email and not person.deleted:
            return {"ok": True, "user": person_json(call.space, person)}
    raise SlackError("users_not_found")


def users_conversations(call: Call) -> Json:
    """users.conversations: where a person, or the app, is a member, as far as the app may see."""
    user = call.text("user", call.space.bot_user_id)
    wanted = [kind.strip() for kind in call.text("types", "public_channel").split(",")]
    for kind in wanted:
        need_scope(call.space, f"{rooms.KINDS.get(kind, 'channels')}:read")
    seen = [room for room in call.space.rooms.values() if rooms.visible(room, call.space.bot_user_id)]
    theirs = [room for room in seen if user in room.members and rooms.kind(room) in wanted]
    found = [rooms.slack_json(call.space, room) for room in theirs]
    channels, metadata = page_of(found, call)
    return {"ok": True, "channels": channels, "response_metadata": metadata}


def groups_list(call: Call) -> Json:
    """usergroups.list."""
    groups = []
    for group in call.space.groups:
        entry: Json = {"id": group.id, "team_id": call.space.team_id, "is_usergroup": True, "name": group.name}
        entry |= {"handle": group.handle, "description": "", "date_delete": 0, "user_count": len(group.members)}
        groups.append(entry | ({"users": list(group.members)} if call.flag("include_users") else {}))
    return {"ok": True, "usergroups": groups}


def groups_users(call: Call) -> Json:
    """usergroups.users.list."""
    wanted = call.need("usergroup")
    for group in call.space.groups:
        if group.id == wanted:
            return {"ok": True, "users": list(group.members)}
    raise SlackError("no_such_subteam")


METHODS = {
    "auth.test": Method(auth_test),
    "auth.revoke": Method(auth_revoke),
    "team.info": Method(team_info, ("team:read",)),
    "bots.info": Method(bots_info, ("users:read",)),
    "users.info": Method(users_info, ("users:read",)),
    "users.list": Method(users_list, ("users:read",)),
    "users.lookupByEmail": Method(users_by_email, ("users:read.email",)),
    "users.conversations": Method(users_conversations),
    "usergroups.list": Method(groups_list, ("usergroups:read",)),
    "usergroups.users.list": Method(groups_users, ("usergroups:read",)),
}
