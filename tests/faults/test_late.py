"""Answers that come after we stopped waiting for them, work that a system does by itself, a clock that runs back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.lifecycle import RequestState, StepState
from bot.engine import expire
from bot.engine.give_back import give_back
from bot.engine.start import start_due
from bot.store import Database
from connectors.interface import Result
from tests.fakes.town import ALICE, INES, MARCO, Town
from tests.stories import lends
from tests.stories.acts import asked as offboarding
from tests.stories.acts import finish
from tests.stories.lends import access, asked, holds, pass_time, step

HOUR = timedelta(hours=1)


@pytest.fixture
def town(db: Database) -> Town:
    """A company on a fresh database of either kind."""
    return Town(db)


def taken_on(town: Town) -> None:
    """The work goes on until the system has said that it works at the gift."""
    while not step(town, "assign").handle:
        assert town.inline.drain(town.engine, town.tick, 1)


def test_what_a_system_is_still_giving_is_not_looked_for_too_early(town: Town) -> None:
    """Given back while the system works at giving it: the removal waits until that is through, and then removes it."""
    asked(town)
    town.press(INES, "approve")
    town.aws.pending = [Result.PENDING, Result.PENDING, Result.APPLIED]
    taken_on(town)
    give_back(town.engine, "ACC-101", ALICE, town.now)
    assert expire.expire(town.engine, town.now) == 0
    assert step(town, "revoke").state is StepState.WAITING
    for _ in range(6):
        pass_time(town, timedelta(minutes=2))
    assert not holds(town.aws)
    assert lends.calls(town.aws)[0] == "assign"
    assert step(town, "revoke").state is StepState.CONFIRMED
    assert access(town).request.state is RequestState.CLOSED


def test_a_system_that_never_gets_through_with_giving_holds_no_end_for_ever(town: Town) -> None:
    """After an hour of working at it nobody waits any longer: the end is made, and looked at."""
    asked(town)
    town.press(INES, "approve")
    town.aws.pending = [Result.PENDING] * 500
    taken_on(town)
    give_back(town.engine, "ACC-101", ALICE, town.now)
    for _ in range(70):
        pass_time(town, timedelta(minutes=1))
    town.aws.pending = []
    pass_time(town, 2 * HOUR)
    pass_time(town, 2 * HOUR)
    assert step(town, "assign").state is StepState.DROPPED
    assert "revoke" in lends.calls(town.aws)


def test_fault_32_a_clock_set_back_after_the_start_holds_no_removal(town: Town) -> None:
    """An exit that has begun waits for no date: set back an hour, it goes on all the same."""
    offboarding(town)
    town.press(MARCO, "approve")
    town.press(INES, "approve")
    town.now -= HOUR
    town.work()
    for _ in range(3):
        town.pass_time(timedelta(seconds=30))
        start_due(town.engine, town.now)
        town.work()
    assert town.aws.grants == []
    town.pass_time(HOUR)
    town.work()
    finish(town)
    assert town.request().state is RequestState.CLOSED
