"""After somebody left, everything is looked at again: it stays gone, or people hear what came back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.lifecycle import RequestState
from bot.engine.rescan import rescan
from bot.store import Database
from tests.fakes.memory import down
from tests.fakes.town import INES, MARCO, Town
from tests.stories.acts import everything_said
from tests.stories.later import (
    FRESH_KEY,
    LEFT,
    OTHER,
    PROD,
    certificates,
    checks,
    gone,
    later,
    looks,
    of,
    ticks,
)

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])


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
    starts = [line.split(",")[0] for line in said]
    assert starts == ["✓ After 1 day", "✓ After 7 days", "✓ After 30 days", "✓ After 90 days"]
    assert "Read whole: GitHub and AWS" in said[0]
    assert "not looked at now: Laptop and badge and Shared admin password" in said[0]
    assert len(town.aws.log) + len(town.github.log) == calls
    assert not any(town.direct(person)[-1].text.startswith("CHK") for person in (MARCO, INES))
    assert looks(town)[-1].ended_at is not None


def test_a_look_that_is_due_begins_once_however_often_the_clock_ticks(town: Town) -> None:
    """Two replicas, a second tick in the same moment: one look."""
    town.pass_time(timedelta(days=1, minutes=1))
    assert rescan(town.engine, town.now) == 1
    assert rescan(town.engine, town.now) == 0
    town.work()
    assert rescan(town.engine, town.now) == 0
    assert len(certificates(town)) == 1


def test_after_a_week_of_standstill_one_look_makes_up_for_two(town: Town) -> None:
    """Day 1 and day 7 were missed: both are made with one request, and the line says the longer time."""
    later(town, 8)
    assert [one.id for one in checks(town)] == ["CHK-101"]
    assert [(one.nth, one.request) for one in looks(town)][:2] == [(1, "CHK-101"), (7, "CHK-101")]
    assert certificates(town)[0].facts["days"] == [1, 7]
    assert any(line.startswith("✓ After 7 days") for line in town.thread())


def test_what_could_not_be_read_is_said_and_looked_at_again(town: Town) -> None:
    """AWS is down on day 1: clean as far as seen, AWS not; a day later it is seen (S1-2)."""
    town.aws.faults = [down() for _ in range(9)]
    town.pass_time(timedelta(days=1, minutes=1))
    for _ in range(4):
        ticks(town)
        town.pass_time(timedelta(minutes=2))
    first = certificates(town)[0].facts
    assert list(first["seen"]) == ["github"]
    line = next(line for line in town.thread() if line.startswith("◐"))
    assert "clean as far as seen; 1 system not seen." in line
    assert "Not seen: AWS (The system does not answer)." in line
    assert line.endswith("I look again in a day.")
    town.aws.faults = []
    later(town, 1.1)
    assert sorted(certificates(town)[1].facts["seen"]) == ["aws", "github"]


def test_a_part_that_is_not_shown_is_no_part_of_the_certificate(town: Town) -> None:
    """AWS lists no keys: the certificate names the part and why, and not AWS as read whole (S1-2)."""
    town.aws.blind = "The list of keys is closed."
    later(town, 1.01)
    facts = certificates(town)[0].facts
    assert facts["unseen"] == [["aws", "keys and tokens", "The list of keys is closed."]]
    assert list(facts["seen"]) == ["github"]
    line = next(line for line in town.thread() if line.startswith("◐"))
    assert "clean as far as seen; 1 system seen in part." in line
    assert "Seen in part: AWS without keys and tokens." in line


def test_what_stays_unreadable_is_not_looked_at_for_ever(town: Town) -> None:
    """Three looks are added because something was not shown; after that the days of the policy do."""
    town.aws.blind = "The list of keys is closed."
    for _ in range(12):
        later(town, 1.01)
    assert sum(one.nth == 0 for one in looks(town)) == 3


def test_what_came_back_and_can_be_undone_ends_at_once(town: Town) -> None:
    """Her account works again: locked without another question, in the same thread, and looked at once more (S1-21)."""
    town.aws.account = replace(town.aws.account, active=True)
    later(town, 1.01)
    check, left = of(town, "CHK-101").request, of(town, LEFT).request
    assert town.aws.account.active is False
    assert check.state is RequestState.CLOSED
    assert check.approvers == ()
    assert (check.channel, check.thread) == (left.channel, left.thread)
    assert "it was locked and works again" in everything_said(town)
    assert "CHK-101 ends it at once: that can be undone, and ending such access was" in everything_said(town)
    later(town, 1.01)
    assert town.thread()[-1].startswith("✓ Looked once more")


def test_a_new_key_is_switched_off_and_called_new(town: Town) -> None:
    """A key nobody saw before is told as such, and one that was switched on again too (S1-2, S1-21)."""
    town.aws.credentials = [FRESH_KEY, replace(town.aws.credentials[0], active=True)]
    later(town, 1.01)
    assert not any(key.active for key in town.aws.credentials)
    said = everything_said(town)
    assert "it is new: nobody saw it before" in said
    assert "it was switched off and works again" in said


def test_a_right_that_came_back_asks_like_a_removal(town: Town) -> None:
    """A group is no danger of the hour: two people say yes, and it goes (S1-11, S1-21)."""
    town.aws.grants = [PROD]
    later(town, 1.01)
    assert of(town, "CHK-101").request.state is RequestState.AWAITING_APPROVAL
    assert "it was taken away and is there again" in everything_said(town)
    assert town.aws.grants == [PROD]
    town.press(MARCO, "approve")
    town.press(INES, "approve")
    ticks(town)
    assert town.aws.grants == []
    assert of(town, "CHK-101").request.state is RequestState.CLOSED


def test_what_a_rule_of_the_system_gives_is_told_with_its_rule(town: Town) -> None:
    """Somebody takes the person out of the group, or it comes back: the words name the group (S1-21)."""
    town.aws.grants = [replace(OTHER, path="by the group Everybody", by_hand="The group is filled elsewhere.")]
    later(town, 1.01)
    said = everything_said(town)
    assert "it is new: it was given after this person left" in said
    assert "it comes by the group Everybody, and comes back for as long as that stands" in said


def test_what_is_urgent_does_not_wait_for_what_is_not(town: Town) -> None:
    """An account and a group came back: the account is locked at once, the group asks, each in its own request."""
    town.aws.account = replace(town.aws.account, active=True)
    town.aws.grants = [PROD]
    later(town, 1.01)
    assert town.aws.account.active is False
    assert town.aws.grants == [PROD]
    assert [one.state for one in checks(town)] == [RequestState.CLOSED, RequestState.AWAITING_APPROVAL]
    town.press(MARCO, "approve")
    town.press(INES, "approve")
    ticks(town)
    assert town.aws.grants == []


def test_a_kind_that_was_never_approved_asks_first(db: Database) -> None:
    """Nobody ever approved to switch a key of hers off: a new one asks, whatever it can do (S1-11)."""
    town = Town(db)
    town.aws.credentials = []
    town.github.made = []
    gone(town)
    town.aws.credentials = [FRESH_KEY]
    later(town, 1.01)
    assert of(town, "CHK-101").request.state is RequestState.AWAITING_APPROVAL
    assert town.aws.credentials[0].active
