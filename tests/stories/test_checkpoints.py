"""A team must release an item first: whoever of it presses first, by name; silence does what was said."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from bot.domain.errors import Refused
from bot.domain.hold import CHECKPOINT
from bot.domain.lifecycle import RequestState, StepState
from bot.engine.tend import tend
from bot.store import Database
from tests.fakes.town import ALICE, BEN, INES, MARCO, SARA, TOMASZ, Town, words
from tests.stories.acts import approved, everything_said, finish, leave
from tests.stories.holding import TEAM, holds, keep, later, press, ruled, shown, team_step

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])
DAY = timedelta(days=1)


def waiting(db: Database, silence: str = "wait") -> Town:
    """Alice's exit runs; her team's membership waits for DevOps."""
    return approved(ruled(Town(db), TEAM.replace("SILENCE", silence)))


def test_the_team_is_asked_and_everything_else_goes_on(db: Database) -> None:
    """Both members hear, with what happens if nobody answers; what contains has ended (S0-23, S1-9)."""
    town = waiting(db)
    for person in (INES, TOMASZ):
        (card,) = holds(town, person)
        assert "wait for your team" in words(card)
        assert "without an answer security is told, and it goes on waiting" in words(card)
        assert "Release" in words(card)
    assert team_step(town).held == CHECKPOINT
    assert all(step.ended for step in town.view().contain)
    assert "waits for DevOps until" in everything_said(town)


def test_one_named_member_releases_for_all(db: Database) -> None:
    """Whoever presses first; the other's press is answered with a name, and the trail has it (S0-23)."""
    town = waiting(db)
    step = team_step(town)
    press(town, TOMASZ, "hold_remove", step)
    assert team_step(town).state is StepState.CONFIRMED
    with pytest.raises(Refused, match="answered already") as refused:
        press(town, INES, "hold_remove", step)
    assert "Tomasz Nowak answered" in refused.value.hint
    assert "Tomasz Nowak released it for DevOps" in everything_said(town)
    assert any(e.kind == "hold.released" and e.facts["by"] == TOMASZ for e in town.view().journal)
    assert not shown(town, INES, "hold_remove")
    finish(town)
    assert town.request().state is RequestState.CLOSED


def test_nobody_outside_the_team_releases(db: Database) -> None:
    """Neither the manager nor a colleague nor the leaver; nor does one member hand it to somebody else (S0-23)."""
    town = waiting(db)
    step = team_step(town)
    for person in (MARCO, BEN):
        with pytest.raises(Refused, match="not yours to answer"):
            press(town, person, "hold_remove", step)
    with pytest.raises(Refused, match="concerns you"):
        press(town, ALICE, "hold_remove", step)
    for action in ("hold_first",):
        with pytest.raises(Refused, match="A team only releases it"):
            press(town, INES, action, step)


def test_a_silent_team_whose_default_is_go_is_gone_past(db: Database) -> None:
    """The day is over and nobody answered: it goes, as announced (S0-23, S1-7)."""
    town = waiting(db, "go")
    assert "unless somebody of your team answers" in words(holds(town, INES)[0])
    later(town, DAY + timedelta(minutes=1))
    assert team_step(town).state is StepState.CONFIRMED
    assert "nobody answered in time, so it goes now" in everything_said(town)


def test_a_silent_team_whose_default_is_wait_is_told_of(db: Database) -> None:
    """Security hears, may release it, and hears again each day: no wait is without an end (S0-23)."""
    town = waiting(db)
    later(town, DAY + timedelta(minutes=1))
    step = team_step(town)
    assert step.state is StepState.HELD
    assert step.due is not None
    assert step.due > town.now
    assert "DevOps did not answer in time" in everything_said(town)
    assert shown(town, SARA, "hold_remove")
    later(town, DAY)
    assert sum("DevOps did not answer in time" in line for line in town.thread()) == 2
    press(town, SARA, "hold_remove", team_step(town))
    assert team_step(town).state is StepState.CONFIRMED


def test_a_team_may_say_until_when_it_must_wait(db: Database) -> None:
    """Not yet, until Monday: still the team's to release, and asked again then (S0-23, S1-3)."""
    town = waiting(db, "go")
    keep(town, INES, team_step(town), town.now + 7 * DAY)
    assert team_step(town).held == CHECKPOINT
    assert shown(town, TOMASZ, "hold_remove")
    later(town, 6 * DAY)
    assert team_step(town).state is StepState.HELD
    later(town, 2 * DAY)
    assert team_step(town).state is StepState.CONFIRMED


def test_a_team_that_has_left_is_not_waited_for(db: Database) -> None:
    """All of it is gone: security is asked instead (S0-23)."""
    town = waiting(db)
    for person in (INES, TOMASZ):
        leave(town, person, date(2026, 11, 1))
    assert tend(town.engine, town.now) > 0
    town.work()
    assert team_step(town).assignee == SARA
    press(town, SARA, "hold_remove", team_step(town))
    assert team_step(town).state is StepState.CONFIRMED


def test_of_a_team_each_is_reminded_in_their_own_day(db: Database) -> None:
    """It is evening here and night there: one hears now, the other in the morning, each once (S0-23, S1-25)."""
    town = Town(db)
    town.now = town.now.replace(hour=7, minute=30)
    approved(ruled(town, TEAM.replace("SILENCE", "wait")))

    def reminded() -> list[int]:
        found = [town.direct(person) for person in (INES, TOMASZ)]
        return [sum("A reminder about" in card.text for card in cards) for cards in found]

    later(town, timedelta(hours=12, minutes=1))  # 19:31 in Lisbon, 20:31 in Warsaw
    assert reminded() == [1, 0]
    later(town, timedelta(hours=10))
    assert reminded() == [1, 0]
    later(town, timedelta(minutes=40))  # 06:11 in Lisbon, 07:11 in Warsaw
    assert reminded() == [1, 1]
    later(town, timedelta(minutes=40))
    assert reminded() == [1, 1]
