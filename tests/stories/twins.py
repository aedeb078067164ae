"""The practice company served by two processes on one PostgreSQL, and a witness who kills whoever is at work."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from bot.cli.demo import Demo, furnish, link_as_they_come
from bot.cli.player import Json, until
from bot.cli.player_slack import SlackPlayer
from bot.cli.practice import Practice, open_practice
from bot.cli.serve import now
from bot.domain.lifecycle import StepState
from bot.domain.model import StepId
from bot.engine.dispatch import Dbos
from bot.engine.fleet import DEAD_AFTER, Claim
from bot.practice.company.people import write_files
from bot.store import Database, journal, records, replicas
from tests.cli.hands import SECRET, Serving, serving

PATIENCE = 60.0


@dataclass(frozen=True)
class Twins:
    """Two served processes, each with the name under which it works, and what they share."""

    practice: Practice
    db: Database
    company: Path
    named: Mapping[str, Serving]

    def demo(self) -> Demo:
        """What a play needs."""
        one = next(iter(self.named.values()))
        environment = {"USHER_COMPANY": str(self.company)}
        return Demo(self.practice, one.process, threading.current_thread(), self.db.url, self.company, environment)

    def room(self) -> list[Json]:
        """Every message of the thread, as Hanna sees them."""
        with closing(SlackPlayer(self.practice.url, "U002")) as hanna:
            room = hanna.channel("offboarding")
            root = next(message for message in hanna.messages(room) if message.title.startswith("OFF-"))
            return [message.raw for message in hanna.messages(room, root.id)]


@dataclass
class Death:
    """Who was killed, and the steps it had in its hands then."""

    name: str = ""
    held: list[StepId] = field(default_factory=list)


@contextmanager
def serving_twice(db: Database, folder: Path) -> Iterator[Twins]:
    """Both serve while the block runs, and whatever was started is gone after it."""
    company = write_files(folder / "files")
    furnish(db, company)
    with ExitStack() as stack:
        practice = open_practice(folder / "company", generous=True, latency=0.2)
        stack.callback(practice.stop)
        linking = threading.Thread(target=link_as_they_come, args=(db, practice), daemon=True)
        linking.start()
        named: dict[str, Serving] = {}
        for number in (1, 2):  # one after the other: so we know which process goes by which name
            settings = _settings(practice, db, company)
            one = stack.enter_context(serving(settings, folder / f"usher-{number}.log"))
            named[until("a replica that beats", lambda: _new(db, named))] = one
        until("two open lines", lambda: len(practice.served.space.sockets) == 2)
        assert practice.company.wait(PATIENCE), practice.company.status()
        linking.join(PATIENCE)
        yield Twins(practice, db, company, named)


def _settings(practice: Practice, db: Database, company: Path) -> dict[str, str]:
    return {
        **practice.environment(),
        "USHER_DATABASE_URL": db.url,
        "USHER_COMPANY": str(company),
        "USHER_SECRET": SECRET,
        "USHER_PORT": "0",
        "USHER_BASE_URL": "https://usher.lumen.example",  # one address for both, as behind a load balancer
    }


def _new(db: Database, named: Mapping[str, Serving]) -> str:
    with db.look() as tx:
        found = replicas.alive(tx, now(), DEAD_AFTER) - set(named)
    return next(iter(found), "")


@contextmanager
def witness(served: Twins) -> Iterator[Death]:
    """While the block runs: as soon as one step has been made, kill a process that has others in its hands."""
    death, over = Death(), threading.Event()
    watching = threading.Thread(target=_watch, args=(served, death, over), name="witness", daemon=True)
    watching.start()
    try:
        yield death
    finally:
        over.set()
        watching.join()


def _watch(served: Twins, death: Death, over: threading.Event) -> None:
    asking = Dbos(served.db, runs=False)
    asking.open()
    while not over.wait(0.05) and not death.name:
        if _begun(served.db):
            _strike(served, asking, death)
    asking.close()


def _begun(db: Database) -> bool:
    with db.look() as tx:
        return any(entry.kind == "step.applied" for entry in journal.read(tx))


def _strike(served: Twins, asking: Dbos, death: Death) -> None:
    """Freeze one, look at its hands, and kill it if they are full; else let it go on."""
    for name, one in served.named.items():
        one.process.send_signal(signal.SIGSTOP)
        time.sleep(0.2)  # what it had sent to the database by then is done
        held = [claim.step for claim in asking.claims() if claim.executor == name and _in_hand(served.db, claim)]
        if held:
            one.process.send_signal(signal.SIGKILL)
            one.process.wait()
            death.name, death.held = name, held
            return
        one.process.send_signal(signal.SIGCONT)


def _in_hand(db: Database, claim: Claim) -> bool:
    """Whether this is a change under way; what only reads has a number below zero, what ended is written down."""
    with db.look() as tx:
        step = records.step(tx, claim.step)
    if step is None or step.number < 0:
        return False
    return step.attempt == claim.attempt and step.state in {StepState.RUNNING, StepState.APPLIED}


def stopped(one: Serving) -> int:
    """Tell it to stop as a release does, and wait; its exit code."""
    one.process.send_signal(signal.SIGTERM)
    return one.process.wait(PATIENCE)


def left(folder: Path, seconds: float = 20) -> list[str]:
    """The processes that know this folder by their settings, as all of ours do, and have not ended by then either."""
    over = time.monotonic() + seconds
    while (found := _living(folder)) and time.monotonic() < over:
        time.sleep(0.1)
    return found


def _living(folder: Path) -> list[str]:
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it ended while we looked
            if str(process.name) != str(os.getpid()) and str(folder).encode() in (process / "environ").read_bytes():
                found.append((process / "cmdline").read_text(encoding="utf-8", errors="replace").replace("\0", " "))
    return found
