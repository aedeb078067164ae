"""The whole state of a practice tenant of Teams, in memory; only its event loop touches it."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from bot.practice.teams.keys import Key

Json = dict[str, Any]
Kind = Literal["personal", "groupChat", "channel"]
TENANT = "7e1f0000-0000-4000-8000-00000000c0de"
APP = "b07f0000-0000-4000-8000-000000000a99"
CATALOG = "ca7a0000-0000-4000-8000-000000000a99"  # the app once more, as the company's catalog of apps names it
RIGHTS = ("Chat.Create", "TeamsAppInstallation.ReadWriteSelfForChat.All", "ChatMember.ReadWrite.WhereInstalled")
GENERAL = "General"


@dataclass(frozen=True)
class Human:
    """A person of the tenant, by their id in the directory. `installed`: Usher stands in their personal chats."""

    id: str
    name: str
    mail: str = ""
    installed: bool = True

    @property
    def account(self) -> str:
        """Their id in Teams, which is another one for every bot."""
        return f"29:1{hashlib.sha256(self.id.encode()).hexdigest()[:40]}"


@dataclass(frozen=True)
class TeamSeed:
    """A team in which Usher is installed: who is in it, and the names of its channels beside General."""

    name: str
    members: Sequence[str]
    channels: Sequence[str] = ()


@dataclass(frozen=True)
class Limits:
    """How much Teams takes; https://learn.microsoft.com/microsoftteams/platform/bots/how-to/rate-limit."""

    sends: int = 7  # in a conversation within `seconds`
    seconds: float = 1.0
    retry_after: str = "1"  # empty: Teams does not say
    bytes: int = 28_000  # of one message
    token_seconds: int = 3599


@dataclass
class Fault:
    """What goes wrong with the next `times` calls of this name; `late`: after what was asked has happened.

    Calls: send, update, create, members, teams, token, metadata, keys; of Graph chats, installs, joins; * is any.
    Status 0 cuts the connection, a `hang` answers only when the service ends.
    """

    call: str
    status: int = 0
    retry_after: str = ""
    times: int = 1
    late: bool = False
    hang: bool = False
    code: str = "ServiceError"


@dataclass
class Said:
    """One message of a conversation, as it was sent or last replaced. `root`: the message whose thread it stands in."""

    id: str
    by: str
    activity: Json
    root: str = ""
    edited: int = 0

    @property
    def card(self) -> Json:
        """The Adaptive Card in it, if there is one."""
        attached = self.activity.get("attachments") or ()
        return next((one["content"] for one in attached if "card.adaptive" in one["contentType"]), {})


@dataclass
class Conversation:
    """A personal chat, a group chat or a channel; `team` is the team of a channel. `alone`: the bot is not in it."""

    id: str
    kind: Kind
    name: str
    members: list[str]
    team: str = ""
    alone: bool = False
    said: list[Said] = field(default_factory=list)
    sent_at: list[float] = field(default_factory=list)

    def find(self, number: str) -> Said | None:
        """The message with this id."""
        return next((one for one in self.said if one.id == number), None)


@dataclass
class Team:
    """A team, named by its General channel."""

    id: str
    name: str
    group: str
    members: list[str]
    channels: list[str]


@dataclass(eq=False)
class Tenant:
    """A practice tenant: its people and teams, the bot registered in it, and everything that has happened.

    `bot_url` is where the bot takes what people do; `lint` says what Teams would refuse of a card. `rights` are the
    permissions of Microsoft Graph that an admin gave the bot.
    """

    people: Sequence[Human]
    seeds: Sequence[TeamSeed] = ()
    name: str = "Lumen Works"
    id: str = TENANT
    app_id: str = APP
    password: str = "practice-of-teams-no-secret"
    bot_url: str = ""
    clock: Callable[[], float] = time.time
    lint: Callable[[Json], Sequence[str]] = lambda _card: ()
    limits: Limits = field(default_factory=Limits)
    catalog: str = CATALOG
    rights: set[str] = field(default_factory=lambda: set(RIGHTS))

    base_url: str = field(default="http://127.0.0.1", init=False)
    conversations: dict[str, Conversation] = field(default_factory=dict, init=False)
    teams: dict[str, Team] = field(default_factory=dict, init=False)
    keys: list[Key] = field(default_factory=list, init=False)
    tokens: dict[str, float] = field(default_factory=dict, init=False)
    passes: dict[str, float] = field(default_factory=dict, init=False)  # the same for Microsoft Graph
    issued: int = field(default=0, init=False)
    faults: list[Fault] = field(default_factory=list, init=False)
    calls: list[str] = field(default_factory=list, init=False)
    last: int = field(default=0, init=False)
    closing: asyncio.Event = field(default_factory=asyncio.Event, init=False)
    telling: set[asyncio.Task[None]] = field(default_factory=set, init=False)
    arrived: Callable[[Conversation], object] = field(
        default_factory=lambda: _unheard, init=False
    )  # the bot, in a chat

    def __post_init__(self) -> None:
        """Open the teams."""
        self.keys.append(Key("practice-1"))
        for seed in self.seeds:
            team_id = channel_id(seed.name, GENERAL)
            names = (GENERAL, *seed.channels)
            made = [Conversation(channel_id(seed.name, one), "channel", one, [], team_id) for one in names]
            self.conversations |= {one.id: one for one in made}
            group = hashlib.sha256(seed.name.encode()).hexdigest()
            self.teams[team_id] = Team(team_id, seed.name, _uuid(group), list(seed.members), [one.id for one in made])

    @property
    def service_url(self) -> str:
        """Where the bot sends its answers."""
        return f"{self.base_url}/teams/"

    @property
    def graph_url(self) -> str:
        """Where the practice Microsoft Graph answers."""
        return f"{self.base_url}/graph/v1.0"

    @property
    def bot(self) -> str:
        """The bot as a member of conversations."""
        return f"28:{self.app_id}"

    def human(self, native_id: str) -> Human | None:
        """The person with this id of the directory, or with this account of Teams."""
        return next((one for one in self.people if native_id in {one.id, one.account}), None)

    def members(self, conversation: Conversation) -> list[str]:
        """Who can read it: everybody of the team, in a channel."""
        team = self.teams.get(conversation.team)
        return team.members if team else conversation.members

    def personal(self, native_id: str) -> Conversation:
        """The chat of one person with the bot, opened if need be."""
        name = f"a:1{hashlib.sha512(native_id.encode()).hexdigest()[:120]}"  # as long as Teams' own
        return self.conversations.setdefault(name, Conversation(name, "personal", "", [native_id]))

    def group(self, name: str, members: Sequence[str]) -> Conversation:
        """A group chat that people made, with the bot in it."""
        made = Conversation(f"19:{hashlib.md5(name.encode()).hexdigest()}@thread.v2", "groupChat", name, list(members))  # noqa: S324 (a name)
        return self.conversations.setdefault(made.id, made)

    def number(self) -> str:
        """The id of a new message, rising: milliseconds, as in Teams."""
        self.last = max(self.last + 1, int(self.clock() * 1000))
        return str(self.last)


def channel_id(team: str, channel: str) -> str:
    """The id of a channel."""
    return f"19:{hashlib.sha256(f'{team}/{channel}'.encode()).hexdigest()[:44]}@thread.tacv2"


def _unheard(_place: Conversation) -> None:
    """Nobody listens yet."""


def _uuid(digits: str) -> str:
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:32]))
