"""After somebody left, everything is looked at again: it stays gone, or people hear what came back."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.lifecycle import RequestState
from bot.store import Database
from tests.fakes.town import INES, MARCO, Town
from tests.stories.acts import everything_said
from tests.stories.later import LEFT, PROD, checks, gone, later, looks, of, ticks


@pytest.fixture
def town(db: Database) -> Town:
    """A company on a fresh database, which Alice has left."""
    return gone(Town(db))


def test_four_looks_and_four_certificates_in_the_thread(town: Town) -> None:
    """Day 1, 7, 30 and 90: everything is read, nothing is approved, one dated line each (S1-2, S1-21, S0-25, S3-10)."""
    assert [one.nth for one in looks(town)] == [1, 7, 30, 90]
    calls = len(town.aws.log) + len(town.github.log)
    for days in (1.01, 6, 23, 60):
        later(town, days)
    assert [one.state for one in checks(town)] == [RequestState.CLOSED] * 4
    said = [line for line in town.thread() if "clean" in line]
    assert [line.split(",")[0] for line in said] == [
        "✓ After 1 day",
        "✓ After 7 days",
        "✓ After 30 days",
        "✓ After 90 days",
    ]
    assert "Read whole: GitHub and AWS" in said[0]
    assert "not looked at now: Laptop and badge and Shared admin password" in said[0]
    assert len(town.aws.log) + len(town.github.log) == calls


def test_what_came_back_and_can_be_undone_ends_at_once(town: Town) -> None:
    """Her account works again: locked without another question, in the same thread, and looked at once more (S1-21)."""
    town.aws.account = replace(town.aws.account, active=True)
    later(town, 1.01)
    check = of(town, "CHK-101")
    assert town.aws.account.active is False
    assert check.request.state is RequestState.CLOSED
    assert check.request.approvers == ()
    assert (check.request.channel, check.request.thread) == (
        of(town, LEFT).request.channel,
        of(town, LEFT).request.thread,
    )
    assert "was locked and works again" in everything_said(town)
    later(town, 1.01)
    assert "✓ Looked once more" in town.thread()[-1]


def test_a_right_that_came_back_asks_like_a_removal(town: Town) -> None:
    """A group is no danger of the hour: two people say yes, and it goes (S1-11, S1-21)."""
    town.aws.grants = [PROD]
    later(town, 1.01)
    check = of(town, "CHK-101")
    assert check.request.state is RequestState.AWAITING_APPROVAL
    assert "was taken away and is there again" in everything_said(town)
    assert town.aws.grants == [PROD]
    town.press(MARCO, "approve")
    town.press(INES, "approve")
    ticks(town)
    assert town.aws.grants == []
    assert of(town, "CHK-101").request.state is RequestState.CLOSED
