"""Who counts as dead, what is given back, what nobody tries a fourth time; with a dispatcher that only remembers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from bot.domain.lifecycle import StepState
from bot.domain.request import Step
from bot.engine.fleet import DEAD_AFTER, HUNG_AFTER, HUNG_THRICE, STOPPED_THRICE, Claim, Fleet
from bot.store import Database, records, replicas
from tests.fakes.town import Town
from tests.stories.acts import read_again


@dataclass
class Remembered:
    """A dispatcher of nothing: what is claimed is what a test says, and what is given back is kept."""

    executor: str = "me"
    runs: bool = True
    claimed: list[Claim] = field(default_factory=list)
    given: list[Claim] = field(default_factory=list)
    ended: list[Claim] = field(default_factory=list)
    seconds: dict[Claim, float] = field(default_factory=dict)

    def claims(self) -> tuple[Claim, ...]:
        """What somebody has taken."""
        return tuple(self.claimed)

    def here(self, claim: Claim) -> float | None:
        """For how long we are at it."""
        return self.seconds.get(claim)

    def give_back(self, claims: Iterable[Claim]) -> None:
        """Keep it."""
        self.given += claims

    def give_up(self, claim: Claim) -> None:
        """Keep it too."""
        self.ended.append(claim)

    def purge(self, before: datetime) -> int:
        """Nothing to forget."""
        return 0


class Seconds:
    """A clock that never jumps, moved by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        """The seconds so far."""
        return self.now


@pytest.fixture
def town(db: Database) -> Town:
    """Alice's exit is approved and read; its first changes are due."""
    return read_again(Town(db))


@pytest.fixture
def fleet(town: Town) -> Fleet:
    """This replica, which has been heard of for a while."""
    seconds = Seconds()
    fleet = Fleet(town.engine, Remembered(), "worker", town.tick, seconds)
    for _ in range(5):
        fleet.beat()
        seconds.now += 2
    return fleet


def work(fleet: Fleet) -> Remembered:
    """Its dispatcher."""
    assert isinstance(fleet.work, Remembered)
    return fleet.work


def running(town: Town, count: int = 1) -> list[Step]:
    """So many steps whose change is under way."""
    with town.engine.db.begin() as tx:
        due = [step for step in records.runnable(tx, town.now) if step.action][:count]
        assert len(due) == count
        return [step for one in due if (step := records.settle(tx, one, StepState.RUNNING)) is not None]


def claim(step: Step, executor: str) -> Claim:
    """Somebody has taken this attempt."""
    return Claim(executor, step.system, step.id, step.attempt)


def now_of(town: Town, step: Step) -> Step:
    """The step as it stands now."""
    with town.engine.db.look() as tx:
        found = records.step(tx, step.id)
    assert found is not None
    return found


def dies(fleet: Fleet, *steps: Step) -> None:
    """A process that was at these steps is gone, and whoever is left finds out."""
    work(fleet).claimed = [claim(step, "dead" if not fleet.engine.db.is_sqlite else "local") for step in steps]
    if fleet.engine.db.is_sqlite:
        fleet.begin()
    else:
        fleet.take_over()


def test_what_a_dead_process_had_claimed_is_given_back_and_counted(town: Town, fleet: Fleet) -> None:
    """The attempt stays the same, so that its answer counts once, whoever brings it; the trail knows."""
    (step,) = running(town)
    dies(fleet, step)
    assert [one.step for one in work(fleet).given] == [step.id]
    after = now_of(town, step)
    assert (after.takeovers, after.attempt, after.state) == (1, step.attempt, StepState.RUNNING)
    assert "step.taken_over" in [entry.kind for entry in town.view().journal]


def test_after_the_third_time_a_person_is_asked_in_plain_words(town: Town, fleet: Fleet) -> None:
    """Usher does not try a fourth time by itself; when somebody says so, it counts from the beginning."""
    (step,) = running(town)
    for _ in range(3):
        dies(fleet, now_of(town, step))
    parked = now_of(town, step)
    assert (parked.state, parked.error, parked.error_kind) == (StepState.PARKED, STOPPED_THRICE, "stopped")
    assert parked.assignee
    town.say()
    assert any(STOPPED_THRICE in card.text or STOPPED_THRICE in repr(card) for card in town.ears.every)
    town.press(parked.assignee, "try_again")
    assert now_of(town, step).takeovers == 0


def test_steps_that_saw_two_stops_run_one_after_the_other(town: Town, fleet: Fleet) -> None:
    """One of them is why Usher stops; apart from each other it takes none along the third time."""
    steps = running(town, 3)
    for _ in range(2):
        dies(fleet, *(now_of(town, step) for step in steps))
    after = [now_of(town, step) for step in steps]
    assert [step.takeovers for step in after] == [2, 2, 2]
    assert sorted(step.due is not None for step in after) == [False, True, True]
    assert len({step.due for step in after}) == 3


def test_a_step_that_moved_on_meanwhile_is_none_of_the_dead_ones(town: Town, fleet: Fleet) -> None:
    """Its last word was written down before it died: there is nothing to count."""
    (step,) = running(town)
    with town.engine.db.begin() as tx:
        records.settle(tx, step, StepState.APPLIED, attempt=step.attempt + 1, applied_at=town.now)
    dies(fleet, step)
    assert now_of(town, step).takeovers == 0


@pytest.mark.parametrize("database_kind", [pytest.param("postgresql", marks=pytest.mark.postgres)])
def test_who_was_heard_of_lately_keeps_its_work(town: Town, fleet: Fleet) -> None:
    """Only silence of six seconds makes a replica dead, and a replica of any age that speaks again is alive."""
    (step,) = running(town)
    work(fleet).claimed = [claim(step, "other")]
    with town.engine.db.begin() as tx:
        replicas.beat(tx, "other", "worker", town.now)
    assert fleet.take_over() == 0
    with town.engine.db.begin() as tx:
        replicas.end(tx, "other")
    assert fleet.take_over() == 1


@pytest.mark.parametrize("database_kind", [pytest.param("postgresql", marks=pytest.mark.postgres)])
def test_who_was_silent_itself_calls_nobody_dead(town: Town, fleet: Fleet) -> None:
    """After an outage of the database everybody is silent: for six seconds more nobody is taken for dead."""
    (step,) = running(town)
    work(fleet).claimed = [claim(step, "dead")]
    seconds = fleet.steady
    assert isinstance(seconds, Seconds)
    seconds.now += 20
    fleet.beat()
    assert fleet.take_over() == 0
    for _ in range(3):
        seconds.now += DEAD_AFTER.total_seconds() / 3
        fleet.beat()
    assert fleet.take_over() == 1


@pytest.mark.parametrize("database_kind", [pytest.param("postgresql", marks=pytest.mark.postgres)])
def test_one_replica_at_a_time_gives_back(town: Town, fleet: Fleet) -> None:
    """While another one is at it, nothing is given back twice."""
    (step,) = running(town)
    work(fleet).claimed = [claim(step, "dead")]
    with town.engine.db.begin() as tx:
        assert replicas.alone(tx)
        assert fleet.take_over() == 0
    assert fleet.take_over() == 1


def test_a_claim_that_no_thread_of_ours_is_at_is_given_back(town: Town, fleet: Fleet) -> None:
    """It got lost between the database and us; after ten seconds it is free again, and it is no fault of the step."""
    (step,) = running(town)
    with town.engine.db.begin() as tx:
        replicas.beat(tx, "me", "worker", town.now)
    work(fleet).claimed = [claim(step, "me")]
    seconds = fleet.steady
    assert isinstance(seconds, Seconds)
    fleet.take_over()
    assert not work(fleet).given
    seconds.now += 10
    fleet.take_over()
    assert [one.step for one in work(fleet).given] == [step.id]
    assert now_of(town, step).takeovers == 0


def test_a_call_that_hangs_is_fenced_off_and_begun_anew(town: Town, fleet: Fleet) -> None:
    """Whatever the old call says later changes nothing; after three such calls a person is asked."""
    (step,) = running(town)
    for turn in range(3):
        mine = claim(now_of(town, step), "me")
        work(fleet).claimed, work(fleet).seconds = [mine], {mine: HUNG_AFTER.total_seconds()}
        fleet.take_over()
        assert work(fleet).ended[-1] == mine
        with town.engine.db.begin() as tx:
            again = records.step(tx, step.id)
            assert again is not None
            assert records.settle(tx, step, StepState.APPLIED) is None
            if turn < 2:
                assert (again.attempt, again.state) == (step.attempt + turn + 1, StepState.READY)
                records.settle(tx, again, StepState.RUNNING)
    assert (now_of(town, step).state, now_of(town, step).error) == (StepState.PARKED, HUNG_THRICE)


def test_a_replica_that_stops_is_known_to_be_gone(town: Town, fleet: Fleet) -> None:
    """It gives back what it still holds, and nobody waits for its silence."""
    (step,) = running(town)
    work(fleet).claimed = [claim(step, "me"), claim(step, "other")]
    fleet.end()
    assert [one.executor for one in work(fleet).given] == ["me"]
    with town.engine.db.look() as tx:
        assert not replicas.alive(tx, town.now, timedelta(days=1))


def test_a_process_that_only_talks_takes_nothing_over(town: Town, fleet: Fleet) -> None:
    """It is known as alive, and claims nothing of what others left."""
    (step,) = running(town)
    work(fleet).runs = False
    dies(fleet, step)
    assert not work(fleet).given
