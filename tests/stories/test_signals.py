"""A system says that somebody leaves: HR is asked once, in plain words, and nothing begins before somebody said so."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from bot.chat.port import Where
from bot.domain.errors import Refused
from bot.domain.lifecycle import RequestState
from bot.domain.signals import Heard, Sign, SignalState, Source
from bot.engine.attend import look_ahead
from bot.engine.start import start_due
from bot.store import people, signals
from tests.fakes.town import (
    ALICE,
    HANNA,
    INES,
    MARCO,
    PRIYA,
    START,
    Town,
    button,
    speaker,
    words,
)
from tests.stories.acts import asked, finish, sealed
from tests.stories.heard import FRIDAY, NEXT_WEEK, heard, leavers, questions, roster, say, states


def test_a_last_day_in_the_roster_asks_hr_and_a_yes_starts_the_usual_request(town: Town) -> None:
    """One card with a name and a day; yes prepares, and those who decide are asked as ever (S1-8, S1-13, S3-5)."""
    roster(town, ALICE, ends=FRIDAY)
    (card,) = questions(town)
    assert card.text == (
        "The roster says that the last day of Alice Martin is Friday 27 November 2026. Start the offboarding?"
    )
    assert "P-004" in words(card)
    assert "Marco Rossi" in words(card)
    assert leavers(town) == []
    town.press(HANNA, "signal_yes")
    town.work()
    request = town.request()
    assert (request.requester, request.subject, request.state) == (HANNA, ALICE, RequestState.AWAITING_APPROVAL)
    assert request.starts_at.isoformat() == "2026-11-27T16:00:00+00:00"  # 17:00 in Paris
    assert not request.immediate
    (card,) = questions(town)
    assert card.text == "Alice Martin: The roster says Friday 27 November 2026. Hanna Lindqvist answered: OFF-101."
    assert button(card, "signal_yes") is None


def test_a_contract_that_ends_is_asked_about_when_it_comes_near(town: Town) -> None:
    """Priya's contract ends in March: nobody is asked in November, somebody is in time, once (S1-13, S1-15)."""
    assert look_ahead(town.engine, town.now) == 0
    town.now = START.replace(year=2027, month=3, day=20)
    assert look_ahead(town.engine, town.now) == 1
    assert look_ahead(town.engine, town.now) == 0
    heard(town)
    (card,) = questions(town)
    assert "Priya Shah is Wednesday 31 March 2027" in card.text
    heard(town)
    assert len(questions(town)) == 1


def test_an_extended_contract_withdraws_the_question(town: Town) -> None:
    """The new day is far away: nothing is to be decided, and in a year somebody is asked again (S1-15)."""
    town.now = START.replace(year=2027, month=3, day=20)
    look_ahead(town.engine, town.now)
    heard(town)
    roster(town, PRIYA, ends=date(2028, 3, 31))
    (card,) = questions(town)
    assert "That is no longer so" in card.text
    assert button(card, "signal_yes") is None
    assert leavers(town) == []
    town.now = START.replace(year=2028, month=3, day=20)
    assert look_ahead(town.engine, town.now) == 1
    heard(town)
    assert "Friday 31 March 2028" in questions(town)[-1].text


def test_several_signals_about_one_person_are_one_question(town: Town) -> None:
    """Roster, HR system and chat speak of the same Alice: one card says so, and one answer answers all (S1-8)."""
    roster(town, ALICE, ends=FRIDAY)
    say(town, Sign.LEAVES, "e-1", ends=NEXT_WEEK)
    assert "They do not name the same day" in words(questions(town)[0])
    say(town, Sign.LEAVES, "e-2", ends=FRIDAY)
    assert "They do not name" not in words(questions(town)[0])
    with town.engine.db.begin() as tx:
        signals.hear(tx, Heard(Source.SLACK, "U004 1", Sign.GONE, ALICE), town.now)
    heard(town)
    (card,) = questions(town)
    for who in ("The roster says", "The HR system says", "Slack says that the account was switched off"):
        assert who in words(card)
    assert "Slack says that the last day" not in words(card), "a day is told of whoever named it"
    town.press(HANNA, "signal_yes")
    assert states(town).count(SignalState.CONFIRMED) == 3
    assert leavers(town) == [RequestState.PLANNING]


def test_the_same_event_twice_is_one(town: Town) -> None:
    """A feed repeats itself; nobody is asked twice, not even after the answer (S1-8)."""
    say(town, Sign.LEAVES, "e-1", ends=FRIDAY)
    say(town, Sign.LEAVES, "e-1", ends=FRIDAY)
    town.press(HANNA, "signal_no")
    say(town, Sign.LEAVES, "e-1", ends=FRIDAY)
    assert len(questions(town)) == 1
    assert states(town) == [SignalState.DISMISSED]


def test_a_rescinded_resignation_before_the_answer_takes_the_question_back(town: Town) -> None:
    """The last day is removed again: the card says that nothing is to be done, and its buttons are gone."""
    roster(town, ALICE, ends=FRIDAY)
    stale = sealed(town, HANNA, "signal_yes")
    roster(town, ALICE, ends=None)
    (card,) = questions(town)
    assert card.text.endswith("That is no longer so. Nothing is to be done.")
    with pytest.raises(Refused, match="answered already"):
        town.talk.press(speaker(HANNA), "signal_yes", stale, "", Where())
    assert leavers(town) == []


def test_a_rescinded_resignation_asks_to_cancel_before_the_start(town: Town) -> None:
    """OFF-101 waits for Friday; the roster names no last day any more; HR says yes, and it is cancelled."""
    roster(town, ALICE, ends=FRIDAY)
    town.press(HANNA, "signal_yes")
    town.work()
    roster(town, ALICE, ends=None)
    card = questions(town)[-1]
    assert "no longer says that Alice Martin leaves. OFF-101 is planned for Fri 27 Nov 2026" in card.text
    assert leavers(town) == [RequestState.AWAITING_APPROVAL]
    town.press(HANNA, "signal_follow")
    assert leavers(town) == [RequestState.WITHDRAWN]


def test_a_rescinded_resignation_after_the_start_gives_nothing_back_silently(town: Town) -> None:
    """The access is gone; HR is told so, and what was taken stays taken until somebody asks for it."""
    asked(town)
    town.press(MARCO, "approve")
    town.press(INES, "approve")
    town.work()
    before = (tuple(town.github.log), tuple(town.aws.log))
    say(town, Sign.STAYS, "e-2")
    card = questions(town)[-1]
    assert "But OFF-101 has begun" in card.text
    assert "I give nothing back by myself" in card.text
    town.press(HANNA, "signal_no")
    town.work()
    assert (tuple(town.github.log), tuple(town.aws.log)) == before
    finish(town)
    assert leavers(town) == [RequestState.CLOSED]


@pytest.mark.parametrize("day", [date(2026, 11, 25), NEXT_WEEK])
def test_another_date_asks_to_move_it_and_the_approvers_are_asked_again(town: Town, day: date) -> None:
    """Earlier or later: a yes that was given counts for the old day only."""
    roster(town, ALICE, ends=FRIDAY)
    town.press(HANNA, "signal_yes")
    town.work()
    town.press(MARCO, "approve")
    town.press(INES, "approve")
    town.work()
    assert leavers(town) == [RequestState.SCHEDULED]
    roster(town, ALICE, ends=day)
    assert "Move it?" in questions(town)[-1].text
    town.press(HANNA, "signal_follow")
    town.work()
    assert town.request().starts_at.date() == day
    assert town.request().state is RequestState.AWAITING_APPROVAL
    town.press(MARCO, "approve")
    town.press(INES, "approve")
    town.work()
    town.now = town.request().starts_at + timedelta(minutes=1)
    start_due(town.engine, town.now)
    assert town.request().state is RequestState.RUNNING


def test_a_changed_date_after_the_start_is_told_and_changes_nothing(town: Town) -> None:
    """It runs: a later last day is a matter for people, not for a program."""
    asked(town)
    town.press(MARCO, "approve")
    town.press(INES, "approve")
    town.work()
    roster(town, ALICE, ends=NEXT_WEEK)
    card = questions(town)[-1]
    assert "now says that the last day of Alice Martin is Wednesday 2 December 2026. But OFF-101 has begun" in card.text
    assert button(card, "signal_follow") is None
    assert button(card, "show")


def test_a_name_that_changes_asks_nothing_and_moves_no_account(town: Town) -> None:
    """Alice marries: the same id, another name and address. Her accounts stay hers by their ids (S0-33)."""
    roster(town, ALICE, name="Alice Moreau", email="alice.moreau@lumen.example")
    assert questions(town) == []
    with town.engine.db.look() as tx:
        assert {link.native_id for link in people.links(tx, ALICE)} >= {"40004", "AIDA4"}


def test_somebody_who_comes_back_is_a_new_story(town: Town) -> None:
    """Offboarded, hired again, and one day leaving again: the old answers do not count, and no old request returns."""
    asked(town)
    town.press(MARCO, "approve")
    town.press(INES, "approve")
    town.work()
    finish(town)
    assert leavers(town) == [RequestState.CLOSED]
    roster(town, ALICE, ends=START.date())
    assert questions(town) == []  # what the roster says is done already
    town.now += timedelta(days=200)
    back = town.now.date() + timedelta(days=1)
    roster(town, ALICE, starts=back, ends=None)
    assert leavers(town) == [RequestState.CLOSED]
    town.now += timedelta(days=100)
    roster(town, ALICE, ends=town.now.date() + timedelta(days=5))
    assert "Start the offboarding?" in questions(town)[-1].text
