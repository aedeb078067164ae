"""The play of the fallout desk: a system refuses, people see why, and two of them leave the step open for a while."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from bot.cli.player import StuckError, until
from bot.cli.plays import (
    _PATIENCE,
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


def stuck(demo: Demo) -> str:
    """The wiki refuses to lock Alice; Tomasz tells the next, then proposes to leave it open; Sara agrees."""
    demo.practice.company.fault("atlas", r"PATCH|PUT", status=403, times=0, says="The plan of this wiki is over.")
    with ExitStack() as tabs:
        hanna, sara = (_tab(tabs, demo, user) for user in ("U002", "U007"))
        players = [_tab(tabs, demo, user) for user in ("U005", "U006", "U007", "U008", "U009")]
        room = hanna.channel("offboarding")
        _told("Hanna Lindqvist", "/offboard @alice")
        hanna.command(room, "/offboard @alice")
        hanna.choose("when", "now")
        answer = hanna.submit(typed="Alice Martin")
        if not answer["ok"] or answer.get("errors"):
            raise StuckError(f"the form was refused: {answer}")
        root = until("the thread", lambda: _root(hanna, room))
        for user, name in (("U003", "Marco Rossi"), ("U005", "Ines Ferreira")):
            _press_first(_tab(tabs, demo, user), "approve")
            _told(name, "presses Approve")
        tomasz = players[1]
        _press_first(tomasz, "escalate")
        _told("Tomasz Nowak", "sees why it is stuck, and presses Escalate")
        _press_first(tomasz, "waive")
        tomasz.form()
        day = f"{datetime.now(UTC) + timedelta(days=30):%Y-%m-%d}"
        tomasz.submit(reason="The contract of the wiki ends this month, and it with it.", day=day)
        _told("Tomasz Nowak", "proposes to leave it open for 30 days")
        _press_first(sara, "second_yes")
        _told("Sara Haddad", "agrees")
        _everybody_does_their_part(players, hanna, room)
        until("the report", lambda: _report_file(hanna, room), _PATIENCE)
        _print_thread(hanna, room, str(root["ts"]))
        return _title(root).split(" ")[0]
