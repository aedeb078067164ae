"""Replicas die, freeze and lose their database: nothing is lost, nothing is told twice, somebody takes over soon."""

from __future__ import annotations

import random
import signal
import subprocess
import time
from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.lifecycle import StepState
from bot.engine.dispatch import Dbos
from bot.engine.fleet import STOPPED_THRICE
from bot.store import Database, replicas
from tests.faults.many import Company, Replicas, company, until
from tests.faults.outage import server
from tests.faults.replica import POISON, lines, now
from tests.tools.pace import slowness

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]  # a busy machine starts programs slowly

ON_POSTGRES = pytest.mark.parametrize("database_kind", [pytest.param("postgresql", marks=pytest.mark.postgres)])
ON_SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"])
AT_ONCE = 8  # four steps of each of two systems
PATIENCE = 80
TAKEN_OVER = 8.0  # seconds from a death to the next try elsewhere


def storm(town: Company, fleet: Replicas, kills: int) -> None:
    """Kill somebody who works, `kills` times, and start another one each time."""
    chance = random.Random(kills)  # noqa: S311 - the same storm at every run
    for _ in range(kills):
        seen = sum(town.asked().values())
        until(lambda seen=seen: town.finished() or sum(town.asked().values()) > seen + 10, PATIENCE)  # type: ignore[misc]
        working = {int(line["by"]) for line in lines(town.log)[-10:]}
        able = [process for process in fleet.running if process.pid in working] or fleet.running
        fleet.kill(chance.choice(able))
        fleet.start(wait=False)


@ON_POSTGRES
def test_fault_03_replicas_killed_at_random_lose_nothing(db: Database, tmp_path: Path) -> None:
    """Whoever works is killed without a word in the middle of it, three times, and others come.

    A hundred and fifty removals are all in the vendors' log, no more calls are repeated than were under way at a kill,
    and the trail tells each fact once.
    """
    with company(db, tmp_path) as (town, fleet):
        town.leave(15)
        for _ in range(2):
            fleet.start(wait=False)
        storm(town, fleet, 3)
        until(town.finished, PATIENCE)
        town.judge(most_repeats=3 * AT_ONCE)


@ON_SQLITE
def test_fault_03_one_process_killed_again_and_again_loses_nothing(db: Database, tmp_path: Path) -> None:
    """The same with one process on one file: whoever comes next takes up what the one before had begun."""
    with company(db, tmp_path) as (town, fleet):
        town.leave(15)
        fleet.start()
        storm(town, fleet, 3)
        until(town.finished, PATIENCE)
        town.judge(most_repeats=3 * AT_ONCE)


def test_fault_04_the_database_goes_away_in_the_middle_and_comes_back(tmp_path: Path) -> None:
    """Cut off like a power cut, gone for longer than a replica may be silent: both wait, neither calls the other dead.

    No vendor is asked while nothing can be written down, but for the calls that were under way; then the work goes on
    by itself.
    """
    with server() as (machine, db), company(db, tmp_path, pause=0.05) as (town, fleet):
        town.leave(10)
        fleet.start()
        fleet.start()
        until(lambda: len(town.made()) >= 15, PATIENCE)
        machine.cut()
        before = sum(town.asked().values())
        time.sleep(8)
        assert sum(town.asked().values()) <= before + 2 * AT_ONCE
        machine.back()
        until(town.finished, PATIENCE)
        town.judge(most_repeats=2 * AT_ONCE)


@ON_POSTGRES
def test_everything_killed_at_once_goes_on_where_it_was(db: Database, tmp_path: Path) -> None:
    """No replica is left; two new ones, which nobody ever heard of, end what the others began."""
    with company(db, tmp_path, pause=0.05) as (town, fleet):
        town.leave(10)
        fleet.start()
        fleet.start()
        until(lambda: len(town.made()) >= 15, PATIENCE)
        for process in list(fleet.running):
            fleet.kill(process)
        fleet.start()
        fleet.start()
        until(town.finished, PATIENCE)
        town.judge(most_repeats=AT_ONCE)


@ON_POSTGRES
def test_fault_35_two_schedulers_and_a_replica_that_comes_back_from_the_dead(db: Database, tmp_path: Path) -> None:
    """A replica is frozen until the other has taken over, then wakes and believes that it still works.

    Both look for what is lost, what is due and who is dead the whole time; vendors may hear a call twice, the trail
    never tells a fact twice.
    """
    with company(db, tmp_path, pause=0.5) as (town, fleet):
        fleet.start()
        fleet.start()
        town.leave(6)
        until(lambda: len(under_way(town)) >= 4, PATIENCE)
        frozen = whose(fleet, lines(town.log)[-1])
        frozen.send_signal(signal.SIGSTOP)
        mine = under_way(town, frozen)
        until(lambda: mine <= set(town.made()), TAKEN_OVER + PATIENCE)
        frozen.send_signal(signal.SIGCONT)
        until(town.finished, PATIENCE)
        town.judge(most_repeats=2 * AT_ONCE)


@ON_POSTGRES
def test_fault_36_work_of_a_replica_that_is_gone_is_tried_elsewhere_within_eight_seconds(
    db: Database, tmp_path: Path
) -> None:
    """Whoever dies in a call that takes long leaves it behind; another replica with room asks the vendor again."""
    with company(db, tmp_path, pause=4) as (town, fleet):
        fleet.start()
        fleet.start()
        town.leave(2, grants=4)
        until(lambda: len(under_way(town)) >= 4, PATIENCE)
        dying = max(fleet.running, key=lambda process: len(under_way(town, process)))
        fleet.kill(dying)
        left = under_way(town, dying)
        assert left
        with slowness() as machine:
            took = until(lambda: left <= set(repeated(town)), PATIENCE)
        assert took < TAKEN_OVER * machine.worst
        until(town.finished, PATIENCE)
        town.judge(most_repeats=AT_ONCE)


@ON_POSTGRES
def test_a_replica_that_stops_on_purpose_hands_back_what_it_cannot_end(db: Database, tmp_path: Path) -> None:
    """Told to stop, it claims nothing more, waits ten seconds for a call that takes longer, and leaves.

    It hands back what it had: nobody has to find out that it is gone.
    """
    with company(db, tmp_path, pause=100) as (town, fleet):
        fleet.start()
        fleet.start()
        town.leave(1, grants=4)
        until(lambda: len(under_way(town)) == 4, PATIENCE)
        leaving = whose(fleet, lines(town.log)[-1])
        left = under_way(town, leaving)
        began = time.monotonic()
        fleet.stop(leaving)
        assert time.monotonic() - began > 9
        assert left.isdisjoint(town.made())
        until(lambda: left <= set(repeated(town)), PATIENCE)
        with db.look() as tx:
            known = replicas.alive(tx, now(), within=timedelta(hours=1))
        assert len(known) == 1
        assert holders(db) <= known


@ON_SQLITE
def test_a_step_that_kills_its_process_is_a_persons_task_after_the_third_time(db: Database, tmp_path: Path) -> None:
    """Whoever touches one of ten things dies of it. The other nine are done all the same, and somebody is asked."""
    with company(db, tmp_path) as (town, fleet):
        town.leave(1, names=lambda n: POISON if n == 4 else f"g{n}")
        for _ in range(3):
            process = fleet.start(wait=False)
            assert process.wait(timeout=PATIENCE) == 137
            fleet.running.remove(process)
        fleet.start()
        until(lambda: all(step.ended or step.state is StepState.PARKED for step in town.steps()), PATIENCE)
        (parked,) = [step for step in town.steps() if step.state is StepState.PARKED]
        assert parked.error == STOPPED_THRICE
        assert parked.takeovers == 3
        assert parked.assignee
        assert len(town.made()) == 9
        assert town.asked()[f"n0/{POISON}"] == 3


def holders(db: Database) -> set[str]:
    """The names of all replicas that have a step in their hands."""
    asking = Dbos(db, runs=False)
    asking.open()
    found = {claim.executor for claim in asking.claims()}
    asking.close()
    return found


def whose(fleet: Replicas, line: dict[str, str]) -> subprocess.Popen[bytes]:
    """The replica that wrote this line."""
    return next(process for process in fleet.running if process.pid == int(line["by"]))


def under_way(town: Company, process: subprocess.Popen[bytes] | None = None) -> set[str]:
    """What was asked for, by this process if one is named, and is not made."""
    asked = {
        line["what"]
        for line in lines(town.log)
        if line["did"] == "asked" and (process is None or int(line["by"]) == process.pid)
    }
    return asked - set(town.made())


def repeated(town: Company) -> list[str]:
    """What was asked for more than once."""
    return [name for name, times in town.asked().items() if times > 1]
