"""Starting and stopping the practice company: at once, whole, and without leaving anything behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # it publishes no types
import pytest

from bot.practice.company import hosting, people
from bot.practice.company.start import Status, start_company
from tests.tools.pace import slowness

ROOT = Path(__file__).parents[2]


def test_addresses_are_known_before_anything_runs(tmp_path: Path) -> None:
    """The caller goes on at once with the settings of every connector, and hears when a system is ready."""
    heard: list[Status] = []
    with slowness() as machine:
        began = time.monotonic()
        company = start_company(tmp_path, only=["github"], on_change=heard.append)
        took = time.monotonic() - began
    try:
        assert company.environment()["USHER_GITHUB_URL"].startswith("http://127.0.0.1:")
        assert took < machine.worst
        assert company.wait(90)
        assert [status.state for status in heard] == ["ready"]
    finally:
        company.stop()
        company.stop()


def test_a_system_that_cannot_start_says_why(tmp_path: Path) -> None:
    """A port that is taken fails that system, with the reason, and nothing else."""
    with hosting.listen() as taken:
        port = taken.getsockname()[1]
        company = start_company(tmp_path, only=["ordersdb", "github"], ports={"ordersdb": port})
        try:
            assert not company.wait(90)
            states = {status.key: status for status in company.status()}
            assert (states["ordersdb"].state, states["github"].state) == ("failed", "ready")
            assert states["ordersdb"].note
        finally:
            company.stop()


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL])
def test_nothing_outlives_the_company(tmp_path: Path, end: signal.Signals) -> None:
    """Asked to stop or killed outright, no process of the company stays, the database server included."""
    command = [sys.executable, "-m", "bot.practice.company", "--folder", str(tmp_path), "--only", "atlas", "ordersdb"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(ROOT)}) as process:
        assert process.stdout
        ready = 0
        while ready < 2:
            ready += b": ready" in process.stdout.readline()
        family = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(end)
        process.wait(90)
        _, alive = psutil.wait_procs(family, timeout=60)
    assert len(family) > 3
    assert alive == []
    assert (process.returncode == 0) is (end == signal.SIGTERM)


def test_the_files_are_what_a_company_would_keep(tmp_path: Path) -> None:
    """A roster, a policy, a runbook and a portrait of everybody; the two Alices are two people."""
    folder = people.write_files(tmp_path / "files")
    assert (folder / "runbooks" / "leaver.yaml").exists()
    assert len(list((folder / "portraits").glob("*.svg"))) == len(people.humans()) == 13
    alice, marten = people.person("alice"), people.person("alicem")
    assert (alice.id, alice.chat_id, alice.email) == ("P-004", "U004", "alice.martin@lumen.example")
    assert (marten.id, marten.handle) == ("P-010", "alicem")
    assert people.portrait(alice) != people.portrait(marten)
    assert f"Portrait of {alice.name}" in people.portrait(alice)
