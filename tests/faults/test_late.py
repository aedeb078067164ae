"""Answers that come after we stopped waiting for them, work that a system does by itself, a clock that runs back."""

from __future__ import annotations

from datetime import timedelta
from typing import NoReturn

import pytest

from bot.domain.lifecycle import RequestState, StepState
from bot.domain.model import Change, Revoke
from bot.engine import expire
from bot.engine.context import queue
from bot.engine.give_back import give_back
from bot.engine.run import run_step
from bot.engine.start import start_due
from bot.engine.tend import tend
from bot.store import Away, Database, records
from connectors.interface import ConnectorError, Kind, Result
from tests.fakes.memory import down
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


def given_up(town: Town, span: timedelta) -> None:
    """The watchdog, or another replica, takes the attempt for dead; then time passes and everybody works on."""
    with town.engine.db.begin() as tx:
        records.lock(tx, "ACC-101")
        assert queue(town.engine, tx, step(town, "assign"), StepState.READY, town.now) is not None
    for _ in range(2):
        town.pass_time(span)
        expire.expire(town.engine, town.now)
        town.inline.drain(town.engine, town.tick)


def taken_on(town: Town) -> None:
    """The work goes on until the system has said that it works at the gift."""
    while not step(town, "assign").handle:
        assert town.inline.drain(town.engine, town.tick, 1)


@pytest.mark.parametrize("answered", [True, False], ids=["done", "no answer"])
def test_what_a_system_gives_after_we_gave_the_call_up_is_taken_back(town: Town, *, answered: bool) -> None:
    """A call hangs for hours, its attempt is over, the end was seen: what it gives then is taken back all the same.

    A process that was frozen and wakes in the middle of its call is the same case.
    """
    asked(town)
    town.press(INES, "approve")

    came: list[bool] = []

    def lost(_change: Change) -> None:
        town.aws.after_apply = None
        came.append(holds(town.aws))
        if not answered:
            raise down()

    def hang(_change: Change) -> None:
        town.aws.before_apply = None
        given_up(town, 3 * HOUR)
        assert access(town).request.state is RequestState.CLOSED
        town.aws.after_apply = lost

    town.aws.before_apply = hang
    town.work()
    assert came == [True]
    for _ in range(3):
        pass_time(town, timedelta(minutes=1))
    assert not holds(town.aws)
    assert access(town).request.state is RequestState.CLOSED
    assert [one.state for one in access(town).steps if isinstance(one.action, Revoke)] == [StepState.CONFIRMED] * 2
    assert any("late" in line for line in town.thread())


class Gone:
    """A database that is not there."""

    def begin(self) -> NoReturn:
        """No transaction begins."""
        raise Away("BEGIN", {}, Exception("the server closed the connection"))

    look = begin


def test_a_late_gift_whose_answer_finds_no_database_is_taken_back_when_it_is_there_again(town: Town) -> None:
    """The call was given up and its end was seen; its answer comes while our database is away, and is not forgotten.

    The dispatcher delivers the same attempt again and again until the database answers; one delivery too many, as
    after a crash, makes no second end.
    """
    asked(town)
    town.press(INES, "approve")
    there, gift = town.engine.db, step(town, "assign")
    first = (gift.id, gift.attempt + 1)

    def away(_change: Change) -> None:
        town.aws.after_apply = None
        town.engine.db = Gone()  # type: ignore[assignment]

    def hang(_change: Change) -> None:
        town.aws.before_apply = None
        given_up(town, 3 * HOUR)
        assert access(town).request.state is RequestState.CLOSED
        town.aws.after_apply = away

    town.aws.before_apply = hang
    with pytest.raises(Away):
        town.work()
    with pytest.raises(Away):
        run_step(town.engine, *first, town.tick)
    town.engine.db = there
    assert holds(town.aws)
    for _ in range(2):
        run_step(town.engine, *first, town.tick)
        pass_time(town, timedelta(minutes=1))
        pass_time(town, timedelta(minutes=1))
        assert not holds(town.aws)
    assert [one.state for one in access(town).steps if isinstance(one.action, Revoke)] == [StepState.CONFIRMED] * 2
    assert access(town).request.state is RequestState.CLOSED


def test_a_gift_that_comes_late_and_still_in_its_time_is_left_alone(town: Town) -> None:
    """The second attempt gave it, the first one answers later: the end that was stored takes both back, once."""
    asked(town)
    town.press(INES, "approve")

    def hang(_change: Change) -> None:
        town.aws.before_apply = None
        given_up(town, timedelta(minutes=1))
        assert step(town, "assign").state is StepState.CONFIRMED

    town.aws.before_apply = hang
    town.work()
    assert holds(town.aws)
    assert step(town, "revoke").state is StepState.WAITING
    pass_time(town, 3 * HOUR)
    assert not holds(town.aws)
    assert lends.calls(town.aws) == ["assign", "assign", "revoke"]


def test_a_late_gift_while_its_removal_waits_for_a_look_is_removed_anew(town: Town) -> None:
    """A look that began before the late answer proves nothing about what came with it."""
    asked(town)
    town.press(INES, "approve")

    def hang(_change: Change) -> None:
        town.aws.before_apply = None
        given_up(town, 3 * HOUR)

    town.aws.before_apply = hang
    town.aws.settle = 12 * HOUR
    town.aws.twice = True
    town.work()
    assert step(town, "assign").state is StepState.DROPPED
    pass_time(town, 13 * HOUR)
    pass_time(town, 13 * HOUR)
    assert not holds(town.aws)
    assert step(town, "revoke").state is StepState.CONFIRMED


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


def test_fault_32_a_clock_that_was_a_day_ahead_keeps_no_system_closed(town: Town) -> None:
    """Our credentials were refused while the clock was wrong: set right again, the probes come as they should."""
    offboarding(town)
    town.press(MARCO, "approve")
    town.press(INES, "approve")
    town.inline.drain(town.engine, town.tick, 2)
    town.now += timedelta(days=1)
    town.aws.faults = [ConnectorError("No longer accepted.", kind=Kind.CREDENTIAL) for _ in range(3)]
    town.work()
    town.aws.faults = []
    town.now -= timedelta(days=1)
    for _ in range(12):
        town.pass_time(timedelta(minutes=1))
        tend(town.engine, town.now)
        town.work()
    assert town.aws.account.active is False
    assert town.aws.grants == []
