"""Looking costs calls: one look of a system at a time for one request, and changes go before looks."""

from __future__ import annotations

import threading
from itertools import combinations

import pytest

from bot.domain.lifecycle import StepState
from bot.domain.request import Step
from bot.engine.confirm import confirm
from bot.engine.context import priority_of
from bot.engine.run import run_step
from bot.store import Database, records
from tests.fakes.town import CODE, INES, MARCO, Town


@pytest.fixture
def town(db: Database) -> Town:
    """A company on a fresh database of either kind, in the middle of an offboarding."""
    town = Town(db)
    town.offboard()
    town.work()
    town.press(MARCO, "approve")
    town.press(INES, "approve")
    return town


def applied(town: Town) -> Step:
    """Work until a first step was applied and not looked at yet."""
    for _ in range(50):
        with town.engine.db.look() as tx:
            steps = records.steps(tx, town.request().id)
            due = records.runnable(tx, town.tick())
        found = next((step for step in steps if step.state is StepState.APPLIED), None)
        if found:
            return found
        run_step(town.engine, due[0].id, due[0].attempt, town.tick)
    raise AssertionError("nothing was applied")


def both_applied(town: Town) -> tuple[Step, Step]:
    """Make changes, and look at nothing, until two steps of one system were applied."""
    for _ in range(50):
        with town.engine.db.look() as tx:
            steps = records.steps(tx, town.request().id)
            due = records.runnable(tx, town.tick())
        done = [step for step in steps if step.state is StepState.APPLIED]
        for one, other in combinations(done, 2):
            if one.system == other.system:
                return one, other
        change = next(step for step in due if step.state is not StepState.APPLIED)
        run_step(town.engine, change.id, change.attempt, town.tick)
    raise AssertionError("no two steps of one system were applied")


def test_a_second_look_at_the_same_time_is_put_off(town: Town) -> None:
    """While one reading is under way, the other steps wait for what it shows instead of reading again (S0-29)."""
    step = applied(town)
    with town.engine.looking(step):
        confirm(town.engine, step.id, step.attempt, town.tick)
        with town.engine.db.look() as tx:
            later = records.step(tx, step.id)
    assert later is not None
    assert (later.state, later.attempt) == (StepState.APPLIED, step.attempt + 1)
    town.pass_time()
    confirm(town.engine, later.id, later.attempt, town.tick)
    with town.engine.db.look() as tx:
        seen = records.step(tx, step.id)
    assert seen is not None
    assert seen.state is StepState.CONFIRMED


def test_who_waited_for_a_look_that_confirmed_reads_nothing_more(town: Town) -> None:
    """Two steps of one system were applied: the look of the first is the proof of both (S0-29, S1-2)."""
    first, second = both_applied(town)
    looks: list[str] = []
    looking, go_on = threading.Event(), threading.Event()

    def slowly() -> None:
        looks.append(first.system)
        looking.set()
        go_on.wait(60)

    (town.github if first.system == CODE else town.aws).before_read = slowly
    threads = [
        threading.Thread(target=confirm, args=(town.engine, one.id, one.attempt, town.tick)) for one in (first, second)
    ]
    threads[0].start()
    assert looking.wait(60)
    threads[1].start()
    go_on.set()
    for thread in threads:
        thread.join(60)
    with town.engine.db.look() as tx:
        seen = [records.step(tx, one.id) for one in (first, second)]
    assert [one.state for one in seen if one] == [StepState.CONFIRMED, StepState.CONFIRMED]
    assert looks == [first.system]


def test_changes_go_before_the_looks_that_confirm_them(town: Town) -> None:
    """Nobody's key stays valid while the program admires its work (S0-20)."""
    step = applied(town)
    with town.engine.db.look() as tx:
        steps = records.steps(tx, step.request)
    waiting = next(one for one in steps if one.wave is step.wave and one.state is not StepState.APPLIED)
    assert priority_of(waiting) < priority_of(step)
