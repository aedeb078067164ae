"""The app asks Slack for what its code uses: nothing is missing, nothing is too much."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.chat import slack
from bot.chat.blocks_lint import manifest_problems, reserved_command

Json = dict[str, Any]

TOP = Path(__file__).resolve().parents[2]
CODE = sorted((TOP / "bot/chat").glob("slack*.py"))
MANIFESTS = {kind: TOP / "docs" / f"manifest.{kind}.json" for kind in ("socket", "http")}
# https://docs.slack.dev/reference/methods: the bot scopes of each method for what we ask of it.
METHODS: dict[str, set[str]] = {
    "auth_test": set(),
    "chat_postMessage": {"chat:write"},
    "chat_update": {"chat:write"},
    "chat_getPermalink": set(),
    "conversations_open": {"im:write"},
    "conversations_create": {"groups:write"},  # private ones only
    "conversations_invite": {"groups:write"},
    "conversations_members": {"channels:read", "groups:read"},
    "conversations_list": {"channels:read", "groups:read"},
    "conversations_history": {"channels:history", "groups:history", "im:history"},
    "conversations_replies": {"channels:history", "groups:history", "im:history"},
    "files_upload_v2": {"files:write"},
    "files_info": {"files:read"},
    "views_open": set(),
    "views_update": set(),
    "views_push": set(),
    "views_publish": set(),
}
# https://docs.slack.dev/reference/events: what a listener hears of, and the scope each subscription needs.
EVENTS: dict[str, dict[str, set[str]]] = {
    "app_home_opened": {"app_home_opened": set()},
    "app_uninstalled": {"app_uninstalled": set()},
    "tokens_revoked": {"tokens_revoked": set()},
    "user_change": {"user_change": {"users:read"}},
    "member_joined_channel": {"member_joined_channel": {"channels:read", "groups:read"}},
    "message": {
        "message.im": {"im:history"},
        "message.channels": {"channels:history"},
        "message.groups": {"groups:history"},
    },
}
LISTENERS = {"command": {"commands"}, "global_shortcut": {"commands"}}


def nodes() -> Iterator[ast.AST]:
    """Every piece of the code that speaks with Slack."""
    for path in CODE:
        yield from ast.walk(ast.parse(path.read_text(encoding="utf-8")))


def of_client() -> set[str]:
    """The Web API methods that are called or handed on: whatever is taken from something named client."""
    found = set()
    for node in nodes():
        match node:
            case ast.Attribute(attr=name, value=ast.Name(id="client") | ast.Attribute(attr="client")) if "_" in name:
                found.add(name)
    return found - {"base_url", "is_connected"}


def of_app() -> dict[str, set[str]]:
    """What is registered with the Bolt app, by kind, with the names that are written out."""
    found: dict[str, set[str]] = {}
    for node in nodes():
        match node:
            case ast.Call(func=ast.Attribute(attr=kind, value=ast.Name(id="app")), args=args):
                found.setdefault(kind, set()).update(str(a.value) for a in args if isinstance(a, ast.Constant))
    return found


def subscriptions() -> dict[str, set[str]]:
    """The events the listeners need, with their scopes."""
    return {name: scopes for event in of_app()["event"] for name, scopes in EVENTS[event].items()}


def needed_scopes() -> set[str]:
    """The scopes the code needs."""
    sets = [METHODS[name] for name in of_client()] + list(subscriptions().values())
    sets += [scopes for kind, scopes in LISTENERS.items() if kind in of_app()]
    return {scope for scopes in sets for scope in scopes}


@pytest.fixture(params=MANIFESTS)
def manifest(request: pytest.FixtureRequest) -> Json:
    """One of the two manifests."""
    found: Json = json.loads(MANIFESTS[request.param].read_text(encoding="utf-8"))
    return found


def test_the_code_calls_every_method_of_the_table_and_no_other() -> None:
    """The table of scopes is read against the code, so neither grows alone."""
    assert of_client() == METHODS.keys()
    assert of_app()["event"] == EVENTS.keys()


def test_the_scopes_are_exactly_those_the_code_needs(manifest: Json) -> None:
    """A company that reads the consent page reads what Usher does, no more."""
    assert manifest["oauth_config"]["scopes"] == {"bot": sorted(needed_scopes())}


def test_the_events_are_exactly_those_the_code_hears(manifest: Json) -> None:
    """Slack sends nothing that nobody listens to."""
    assert manifest["settings"]["event_subscriptions"]["bot_events"] == sorted(subscriptions())


def test_the_commands_and_shortcuts_are_exactly_those_registered(manifest: Json) -> None:
    """A command that Slack offers is one that answers, and people in it arrive as ids."""
    commands = manifest["features"]["slash_commands"]
    assert tuple(each["command"] for each in commands) == slack.COMMANDS
    assert all(each["should_escape"] is True for each in commands)
    assert not any(reserved_command(each["command"]) for each in commands)
    assert tuple(each["callback_id"] for each in manifest["features"]["shortcuts"]) == slack.SHORTCUTS
    assert {f"/{name}" for name in slack.SHORTCUTS} <= set(slack.COMMANDS)


def test_slack_takes_the_manifest(manifest: Json) -> None:
    """No name is too long, reserved or there twice."""
    assert manifest_problems(manifest) == []


def test_the_two_manifests_differ_only_in_how_slack_reaches_us() -> None:
    """Whoever changes from one to the other changes no right and no name."""
    socket, http = (json.loads(path.read_text(encoding="utf-8")) for path in MANIFESTS.values())
    assert socket["settings"].pop("socket_mode_enabled") is True
    assert http["settings"].pop("socket_mode_enabled") is False
    address = http["settings"]["event_subscriptions"].pop("request_url")
    assert address.endswith("/slack/events")
    for command in http["features"]["slash_commands"]:
        assert command.pop("url") == address
    for name in ("request_url", "message_menu_options_url"):  # the second brings a list its options
        assert http["settings"]["interactivity"].pop(name) == address
    assert socket == http
