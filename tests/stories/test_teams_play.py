"""The main job in Teams, acted out by people who sit at it: the same play, by other clicks."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from tests.cli.hands import ROOT


@pytest.mark.slow
@pytest.mark.timeout(420)
def test_the_play_of_the_leaver_ends_in_teams_with_everything_seen_gone() -> None:
    """The same acts as in Slack, and nothing in them knows in which chat they happen (S0-1, S1-24).

    Practice tenant, tokens and keys, the served bot: from a message in the personal chat, over a form, approvals in two
    chats and a thread in a channel, to the report. Exit code 0 only when every step was confirmed by a fresh reading
    or attested by a person.
    """
    command = [sys.executable, "app.py", "demo", "--chat", "teams", "--play", "leaver"]
    acted = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=400, check=False)
    assert acted.returncode == 0, acted.stdout[-3000:] + acted.stderr[-2000:]
    assert "Hanna Lindqvist  offboard Alice Martin" in acted.stdout
    assert "presses Approve" in acted.stdout
    thread = acted.stdout.partition("The thread, as people read it")[2].partition("The report")[0]
    assert " is finished after " in thread  # Teams takes a message in two seconds: the last is waited for
    assert "System by system" in thread.partition(" is finished after ")[2]
    assert re.search(r"\d+ confirmed by a fresh reading, \d+ done by named people\.", acted.stdout)
