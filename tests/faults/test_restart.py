"""A new release is rolled out, replica by replica, while people go on pressing buttons."""

from __future__ import annotations

import hashlib
import hmac
import itertools
import json
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

import httpx
import pytest

from bot.cli.demo import furnish
from bot.cli.running import LINGER
from bot.practice.company.hosting import free_port
from bot.store import Database
from tests.chat.dialogue import manifest
from tests.cli.hands import Serving, asked, serving, settings_for
from tests.practice.people import HANNA, Practice, start
from tests.tools.pace import slowness

PER_SECOND = 12
PATIENCE = 60


@dataclass
class Balancer:
    """Spreads people over replicas as an ordinary one does: to those whose /readyz was green a moment ago.

    `ready`: when each of these was asked, by port. What was green is served for `LINGER` seconds at least.
    """

    practice: Practice
    ports: list[str]
    ready: dict[str, float] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)
    acked: list[float] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def look(self, port: str) -> None:
        """Ask a replica, five times a second."""
        while not self.over.wait(0.2):
            when, answer = time.monotonic(), asked(port, "readyz")
            if answer is not None and answer.is_success:
                self.ready[port] = when
            else:
                self.ready.pop(port, None)

    def press(self) -> None:
        """People, one after the other; whoever was not looked at lately, on a slow machine, has to wait."""
        with httpx.Client(timeout=60) as web:
            for number in itertools.count():
                if self.over.wait(1 / PER_SECOND):
                    return
                ready = [one for one in self.ready.copy().items() if time.monotonic() - one[1] < LINGER / 2]
                if ready:
                    self.once(web, *ready[number % len(ready)])

    def once(self, web: httpx.Client, port: str, green: float) -> None:
        """One command, signed as Slack signs it, answered within Slack's three seconds, or not."""
        words = {"command": "/usher", "text": "help", "user_id": HANNA, "team_id": self.practice.space.team_id}
        body = urlencode({**words, "channel_id": "C002", "trigger_id": "1.2.3", "api_app_id": "A1"})
        stamp = str(int(time.time()))
        key = self.practice.space.signing_secret.encode()
        digest = hmac.new(key, f"v0:{stamp}:{body}".encode(), hashlib.sha256).hexdigest()
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Slack-Request-Timestamp": stamp,
            "X-Slack-Signature": f"v0={digest}",
        }
        began = time.monotonic()
        try:
            answer = web.post(f"http://127.0.0.1:{port}/slack/events", content=body, headers=headers)
        except httpx.HTTPError as error:
            late = isinstance(error, httpx.ConnectError) and time.monotonic() - green >= LINGER
            if not late:  # else it was we who took so long to knock
                self.failed.append(f"{port}: {error!r}")
            return
        took = time.monotonic() - began
        if answer.status_code == 200:
            self.acked.append(took)
        else:
            self.failed.append(f"{port}: {answer.status_code} after {took:.1f} s")


@contextmanager
def people(balancer: Balancer) -> Iterator[None]:
    """Press while the block runs."""
    looking = [threading.Thread(target=balancer.look, args=(port,)) for port in balancer.ports]
    threads = [*looking, threading.Thread(target=balancer.press)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        balancer.over.set()
        for thread in threads:
            thread.join()


@pytest.fixture
def practice() -> Iterator[Practice]:
    """A workspace that brings what people do by HTTP."""
    made = start(manifest=manifest("http"))
    yield made
    made.served.stop()


def served(url: str, folder: Path, practice: Practice, port: str) -> dict[str, str]:
    """The settings of one replica."""
    found = settings_for(folder, practice)
    del found["SLACK_APP_TOKEN"]
    found["SLACK_SIGNING_SECRET"] = practice.space.signing_secret
    return {**found, "USHER_DATABASE_URL": url, "USHER_PORT": port}


def told_to_end(replica: Serving, port: str) -> tuple[int, int, float]:
    """SIGTERM; its exit status, how often it still said that it was ready, and how long it took to be gone."""
    began, green = time.monotonic(), 0
    replica.process.send_signal(signal.SIGTERM)
    while (answer := asked(port, "readyz")) is not None and answer.is_success:
        green += 1
        assert time.monotonic() - began < PATIENCE
    assert answer is not None
    assert "stopping" in json.loads(answer.text)["missing"]
    return replica.process.wait(PATIENCE), green, time.monotonic() - began


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("database_kind", [pytest.param("postgresql", marks=pytest.mark.postgres)])
def test_fault_62_a_rolling_restart_leaves_nobody_without_an_answer(
    migrated_url: str, tmp_path: Path, practice: Practice
) -> None:
    """Each replica is red at once, ends with 0 within twelve seconds, and every press meanwhile is answered in time."""
    ports = [str(free_port()) for _ in range(3)]
    settings = {port: served(migrated_url, tmp_path, practice, port) for port in ports}
    with closing(Database(migrated_url)) as db:
        furnish(db, Path(settings[ports[0]]["USHER_COMPANY"]))
    balancer = Balancer(practice, ports)
    with ExitStack() as stack:
        running = {}
        for port in ports[:2]:
            running[port] = stack.enter_context(serving(settings[port], tmp_path / f"{port}.log"))
        for port, replica in running.items():
            replica.until_ready(port)
        with slowness() as machine, people(balancer):
            time.sleep(2)
            first = told_to_end(running[ports[0]], ports[0])
            newer = stack.enter_context(serving(settings[ports[2]], tmp_path / f"{ports[2]}.log"))
            newer.until_ready(ports[2])
            time.sleep(1)
            second = told_to_end(running[ports[1]], ports[1])
            time.sleep(1)
    for port, (status, green, gone) in zip(ports, (first, second), strict=False):
        assert status == 0, running[port].said()
        assert green <= 1  # asked once more at most: a balancer that asks again knows, on however slow a machine
        assert gone < 12 * machine.worst
    assert balancer.failed == []
    assert max(balancer.acked) < 3 * machine.worst
    assert len(balancer.acked) > 2 * PER_SECOND
