"""What takes two people and nobody answers: asked once more, then others hear; ended when it is about nothing more."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from bot.chat.port import Card, Filled, Form, Where
from bot.domain.errors import Refused
from bot.domain.model import PersonId
from bot.engine import control, waiting
from bot.engine.escalate import escalate
from bot.engine.lock import propose_lock
from bot.engine.waiting import Waits
from bot.store import proposals
from tests.fakes.town import ALICE, GRACE, HANNA, INES, SARA, TOMASZ, Town, button, speaker, words
from tests.stories.acts import asked, leave
from tests.stories.holding import LOCK, ruled
from tests.stories.test_two_people import proposed

HOUR = timedelta(hours=1)
NIGHT = datetime(2026, 11, 23, 22, 0, tzinfo=UTC)
AGAINST = {"exit": "involuntary", "when": "later", "day": "2026-11-27", "time": "17:00"}


def pass_hours(town: Town, hours: int) -> None:
    """Hours go by, and the clock looks each of them."""
    for _ in range(hours):
        town.pass_time(HOUR)
        escalate(town.engine, town.now)
    town.say()


def reminded(town: Town, person: PersonId) -> list[Card]:
    """The question, asked once more."""
    return [card for card in town.direct(person) if "waits for your answer" in card.text]


def heard(town: Town, person: PersonId) -> list[Card]:
    """What somebody was told because nobody answers."""
    return [card for card in town.direct(person) if "Nobody has answered since" in card.text]


def test_a_question_for_two_is_asked_once_more_and_then_others_hear(town: Town) -> None:
    """Half-way with its buttons, then who proposed it hears; everybody once (S2-12, S1-19, S1-25)."""
    proposed(town)
    pass_hours(town, 3)
    assert not reminded(town, SARA)
    pass_hours(town, 2)
    (again,) = reminded(town, SARA)
    assert button(again, "second_yes")
    assert not heard(town, INES)
    pass_hours(town, 72)
    assert [len(reminded(town, person)) for person in (SARA, HANNA, INES)] == [1, 1, 0]
    (told,) = heard(town, INES)
    assert "Sara Haddad" in words(told)
    assert not heard(town, ALICE)
    assert escalate(town.engine, town.now) == 0
    town.press(SARA, "second_yes")


def test_the_question_whether_to_lock_waits_for_no_morning(db_town: Town) -> None:
    """In the night, within the time for what is urgent; once she is locked nobody hears more (S0-16, S2-14)."""
    town = db_town
    town.now = NIGHT
    propose_lock(town.engine, "OFF-101", HANNA, town.now)
    pass_hours(town, 1)
    assert reminded(town, TOMASZ)
    assert heard(town, HANNA)
    town.press(SARA, "second_yes")
    before = len(heard(town, HANNA))
    pass_hours(town, 24)
    assert len(heard(town, HANNA)) == before


@pytest.fixture
def db_town(town: Town) -> Town:
    """Alice must leave on Friday, against her will; the plan waits for approval, and policy lets two people lock."""
    return asked(ruled(town, LOCK), **AGAINST)


def test_in_the_night_nobody_is_reminded_of_what_can_wait(town: Town) -> None:
    """Company hours or not: whoever is in their night hears in their morning (S1-25)."""
    proposed(town)
    town.now = NIGHT
    pass_hours(town, 8)
    assert not reminded(town, SARA)
    pass_hours(town, 5)
    assert reminded(town, SARA)


def test_a_question_about_a_request_that_is_over_is_closed(db_town: Town) -> None:
    """Cancelled meanwhile: every copy says so, without buttons, and a late press is told so (S1-19)."""
    town = db_town
    propose_lock(town.engine, "OFF-101", HANNA, town.now)
    town.say()
    value = next(found for card in town.direct(SARA) if (found := button(card, "second_yes")))
    control.cancel(town.engine, "OFF-101", HANNA, town.now)
    assert escalate(town.engine, town.now) == 1
    assert escalate(town.engine, town.now) == 0
    town.say()
    with town.engine.db.look() as tx:
        assert proposals.open_ones(tx) == ()
        known = proposals.get(tx, 1)
    assert known is not None
    assert known.yes is None
    for person in (SARA, INES, TOMASZ):
        assert all(button(card, "second_yes") is None for card in town.direct(person))
        assert any("Nothing is left to decide" in words(card) for card in town.direct(person))
    with pytest.raises(Refused, match="over already"):
        town.talk.press(speaker(SARA), "second_yes", value, "", Where())
    assert "proposal.over" in {entry.kind for entry in town.view().journal}


def test_a_question_about_a_step_that_is_done_is_closed(town: Town) -> None:
    """Ines did it by hand: nobody is asked any more whether it may stay open, and no morning says so (S1-19)."""
    proposed(town)
    form = town.press(INES, "done")
    assert isinstance(form, Form)
    town.talk.submit(speaker(INES), "evidence", Filled({"evidence": "Locked by hand."}, context=form.context), "done")
    pass_hours(town, 30)
    assert not reminded(town, SARA)
    with town.engine.db.look() as tx:
        assert proposals.open_ones(tx) == ()
    assert Waits.PROPOSAL not in {one.what for one in waiting.of(town.engine, SARA, town.now)}


def test_who_left_is_not_reminded_and_who_answered_neither(db_town: Town) -> None:
    """Of those who were asked only those who can still answer hear again (S1-25)."""
    town = db_town
    propose_lock(town.engine, "OFF-101", HANNA, town.now)
    leave(town, INES, town.now.date() - timedelta(days=1))
    pass_hours(town, 2)
    assert not reminded(town, INES)
    assert reminded(town, SARA)
    assert not any(heard(town, person) for person in (ALICE, GRACE))


def test_the_clock_writes_nothing_while_nobody_is_late(town: Town) -> None:
    """A question that waits, and an exit that is stopped, cost a look each half minute and no more."""
    proposed(town)
    root = next(card for channel, thread, card in town.ears.posts.values() if channel == "C-off" and not thread)
    town.talk.press(speaker(SARA), "stop", button(root, "stop") or "", "", Where())
    town.work()
    written: list[str] = []

    def began(*said: object) -> None:
        written.append(str(said[2]))

    sa.event.listen(town.engine.db.engine, "before_cursor_execute", began)
    assert escalate(town.engine, town.now) == 0
    assert written
    assert not [
        one for one in written if one.startswith(("BEGIN IMMEDIATE", "INSERT", "UPDATE")) or "FOR UPDATE" in one
    ]
