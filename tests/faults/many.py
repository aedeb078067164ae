"""Hundreds of small removals under way, the replicas that make them, and a judge who asks the vendors' log alone."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bot.domain.lifecycle import RequestState, StepState
from bot.domain.model import Link, Person, PersonId, RequestId, Revoke, SystemKey, Trigger, Wave
from bot.domain.request import Request, Step, StepKind
from bot.engine.dispatch import Dbos
from bot.store import Database, Tx, journal, people, records, versions
from tests.fakes.town import HANNA, Town
from tests.faults.replica import CLOUD, CODE, GRANTS, grant, lines, now

TOP = Path(__file__).parents[2]


@dataclass
class Company:
    """People who leave, each with one account and ten grants in one of two systems; everything is approved."""

    db: Database
    log: Path
    wanted: set[str] = field(default_factory=set)

    def leave(self, leavers: int, grants: int = GRANTS, names: Callable[[int], str] = "g{}".format) -> None:
        """Begin so many exits at once, of so many removals each."""
        asking = Dbos(self.db, runs=False)
        for system in (CODE, CLOUD):
            asking.add(system)
        asking.open()
        with self.db.begin() as tx:
            for number in range(leavers):
                for step in self._exit(tx, number, grants, names):
                    asking.enqueue(tx, step)
        asking.close()

    def _exit(self, tx: Tx, number: int, grants: int, names: Callable[[int], str]) -> tuple[Step, ...]:
        system = (CODE, CLOUD)[number % 2]
        person, account = PersonId(f"L-{number}"), f"n{number}"
        people.put(tx, [Person(person, f"Leaver {number}", f"l{number}@example.com")])
        people.link(tx, Link(person, system, account, account, "set-up", "set-up"), now())
        request = Request(
            id=RequestId(f"OFF-{1000 + number}"),
            trigger=Trigger.LEAVER,
            state=RequestState.RUNNING,
            requester=HANNA,
            subject=person,
            starts_at=now(),
            immediate=True,
            voluntary=True,
            reason="",
            note="",
            created_at=now(),
            policy_version=_version(tx, "policy.yaml"),
            runbook_version=_version(tx, "runbooks/leaver.yaml"),
            digest="agreed",
            quorum=1,
            started_at=now(),
        )
        records.add(tx, request)
        steps = tuple(self._step(request, system, account, n + 1, names(n)) for n in range(grants))
        records.add_steps(tx, steps)
        records.add_approval(tx, request, HANNA, yes=True, items=[step.number for step in steps], at=now())
        return steps

    def _step(self, request: Request, system: SystemKey, account: str, number: int, name: str) -> Step:
        self.wanted.add(f"{account}/{name}")
        return Step(
            id=records.step_id(request.id, number),
            request=request.id,
            number=number,
            kind=StepKind.APPLY,
            system=system,
            wave=Wave.MEMBERSHIPS,
            action=Revoke(grant(system, account, name)),
            state=StepState.READY,
        )

    def steps(self) -> tuple[Step, ...]:
        """Every step of every exit, as our own rows have it."""
        with self.db.look() as tx:
            requests = records.recent(tx, 1000)
            return tuple(step for request in requests for step in records.steps(tx, request.id))

    def finished(self) -> bool:
        """Whether nothing is left to do."""
        return all(step.ended for step in self.steps())

    def made(self) -> Counter[str]:
        """How often each thing was taken away, as the vendors saw it."""
        return Counter(line["what"] for line in lines(self.log) if line["did"] == "made")

    def asked(self) -> Counter[str]:
        """How often the vendors were asked for each."""
        return Counter(line["what"] for line in lines(self.log) if line["did"] == "asked")

    def judge(self, most_repeats: int) -> None:
        """Everything wanted was made and nothing else; the trail tells each fact once, and nobody altered it."""
        assert set(self.made()) == self.wanted
        assert sum(self.asked().values()) - len(self.wanted) <= most_repeats
        with self.db.look() as tx:
            trail = journal.read(tx)
            assert journal.intact(tx) is None
        told = Counter((e.kind, e.facts["step"]) for e in trail if e.kind in {"step.applied", "step.confirmed"})
        assert set(told.values()) == {1}
        assert len(told) == 2 * len(self.wanted)
        assert {step.state for step in self.steps()} == {StepState.CONFIRMED}


@dataclass
class Replicas:
    """The processes of one fleet."""

    url: str
    log: Path
    pause: float = 0.02
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)
    started: int = 0

    def start(self, *, wait: bool = True) -> subprocess.Popen[bytes]:
        """One more; ready when this returns, unless nobody waits for it."""
        command = [sys.executable, "-m", "tests.faults.replica", self.url, str(self.log), str(self.pause)]
        self.started += 1
        told = self.log.with_name(f"replica-{self.started}.log")
        with told.open("w") as out:
            process = subprocess.Popen(command, cwd=TOP, stdout=out, stderr=out)
        self.running.append(process)
        if wait:
            until(lambda: "ready" in told.read_text().splitlines(), 80)
        return process

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """Without a word."""
        process.send_signal(signal.SIGKILL)
        process.wait()
        self.running.remove(process)

    def stop(self, process: subprocess.Popen[bytes], seconds: float = 80) -> None:
        """As a release does it."""
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=seconds) == 0
        self.running.remove(process)


@contextmanager
def company(db: Database, folder: Path, pause: float = 0.02) -> Iterator[tuple[Company, Replicas]]:
    """A company whose vendors write into one log, and no replica yet; at the end none is left."""
    Town(db)
    log = folder / "vendors.log"
    fleet = Replicas(db.url, log, pause)
    try:
        yield Company(db, log), fleet
    finally:
        for process in list(fleet.running):
            process.send_signal(signal.SIGCONT)
            fleet.kill(process)


def until(well: Callable[[], object], seconds: float) -> float:
    """Wait until it is so; how long that took."""
    began = time.monotonic()
    while not well():
        assert time.monotonic() - began < seconds, f"not so after {seconds} s"
        time.sleep(0.02)
    return time.monotonic() - began


def _version(tx: Tx, name: str) -> int:
    found = versions.newest(tx, name)
    assert found is not None
    return found
