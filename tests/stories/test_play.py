"""The main job, acted out by the command that newcomers try first."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from tests.cli.hands import ROOT


def act(*words: str) -> subprocess.CompletedProcess[str]:
    """Run the demo with these words."""
    command = [sys.executable, "app.py", "demo", *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=110, check=False)


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_the_play_of_the_leaver_ends_with_everything_seen_gone() -> None:
    """Practice company, workspace and the served bot, from `/offboard @alice` to the report.

    Exit code 0 only when every step was confirmed by a fresh reading or attested by a person (S0-1, S0-32, S1-24).
    """
    acted = act("--play", "leaver")
    assert acted.returncode == 0, acted.stdout[-3000:]
    assert "Hanna Lindqvist  /offboard @alice" in acted.stdout
    assert "presses Approve" in acted.stdout
    assert re.search(r"\d+ confirmed by a fresh reading, \d+ done by named people, in \d+ s\.", acted.stdout)


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_the_play_of_access_ends_with_its_end_seen() -> None:
    """Ben borrows production data for ten seconds: given, taken back by the clock, and seen gone (S4-9, S1-5)."""
    acted = act("--play", "access")
    assert acted.returncode == 0, acted.stdout[-3000:]
    assert "Ben Okafor  /access" in acted.stdout
    assert re.search(r"✓ Given at [\d:]+, seen at [\d:]+\. Ends today [\d:]+ \(London\)\.", acted.stdout)
    assert re.search(r"✓ Taken back at [\d:]+, seen gone at [\d:]+\.", acted.stdout)
    assert "2 confirmed by a fresh reading" in acted.stdout


def test_a_play_that_does_not_exist_is_said() -> None:
    """With the names of those that do."""
    acted = act("--play", "hamlet")
    assert acted.returncode == 2
    assert "There is no play hamlet. There are: leaver" in acted.stdout
