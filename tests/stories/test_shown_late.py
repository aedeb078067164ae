"""A system shows a gift only after a while: that it is not seen yet does not prove that it was taken back."""

from __future__ import annotations

from datetime import timedelta

from bot.domain.lifecycle import RequestState, StepState
from bot.domain.model import Change, Grant
from tests.fakes.town import INES, Town
from tests.stories.lends import RIGHTS, access, asked, holds, pass_time, step

HOUR = timedelta(hours=1)


def test_an_end_that_comes_before_the_gift_is_shown_is_proven_by_a_later_look(town: Town) -> None:
    """The removal meets nothing and the look sees nothing, for the system is slow: it looks again (S1-2, S4-9)."""
    town.aws.settle = 4 * HOUR
    asked(town)
    since, hidden = town.now, list[Grant]()

    def show() -> None:
        if town.now >= since + town.aws.settle:
            town.aws.grants.extend(hidden)
            hidden.clear()
            return
        fresh = [one for one in town.aws.grants if one.entitlement.native_id in RIGHTS.values()]
        hidden.extend(fresh)
        town.aws.grants[:] = [one for one in town.aws.grants if one not in fresh]

    def before(_change: Change) -> None:
        show()

    town.aws.before_read, town.aws.before_apply = show, before
    town.press(INES, "approve")
    town.work()
    pass_time(town, 3 * HOUR)
    assert hidden, "the gift is there, and not shown yet"
    assert step(town, "revoke").state is StepState.APPLIED
    for _ in range(3):
        pass_time(town, 2 * HOUR)
    assert not hidden
    assert not holds(town.aws)
    assert step(town, "revoke").state is StepState.CONFIRMED
    assert access(town).request.state is RequestState.CLOSED
