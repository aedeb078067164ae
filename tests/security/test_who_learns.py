"""Nobody learns of a request that is not theirs to see: not from a form, a list, a page, or the words of a refusal."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from bot.chat.links import sign
from bot.chat.port import Card, Filled, Form, Speaker, Text, Where
from bot.chat.report.page import show
from bot.domain.errors import Refused
from bot.domain.model import PersonId
from bot.store import Database, people
from tests.fakes.town import ALICE, BEN, CLARA, HANNA, OMAR, Town, speaker, words

STRANGER = Speaker("U999", None)
CHOSEN = Filled({"person": CLARA, "when": "now"})


@pytest.fixture
def town(db: Database) -> Town:
    """Hanna asked for the offboarding of Clara, who works in HR like her and may do all that Hanna may."""
    town = Town(db)
    town.offboard(HANNA, person=CLARA, typed="Clara Jensen")
    town.work()
    return town


def said(form: object) -> str:
    """The sentences of a form."""
    assert isinstance(form, Form)
    return "\n".join(part.text for part in form.fields if isinstance(part, Text))


@pytest.mark.parametrize("typed", ["clara", "Clara Jensen", "<@U012>", "@clara"])
def test_the_leaver_who_may_offboard_others_learns_nothing_from_the_form(town: Town, typed: str) -> None:
    """Clara asks for her own offboarding: the form says that this cannot be, not that somebody else has begun."""
    words_of_form = said(town.talk.command(speaker(CLARA), "/offboard", typed, Where()))
    assert words_of_form == "You cannot offboard yourself."


def test_the_leaver_learns_nothing_by_choosing_herself_in_an_open_form(town: Town) -> None:
    """The form is drawn again for the person chosen; for herself it says the same as when nothing runs."""
    redrawn = town.talk.redraw(speaker(CLARA), "offboard", CHOSEN)
    assert town.request().id not in repr(redrawn)
    assert said(redrawn) == "You cannot offboard yourself."


def test_the_leaver_finds_nothing_anywhere_else(town: Town) -> None:
    """Home, the list of people, a direct message and the command with the number are silent about OFF-101."""
    who, number = speaker(CLARA), town.request().id
    assert number not in words(town.talk.home(who))
    assert number not in repr(town.talk.options(who, "people", "clara"))
    assert town.direct(CLARA) == []
    expected = f"I cannot show you {number}. It may not exist, or it is not yours to see."
    with pytest.raises(Refused) as refused:
        town.talk.command(who, "/offboard", number, Where())
    assert refused.value.words == expected
    with pytest.raises(Refused) as refused:
        town.talk.message(who, number)
    assert refused.value.words == expected


@pytest.mark.parametrize("who", [speaker(BEN), STRANGER], ids=["colleague", "stranger"])
def test_without_the_right_there_is_no_form_however_it_is_asked_for(town: Town, who: Speaker) -> None:
    """The command, a button from before, and a form left open all look the right up again."""
    with pytest.raises(Refused):
        town.talk.command(who, "/offboard", "clara", Where())
    with pytest.raises(Refused):
        town.talk.press(who, "offboard", "start", "", Where())
    with pytest.raises(Refused):
        town.talk.redraw(who, "offboard", CHOSEN)


def test_a_request_that_is_hidden_and_one_that_does_not_exist_look_the_same(town: Town) -> None:
    """Whoever tries numbers one after the other learns nothing."""
    answers = set()
    for number in ("OFF-101", "OFF-999"):
        with pytest.raises(Refused) as refused:
            town.talk.command(speaker(BEN), "/offboard", number, Where())
        answers.add(refused.value.words.replace(number, "it"))
    assert len(answers) == 1


@pytest.mark.parametrize("person", [ALICE, BEN])
def test_hr_is_told_of_a_request_that_runs_already(town: Town, person: PersonId) -> None:
    """For those who may see it, the form says which one it is; for other people it offers the form as always."""
    form = town.talk.redraw(speaker(HANNA), "offboard", CHOSEN)
    assert "already being offboarded: OFF-101" in said(form)
    other = town.talk.redraw(speaker(HANNA), "offboard", Filled({"person": person, "when": "now"}))
    assert "OFF-101" not in repr(other)
    assert isinstance(town.talk.command(speaker(HANNA), "/offboard", "OFF-101", Where()), Card)


@pytest.mark.parametrize("person", [HANNA, OMAR], ids=["who asked", "auditor"])
def test_whoever_has_left_sees_nothing_any_more(town: Town, person: PersonId) -> None:
    """Roles and links given before do not outlive the last day: neither the command nor a report link opens."""
    number = town.request().id
    token = sign(town.desk.secret, number, person, town.now)
    assert show(town.engine, town.desk.secret, token, town.now)[0] == 200
    with town.engine.db.begin() as tx:
        people.put(tx, [replace(people.every(tx)[person], ends=date(2026, 11, 22))])
    status, page = show(town.engine, town.desk.secret, token, town.now)
    assert (status, "Clara" in page) == (403, False)
    with pytest.raises(Refused):
        town.talk.command(speaker(person), "/offboard", number, Where())
    with pytest.raises(Refused):
        town.talk.command(speaker(person), "/offboard", "alice martin", Where())
