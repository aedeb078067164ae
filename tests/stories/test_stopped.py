"""What somebody stopped is not forgotten: it stands in their mornings, and others hear when it lasts too long."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.chat.port import Card, Where
from bot.domain.model import PersonId
from bot.engine import control, restore, waiting
from bot.engine.digest import morning
from bot.engine.escalate import escalate
from bot.engine.restore import Restoring
from bot.engine.waiting import Waits
from tests.fakes.town import ALICE, CLARA, HANNA, INES, MARCO, SARA, Town, button, speaker, words
from tests.stories.acts import approved, asked, leave

HOUR = timedelta(hours=1)


def pass_hours(town: Town, hours: int) -> None:
    """Hours go by, and the clock looks each of them."""
    for _ in range(hours):
        town.pass_time(HOUR)
        escalate(town.engine, town.now)
        morning(town.engine, town.now)
    town.pass_time(timedelta(minutes=1))
    town.say()


def heard(town: Town, person: PersonId) -> list[Card]:
    """What somebody was told of what stands still."""
    return [card for card in town.direct(person) if "is stopped since" in card.text]


def mornings(town: Town, person: PersonId) -> list[Card]:
    """The digests that tell somebody of it."""
    found = [card for card in town.direct(person) if card.text.startswith("Good morning")]
    return [card for card in found if "is stopped since" in words(card)]


def stopped(town: Town, by: PersonId = SARA) -> Town:
    """Alice's exit runs, what is dangerous has ended, and somebody pressed Stop."""
    approved(town)
    root = next(card for channel, thread, card in town.ears.posts.values() if channel == "C-off" and not thread)
    value = button(root, "stop")
    assert value
    town.talk.press(speaker(by), "stop", value, "", Where())
    town.work()
    return town


def test_whoever_stopped_it_and_whoever_asked_read_of_it_each_morning(town: Town) -> None:
    """With a button that lets it go on, day after day, until somebody does (S1-19, S1-25)."""
    stopped(town)
    pass_hours(town, 24 + 2)
    for person in (SARA, HANNA):
        card = mornings(town, person)[-1]
        assert button(card, "go_on")
        assert "What ends first has ended." in words(card)
    assert not mornings(town, MARCO)
    before = len(mornings(town, SARA))
    pass_hours(town, 24)
    assert len(mornings(town, SARA)) == before + 1
    town.press(HANNA, "go_on")
    pass_hours(town, 24)
    assert len(mornings(town, SARA)) == before + 1


def test_after_the_hours_of_policy_others_hear_once(town: Town) -> None:
    """Eight working hours, then security and who asked; it says that nobody can get in (S2-12, S1-19)."""
    stopped(town)
    pass_hours(town, 7)
    assert not heard(town, HANNA)
    pass_hours(town, 17)  # the next morning: the eighth hour was the end of the day
    (card,) = heard(town, HANNA)
    assert "Sara Haddad" in words(card)
    assert "What ends first has ended." in words(card)
    assert button(card, "go_on")
    pass_hours(town, 72)
    assert len(heard(town, HANNA)) == 1
    assert not heard(town, ALICE)
    assert not heard(town, SARA)
    assert any("Still stopped; I told" in line and "Hanna Lindqvist" in line for line in town.thread())
    assert escalate(town.engine, town.now) == 0


def test_somebody_who_may_still_get_in_waits_for_no_morning(town: Town) -> None:
    """Stopped in the evening before anything was locked: others hear that she may still get in (S0-16, S2-14)."""
    town.now = datetime(2026, 11, 23, 21, 0, tzinfo=UTC)
    asked(town)
    town.press(MARCO, "approve")
    town.press(INES, "approve")
    control.stop(town.engine, "OFF-101", HANNA, town.now)
    pass_hours(town, 2)
    (card,) = heard(town, SARA)
    assert "has NOT ended: Alice Martin may still get in." in words(card)


def test_what_goes_on_or_is_given_back_is_not_told(town: Town) -> None:
    """While somebody asks to give it back, that question waits, and not the stop (S1-25)."""
    stopped(town)
    restore.submit(town.engine, Restoring(HANNA, "OFF-101"), town.now)
    town.work()
    pass_hours(town, 12)
    assert not heard(town, HANNA)
    assert Waits.STOPPED not in {one.what for one in waiting.of(town.engine, SARA, town.now)}


def test_where_both_have_left_hr_reads_of_it(town: Town) -> None:
    """Nothing stands still unseen: somebody in HR has it in the morning (S0-28)."""
    stopped(town)
    for person in (SARA, HANNA):
        leave(town, person, town.now.date() - timedelta(days=1))
    assert Waits.STOPPED in {one.what for one in waiting.of(town.engine, CLARA, town.now)}
