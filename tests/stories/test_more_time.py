"""More time that somebody asks for waits in sight: in the morning and on Home of whoever may say yes."""

from __future__ import annotations

from datetime import timedelta

from bot.chat.slack_blocks import home, message
from bot.engine import waiting
from bot.engine.digest import morning
from bot.engine.extend import extend
from bot.engine.waiting import Waits
from tests.fakes.town import ALICE, BEN, INES, Town, button, speaker, words
from tests.stories.lends import access, given


def longer(town: Town) -> Town:
    """Alice has it, and asks for an hour more."""
    given(town)
    until = access(town).request.until
    assert until
    extend(town.engine, "ACC-101", ALICE, until + timedelta(hours=1), town.now)
    town.say()
    return town


def kinds(town: Town) -> list[Waits]:
    """What waits for Ines."""
    return [one.what for one in waiting.of(town.engine, INES, town.now)]


def test_more_time_waits_in_the_morning_and_on_home_with_its_buttons(town: Town) -> None:
    """Whoever may say yes finds it there, answers it there, and then it waits no more (S3-12, S1-25)."""
    longer(town)
    assert kinds(town) == [Waits.MORE]
    for person in (ALICE, BEN):
        assert Waits.MORE not in {one.what for one in waiting.of(town.engine, person, town.now)}
    card = town.talk.home(speaker(INES))
    assert "asks for more time" in words(card)
    assert button(card, "more_yes")
    assert home(card)
    morning(town.engine, town.now)
    town.pass_time(timedelta(seconds=30))
    town.say()
    digest = next(one for one in town.direct(INES) if one.text.startswith("Good morning"))
    assert button(digest, "more_no")
    assert message(digest)
    town.press(INES, "more_yes")
    town.work()
    assert kinds(town) == []


def test_a_time_that_was_asked_for_and_is_over_waits_for_nobody(town: Town) -> None:
    """The access ended before anybody answered: nothing is left to decide, and no morning asks (S3-12)."""
    longer(town)
    town.press(ALICE, "give_back")
    town.work()
    assert kinds(town) == []
