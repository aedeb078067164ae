"""What an activity of Teams tells beside what somebody said: where we are, and where no more.

https://learn.microsoft.com/microsoftteams/platform/bots/how-to/conversations/subscribe-to-conversation-events
"""

from __future__ import annotations

from datetime import datetime

from bot.chat.plain_words import Json
from bot.chat.teams_heard import part, word
from bot.engine import places
from bot.engine.context import Engine
from bot.store.places import Kind, Place

_KINDS = {"personal": Kind.PERSONAL, "groupChat": Kind.GROUP, "channel": Kind.TEAM}
_LEFT = frozenset({"teamDeleted", "teamHardDeleted"})


def placed(engine: Engine, activity: Json, now: datetime) -> None:
    """Remember where we are, or that we are there no more; nothing where an activity does not say."""
    place = place_of(activity)
    if place is None:
        return
    if _is_over(activity):
        places.end(engine, place.id, now)
    else:
        places.remember(engine, place, now)


def place_of(activity: Json) -> Place | None:
    """The chat, or the team of the channel, in which something happened; None where we could not write to it."""
    talk, data = part(activity, "conversation"), part(activity, "channelData")
    kind = _KINDS.get(word(talk, "conversationType"))
    team, speaker = part(data, "team"), part(activity, "from")
    reference = {"service_url": word(activity, "serviceUrl"), "group": word(team, "aadGroupId")}
    reference["tenant"] = word(talk, "tenantId") or word(part(data, "tenant"), "id")
    known = {name: value for name, value in reference.items() if value}
    name = word(talk, "id").partition(";")[0]
    match kind:
        case Kind.TEAM if word(team, "id"):
            return Place(word(team, "id"), Kind.TEAM, "", word(team, "name"), known)
        case Kind.GROUP if name:
            return Place(name, Kind.GROUP, "", word(talk, "name"), known)
        case Kind.PERSONAL if name and word(speaker, "aadObjectId"):
            return Place(name, Kind.PERSONAL, word(speaker, "aadObjectId").lower(), "", known)
    return None


def _is_over(activity: Json) -> bool:
    us = word(part(activity, "recipient"), "id")
    gone = activity.get("membersRemoved")
    left = isinstance(gone, list) and any(isinstance(one, dict) and word(one, "id") == us for one in gone)
    removed = word(activity, "type") == "installationUpdate" and word(activity, "action").startswith("remove")
    return removed or (bool(us) and left) or word(part(activity, "channelData"), "eventType") in _LEFT
