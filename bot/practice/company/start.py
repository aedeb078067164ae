"""Starting and stopping the whole company: every system in parallel, in the background, at addresses known at once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from socket import socket
from typing import TYPE_CHECKING, Any, Final

from bot.practice.company import aws, hosting, ordersdb, scim
from bot.practice.company.hosting import NativeLink

if TYPE_CHECKING:
    from bot.practice.company.github import GitHub

NAMES: Final = {"github": "GitHub", aws.KEY: "AWS", scim.KEY: "Atlas wiki", ordersdb.KEY: "Orders database"}
SYSTEMS: Final = tuple(NAMES)
_MODULES: Final = {aws.KEY: "aws", scim.KEY: "scim", ordersdb.KEY: "postgres"}
_ROOT: Final = Path(__file__).parents[3]


@dataclass(frozen=True, slots=True)
class Status:
    """How one system is: starting, ready or failed, with a note for people and the seconds its start took."""

    key: str
    name: str
    state: str
    note: str = ""
    seconds: float = 0.0


@dataclass(slots=True)
class _System:
    """One system while it runs; `settled` is set once it is ready or failed."""

    key: str
    port: int
    socket: socket | None
    status: Status
    links: tuple[NativeLink, ...] = ()
    process: subprocess.Popen[bytes] | None = None
    settled: threading.Event = field(default_factory=threading.Event)


@dataclass(slots=True)
class Company:
    """The running practice company: its addresses are known from the first moment, its systems get ready meanwhile."""

    folder: Path
    latency: float
    on_change: Callable[[Status], None]
    systems: dict[str, _System] = field(default_factory=dict)
    github: GitHub | None = None
    stopping: threading.Event = field(default_factory=threading.Event)

    def status(self) -> tuple[Status, ...]:
        """How every system is now."""
        return tuple(system.status for system in self.systems.values())

    def wait(self, timeout: float = 30.0) -> bool:
        """Wait until no system is starting any more, at most `timeout` seconds; whether all are ready."""
        until = time.monotonic() + timeout
        for system in self.systems.values():
            system.settled.wait(max(0.0, until - time.monotonic()))
        return all(status.state == "ready" for status in self.status())

    def environment(self) -> dict[str, str]:
        """The settings with which Usher's connectors reach the systems that were started."""
        found: dict[str, str] = {}
        for key, system in self.systems.items():
            found |= _settings(key, system.port)
        return found

    def links(self) -> tuple[NativeLink, ...]:
        """Whose account is whose in the systems that are ready, by native id."""
        return tuple(link for system in self.systems.values() for link in system.links)

    def log(self, key: str) -> list[dict[str, Any]]:
        """Every write that reached a system, oldest first, whatever it answered; the database tells its DDL."""
        if key == ordersdb.KEY:
            return ordersdb.statements(self.folder / f"{key}.log")
        told: list[dict[str, Any]] = self._ask(key, "/_/log")["log"]
        return told

    def fault(self, key: str, match: str, **how: object) -> None:
        """Make the next calls that match fail; see wire.Fault for what can be said. Not for the database."""
        self._ask(key, "/_/faults", {"match": match, **how})

    def mend(self, key: str) -> None:
        """No fault of this system is left."""
        self._ask(key, "/_/faults", method="DELETE")

    def stop(self) -> None:
        """Stop everything and wait until it is gone; calling it again does nothing."""
        self.stopping.set()
        running = [system.process for system in self.systems.values() if system.process]
        for process in running:
            _close(process)
        for process in running:
            _end(process)
        if self.github:
            self.github.stop()
            self.github = None

    def _ask(
        self, key: str, path: str, body: Mapping[str, object] | None = None, *, method: str = ""
    ) -> dict[str, Any]:
        url = f"http://127.0.0.1:{self.systems[key].port}{path}"
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(url, data, {"Content-Type": "application/json"}, method=method or None)
        with urllib.request.urlopen(request, timeout=10) as reply:  # noqa: S310 -- loopback
            told: dict[str, Any] = json.load(reply)
        return told


def start_company(
    folder: Path,
    *,
    only: Sequence[str] = SYSTEMS,
    latency: float = 0.0,
    ports: Mapping[str, int] | None = None,
    on_change: Callable[[Status], None] = lambda _status: None,
) -> Company:
    """Start these systems (keys of NAMES) and return at once; logs go to `folder`.

    `latency` is seconds every HTTP call takes longer, `ports` fixes some addresses (0 and absent mean any), and
    `on_change` hears, in some thread, of every change of a status. Raises OSError when a port is taken.
    """
    folder.mkdir(parents=True, exist_ok=True)
    company = Company(folder, latency, on_change)
    for key in only:
        wanted = (ports or {}).get(key, 0)
        opened = None if key == ordersdb.KEY else hosting.listen(wanted)
        port = opened.getsockname()[1] if opened else wanted or hosting.free_port()
        company.systems[key] = _System(key, port, opened, Status(key, NAMES[key], "starting"))
    for system in company.systems.values():
        run = _github if system.key == "github" else _child
        threading.Thread(target=_watched, args=(run, company, system), name=f"start-{system.key}", daemon=True).start()
    return company


def _settings(key: str, port: int) -> dict[str, str]:
    url = f"http://127.0.0.1:{port}"
    match key:
        case "github":
            values = {"URL": url, "ORG": "lumen-works", "TOKEN": "practice-github-token"}
        case "aws":
            secrets = {"ACCESS_KEY_ID": aws.USHER_KEY_ID, "SECRET_ACCESS_KEY": aws.USHER_SECRET}
            values = {"ENDPOINT_URL": url, "REGION": aws.REGION, "SETTLE_SECONDS": "0", **secrets}
        case "atlas":
            values = {"URL": f"{url}/v2", "TOKEN": scim.TOKEN}
        case _:
            values = {"DSN": ordersdb.dsn(port)}
    return {f"USHER_{key.upper()}_{name}": value for name, value in values.items()}


Run = Callable[[Company, _System, float], None]


def _watched(run: Run, company: Company, system: _System) -> None:
    """A start that fails is a status people see, never an exception in a thread nobody watches."""
    began = time.monotonic()
    try:
        run(company, system, began)
    except Exception as error:  # noqa: BLE001 -- whatever it was, the others go on and the note says it
        _settle(company, system, "failed", str(error) or type(error).__name__)


def _settle(company: Company, system: _System, state: str, note: str = "", seconds: float = 0.0) -> None:
    system.status = Status(system.key, NAMES[system.key], state, note, round(seconds, 2))
    system.settled.set()
    company.on_change(system.status)


def _github(company: Company, system: _System, began: float) -> None:
    """GitHub runs in threads of this process: its ledger can be read without asking."""
    from bot.practice.company import github  # noqa: PLC0415 -- a third of a second that the caller need not wait for

    company.github = github.start(system.socket, latency=company.latency)
    system.links = company.github.links()
    if company.stopping.is_set():
        company.github.stop()
    _settle(company, system, "ready", seconds=time.monotonic() - began)


def _child(company: Company, system: _System, began: float) -> None:
    """A system in a process of its own: start it, hear that it is ready, and notice when it ends."""
    log = company.folder / f"{system.key}.log"
    with log.open("wb") as sink:
        process = system.process = _spawn(company, system, sink)
    if company.stopping.is_set():
        _close(process)
    assert process.stdout  # noqa: S101 -- it is a pipe
    line = process.stdout.readline()
    if line:
        told = json.loads(line)
        system.links = tuple(NativeLink(*link) for link in told["links"])
        _settle(company, system, "ready", seconds=time.monotonic() - began)
    process.wait()
    process.stdout.close()
    if not company.stopping.is_set():
        last = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-1:]
        _settle(company, system, "failed", "It ended: " + " ".join(last or ["without a word"]))
    system.settled.set()


def _spawn(company: Company, system: _System, sink: Any) -> subprocess.Popen[bytes]:
    """A child that ends when its standard input closes: whatever ends this process closes it."""
    given = system.socket
    address = ["--fd", str(given.fileno())] if given else ["--port", str(system.port)]
    told = ["--attached", "--latency", str(company.latency), "--folder", str(company.folder.resolve())]
    module = f"bot.practice.company.{_MODULES[system.key]}"
    paths = os.pathsep.join(filter(None, [str(_ROOT), os.environ.get("PYTHONPATH", "")]))
    process = subprocess.Popen(  # noqa: S603 -- our own modules
        [sys.executable, "-m", module, *address, *told],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=sink,
        pass_fds=(given.fileno(),) if given else (),
        env={**os.environ, "PYTHONPATH": paths},
        start_new_session=True,  # Ctrl-C is for the parent, which then stops its children in order
    )
    if given:
        given.close()
    return process


def _close(process: subprocess.Popen[bytes]) -> None:
    if process.stdin and not process.stdin.closed:
        process.stdin.close()


def _end(process: subprocess.Popen[bytes]) -> None:
    """Wait for a child that was told to end; by force after eight seconds."""
    try:
        process.wait(8)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
