"""What was promised, by when, and whether it was kept: in the plan, in the thread, at the end, in the report."""

from __future__ import annotations

from datetime import timedelta

from bot.chat.report.render import render
from connectors.interface import ConnectorError, Kind
from tests.fakes.memory import down
from tests.fakes.town import INES, MARCO, SARA, Town, words
from tests.stories.acts import approved, asked, finish, read_again, wait
from tests.stories.test_two_people import WHY, proposed


def head(town: Town) -> str:
    """The head of the thread."""
    return next(words(card) for channel, thread, card in town.ears.posts.values() if channel == "C-off" and not thread)


def end(town: Town) -> str:
    """The last message of the thread."""
    return next(
        words(card)
        for _, thread, card in reversed(town.ears.posts.values())
        if thread and "is finished after" in card.text
    )


def test_the_plan_says_what_is_promised(town: Town) -> None:
    """Whoever approves reads by when each kind of work is done (S0-29, S1-5)."""
    asked(town, when="later", day="2026-11-27", time="17:00")
    said = words(town.direct(MARCO)[-1])
    assert "Promised" in said
    assert "Accounts, keys and sessions: by Fri 27 Nov 2026, 18:00" in said


def test_at_once_counts_from_the_approval(town: Town) -> None:
    """Nobody knows yet when they approve: it is promised from then on."""
    asked(town)
    assert "Accounts, keys and sessions: within 1 hour of the approval" in words(town.direct(MARCO)[-1])


def test_kept_is_said_with_its_times(town: Town) -> None:
    """The head and the end of the thread tell each moment, system by system, and that the promise was kept (S0-4)."""
    approved(town)
    assert "Kept." in head(town)
    finish(town)
    assert "AWS: asked" in end(town)
    assert "what is dangerous ended" in end(town)
    assert "Kept." in end(town)


def test_late_is_said_with_the_step_and_its_reason(town: Town) -> None:
    """AWS was down for two hours: late, by how much, which step, and why (S0-4, S0-29)."""
    read_again(town)
    town.aws.faults = [down("AWS does not answer today.") for _ in range(1000)]
    town.work()
    wait(town, timedelta(minutes=15), times=8)
    assert "and still open" in head(town)
    town.aws.faults = []
    wait(town, timedelta(minutes=15), times=3)
    finish(town)
    said = end(town)
    assert "Late by" in said
    assert "AWS: Lock the account alice.martin — AWS does not answer today." in said


def test_what_two_people_left_open_is_in_the_report_for_ever(town: Town) -> None:
    """The report names the item, the reason, both people and the end; nobody says that all is gone."""
    proposed(town)
    town.press(SARA, "second_yes")
    finish(town)
    assert "left open by decision" in end(town)
    assert "Everything is seen gone" not in end(town)
    page = render(town.view(), made_for="Hanna", now=town.now)
    for fact in ("Left open by decision", WHY, "Ines Ferreira", "Sara"):
        assert fact in page
    assert "['P-" not in page


def test_the_report_tells_the_moments_of_each_system(town: Town) -> None:
    """A table with the moments of each system stands beside those of the whole (S1-5)."""
    approved(town)
    finish(town)
    assert "The same, system by system" in render(town.view(), made_for="Hanna", now=town.now)


def test_a_step_that_was_refused_says_so_where_it_was_late(town: Town) -> None:
    """What a person had to help with is told as it was."""
    read_again(town)
    town.aws.faults = [ConnectorError("AWS says no.", kind=Kind.PERMANENT)]
    town.work()
    town.pass_time(timedelta(hours=3))
    town.press(INES, "try_again")
    town.work()
    finish(town)
    assert "AWS says no." in end(town)
