"""Who answers what a system said, how, and what too much at once leads to."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from bot.chat.port import Form, Where
from bot.domain.errors import Refused
from bot.domain.lifecycle import RequestState
from bot.domain.model import PersonId
from bot.domain.signals import Heard, Sign, SignalState, Source
from bot.store import signals
from tests.fakes.town import (
    ALICE,
    BEN,
    CLARA,
    HANNA,
    INES,
    MARCO,
    PRIYA,
    SARA,
    START,
    YUKI,
    Town,
    button,
    speaker,
    words,
)
from tests.stories.acts import asked, sealed
from tests.stories.heard import FRIDAY, NEXT_WEEK, heard, leavers, questions, roster, say, states, trusting


def test_no_answer_asks_somebody_else_the_next_day(town: Town) -> None:
    """Hanna is silent: Clara is asked, Hanna's card says so, and only the newest one can be pressed."""
    roster(town, ALICE, ends=FRIDAY)
    town.pass_time(timedelta(days=1, minutes=1))
    heard(town)
    assert "I asked again" in questions(town)[-1].text
    assert "Start the offboarding?" in questions(town, CLARA)[-1].text
    town.press(CLARA, "signal_yes")
    assert town.request().requester == CLARA


def test_later_asks_the_same_person_again_in_the_morning(town: Town) -> None:
    """At nine where they work, as a new message."""
    roster(town, ALICE, ends=FRIDAY)
    town.press(HANNA, "signal_later")
    town.say()
    assert "I ask again on Tue 24 Nov 2026, 09:00 (Europe/Stockholm)" in questions(town)[-1].text
    town.now = START.replace(day=24, hour=8, minute=1)
    heard(town)
    assert len(questions(town)) == 2
    assert questions(town, CLARA) == []
    town.press(HANNA, "signal_yes")
    assert leavers(town) == [RequestState.PLANNING]


def test_another_date_is_the_usual_form_filled_in(town: Town) -> None:
    """HR chooses the day themselves; sending the form answers the question (S1-15)."""
    roster(town, ALICE, ends=FRIDAY)
    form = town.press(HANNA, "signal_other")
    assert isinstance(form, Form)
    assert "2026-11-27" in repr(form)
    town.offboard(when="later", day="2026-11-26", time="12:00")
    town.work()
    assert states(town) == [SignalState.CONFIRMED]
    assert "answered: OFF-101" in questions(town)[-1].text
    assert town.request().starts_at.date() == date(2026, 11, 26)


def test_a_day_that_has_passed_is_not_started_with_one_press(town: Town) -> None:
    """Only the form is offered, which wants the name typed: it would begin at once."""
    roster(town, ALICE, ends=START.date() - timedelta(days=3))
    (card,) = questions(town)
    assert "was Friday 20 November 2026" in card.text
    assert button(card, "signal_yes") is None
    form = town.press(HANNA, "signal_other")
    assert "Type the full name" in repr(form)


def test_a_press_on_what_changed_meanwhile_is_refused_in_words(town: Town) -> None:
    """Between card and press the day became another one: nothing begins for a day that nobody saw."""
    roster(town, ALICE, ends=FRIDAY)
    stale = sealed(town, HANNA, "signal_yes")
    roster(town, ALICE, ends=NEXT_WEEK)
    with pytest.raises(Refused, match="Something changed since I asked"):
        town.talk.press(speaker(HANNA), "signal_yes", stale, "", Where())
    town.press(HANNA, "signal_yes")
    with pytest.raises(Refused, match="answered already"):
        town.talk.press(speaker(CLARA), "signal_yes", stale, "", Where())
    assert len(leavers(town)) == 1


def test_neither_the_leaver_nor_a_stranger_answers(town: Town) -> None:
    """Ben has no right to; Hanna herself leaves, so Clara is asked, and Hanna could not say no (S4-12)."""
    roster(town, ALICE, ends=FRIDAY)
    value = sealed(town, HANNA, "signal_no")
    for person in (BEN, ALICE):
        with pytest.raises(Refused, match="may not answer"):
            town.talk.press(speaker(person), "signal_no", value, "", Where())
    roster(town, HANNA, ends=FRIDAY)
    assert "Hanna Lindqvist is Friday" in questions(town, CLARA)[-1].text
    assert all("last day of Hanna" not in words(card) for card in town.direct(HANNA))
    with pytest.raises(Refused, match="may not answer"):
        town.talk.press(speaker(HANNA), "signal_no", sealed(town, CLARA, "signal_no"), "", Where())


def test_a_source_that_policy_trusts_opens_the_request_and_people_approve_as_ever(town: Town) -> None:
    """The roster is trusted: nobody is asked whether, everybody who decides is asked as usual (S1-8)."""
    trusting(town, "\nsignals:\n  roster:\n    trusted: yes\n")
    roster(town, ALICE, ends=FRIDAY)
    assert questions(town) == []
    request = town.request()
    assert (request.source, request.state) == ("roster", RequestState.AWAITING_APPROVAL)
    assert town.github.log == town.aws.log == []
    assert button(town.direct(MARCO)[-1], "approve")
    assert "The roster, for Hanna Lindqvist" in words(town.direct(MARCO)[-1])
    roster(town, ALICE, ends=None)
    assert "Cancel it?" in questions(town)[-1].text  # taking it back is a question even then


def test_somebody_whom_policy_protects_is_never_begun_by_a_source(town: Town) -> None:
    """The trusted roster ends Grace: HR hears of it, and the press says why it cannot be."""
    trusting(town, "\nsignals:\n  roster:\n    trusted: yes\n")
    roster(town, PersonId("P-001"), ends=FRIDAY)
    assert leavers(town) == []
    with pytest.raises(Refused, match="protected by policy"):
        town.press(HANNA, "signal_yes")


def test_what_usher_switches_off_itself_is_no_news(town: Town) -> None:
    """The offboarding deactivates Alice's account; when the chat tells us so, nobody is asked."""
    asked(town)
    town.press(MARCO, "approve")
    town.press(INES, "approve")
    town.work()
    with town.engine.db.begin() as tx:
        signals.hear(tx, Heard(Source.SLACK, "U004 2", Sign.GONE, ALICE), town.now)
    heard(town)
    assert questions(town) == []
    assert states(town) == [SignalState.CONFIRMED]


def test_an_account_that_was_switched_off_before_the_day_is_told(town: Town) -> None:
    """Planned for Friday, switched off on Monday: HR hears it and decides."""
    town.offboard(when="later", day="2026-11-27", time="17:00")
    town.work()
    with town.engine.db.begin() as tx:
        signals.hear(tx, Heard(Source.SLACK, "U004 2", Sign.GONE, ALICE), town.now)
    heard(town)
    assert "was switched off already. OFF-101 is planned" in questions(town)[-1].text
    town.press(HANNA, "signal_no")
    assert leavers(town) == [RequestState.AWAITING_APPROVAL]


def test_nobody_is_guessed(town: Town) -> None:
    """A message names somebody unknown: HR is asked who is meant, in one list, and nothing begins (S1-19)."""
    for number in range(25):
        say(town, Sign.DOUBT, f"e-{number}", None, said=f"nobody{number}@lumen.example: nobody has that address")
    cards = [card for card in town.direct(HANNA) if "cannot tell who is meant" in card.text]
    assert len(cards) == 1
    assert "and 5 more" in words(cards[0])
    town.press(HANNA, "signal_no")
    assert set(states(town)) == {SignalState.DISMISSED}


def test_too_many_at_once_are_one_question_and_not_fifty(town: Town) -> None:
    """Six and more in an hour: the rest is held in one list, where one press says that it is a mistake (S1-19)."""
    everybody = [ALICE, BEN, INES, MARCO, YUKI, PRIYA, SARA, PersonId("P-010"), PersonId("P-006")]
    for number, person in enumerate(everybody):
        say(town, Sign.LEAVES, f"e-{number}", person, ends=FRIDAY)
    cards = [card for card in town.direct(HANNA) if "Start the offboarding?" in card.text]
    assert len(cards) == 5
    (held,) = [card for card in town.direct(HANNA) if "said to leave" in card.text]
    assert held.text.startswith("4 more people are said to leave, all within an hour.")
    assert "Sara Haddad: The HR system says Friday 27 November 2026" in words(held)
    town.press(HANNA, "held_none")
    assert states(town) == [SignalState.OPEN] * 5 + [SignalState.DISMISSED] * 4
    with pytest.raises(Refused, match="answered already"):
        town.press(HANNA, "held_none")


def test_many_who_really_leave_are_asked_about_one_by_one(town: Town) -> None:
    """A site closes: HR says that it can be right, and gets a card for each."""
    everybody = [ALICE, BEN, INES, MARCO, YUKI, PRIYA, SARA]
    for number, person in enumerate(everybody):
        say(town, Sign.LEAVES, f"e-{number}", person, ends=FRIDAY)
    town.press(HANNA, "held_ask")
    heard(town)
    cards = [card for card in town.direct(HANNA) if "Start the offboarding?" in card.text]
    assert len(cards) == 7
    assert states(town) == [SignalState.OPEN] * 7
    assert leavers(town) == []
