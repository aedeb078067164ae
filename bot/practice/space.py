"""The whole state of a practice workspace, in memory; only its event loop touches it."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
from starlette.websockets import WebSocket

from bot.chat.blocks_lint import Problem, manifest_problems
from bot.practice.seeds import ChannelSeed, Limits, Member, SystemStatus, UserGroup

Json = dict[str, Any]
log = logging.getLogger("practice")

# https://docs.slack.dev/reference/events: the scope without which Slack does not let an app subscribe.
EVENT_SCOPES = {
    "member_joined_channel": "groups:read",
    "message.im": "im:history",
    "message.channels": "channels:history",
    "message.groups": "groups:history",
}


@dataclass
class Channel:
    """A channel, or a direct message between `members`."""

    id: str
    name: str
    members: list[str]
    is_private: bool = False
    is_im: bool = False
    topic: str = ""
    created: int = 0
    creator: str = ""


@dataclass
class Message:
    """One message; `only_for` makes it ephemeral."""

    channel: str
    ts: str
    author: str
    text: str
    blocks: list[Json] = field(default_factory=list)
    thread_ts: str = ""
    only_for: str = ""
    edited: str = ""
    files: list[str] = field(default_factory=list)
    reactions: dict[str, list[str]] = field(default_factory=dict)
    metadata: Json | None = None


@dataclass
class View:
    """A modal or a home tab of one person, its entered values, and the options last suggested to them."""

    id: str
    user: str
    payload: Json
    hash: str
    root: str
    previous: str = ""
    values: Json = field(default_factory=dict)
    suggested: dict[str, list[Json]] = field(default_factory=dict)


@dataclass
class Trigger:
    """A permission to open one modal for one person, for three seconds."""

    user: str
    expires: float
    view: str = ""
    used: bool = False


@dataclass
class ReplyAddress:
    """What a response_url stands for: a place, a person and perhaps the message it may replace."""

    channel: str
    user: str
    expires: float
    uses: int
    ts: str = ""


@dataclass
class File:
    """A file and who may see it."""

    id: str
    name: str
    owner: str
    mimetype: str
    data: bytes = b""
    size: int = 0
    title: str = ""
    ready: bool = True
    shown_to_app: bool = False
    channels: set[str] = field(default_factory=set)


@dataclass(eq=False)
class Workspace:
    """A practice workspace: what it begins with, its clock and ids, its tokens, and everything that has happened.

    Raises ValueError for a manifest that Slack would refuse. With a `request_url` it speaks signed HTTP to the bot,
    without one it waits for Socket Mode.
    """

    manifest: Mapping[str, Any]
    people: Sequence[Member]
    channels: Sequence[ChannelSeed] = ()
    groups: Sequence[UserGroup] = ()
    name: str = "Lumen Works"
    domain: str = "lumen-works"
    team_id: str = "T001"
    app_id: str = "A001"
    bot_user_id: str = "UBOT"
    bot_id: str = "B001"
    request_url: str = ""
    clock: Callable[[], float] = time.time
    ids: Callable[[str], str] = lambda prefix: prefix + secrets.token_hex(5).upper()
    systems: Callable[[], Sequence[SystemStatus]] = tuple
    limits: Limits = field(default_factory=Limits)
    bot_token: str = field(default_factory=lambda: f"xoxb-practice-{secrets.token_hex(16)}")
    app_token: str = field(default_factory=lambda: f"xapp-practice-{secrets.token_hex(16)}")
    signing_secret: str = field(default_factory=lambda: secrets.token_hex(16))

    base_url: str = field(default="http://127.0.0.1", init=False)
    rooms: dict[str, Channel] = field(default_factory=dict, init=False)
    messages: dict[str, dict[str, Message]] = field(default_factory=dict, init=False)
    views: dict[str, View] = field(default_factory=dict, init=False)
    stacks: dict[str, list[str]] = field(default_factory=dict, init=False)
    homes: dict[str, View] = field(default_factory=dict, init=False)
    triggers: dict[str, Trigger] = field(default_factory=dict, init=False)
    replies: dict[str, ReplyAddress] = field(default_factory=dict, init=False)
    files: dict[str, File] = field(default_factory=dict, init=False)
    uploads: dict[str, str] = field(default_factory=dict, init=False)
    seen: dict[tuple[str, str], str] = field(default_factory=dict, init=False)
    pace: dict[str, tuple[float, float]] = field(default_factory=dict, init=False)
    tabs: dict[str, set[asyncio.Queue[Json]]] = field(default_factory=dict, init=False)
    tickets: dict[str, float] = field(default_factory=dict, init=False)
    sockets: list[WebSocket] = field(default_factory=list, init=False)
    waiting: dict[str, asyncio.Future[Any]] = field(default_factory=dict, init=False)
    tasks: set[asyncio.Task[None]] = field(default_factory=set, init=False)
    http: httpx.AsyncClient = field(init=False)
    last_tick: int = field(default=0, init=False)
    revoked: bool = field(default=False, init=False)
    closing: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        """Refuse a bad manifest and open the channels."""
        problems = [str(problem) for problem in [*manifest_problems(self.manifest), *_events_without_scope(self)]]
        if problems:
            raise ValueError("Slack would refuse this manifest: " + "; ".join(problems))
        everybody = [person.id for person in self.people]
        for seed in self.channels:
            members = list(everybody if seed.members is None else seed.members)
            if seed.with_app and self.bot_user_id not in members:
                members.append(self.bot_user_id)
            room = Channel(seed.id, seed.name, members, seed.is_private, topic=seed.topic, created=int(self.clock()))
            self.rooms[seed.id] = room
        for person in self.people:
            room = Channel("D" + person.id[1:], "", [person.id, self.bot_user_id], is_private=True, is_im=True)
            self.rooms[room.id] = room

    @property
    def app_name(self) -> str:
        """The name people see on the app's messages."""
        bot = self.manifest.get("features", {}).get("bot_user", {})
        return str(bot.get("display_name") or self.manifest["display_information"]["name"])

    @property
    def connected(self) -> bool:
        """Whether somebody listens: a Socket Mode connection, or the bot's own address."""
        return bool(self.request_url or self.sockets)

    def person(self, user: str) -> Member | None:
        """The person with this id, or None."""
        return next((person for person in self.people if person.id == user), None)

    def timestamp(self) -> str:
        """A message's own time, unique and rising, in Slack's form."""
        self.last_tick = max(self.last_tick + 1, int(self.clock() * 1_000_000))
        return f"{self.last_tick // 1_000_000}.{self.last_tick % 1_000_000:06d}"


def scopes(space: Workspace) -> set[str]:
    """The bot scopes the manifest asks for."""
    return set(space.manifest.get("oauth_config", {}).get("scopes", {}).get("bot", []))


def settings(space: Workspace) -> Mapping[str, Any]:
    """The settings part of the manifest."""
    found: Mapping[str, Any] = space.manifest.get("settings", {})
    return found


def subscribed(space: Workspace, event: str) -> bool:
    """Whether the manifest asks for this event."""
    return event in settings(space).get("event_subscriptions", {}).get("bot_events", [])


def _events_without_scope(space: Workspace) -> list[Problem]:
    at = "/settings/event_subscriptions/bot_events"
    return [
        Problem(f"{event} needs the scope {scope}", at)
        for event, scope in EVENT_SCOPES.items()
        if subscribed(space, event) and scope not in scopes(space)
    ]


def tell(space: Workspace, event: Json, to: Iterable[str] | None = None) -> None:
    """Put an event in front of the open tabs of these people, or of everybody."""
    for user in list(space.tabs) if to is None else to:
        for tab in space.tabs.get(user, ()):
            tab.put_nowait(event)


def background(space: Workspace, work: Any) -> None:
    """Run a coroutine beside the request that started it, until the workspace closes."""
    task: asyncio.Task[None] = asyncio.get_running_loop().create_task(work)
    space.tasks.add(task)
    task.add_done_callback(space.tasks.discard)


def new_trigger(space: Workspace, user: str, view: str = "") -> str:
    """A fresh trigger id for this person's click."""
    name = space.ids("") + "." + space.team_id
    space.triggers[name] = Trigger(user, space.clock() + space.limits.trigger_seconds, view)
    return name


def new_reply_address(space: Workspace, user: str, channel: str, ts: str = "") -> str:
    """A fresh response_url for this person and place."""
    name = space.ids("R") + secrets.token_hex(8)
    expires = space.clock() + space.limits.response_url_seconds
    space.replies[name] = ReplyAddress(channel, user, expires, space.limits.response_url_uses, ts)
    return f"{space.base_url}/replies/{space.team_id}/{name}"
