"""The names an app may claim in Slack."""

from __future__ import annotations

import pytest

from bot.chat.blocks_lint import Problem, manifest_problems, reserved_command
from tests.chat.payloads import Json, less


def manifest(*names: str) -> Json:
    """An app that claims these commands."""
    commands = [{"command": name, "description": "Does it."} for name in names]
    return {"display_information": {"name": "Usher"}, "features": {"slash_commands": commands}}


@pytest.mark.parametrize("name", ["/who", "/status", "remind", "/DND", "/join"])
def test_slacks_own_commands_cannot_be_claimed(name: str) -> None:
    """The built-in commands of Slack are reserved, however they are written."""
    assert reserved_command(name)


@pytest.mark.parametrize("name", ["/offboard", "/who-has", "/access", "/usher", "review"])
def test_our_own_commands_are_free(name: str) -> None:
    """The commands of this product are none of Slack's."""
    assert not reserved_command(name)


def test_a_manifest_with_a_name_slack_refuses_is_refused() -> None:
    """Reserved, doubled, badly written or too many commands, and a long app name, are found before the upload."""
    at = "/features/slash_commands"
    assert manifest_problems(manifest("/offboard", "/who-has")) == []
    assert manifest_problems(manifest("/offboard", "/who")) == [
        Problem("the slash command has an invalid name", f"{at}/1/command")
    ]
    assert manifest_problems(manifest("/a", "/a")) == [Problem('"/a" already exists', at)]
    assert manifest_problems(manifest("/" + "x" * 31)) == []
    assert manifest_problems(manifest("/" + "x" * 32)) == [Problem(less(32), f"{at}/0/command")]
    assert manifest_problems(manifest("/Off board")) == [Problem("failed to match format", f"{at}/0/command")]
    assert manifest_problems(manifest(*[f"/c{n}" for n in range(51)])) == [Problem("no more than 50 items allowed", at)]
    long_name = manifest() | {"display_information": {"name": "x" * 36}}
    assert manifest_problems(long_name) == [Problem(less(35), "/display_information/name")]
    shortcut = {"type": "global", "name": "x" * 25, "callback_id": "c", "description": "d"}
    with_shortcut = {"display_information": {"name": "Usher"}, "features": {"shortcuts": [shortcut]}}
    assert manifest_problems(with_shortcut) == [Problem(less(24), "/features/shortcuts/0/name")]
