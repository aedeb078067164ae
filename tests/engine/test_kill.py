"""A real kill: the process that does the work dies without a word, another one takes over, and nothing is lost."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.domain.lifecycle import StepState
from bot.store import Database, journal, records
from tests.engine.killed import lines
from tests.fakes.town import Town

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])

TOP = Path(__file__).parents[2]
PATIENCE = 80  # seconds: a busy machine starts programs slowly


def start(url: str, log: Path, how: str) -> subprocess.Popen[bytes]:
    """The small Usher in a process of its own."""
    return subprocess.Popen([sys.executable, "-m", "tests.engine.killed", url, str(log), how], cwd=TOP)


def wait_for(seen: Callable[[], bool], process: subprocess.Popen[bytes], seconds: float = PATIENCE) -> None:
    """Until it is so; fails when the process is over first or the time is up."""
    end = time.monotonic() + seconds
    while not seen():
        assert process.poll() is None, "the process ended too early"
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.02)


def test_killed_in_the_middle_nothing_is_lost_and_nothing_told_twice(db: Database, tmp_path: Path) -> None:
    """Kill -9 between call and answer, twice.

    The next process ends every step, each told once in the trail, no change asked more often than there were
    processes; and the fast system never waited for the slow one (S1-20, S0-21).
    """
    Town(db)
    log = tmp_path / "systems.log"
    process = start(db.url, log, "begin")
    try:
        for wanted in (3,):
            wait_for(lambda wanted=wanted: asked(log) >= wanted, process)  # type: ignore[misc]
            process.send_signal(signal.SIGKILL)
            process.wait()
            process = start(db.url, log, "resume")
        assert process.wait(timeout=PATIENCE) == 0
    finally:
        process.kill()
        process.wait()
    with db.begin() as tx:
        steps = [step for step in records.steps(tx, "OFF-101") if step.kind.value != "task"]
        trail = journal.read(tx, request="OFF-101")
        assert journal.intact(tx) is None
    assert {step.state for step in steps} == {StepState.CONFIRMED}
    facts = Counter((e.kind, e.facts["step"]) for e in trail if e.kind in {"step.applied", "step.confirmed"})
    assert set(facts.values()) == {1}
    assert len(facts) == 2 * sum(step.kind.value == "apply" for step in steps)
    calls = Counter(line["change"] for line in lines(log) if line["what"] == "asked")
    assert max(calls.values()) <= 3
    assert last(log, "github") < last(log, "aws")


def asked(log: Path) -> int:
    """How many changes were asked of the slow system."""
    return sum(line["what"] == "asked" and line["system"] == "aws" for line in lines(log))


def last(log: Path, system: str) -> float:
    """When a system was changed for the last time."""
    return max(float(line["at"]) for line in lines(log) if line["system"] == system)
