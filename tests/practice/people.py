"""A small workspace to test with: four people, three channels, an app, and a hand on every tab."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.practice import modals
from bot.practice.seeds import ChannelSeed, Limits, Member, UserGroup
from bot.practice.server import Served, make_app, serve
from bot.practice.space import Workspace, new_trigger

Json = dict[str, Any]
WEB = httpx.Client(timeout=60)  # one for all tests: making one reads every certificate of this machine
ALICE, HANNA, SARA, BEN = "U004", "U002", "U007", "U008"
GENERAL, OFFBOARDING, SECRET = "C001", "C002", "C003"
SCOPES = """commands chat:write im:write im:read im:history users:read users:read.email usergroups:read channels:read
channels:history groups:read groups:write files:read files:write reactions:write"""

PEOPLE = (
    Member(ALICE, "alice", "Alice Martin", "alice.martin@lumen.example", "Senior engineer", "Europe/Paris"),
    Member(HANNA, "hanna", "Hanna Lindqvist", "hanna@lumen.example", "Head of HR", "Europe/Stockholm", "/portrait.svg"),
    Member(SARA, "sara", "Sara Haddad", "sara@lumen.example", "Security lead", "Europe/Paris"),
    Member(BEN, "ben", "Ben Okafor", "ben@lumen.example", "Engineer", "Europe/London", deleted=True),
)
CHANNELS = (
    ChannelSeed(GENERAL, "general", topic="Everybody"),
    ChannelSeed(OFFBOARDING, "offboarding", (HANNA, SARA), is_private=True, with_app=True),
    ChannelSeed(SECRET, "secret", (SARA,), is_private=True),
)
GROUPS = (UserGroup("S001", "security", "Security", (SARA,)),)


def manifest(**settings: Any) -> Json:
    """The app's manifest."""
    commands = [
        {"command": "/offboard", "description": "Remove somebody's access", "should_escape": True},
        {"command": "/raw", "description": "Hear text as it was typed"},
        {"command": "/slow", "description": "Answer too late"},
    ]
    shortcut = {"type": "global", "name": "Offboard", "callback_id": "offboard", "description": "Remove access"}
    return {
        "display_information": {"name": "Usher"},
        "features": {
            "bot_user": {"display_name": "Usher", "always_online": True},
            "slash_commands": commands,
            "shortcuts": [shortcut],
        },
        "oauth_config": {"scopes": {"bot": SCOPES.split()}},
        "settings": {
            "socket_mode_enabled": True,
            "interactivity": {"is_enabled": True},
            "event_subscriptions": {"bot_events": ["app_home_opened", "message.im"]},
            **settings,
        },
    }


def workspace(**more: Any) -> Workspace:
    """A workspace with these people."""
    arguments: Json = {"limits": Limits(posts_per_second=1000, burst=1000), **more}
    channels = arguments.pop("channels", CHANNELS)
    return Workspace(arguments.pop("manifest", manifest()), PEOPLE, channels, GROUPS, **arguments)


@dataclass
class Practice:
    """A served workspace, as its people and the app reach it."""

    served: Served
    space: Workspace
    client: WebClient

    def get(self, name: str, who: str, **query: str) -> Json:
        """Look at something as this person."""
        answer = WEB.get(f"{self.served.url}/_/{name}", params={"as": who, **query})
        found: Json = answer.json()
        return found

    def post(self, name: str, who: str, **body: Any) -> Json:
        """Do something as this person."""
        found: Json = WEB.post(f"{self.served.url}/_/{name}", json={"as": who, **body}, timeout=60).json()
        return found

    def messages(self, who: str, channel: str, thread: str = "") -> list[Json]:
        """What this person reads."""
        more = {"thread": thread} if thread else {}
        found: list[Json] = self.get("messages", who, channel=channel, **more)["messages"]
        return found

    def view(self, who: str) -> Json:
        """The modal on top of this person's screen."""
        view = self.space.views[self.space.stacks[who][-1]]
        return modals.slack_json(self.space, view)

    def stack(self, who: str) -> list[str]:
        """The ids of the modals on this person's screen."""
        return list(self.space.stacks.get(who, []))


def start(**more: Any) -> Practice:
    """Serve a workspace from a thread."""
    space = workspace(**more)
    served = serve(make_app(space))
    return Practice(served, space, WebClient(space.bot_token, base_url=f"{served.url}/api/"))


def eventually(what: Callable[[], Any], seconds: float = 60) -> Any:
    """The first true answer within these seconds."""
    until = time.monotonic() + seconds
    while not (found := what()) and time.monotonic() < until:
        time.sleep(0.01)
    assert found, "it never happened"
    return found


def refusal(alone: Practice, method: str, **arguments: Any) -> Json:
    """The whole answer to a call that fails."""
    with pytest.raises(SlackApiError) as caught:
        alone.client.api_call(method, json=arguments)
    body: Json = caught.value.response.data
    return body


def trigger(alone: Practice, user: str = HANNA, view: str = "") -> str:
    """A trigger id as a click of this person makes one."""
    made: str = alone.served.call(new_trigger, alone.space, user, view)
    return made
