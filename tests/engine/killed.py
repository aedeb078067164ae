"""A small Usher in a process of its own, made to be killed: `python -m tests.engine.killed <url> <log> begin|resume`.

Its two systems keep what they hold in a file, take their time, and write down every change they make.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from bot.domain.lifecycle import RequestState
from bot.domain.model import Change, Credential, Disable, Entitlement, Grant, Link, Revoke, Suspend, SystemKey
from bot.domain.reading import Reading
from bot.engine import approve
from bot.engine.context import Engine
from bot.engine.dispatch import Dbos
from bot.engine.run import run_step
from bot.engine.submit import Asked, submit
from bot.store import Database, records
from connectors.interface import Outcome
from tests.fakes.memory import Memory
from tests.fakes.town import ALICE, ALICE_CLOUD, ALICE_CODE, CLOUD, CODE, HANNA, INES, MARCO

SLOW, FAST = 0.4, 0.01


class Kept(Memory):
    """A system that outlives the process which changes it: its log is its memory."""

    path: Path
    pause: float
    keys: tuple[Credential, ...] = ()

    def read(self, link: Link, now: datetime) -> Reading:
        """What is there after everything that was ever done."""
        self._remember()
        return super().read(link, now)

    def apply(self, change: Change) -> Outcome:
        """Slowly, and written down as soon as it is made."""
        self._remember()
        self._write("asked", change)
        time.sleep(self.pause)
        outcome = super().apply(change)
        self._write("made", change)
        return outcome

    def _write(self, what: str, change: Change) -> None:
        line = json.dumps({"what": what, "system": self.key, "change": repr(change), "at": time.time()})
        with self.path.open("a") as log:
            log.write(line + "\n")

    def _remember(self) -> None:
        made = {line["change"] for line in lines(self.path) if line["what"] == "made"}
        self.credentials = [replace(key, active=repr(Disable(key)) not in made) for key in self.keys]
        self.grants = [g for g in self.grants if repr(Revoke(g)) not in made]
        if repr(Suspend(self.account)) in made:
            self.account = replace(self.account, active=False)


KEYS = tuple(Credential(ALICE_CLOUD, f"AKIA{n}", "access key", f"AKIA…{n}") for n in range(6))


def lines(path: Path) -> list[dict[str, str]]:
    """What was done so far; a line cut by a kill is none."""
    text = path.read_text() if path.exists() else ""
    return [json.loads(line) for line in text.splitlines() if line.endswith("}")]


def systems(log: Path) -> tuple[Kept, Kept]:
    """A slow cloud with six keys, and a fast code host with a team."""
    cloud = Kept(CLOUD, ALICE_CLOUD)
    code = Kept(CODE, ALICE_CODE, grants=[Grant(ALICE_CODE, Entitlement("team:1", "team", "payments"))])
    cloud.keys = KEYS
    cloud.path = code.path = log
    cloud.pause, code.pause = SLOW, FAST
    return cloud, code


def main(url: str, log: str, begin: bool) -> None:
    """Begin Alice's exit, or go on with it; ends when nothing automatic is left to do."""
    db = Database(url)
    dispatcher = Dbos(db)
    cloud, code = systems(Path(log))
    running = Engine(db, {SystemKey("aws"): cloud, SystemKey("github"): code}, dispatcher)
    dispatcher.add("aws")
    dispatcher.add("github")
    dispatcher.launch(lambda step, attempt: run_step(running, step, attempt, now))
    if begin:
        want = Asked(HANNA, ALICE, now(), immediate=True, voluntary=True, typed_name="Alice Martin")
        submit(running, want, now())
        until(running.db, lambda state: state is RequestState.AWAITING_APPROVAL)
        with db.begin() as tx:
            request = records.recent(tx, 1)[0]
        for person in (MARCO, INES):
            approve.approve(running, request.id, request.digest, person, now(), yes=True)
    while not finished(db):
        time.sleep(0.05)
    dispatcher.close()
    db.close()


def now() -> datetime:
    """The clock on the wall."""
    return datetime.now(UTC)


def until(db: Database, well: Callable[[RequestState], bool]) -> None:
    """Wait for the newest request to come so far."""
    while True:
        with db.begin() as tx:
            if well(records.recent(tx, 1)[0].state):
                return
        time.sleep(0.05)


def finished(db: Database) -> bool:
    """Whether every automatic step has ended."""
    with db.begin() as tx:
        every = records.steps(tx, records.recent(tx, 1)[0].id)
    return bool(every) and all(step.ended for step in every if step.kind.value != "task")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3] == "begin")
