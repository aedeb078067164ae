"""The play of the rules: what would happen is looked at first, then a plan that rules cover is approved by them."""

from __future__ import annotations

from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING

from bot.cli.player import StuckError, until
from bot.cli.plays import (
    _PATIENCE,
    _everybody_does_their_part,
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
rules:
  - rule: busy repositories
    when: {systems: [github], contracts: [employee], kinds: [repository role, "organisation *"]}
    then: ask
  - rule: plain contractors
    when: {contracts: [contractor]}
    then: auto
  - rule: contractors with power
    when: {contracts: [contractor], privileged: yes}
    then: auto
"""


def rules(demo: Demo) -> str:
    """Hanna looks at Alice's plan, which changes nothing; then Priya leaves, and the company's rules approve it."""
    _write(demo)
    with ExitStack() as tabs:
        hanna = _tab(tabs, demo, "U002")
        room = hanna.channel("offboarding")
        _told("Hanna Lindqvist", "/usher preview @alice")
        hanna.ask(room, "/usher preview @alice")
        until("the preview", lambda: _heard(hanna, room, "Preview: Alice Martin leaves"), _PATIENCE)
        if _root(hanna, room):
            raise StuckError("the preview began something")
        _told("Hanna Lindqvist", "/offboard @priya")
        hanna.command(room, "/offboard @priya")
        hanna.choose("when", "now")
        answer = hanna.submit(typed="Priya Shah")
        if not answer["ok"] or answer.get("errors"):
            raise StuckError(f"the form was refused: {answer}")
        root = until("the thread", lambda: _root(hanna, room))
        thread = str(root["ts"])
        until("the rules", lambda: _heard(hanna, room, "Approved by the company's rules", thread), _PATIENCE)
        players = [_tab(tabs, demo, user) for user in ("U003", "U005", "U006", "U007", "U008", "U009")]
        _everybody_does_their_part(players, hanna, room)
        until("the report", lambda: _report_file(hanna, room), _PATIENCE)
        _print_thread(hanna, room, thread)
        return _title(root).split(" ")[0]


def _heard(player: Player, room: str, words: str, thread: str = "") -> bool:
    """Whether a message says so."""
    return any(words in str(message) for message in player.messages(room, thread))


def _write(demo: Demo) -> None:
    """The company writes its rules; the running bot takes them over by itself."""
    from bot.engine.context import Engine
    from bot.engine.inline import Inline
    from bot.engine.lookup import policy_in_force
    from bot.store import Database

    policy = Path(demo.environment["USHER_COMPANY"]) / "policy.yaml"
    policy.write_text(policy.read_text(encoding="utf-8") + _RULES, encoding="utf-8")
    with closing(Database(demo.database)) as db:
        until("the new policy", lambda: bool(policy_in_force(Engine(db, {}, Inline())).rules))
