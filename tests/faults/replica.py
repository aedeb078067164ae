"""One replica in a process of its own, made to be killed: `python -m tests.faults.replica <url> <log> <pause>`.

Its two systems keep what they hold in one append-only log, the only witness of what was really done. It works until
it is told to stop.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bot.cli.logs import quiet_logs
from bot.domain.model import Account, Change, Entitlement, Grant, Link, Revoke, SystemKey
from bot.domain.reading import Part, Reading
from bot.engine.context import Engine
from bot.engine.dispatch import Dbos
from bot.engine.fleet import BEAT_SECONDS, LOOK_SECONDS, Fleet
from bot.engine.recover import recover
from bot.engine.run import run_step
from bot.schedule import Tick, start
from bot.store import Database
from connectors.interface import Check, Outcome, Result, Spec

CODE, CLOUD = SystemKey("github"), SystemKey("aws")
GRANTS = 10  # each account holds so many
POISON = "poison"  # whoever touches this grant dies of it


def grant(system: SystemKey, native_id: str, name: str) -> Grant:
    """One thing that somebody holds in a system."""
    return Grant(Account(system, native_id, native_id, active=True), Entitlement(name, "group", name))


@dataclass(frozen=True)
class Vendor:
    """A system of many accounts that outlives whoever changes it: its log is its memory."""

    key: SystemKey
    log: Path
    pause: float

    @property
    def spec(self) -> Spec:
        """What this connector declares."""
        return Spec(self.key, self.key.title(), frozenset({Revoke}), ())

    def check(self) -> Check:
        """Always ready."""
        return Check(ready=True)

    def find(self, email: str) -> tuple[Account, ...]:
        """Nobody: links are given."""
        return ()

    def read(self, link: Link, now: datetime) -> Reading:
        """What is there after everything that was ever done."""
        gone = {line["what"] for line in lines(self.log) if line["did"] == "made" and line["system"] == self.key}
        held = [grant(self.key, link.native_id, f"g{n}") for n in range(GRANTS)]
        left = tuple(one for one in held if what(one) not in gone)
        account = Account(self.key, link.native_id, link.native_id, active=True)
        return Reading(self.key, now, f"{self.key} itself", account=Part((account,)), grants=Part(left))

    def apply(self, change: Change) -> Outcome:
        """Written down when it is asked and when it is made, with a pause in between."""
        assert isinstance(change, Revoke)
        self._write("asked", change.grant)
        time.sleep(self.pause)
        if change.grant.entitlement.native_id == POISON:
            os._exit(137)
        self._write("made", change.grant)
        return Outcome(Result.APPLIED, "Taken away.")

    def _write(self, did: str, held: Grant) -> None:
        line = {"did": did, "system": self.key, "what": what(held), "at": time.time(), "by": os.getpid()}
        with self.log.open("a") as log:
            log.write(json.dumps(line) + "\n")


def what(held: Grant) -> str:
    """A grant in the log."""
    return f"{held.account.native_id}/{held.entitlement.native_id}"


def lines(log: Path) -> list[dict[str, str]]:
    """What was asked and made so far; a line cut by a kill is none."""
    text = log.read_text() if log.exists() else ""
    return [json.loads(line) for line in text.splitlines() if line.endswith("}")]


def now() -> datetime:
    """The clock on the wall."""
    return datetime.now(UTC)


def main(url: str, log: str, pause: float) -> None:
    """Work until told to stop, then hand back what is not finished."""
    quiet_logs()
    told = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: told.set())
    db = Database(url)
    dispatcher = Dbos(db)
    systems = {key: Vendor(key, Path(log), pause) for key in (CODE, CLOUD)}
    engine = Engine(db, systems, dispatcher)
    for key, vendor in systems.items():
        dispatcher.add(key, at_once=vendor.spec.concurrency)
    fleet = Fleet(engine, dispatcher, "worker", now)
    dispatcher.open()
    fleet.begin()
    heart = start((Tick("beat", BEAT_SECONDS, fleet.beat), Tick("take over", LOOK_SECONDS, fleet.take_over)))
    dispatcher.launch(lambda step, attempt: run_step(engine, step, attempt, now))
    ticks = start((Tick("recover", 3, lambda: recover(engine, now())),))
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    told.wait()
    ticks.shutdown(wait=True)
    dispatcher.stop()
    heart.shutdown(wait=True)
    fleet.end()
    dispatcher.close()
    db.close()
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], float(sys.argv[3]))
