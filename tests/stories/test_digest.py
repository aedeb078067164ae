"""Every morning each person hears once what waits for them, most urgent first, and nothing when there is nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.chat.blocks_lint import message_problems, problems
from bot.chat.port import Card, Filled, Form, Where
from bot.chat.slack_blocks import home, message
from bot.domain.errors import Refused
from bot.domain.model import Person, PersonId, Power
from bot.engine.batch import forward
from bot.engine.digest import morning
from bot.engine.powers import propose
from bot.store import breakers, people, records
from connectors.interface import ConnectorError, Kind
from tests.fakes.town import (
    ALICE,
    BEN,
    CLARA,
    CODE,
    HANNA,
    INES,
    MARCO,
    OMAR,
    SARA,
    TOMASZ,
    Town,
    button,
    speaker,
    words,
)
from tests.stories.acts import approved, asked, finish, leave, read_again, wait
from tests.stories.heard import FRIDAY, trusting

pytestmark = pytest.mark.on_both_chats

TUESDAY = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)  # nine in the morning where Ines is, ten where Marco is
CHANNEL = "digest: {channel: ops}\n"


def digests(town: Town, person: PersonId) -> list[Card]:
    """The digests of somebody, oldest first."""
    return [card for card in town.direct(person) if card.text.startswith("Good morning")]


def at(town: Town, moment: datetime) -> None:
    """The clock shows this, and what is due is told."""
    town.now = moment
    morning(town.engine, town.now)
    town.pass_time(timedelta(seconds=30))
    town.say()


def everybody(town: Town) -> list[PersonId]:
    """Whoever got a digest."""
    return [person for n in range(1, 14) if digests(town, person := PersonId(f"P-{n:03}"))]


def overviews(town: Town) -> list[str]:
    """What IT and security read in their channel."""
    return [words(card) for channel, _, card in town.ears.posts.values() if card.text.startswith("This morning")]


def test_at_nine_whoever_is_waited_for_hears_of_it(town: Town) -> None:
    """Each person gets one message with what waits for them, and nobody else gets any (S1-25, S0-28, S0-10)."""
    asked(town)
    at(town, TUESDAY)
    assert everybody(town) == [MARCO, INES]
    (card,) = digests(town, MARCO)
    assert "1 thing waits for you." in words(card)
    assert "Your decision is needed: OFF-101 · Leaver: Alice Martin." in words(card)
    assert "Changes: GitHub (" in words(card)


def test_a_press_in_the_digest_acts_in_place(town: Town) -> None:
    """The buttons are those of the message itself: approving there is approving, pressed twice it is said kindly."""
    asked(town)
    at(town, TUESDAY)
    value = button(digests(town, MARCO)[-1], "approve")
    assert value is not None
    town.talk.press(speaker(MARCO), "approve", value, "", Where())
    assert [one.person for one in town.view().approvals] == [MARCO]
    with pytest.raises(Refused, match="decided"):
        town.talk.press(speaker(MARCO), "approve", value, "", Where())
    with pytest.raises(Refused):
        town.talk.press(speaker(BEN), "approve", value, "", Where())


def test_a_task_is_done_from_the_digest(town: Town) -> None:
    """Done opens the same form as the card; after it is done elsewhere the digest's button says so."""
    approved(town)
    at(town, TUESDAY)
    value = button(digests(town, TOMASZ)[-1], "done")
    assert value is not None
    assert isinstance(town.talk.press(speaker(TOMASZ), "done", value, "", Where()), Form)
    finish(town)
    with pytest.raises(Refused, match="done already"):
        town.talk.press(speaker(TOMASZ), "done", value, "", Where())


def test_only_once_a_day_and_not_on_days_off(town: Town) -> None:
    """However often the clock looks, and never on a weekend (S1-25)."""
    asked(town)
    for minutes in range(0, 120, 20):
        at(town, TUESDAY + timedelta(minutes=minutes))
    assert len(digests(town, MARCO)) == 1
    at(town, TUESDAY + timedelta(days=1))
    assert len(digests(town, MARCO)) == 2
    at(town, TUESDAY + timedelta(days=4))
    at(town, TUESDAY + timedelta(days=5))
    assert len(digests(town, MARCO)) == 2


def test_each_in_their_own_morning(town: Town) -> None:
    """Nobody hears before it is nine where they are; where it is nine already, they do not wait for the others."""
    asked(town)
    at(town, TUESDAY - timedelta(minutes=61))
    assert everybody(town) == []
    at(town, TUESDAY - timedelta(minutes=60))
    assert everybody(town) == [MARCO]
    at(town, TUESDAY)
    assert everybody(town) == [MARCO, INES]
    assert len(digests(town, MARCO)) == 1


def move(town: Town, person: PersonId, **facts: object) -> None:
    """The roster tells something new about somebody."""
    with town.engine.db.begin() as tx:
        known = people.every(tx)[person]
        kept = {name: getattr(known, name) for name in Person.__dataclass_fields__}
        people.put(tx, [Person(**{**kept, **facts})])


def test_whoever_moves_to_another_zone_hears_once_that_day(town: Town) -> None:
    """A second morning on the same day is no second digest."""
    asked(town)
    at(town, TUESDAY)
    move(town, INES, zone="America/New_York")
    at(town, TUESDAY + timedelta(hours=6))
    assert len(digests(town, INES)) == 1


def test_after_an_outage_one_digest_tells_it_all(town: Town) -> None:
    """Two mornings without Usher are one message on the third; a few hours late it still comes, in the night not."""
    asked(town)
    at(town, TUESDAY + timedelta(days=2, hours=3))
    assert len(digests(town, MARCO)) == 1
    at(town, TUESDAY + timedelta(days=3, hours=12))
    assert len(digests(town, MARCO)) == 1


def test_nothing_waits_nothing_is_said(town: Town) -> None:
    """An empty morning is a quiet one, also after everything was answered."""
    at(town, TUESDAY)
    assert everybody(town) == []
    asked(town)
    town.press(MARCO, "deny")
    town.work()
    at(town, TUESDAY + timedelta(days=1))
    assert everybody(town) == []


def test_the_leaver_never_reads_of_it(town: Town) -> None:
    """Neither her digest nor her Home says a word about her own offboarding; once it began she gets none (S0-10)."""
    town.offboard(when="later", day="2026-11-27", time="17:00")
    town.work()
    with town.engine.db.begin() as tx:
        people.give(tx, ALICE, Power.IT, town.now, by="set-up")
    at(town, TUESDAY)
    assert everybody(town) == [MARCO, INES]
    assert "Alice Martin" not in words(town.talk.home(speaker(ALICE)))
    assert "Alice Martin" in words(town.talk.home(speaker(HANNA)))


def test_somebody_who_left_gets_none(town: Town) -> None:
    """Whose last day is over hears nothing, even if their offboarding began between nine and the sending."""
    asked(town)
    leave(town, MARCO, TUESDAY.date() - timedelta(days=1))
    at(town, TUESDAY)
    assert everybody(town) == [INES]
    town.now = TUESDAY + timedelta(days=1)
    morning(town.engine, town.now)
    leave(town, INES, TUESDAY.date())
    town.pass_time(timedelta(seconds=30))
    town.say()
    assert len(digests(town, INES)) == 1
    assert "Enjoy the quiet" in words(town.talk.home(speaker(MARCO)))


def test_the_most_urgent_comes_first(town: Town) -> None:
    """What is stuck comes before what can wait, and says for how long (S1-18)."""
    read_again(town)
    town.aws.faults = [ConnectorError("AWS says no.", kind=Kind.PERMANENT)]
    town.work()
    with town.engine.db.begin() as tx:
        people.give(tx, INES, Power.ADMIN, town.now, by="set-up")
    propose(town.engine, HANNA, BEN, Power.IT, town.now)
    at(town, TUESDAY)
    said = [words(card) for card in digests(town, INES) + digests(town, SARA)]
    stuck = next(text for text in said if "Stuck in OFF-101" in text)
    assert "Stuck for" in stuck
    first, *others = [line for line in stuck.splitlines() if "OFF-101" in line or "role" in line]
    assert "Stuck in" in first
    assert others


def test_two_replicas_write_one_digest(town: Town) -> None:
    """Whoever takes a morning first tells it; a row a person and day, written beside the notice."""
    asked(town)
    town.now = TUESDAY
    told = [morning(town.engine, town.now) for _ in range(3)]
    assert told == [2, 0, 0]


def test_it_and_security_read_one_overview(town: Town) -> None:
    """Open requests, what is longest overdue, systems that do not answer: once, in their channel (S0-10, S1-18)."""
    trusting(town, CHANNEL)
    approved(town)
    with town.engine.db.begin() as tx:
        breakers.failed(tx, CODE, "transient", "down", count=9)
        breakers.open_up(tx, CODE, town.now, town.now + timedelta(days=9))
    at(town, TUESDAY + timedelta(days=1))
    at(town, TUESDAY + timedelta(days=1, minutes=20))
    (said,) = overviews(town)
    assert "1 request is open" in said
    assert "OFF-101: Alice Martin, running" in said
    assert "late by" in said
    at(town, TUESDAY + timedelta(days=2))
    assert len(overviews(town)) == 2


def test_a_leaver_in_the_channel_reads_nothing_about_herself(town: Town) -> None:
    """What concerns somebody who reads along there is left out."""
    trusting(town, CHANNEL)
    approved(town)
    town.ears.rooms["C-off"] = {"U004"}
    at(town, TUESDAY)
    assert all("Alice" not in said and "OFF-101" not in said for said in overviews(town))


def test_an_empty_company_has_no_overview(town: Town) -> None:
    """Nothing open, nothing said."""
    trusting(town, CHANNEL)
    at(town, TUESDAY)
    assert overviews(town) == []


def test_hr_reads_on_home_who_leaves_this_month(town: Town) -> None:
    """In words: the last day, what is locked and confirmed, and who is waited for (S0-10, S4-31)."""
    approved(town)
    said = words(town.talk.home(speaker(CLARA)))
    assert "Who leaves this month" in said
    assert "Alice Martin (OFF-101): leaves at once; locked, 1 of 4 systems confirmed, waits for" in said
    assert "Who leaves this month" not in words(town.talk.home(speaker(OMAR)))
    assert FRIDAY.month == 11


def test_several_people_at_once_are_one_question_of_the_morning(town: Town) -> None:
    """Whoever decides about a list finds one question with its button, nothing about anybody alone (S1-25)."""
    filled = {"list": "P-004\nP-009", "typed": "2", "when": "now", "exit": "voluntary"}
    town.talk.submit(speaker(HANNA), "batch", Filled(filled), "list")
    for _ in range(8):
        forward(town.engine, town.now)
        wait(town, timedelta(seconds=1))
    at(town, TUESDAY)
    (card,) = digests(town, CLARA)
    assert "1 thing waits for you." in words(card)
    assert button(card, "batch_yes")
    assert digests(town, MARCO) == []


def test_whoever_holds_a_role_hears_first(town: Town) -> None:
    """What else is said to them, such as a question of the brake, stands behind it for seconds, however many hear."""
    asked(town)
    town.now = TUESDAY
    morning(town.engine, town.now)
    town.say()
    assert everybody(town) == [INES]
    town.pass_time(timedelta(seconds=2))
    town.say()
    assert everybody(town) == [MARCO, INES]


def test_a_long_morning_is_one_message_that_slack_takes(town: Town) -> None:
    """Eight things at most, the most urgent; what follows is counted, and Home takes as many (S1-25)."""
    approved(town)
    pattern = next(step for step in town.view().steps if step.assignee == TOMASZ)
    with town.engine.db.begin() as tx:
        more = [replace(pattern, id=records.step_id("OFF-101", n), number=n) for n in range(100, 112)]
        records.add_steps(tx, more)
    at(town, TUESDAY)
    (card,) = digests(town, TOMASZ)
    assert "13 things wait for you." in words(card)
    assert "5 more follow when these are answered." in words(card)
    assert message_problems(message(card)) == []
    assert problems(home(town.talk.home(speaker(TOMASZ))), "home") == []
