"""The play of two speeds: locked at once by two people, and a question to the owner before what may still be in use."""

from __future__ import annotations

from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING

from bot.cli.player import StuckError, elements, until
from bot.cli.plays import (
    _PATIENCE,
    _action,
    _everybody_does_their_part,
    _lines,
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
    from bot.cli.player import Player

_RULES = """
lock_now: {ask: [security, it]}
rules:
  - rule: Teams that work
    when: {systems: [github], kinds: [team]}
    then: ask
"""


def speeds(demo: Demo) -> str:
    """Hanna locks Alice with Sara before the approval; then it is approved, and Ines is asked about Alice's teams."""
    _write(demo)
    with ExitStack() as tabs:
        hanna, sara, ines = (_tab(tabs, demo, user) for user in ("U002", "U007", "U005"))
        room = hanna.channel("offboarding")
        _told("Hanna Lindqvist", "/offboard @alice, not by her choice")
        hanna.command(room, "/offboard @alice")
        hanna.choose("when", "now")
        hanna.choose("exit", "involuntary")
        answer = hanna.submit(typed="Alice Martin")
        if not answer["ok"] or answer.get("errors"):
            raise StuckError(f"the form was refused: {answer}")
        root = until("the thread", lambda: _root(hanna, room))
        _press_first(hanna, "lock_now")
        _told("Hanna Lindqvist", "presses Lock now")
        _press_first(sara, "second_yes")
        _told("Sara Haddad", "agrees")
        locked = lambda: "Finished" in _title(_root(hanna, room, "LCK-") or {})  # noqa: E731
        until("everything to be locked", locked, _PATIENCE)
        for user, name in (("U003", "Marco Rossi"), ("U005", "Ines Ferreira")):
            _press_first(_tab(tabs, demo, user), "approve")
            _told(name, "presses Approve")
        _print_question(ines)
        _press_first(ines, "hold_remove")
        _told("Ines Ferreira", "presses Remove now")
        players = [_tab(tabs, demo, user) for user in ("U005", "U006", "U007", "U008", "U009")]
        _everybody_does_their_part(players, hanna, room)
        until("the report", lambda: _report_file(hanna, room), _PATIENCE)
        _print_thread(hanna, room, str(root["ts"]))
        return _title(root).split(" ")[0]


def _print_question(player: Player) -> None:
    """What somebody reads before they say whether it is still in use."""
    _told("Ines Ferreira", "is asked:")
    for line in until("the question", lambda: _question(player)):
        _told("", line)


def _question(player: Player) -> list[str]:
    for message in reversed(player.messages(player.direct())):
        if any(_action(element) == "hold_remove" for element in elements(message)):
            return _lines(message)
    return []


def _write(demo: Demo) -> None:
    """The company writes its rules; the running bot takes them over by itself."""
    from bot.engine.context import Engine
    from bot.engine.inline import Inline
    from bot.engine.lookup import policy_in_force
    from bot.store import Database

    policy = Path(demo.environment["USHER_COMPANY"]) / "policy.yaml"
    policy.write_text(policy.read_text(encoding="utf-8") + _RULES, encoding="utf-8")
    with closing(Database(demo.database)) as db:
        until("the new policy", lambda: policy_in_force(Engine(db, {}, Inline())).lock_now is not None)
