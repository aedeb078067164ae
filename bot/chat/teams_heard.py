"""One activity of Teams, as far as we read it; whatever is not as it should be reads as nothing.

https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-activities
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.chat.plain_words import Json
from bot.chat.port import File, Where
from bot.chat.teams_files import named

PERSONAL = "personal"
GROUP = "groupChat"
LONGEST = 8000  # letters of a message; Teams takes some 28 KB
_FILES = 20  # of one message
_BESIDE = 100  # things beside one message
_HIDDEN = "<attachment "  # the place of a file in the text that people see
_MENTIONS = 100
_NAME = 200  # letters of somebody who is mentioned
_TAG = re.compile(r"</?at\b[^<>]*>", re.IGNORECASE)
_BOT = "28:"


@dataclass(frozen=True, slots=True)
class Heard:
    """What somebody did, where, and in which words."""

    type: str
    name: str
    id: str
    native_id: str  # the directory id: whoever has none is a program, or nobody we know
    kind: str  # of the conversation
    channel: str
    thread: str  # of the channel; empty elsewhere
    text: str
    value: Json
    carrier: str  # the message whose button was pressed
    bot: str
    files: tuple[File, ...] = ()
    hidden: bool = False  # whether something lies beside the words that Teams shows to people alone
    activity: Json = field(default_factory=dict, repr=False)

    @property
    def where(self) -> Where:
        """The place, as the dialogue knows it."""
        return Where(self.channel, self.thread, self.carrier)

    @property
    def alone(self) -> bool:
        """Whether nobody else reads along."""
        return self.kind == PERSONAL

    @property
    def replied(self) -> bool:
        """Whether it stands below another message of a channel."""
        return bool(self.thread) and self.thread != self.id

    @property
    def data(self) -> Json:
        """What a button carries, with what was entered beside it, wherever this kind of activity has it."""
        if self.name == "adaptiveCard/action":
            return part(part(self.value, "action"), "data")
        return part(self.value, "data") if self.type == "invoke" else self.value


def place(activity: Json) -> tuple[str, str]:
    """The conversation in which something happened, and its thread."""
    channel, _mark, thread = word(part(activity, "conversation"), "id").partition(";messageid=")
    return channel, thread


def read(activity: Json) -> Heard:
    """What an activity says."""
    conversation, speaker = part(activity, "conversation"), part(activity, "from")
    channel, thread = place(activity)
    program = word(speaker, "id").startswith(_BOT)
    return Heard(
        type=word(activity, "type"),
        name=word(activity, "name"),
        id=word(activity, "id"),
        native_id="" if program else word(speaker, "aadObjectId").lower(),
        kind=word(conversation, "conversationType"),
        channel=channel,
        thread=thread,
        text=_words(activity),
        value=part(activity, "value"),
        carrier=word(activity, "replyToId"),
        bot=word(part(activity, "recipient"), "id"),
        files=tuple(named(_listed(activity, "attachments")[:_BESIDE], word(activity, "id")))[:_FILES],
        hidden=any(_HIDDEN in word(one, "content") for one in _listed(activity, "attachments")[:_BESIDE]),
        activity=activity,
    )


def part(found: Mapping[str, Any], name: str) -> Json:
    """The object of this name, or an empty one."""
    value = found.get(name)
    return value if isinstance(value, dict) else {}


def word(found: Mapping[str, Any], name: str) -> str:
    """The text of this name, or none."""
    value = found.get(name)
    return value if isinstance(value, str) else ""


def _listed(found: Mapping[str, Any], name: str) -> list[Json]:
    value = found.get(name)
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def tenants(activity: Json) -> frozenset[str]:
    """Every tenant that the activity names: of the conversation, of the team, of who speaks."""
    places = (part(activity, "conversation"), part(activity, "from"))
    named = {word(part(part(activity, "channelData"), "tenant"), "id"), *(word(one, "tenantId") for one in places)}
    return frozenset(one.lower() for one in named if one)


def _words(activity: Json) -> str:
    """The text as it was typed: without our own name, people by their id where Teams tells it, else by their name."""
    ours = word(part(activity, "recipient"), "id")
    text = word(activity, "text")[:LONGEST]
    for entity in _listed(activity, "entities")[:_MENTIONS]:
        mentioned, written = part(entity, "mentioned"), word(entity, "text")
        if word(entity, "type") != "mention" or not written:
            continue
        known = word(mentioned, "aadObjectId").lower()
        name = "" if word(mentioned, "id") == ours else f"<@{known}>" if known else word(mentioned, "name")
        text = text.replace(written, f" {name[:_NAME]} ", 1)  # each mention once: what is put in is not replaced again
    plain = html.unescape(_TAG.sub("", text)).replace("\N{NO-BREAK SPACE}", " ")
    return "\n".join(" ".join(line.split()) for line in plain.splitlines()).strip()
