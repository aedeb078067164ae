"""A crash at every place that matters: the same attempt, delivered again, ends where it would have ended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from bot.domain.lifecycle import RequestState, StepState
from bot.domain.model import Change
from bot.engine import control
from bot.engine.run import run_step
from bot.store import Database, journal, records
from tests.fakes.town import HANNA, INES, MARCO, Town
from tests.stories.acts import asked, finish


class Crash(BaseException):
    """The process dies here: nothing catches it."""


@pytest.fixture
def town(db: Database) -> Town:
    """Alice's exit is approved, and nothing is read or changed yet."""
    town = asked(Town(db))
    town.press(MARCO, "approve")
    town.press(INES, "approve")
    return town


def crashes(town: Town, at: int) -> Callable[[object], None]:
    """A crash at the n-th time this place is reached, counted over both systems."""
    reached = 0

    def here(_change: object = None) -> None:
        nonlocal reached
        reached += 1
        if reached == at:
            raise Crash

    return here


def work(town: Town) -> int:
    """Work as a dispatcher does that is killed and started again: what ran is delivered again. How often it died."""
    died = 0
    while True:
        try:
            town.inline.drain(town.engine, town.tick)
        except Crash:
            died += 1
            step, attempt = town.inline.ran[-1]
            run_step(town.engine, step, attempt, town.tick)
        else:
            town.say()
            return died


def all_is_well(town: Town) -> None:
    """Everything is seen gone, each change was called at most twice, and each fact stands in the trail once."""
    finish(town)
    view = town.view()
    assert view.request.state is RequestState.CLOSED
    assert {step.state for step in view.steps} == {StepState.CONFIRMED, StepState.ATTESTED}
    for system in (town.github, town.aws):
        assert max(Counter(map(repr, system.log)).values()) <= 2
    assert not any(key.active for key in town.aws.credentials)
    facts = Counter((e.kind, e.facts.get("step")) for e in view.journal if e.kind in {"step.applied", "step.confirmed"})
    assert set(facts.values()) == {1}
    with town.engine.db.begin() as tx:
        assert journal.intact(tx) is None


@pytest.mark.parametrize("at", [1, 4, 8])
def test_killed_before_a_system_was_asked(town: Town, at: int) -> None:
    """The intent is written, the call never left: it is made by the next process (S1-20)."""
    town.aws.before_apply = town.github.before_apply = crashes(town, at)
    assert work(town) == 1
    all_is_well(town)


@pytest.mark.parametrize("at", [1, 4, 8])
def test_killed_after_a_system_did_it_and_before_we_wrote_it_down(town: Town, at: int) -> None:
    """The second call finds it so already, and that is success (S1-20)."""
    town.aws.after_apply = town.github.after_apply = crashes(town, at)
    assert work(town) == 1
    all_is_well(town)


def test_the_thread_does_not_hide_our_own_hand(town: Town) -> None:
    """“Was not held” alone would be untrue where a process of ours took it away just before it died (S1-20)."""
    town.aws.after_apply = town.github.after_apply = crashes(town, 1)
    with pytest.raises(Crash):
        town.inline.drain(town.engine, town.tick)
    step, attempt = town.inline.ran[-1]
    run_step(town.engine, step, attempt, town.tick)
    work(town)
    told = [one.id for one in town.view().steps if one.said.endswith("An earlier try by Usher may have done this.")]
    assert told == [step]


@pytest.mark.parametrize("at", [1, 2, 3, 4])
def test_killed_while_a_system_is_read(town: Town, at: int) -> None:
    """Whether the first look or the one that confirms: it is looked at again (S3-10)."""
    here = crashes(town, at)
    town.aws.before_read = town.github.before_read = lambda: here(None)
    assert work(town) == 1
    all_is_well(town)


def test_a_step_delivered_over_and_over_changes_nothing(town: Town) -> None:
    """Every attempt there ever was, delivered three more times after the end: no call, no row (S1-20)."""
    work(town)
    calls = len(town.aws.log) + len(town.github.log)
    rows = len(town.view().journal)
    for _ in range(3):
        for step, attempt in list(town.inline.ran):
            run_step(town.engine, step, attempt, town.tick)
    assert len(town.aws.log) + len(town.github.log) == calls
    assert len(town.view().journal) == rows


def test_what_ran_when_somebody_pressed_stop_ends_also_after_a_crash(town: Town) -> None:
    """Stop lets what runs end; the process dies in the middle, and the next one ends it too (S4-27)."""
    seen: list[Change] = []

    def die(change: Change) -> None:
        seen.append(change)
        if len(seen) == 1:
            raise Crash

    town.aws.before_apply = town.github.before_apply = die
    with pytest.raises(Crash):
        town.inline.drain(town.engine, town.tick)
    control.stop(town.engine, town.request().id, HANNA, town.now)
    step, attempt = town.inline.ran[-1]
    run_step(town.engine, step, attempt, town.tick)
    with town.engine.db.begin() as tx:
        found = records.step(tx, step)
    assert found is not None
    assert found.state is StepState.APPLIED
    town.inline.drain(town.engine, town.tick)
    assert len(seen) == 2
    control.go_on(town.engine, town.request().id, HANNA, town.now)
    work(town)
    all_is_well(town)
