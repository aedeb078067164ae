"""A gift whose call was given up is looked at an hour and a day later: what the system gave late is taken back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.lifecycle import RequestState, StepState
from bot.domain.model import Assign, Change
from bot.engine import after
from bot.engine.context import queue
from bot.engine.expire import expire
from bot.store import Database, journal, records, rescans
from tests.fakes.memory import down
from tests.fakes.town import INES, Town
from tests.stories.later import looks, ticks
from tests.stories.lends import access, asked, holds, step

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])
HOUR = timedelta(hours=1)


@pytest.fixture
def town(db: Database) -> Town:
    """A company in which the call that gives Alice production is given up, and its end has come and was seen."""
    town = Town(db)
    asked(town)
    town.press(INES, "approve")

    def hang(_change: Change) -> None:
        town.aws.before_apply = None
        gift = step(town, "assign")
        with town.engine.db.begin() as tx:
            records.lock(tx, "ACC-101")
            after.given_up(tx, gift, town.now)
            assert queue(town.engine, tx, gift, StepState.READY, town.now) is not None
        raise down()

    town.aws.before_apply = hang
    town.work()
    return town


def over(town: Town) -> None:
    """Its time is over, and it was seen taken back."""
    town.pass_time(3 * HOUR)
    expire(town.engine, town.now)
    town.work()
    assert access(town).request.state is RequestState.CLOSED
    assert not holds(town.aws)


def give(town: Town) -> None:
    """The system gives it now, long after anybody waited."""
    action = step(town, "assign").action
    assert isinstance(action, Assign)
    town.aws.grants.append(action.grant)


def verdicts(town: Town) -> list[tuple[str, bool]]:
    """What each look said, and whether something was caught."""
    with town.engine.db.look() as tx:
        trail = journal.read(tx, request="ACC-101")
    return [(str(e.facts["verdict"]), bool(e.facts["caught"])) for e in trail if e.kind == "rescan.gift"]


def test_what_a_system_gives_hours_later_is_caught_by_a_look(town: Town) -> None:
    """Seen gone, closed, and given after all: the look finds it and it is taken back, told in the thread."""
    over(town)
    give(town)
    ticks(town)
    assert verdicts(town)[0] == ("contradicted", True)
    assert not holds(town.aws)
    assert access(town).request.state is RequestState.CLOSED
    assert any("late" in line for line in town.thread())
    town.pass_time(timedelta(days=1))
    ticks(town)
    assert verdicts(town)[-1] == ("confirmed", False)
    assert [one.ended_at is not None for one in looks(town, "ACC-101")] == [True, True]


def test_a_gift_in_its_time_is_left_alone(town: Town) -> None:
    """The second try gave it, and she works with it: a look takes nothing away."""
    town.pass_time(HOUR + timedelta(minutes=1))
    ticks(town)
    assert verdicts(town) == [("contradicted", False)]
    assert holds(town.aws)


def test_what_somebody_lent_her_anew_is_not_what_came_late(town: Town) -> None:
    """She asked again and has it for good reason: the old look does not take it away."""
    over(town)
    asked(town, reason="Again, please.")
    town.press(INES, "approve")
    town.work()
    ticks(town)
    assert holds(town.aws)
    assert ("contradicted", True) not in verdicts(town)


def test_a_system_that_cannot_be_read_is_asked_again(town: Town) -> None:
    """Not seen is not gone: another look is planned, for a week."""
    over(town)
    town.aws.faults = [down() for _ in range(20)]
    for _ in range(4):
        ticks(town)
        town.pass_time(timedelta(minutes=2))
    assert verdicts(town)[0][0] == "unseen"
    give(town)
    town.aws.faults = []
    town.pass_time(timedelta(days=1, hours=1))
    ticks(town)
    assert not holds(town.aws)


def test_a_second_try_that_is_given_up_plans_anew(town: Town) -> None:
    """The looks count from the last call that was given up; none is made twice."""
    with town.engine.db.begin() as tx:
        after.given_up(tx, step(town, "assign"), town.now + HOUR)
        waiting = [one for one in rescans.of(tx, "ACC-101") if one.ended_at is None]
    assert [one.due for one in waiting] == [town.now + 2 * HOUR, town.now + HOUR + timedelta(days=1)]
