"""Every job acted out as people would do it, several in one company; a play that saw less than it promises fails."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from tests.cli.hands import ROOT

# The plays of one line share a company, so that it starts three times and not thirteen. In each of them other people
# leave; Alice Marten gets everything back before she does.
GROUPS = (
    "preview,access,triggers",
    "undo,promise,rules,speeds",
    "handover,morning,stuck,gone,told",
)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("names", GROUPS)
def test_each_play_ends_with_what_it_promises_seen_in_the_systems_themselves(names: str) -> None:
    """The eleven points by the clicks of HR, owners, approvers and IT.

    A contract ends (S1-13), a list of three and the brake (S0-34); locked at once by two (S0-20), and an owner asked
    (S1-16); rules that approve (S1-17); a repository and a key get somebody (S0-7, S0-33); a step is stuck (S0-4); the
    wrong person, undo, leave and pause (S4-27); somebody comes back and is found (S1-21); the promise kept, and late
    and why (S0-28); told once (S1-18, S1-25); a preview that touches nothing (S1-12); access that ends (S4-9, S1-5).
    """
    command = [sys.executable, "app.py", "demo", "--play", names]
    acted = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=580, check=False)
    assert acted.returncode == 0, acted.stdout[-4000:]
    ended = re.findall(r"The play (\w+) ended well, in \d+ s\.", acted.stdout)
    assert ended == names.split(",")
