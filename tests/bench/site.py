"""Usher as it is served, on a practice company and workspace in this process, for the benchmarks to look at."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from bot.cli.demo import furnish, link_as_they_come
from bot.cli.practice import ROOT, SlackPractice, open_practice
from bot.practice.company.hosting import free_port
from bot.practice.company.people import write_files
from bot.practice.space import new_reply_address
from bot.store import Database

SECRET = "the secret of a benchmark, long enough to be accepted"


@dataclass
class Site:
    """Where everything is: the practice side runs here, Usher and its peers as processes of their own."""

    folder: Path
    practice: SlackPractice
    company: Path
    database: str
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def environment(self, port: int, *, http: bool) -> dict[str, str]:
        """The settings of a served Usher: over HTTP with a signing secret, or in Socket Mode."""
        found = {**_clean(os.environ), **self.practice.environment()}
        if http:
            del found["SLACK_APP_TOKEN"]
            found["SLACK_SIGNING_SECRET"] = self.practice.served.space.signing_secret
        return {
            **found,
            "USHER_DATABASE_URL": self.database,
            "USHER_COMPANY": str(self.company),
            "USHER_SECRET": SECRET,
            "USHER_PORT": str(port),
            "USHER_BASE_URL": f"http://127.0.0.1:{port}",
        }

    def start(self, command: list[str], environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
        """A process of ours; what it says goes to a file of the folder."""
        log = (self.folder / f"process-{len(self.processes)}.log").open("wb")
        process = subprocess.Popen(
            [sys.executable, *command],
            cwd=ROOT,
            env=dict(environment),
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
        )
        self.processes.append(process)
        return process

    def reply(self, user: str) -> str:
        """A fresh address for the answer to one press."""
        served = self.practice.served
        made: str = served.call(new_reply_address, served.space, user, "C002")
        return made

    def said(self) -> str:
        """The end of what the last process said."""
        return (self.folder / f"process-{len(self.processes) - 1}.log").read_text(errors="replace")[-2000:]


@contextmanager
def site(folder: Path, *, latency: float = 0.0, generous: bool = False) -> Iterator[Site]:
    """A furnished company whose systems are ready."""
    company = write_files(folder / "company-files")
    practice = open_practice(folder / "company", generous=generous, latency=latency)
    database = f"sqlite:///{folder / 'usher.sqlite3'}"
    db = Database(database)
    made = Site(folder, practice, company, database)
    try:
        db.migrate()
        furnish(db, company)
        if not practice.company.wait(60):
            raise RuntimeError(f"the practice company did not start: {practice.company.status()}")
        link_as_they_come(db, practice)
        yield made
    finally:
        db.close()
        for process in made.processes:
            end(process)
        practice.stop()


def end(process: subprocess.Popen[bytes]) -> None:
    """Stop a process and wait until it is gone."""
    process.terminate()
    try:
        process.wait(12)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def port() -> int:
    """A port nobody listens on."""
    return free_port()


def until(what: Callable[[], bool], seconds: float = 40.0) -> None:
    """Look until it is so. Raises TimeoutError."""
    over = time.monotonic() + seconds
    while time.monotonic() < over:
        if what():
            return
        time.sleep(0.01)
    raise TimeoutError("it never happened")


def answers(url: str) -> bool:
    """Whether this address answers with 200."""
    try:
        return httpx.get(url, timeout=5).status_code == 200
    except httpx.HTTPError:
        return False


def _clean(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if not name.startswith(("USHER_", "SLACK_", "TEAMS_"))}


def token() -> str:
    """Something nobody can guess."""
    return secrets.token_hex(32)
