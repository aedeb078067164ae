"""The main job, acted out by the command that newcomers try first."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from bot.cli.plays import PLAYS
from bot.cli.scene import stage
from bot.domain.lifecycle import RequestState, StepState
from bot.domain.model import RequestId
from bot.store import Database, journal, records
from tests.cli.hands import ROOT
from tests.stories.test_eleven_plays import GROUPS
from tests.stories.twins import left, serving_twice, stopped, witness

EARLIER = " An earlier try by Usher may have done this."  # the one thing that only a death adds, and honestly so
SEEN = re.compile(r"✓ ([^:]+): .*\. Seen at …\.")
TIME = re.compile(r"just now|\b(\d+|an?) (second|minute|hour)s?( ago)?\b|\b\d{1,2}:\d{2}(:\d{2})?\b")


def act(*words: str) -> subprocess.CompletedProcess[str]:
    """Run the demo with these words."""
    command = [sys.executable, "app.py", "demo", *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=400, check=False)


@pytest.fixture(scope="module")
def leaver() -> subprocess.CompletedProcess[str]:
    """The play of the leaver in peace: one process, and nobody is killed."""
    return act("--play", "leaver")


def told(printed: str) -> Counter[str]:
    """Each line of the thread, as often as it stands there; the bullet comes and goes with the lines beside it."""
    thread = printed.partition("The thread, as people read it")[2].partition("The report")[0]
    lines = (line.strip().lstrip("•· ") for line in thread.splitlines() if line.startswith("  "))
    return Counter(TIME.sub("…", line.replace(EARLIER, "")) for line in lines)


@pytest.mark.slow
@pytest.mark.timeout(420)
def test_the_play_of_the_leaver_ends_with_everything_seen_gone(leaver: subprocess.CompletedProcess[str]) -> None:
    """Practice company, workspace and the served bot, from `/offboard @alice` to the report.

    Exit code 0 only when every step was confirmed by a fresh reading or attested by a person (S0-1, S0-32, S1-24).
    """
    acted = leaver
    assert acted.returncode == 0, acted.stdout[-3000:]
    assert "Hanna Lindqvist  /offboard @alice" in acted.stdout
    assert "presses Approve" in acted.stdout
    assert re.search(r"\d+ confirmed by a fresh reading, \d+ done by named people\.", acted.stdout)


@pytest.mark.slow
@pytest.mark.timeout(420)
@pytest.mark.parametrize("database_kind", [pytest.param("postgresql", marks=pytest.mark.postgres)])
def test_a_server_killed_in_the_middle_of_the_play_leaves_no_mark_in_the_thread(
    db: Database, tmp_path: Path, leaver: subprocess.CompletedProcess[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Two processes serve one PostgreSQL; the one that is in the middle of a step is killed without a word.

    The other ends everything. The thread says what it says when nobody dies, each sentence once; the report hangs
    there once; the trail is whole; and nothing that was started is left running.
    """
    with serving_twice(db, tmp_path) as twins:
        with witness(twins) as death, stage(twins.demo()) as scene:
            PLAYS["leaver"].act(scene)
            (request,) = scene.requests
        messages = twins.room()
        other = next(one for name, one in twins.named.items() if name != death.name)
        assert stopped(other) == 0
    assert death.held, "nobody died in the middle of a step"
    same(told(capsys.readouterr().out), told(leaver.stdout))
    files = [file["name"] for message in messages for file in message.get("files") or ()]
    assert files == [f"{request}-report.html"]
    judge(db, RequestId(request), death.name)
    assert left(tmp_path) == []


def same(one: Counter[str], other: Counter[str]) -> None:
    """Each line of one stands in the other as often.

    But for a change that one was the first to make and the other found made already, which is said of it: then there
    is another sentence about the same system.
    """
    mine, theirs = one - other, other - one
    made = [[SEEN.fullmatch(line) for line in lines.elements()] for lines in (mine, theirs)]
    assert all(map(all, made)), (mine, theirs)
    systems = [Counter(line[1] for line in lines if line) for lines in made]
    assert systems[0] == systems[1], (mine, theirs)


def judge(db: Database, request: RequestId, dead: str) -> None:
    """Closed, every step seen or attested, no fact twice, the death itself written down, and nobody altered it."""
    with db.look() as tx:
        found, steps, trail = records.get(tx, request), records.steps(tx, request), journal.read(tx, request=request)
        assert journal.intact(tx) is None
    assert found is not None
    assert found.state is RequestState.CLOSED
    assert {step.state for step in steps} == {StepState.CONFIRMED, StepState.ATTESTED}
    facts = Counter((e.kind, e.facts["step"]) for e in trail if e.kind in {"step.applied", "step.confirmed"})
    assert set(facts.values()) == {1}
    assert {e.facts["from"] for e in trail if e.kind == "step.taken_over"} == {dead}


def test_a_play_that_does_not_exist_is_said() -> None:
    """With the names of those that do."""
    acted = act("--play", "hamlet")
    assert acted.returncode == 2
    assert "There is no play hamlet. There are: leaver" in acted.stdout


def test_the_list_of_plays_has_one_for_each_of_the_eleven_points() -> None:
    """Each with its number, its name and a line in plain words; each of them is acted by a test."""
    printed = act("--plays").stdout
    numbered = re.findall(r"^ ?(\d+)  (\w+) +\S+", printed, re.MULTILINE)
    assert [int(number) for number, _name in numbered] == list(range(1, 12))
    assert {name for _number, name in numbered} | {"leaver", "access"} == set(PLAYS)
    assert {name for group in GROUPS for name in group.split(",")} | {"leaver"} == set(PLAYS)
