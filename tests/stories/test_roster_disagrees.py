"""The roster says something else than the form: said beside it, meant by a person, and both kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from bot.chat.blocks_lint import problems
from bot.chat.port import Answer, Card, ChoiceField, Filled, Form, Later, Where
from bot.chat.report.trail import trail
from bot.chat.slack_forms import modal
from bot.domain.disagree import Odd, odd
from bot.engine.setup import keep_people
from bot.engine.view import view
from bot.store import journal, people, records
from tests.fakes.town import ALICE, BEN, HANNA, START, Town, speaker
from tests.stories.acts import leave

TODAY = START.date()
MONDAY = {"when": "later", "day": "2026-11-30", "time": "17:00"}


def sent(town: Town, **values: str) -> Answer:
    """Hanna sends the form about Alice, just once."""
    filled = {"person": ALICE, "when": "now", "exit": "voluntary", "typed": "Alice Martin", **values}
    return town.talk.submit(speaker(HANNA), "offboard", Filled(filled), f"one-{sorted(filled.items())}")


def asked_to_look(answer: Answer) -> tuple[str, str]:
    """What the form says now, and what is confirmed by going on."""
    assert isinstance(answer, Form)
    (sure,) = (one for one in answer.fields if isinstance(one, ChoiceField) and one.name == "sure")
    assert sure.value == ""
    return repr(answer.fields), sure.options[0].value


def test_the_form_that_asks_once_more_is_what_slack_takes(town: Town) -> None:
    """It stands in the place of the first one, with everything that was written there."""
    leave(town, ALICE, date(2026, 11, 27))
    form = sent(town, **MONDAY, note="Badge 12")
    assert isinstance(form, Form)
    assert problems(modal(form), "modal") == []
    assert "Badge 12" in repr(form)
    assert "2026-11-30" in repr(form)


def begun(town: Town) -> bool:
    """Whether a request was made."""
    with town.engine.db.look() as tx:
        return bool(records.about(tx, ALICE))


def test_another_last_day_is_said_and_begins_nothing_before_somebody_means_it(town: Town) -> None:
    """By the roster Friday, by the form Monday: HR looks, confirms, and the journal keeps both (S0-5)."""
    leave(town, ALICE, date(2026, 11, 27))
    words, sure = asked_to_look(sent(town, **MONDAY))
    assert (
        "By the roster Alice Martin works here until Fri 27 Nov 2026, "
        "and this lets the access last until Mon 30 Nov" in words
    )
    assert not begun(town)
    assert isinstance(sent(town, **MONDAY, sure=sure), Card)
    with town.engine.db.look() as tx:
        (made,) = [one for one in journal.read(tx, request="OFF-101") if one.kind == "request.submitted"]
    assert (made.facts["roster_ends"], made.facts["starts_at"][:10]) == ("2026-11-27", "2026-11-30")
    assert made.facts["odd"] == ["later"]
    said = [one.words for one in trail(view(town.engine, "OFF-101", town.now))]
    assert any("though the roster said otherwise: the last day there was 2026-11-27" in one for one in said)


def test_a_yes_is_for_the_day_that_was_shown_and_for_no_other(town: Town) -> None:
    """Whoever then writes another day is asked again."""
    leave(town, ALICE, date(2026, 11, 27))
    _words, sure = asked_to_look(sent(town, **MONDAY))
    asked_to_look(sent(town, **{**MONDAY, "day": "2026-12-04"}, sure=sure))
    assert not begun(town)


def test_leaving_at_once_before_the_day_of_the_roster_is_meant_too(town: Town) -> None:
    """Now, and not on Friday: said before it cannot be taken back."""
    leave(town, ALICE, date(2026, 11, 27))
    words, sure = asked_to_look(sent(town))
    assert "and this ends the access on Mon 23 Nov 2026" in words
    assert isinstance(sent(town, sure=sure), Card)


def test_who_left_already_by_the_roster_is_said_to_have_left(town: Town) -> None:
    """What is still there ends; but first somebody looks whether it is the right person."""
    leave(town, ALICE, date(2026, 11, 1))
    words, sure = asked_to_look(sent(town))
    assert "By the roster Alice Martin left on Sun 01 Nov 2026" in words
    assert isinstance(sent(town, sure=sure), Card)


def test_who_is_not_in_the_newest_roster_any_more_is_said_to_be_missing(town: Town) -> None:
    """Nobody leaves because a list forgot them, and nobody is offboarded by an old entry without a second look."""
    with town.engine.db.look() as tx:
        everybody = people.every(tx)
    keep_people(town.engine.db, [one for one in everybody.values() if one.id != ALICE], town.now)
    words, sure = asked_to_look(sent(town))
    assert "The newest roster does not name Alice Martin any more" in words
    assert isinstance(sent(town, sure=sure), Card)
    keep_people(town.engine.db, everybody.values(), town.now)
    with town.engine.db.look() as tx:
        assert people.is_named(tx, ALICE)


def test_a_form_that_agrees_with_the_roster_asks_nothing_more(town: Town) -> None:
    """The day of the roster is filled in, and sent as it is."""
    leave(town, ALICE, date(2026, 11, 30))
    assert isinstance(sent(town, **MONDAY), Card)


def test_a_preview_says_it_too(town: Town) -> None:
    """Before anybody asks for anything, whoever looks reads what the roster says."""
    leave(town, ALICE, date(2026, 11, 1))
    answer = town.talk.command(speaker(HANNA), "usher", "preview Alice Martin", Where())
    assert isinstance(answer, Later)
    assert "By the roster Alice Martin left on Sun 01 Nov 2026" in repr(answer.then())


@pytest.mark.parametrize(
    ("ends", "day", "named", "found"),
    [
        (None, TODAY, True, ()),
        (None, TODAY, False, (Odd.UNNAMED,)),
        (TODAY, TODAY, True, ()),
        (TODAY, TODAY + timedelta(days=1), True, (Odd.LATER,)),
        (TODAY + timedelta(days=1), TODAY, False, (Odd.UNNAMED, Odd.SOONER)),
        (TODAY - timedelta(days=1), TODAY, True, (Odd.LEFT,)),
    ],
)
def test_what_is_odd_is_named(town: Town, ends: date | None, day: date, named: bool, found: tuple[Odd, ...]) -> None:
    """Each contradiction by its name, and nothing else."""
    with town.engine.db.look() as tx:
        person = replace(people.every(tx)[BEN], ends=ends)
    assert odd(person, day, TODAY, named=named) == found
