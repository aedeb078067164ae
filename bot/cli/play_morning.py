"""The play of the morning: whoever is waited for reads it in one message, and decides where they read it."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.cli.player import StuckError, elements, until
from bot.cli.plays import (
    _PATIENCE,
    _action,
    _everybody_does_their_part,
    _press_first,
    _print_thread,
    _report_file,
    _root,
    _tab,
    _title,
    _told,
)

if TYPE_CHECKING:
    from bot.cli.demo import Demo
    from bot.cli.player import Json, Player

_EVERY_DAY = "[mon, tue, wed, thu, fri, sat, sun]"
_LOOK = 40.0  # seconds: the clock looks for mornings three times a minute


def morning(demo: Demo) -> str:
    """Hanna offboards Alice; it becomes nine o'clock where Marco is, and he approves in the message of the morning."""
    with ExitStack() as tabs:
        hanna, marco, ines = (_tab(tabs, demo, user) for user in ("U002", "U003", "U005"))
        room = hanna.channel("offboarding")
        _told("Hanna Lindqvist", "/offboard @alice")
        hanna.command(room, "/offboard @alice")
        hanna.choose("when", "now")
        answer = hanna.submit(typed="Alice Martin")
        if not answer["ok"] or answer.get("errors"):
            raise StuckError(f"the form was refused: {answer}")
        root = until("the thread", lambda: _root(hanna, room))
        until("the question", lambda: _with(marco, "approve"), _PATIENCE)
        _write(demo)
        _told("Marco Rossi", "reads “Good morning” and presses Approve there")
        until("the morning", lambda: _approved_there(marco), _LOOK)
        _press_first(ines, "approve")
        _told("Ines Ferreira", "presses Approve")
        players = [_tab(tabs, demo, user) for user in ("U005", "U006", "U007", "U008", "U009")]
        _everybody_does_their_part(players, hanna, room)
        until("the report", lambda: _report_file(hanna, room), _PATIENCE)
        _print_thread(hanna, room, str(root["ts"]))
        return _title(root).split(" ")[0]


def _with(player: Player, action: str) -> list[tuple[Json, Json]]:
    """The messages that offer this, each with its button."""
    every = player.messages(player.direct())
    return [(message, one) for message in every for one in elements(message) if _action(one) == action]


def _approved_there(marco: Player) -> bool:
    found = [(message, one) for message, one in _with(marco, "approve") if "Good morning" in str(message)]
    return bool(found) and marco.press(marco.direct(), *found[-1])


def _write(demo: Demo) -> None:
    """The company moves its morning to the hour before this one; the running bot takes that over by itself."""
    local = datetime.now(UTC).astimezone(ZoneInfo("Europe/Rome"))
    begun = max(local - timedelta(hours=1), local.replace(hour=0, minute=0))
    policy = Path(demo.environment["USHER_COMPANY"]) / "policy.yaml"
    more = f'\ndigest: {{at: "{begun:%H:%M}", weekdays: {_EVERY_DAY}}}\n'
    policy.write_text(policy.read_text(encoding="utf-8") + more, encoding="utf-8")
