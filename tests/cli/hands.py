"""Usher's commands as somebody at a terminal runs them: a process of its own, with our settings only."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from bot.practice.company.people import write_files
from tests.practice.people import Practice

ROOT = Path(__file__).parents[2]
SECRET = "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a6978"


def app(*words: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run `app.py` with these words until it ends by itself."""
    command = [sys.executable, "app.py", *words]
    return subprocess.run(
        command, cwd=ROOT, env=_clean(settings), capture_output=True, text=True, timeout=120, check=False
    )


@dataclass
class Serving:
    """A served Usher, and what it has said so far."""

    process: subprocess.Popen[bytes]
    log: Path

    def said(self) -> str:
        """Both of its outputs."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def until(self, words: str, seconds: float = 60) -> str:
        """Wait until it has said so; everything it said."""
        over = time.monotonic() + seconds
        while words not in self.said():
            assert time.monotonic() < over, f"it never said “{words}”: {self.said()}"
            assert self.process.poll() is None, f"it ended: {self.said()}"
            time.sleep(0.05)
        return self.said()

    def until_ready(self, port: str, seconds: float = 90) -> None:
        """Wait until /readyz says so."""
        over = time.monotonic() + seconds
        while asked(port, "readyz") is None or asked(port, "readyz").status_code != 200:  # type: ignore[union-attr]
            assert time.monotonic() < over, f"it never was ready: {self.said()}"
            assert self.process.poll() is None, f"it ended: {self.said()}"
            time.sleep(0.1)


def asked(port: str, path: str, **headers: str) -> httpx.Response | None:
    """What it answers on this machine; None when nobody listens."""
    try:
        return httpx.get(f"http://127.0.0.1:{port}/{path}", headers=headers, timeout=30)
    except httpx.HTTPError:
        return None


@contextmanager
def serving(settings: Mapping[str, str], log: Path, *words: str) -> Iterator[Serving]:
    """Run `app.py serve`, with these words, while the block runs."""
    with log.open("wb") as sink:
        command = [sys.executable, "app.py", "serve", *words]
        process = subprocess.Popen(command, cwd=ROOT, env=_clean(settings), stdout=sink, stderr=sink)
    try:
        yield Serving(process, log)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
        process.wait()


def settings_for(folder: Path, practice: Practice) -> dict[str, str]:
    """Settings that are complete: a company's files, a database address, a workspace of practice."""
    return {
        "USHER_DATABASE_URL": f"sqlite:///{folder / 'usher.sqlite3'}",
        "USHER_COMPANY": str(write_files(folder / "company")),
        "USHER_SECRET": SECRET,
        "USHER_PORT": "0",
        "SLACK_API_BASE_URL": f"{practice.served.url}/api/",
        "SLACK_BOT_TOKEN": practice.space.bot_token,
        "SLACK_APP_TOKEN": practice.space.app_token,
    }


def _clean(settings: Mapping[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("USHER_", "SLACK_", "TEAMS_"))}
    return {**kept, **settings}
