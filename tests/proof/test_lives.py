"""Lives in trouble: whatever fails and whoever presses what, each ends well. The same seeds are lived every time."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).parents[2]
LIVES = 30


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("first", [0, LIVES])
def test_every_life_in_trouble_ends_well(first: int) -> None:
    """Systems refuse and lie, answers get lost, the program dies: nothing is lost, said twice or done without a yes."""
    run = subprocess.run(
        [sys.executable, "-m", "tests.proof.simulation", str(first), str(LIVES)],
        cwd=TOP,
        env={**os.environ, "PYTHONHASHSEED": "0"},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
