"""Silence is heard: a reminder with buttons half-way, then the next people, at a fitting hour, nobody twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import yaml

from bot.chat.port import Card, Filled, Form
from bot.domain.errors import Refused
from bot.domain.lifecycle import RequestState, StepState
from bot.domain.model import PersonId
from bot.engine.escalate import escalate
from bot.engine.tasks import attest, remind
from bot.store import versions
from connectors.interface import ConnectorError, Kind
from tests.fakes.town import (
    ALICE,
    GRACE,
    HANNA,
    INES,
    MARCO,
    SARA,
    TOMASZ,
    YUKI,
    Town,
    button,
    speaker,
    words,
)
from tests.stories.acts import approved, asked, finish, leave, read_again

HOUR = timedelta(hours=1)
NIGHT = datetime(2026, 11, 23, 22, 0, tzinfo=UTC)


def pass_hours(town: Town, hours: int) -> None:
    """Hours go by, and the clock looks each of them."""
    for _ in range(hours):
        town.pass_time(HOUR)
        remind(town.engine, town.now)
        escalate(town.engine, town.now)
    town.say()


def rules(town: Town, **blocks: object) -> None:
    """The company writes more into its policy."""
    with town.engine.db.begin() as tx:
        found = versions.newest(tx, "policy.yaml")
        text = versions.body(tx, found or 0)
        versions.keep(tx, "policy.yaml", text + yaml.safe_dump(blocks), town.now)


def laptop(town: Town) -> bool:
    """Whether the thread says that others were told about the laptop."""
    lines = "\n".join(town.thread()).splitlines()
    return any("so I told" in line and "aptop" in line for line in lines)


def needing(town: Town, person: PersonId) -> list[Card]:
    """What somebody was told because others were silent."""
    return [card for card in town.direct(person) if "This needs you" in card.text]


def stuck_at(town: Town, moment: datetime) -> None:
    """AWS refuses to lock Alice's account, at this moment."""
    town.now = moment - timedelta(hours=1)
    read_again(town)
    town.aws.faults = [ConnectorError("AWS says no.", kind=Kind.PERMANENT)]
    town.work()


def test_a_late_task_is_reminded_with_buttons_and_then_told_to_the_next(town: Town) -> None:
    """Half-way Tomasz can press Done in the reminder; then his manager hears, once (S2-12, S0-28, S4-36)."""
    approved(town)
    pass_hours(town, 25)
    reminder = next(card for card in town.direct(TOMASZ) if "A reminder" in card.text)
    assert button(reminder, "done")
    assert not any(needing(town, person) for person in (GRACE, HANNA, INES, SARA))
    pass_hours(town, 48)
    told = {person for person in (GRACE, HANNA, INES, SARA, MARCO, YUKI) if needing(town, person)}
    assert told
    heard = {person: len(needing(town, person)) for person in told}
    pass_hours(town, 24)
    assert all(len(needing(town, person)) == count for person, count in heard.items())
    assert any("so I told" in line for line in town.thread())


def test_the_message_says_exactly_what_one_needs(town: Town) -> None:
    """Who, which system, how urgent, since when, what was tried, who was told, whom to turn to (S2-15, S2-13)."""
    stuck_at(town, datetime(2026, 11, 23, 9, 0, tzinfo=UTC))
    pass_hours(town, 2)
    card = next(found for person in (GRACE, TOMASZ, SARA, HANNA) for found in needing(town, person))
    said = words(card)
    for fact in ("Alice Martin", "AWS", "Urgent", "tried once", "Late by", "Ines Ferreira", "extension 110"):
        assert fact in said
    assert "refused this" in said
    assert "their choice" not in said


def test_at_night_what_is_urgent_goes_to_whoever_is_on_call(town: Town) -> None:
    """What must end first does not wait for the morning: whoever is on call hears, with the words of policy (S2-14)."""
    rules(town, engineering={"contact": TOMASZ, "after_hours": "security", "on_call": "Call extension 199 twice."})
    stuck_at(town, NIGHT)
    pass_hours(town, 1)
    assert len(needing(town, SARA)) == 1
    said = words(needing(town, SARA)[0])
    assert "Call extension 199 twice." in said
    assert "extension 199. Say who leaves" in said
    assert not needing(town, TOMASZ)


def test_what_can_wait_waits_for_working_hours(town: Town) -> None:
    """A laptop is no reason to wake anybody: on Saturday night nobody is told, on Monday morning they are (S2-13)."""
    town.now = datetime(2026, 11, 26, 16, 0, tzinfo=UTC)  # a Thursday: 48 hours later is Saturday
    approved(town)
    pass_hours(town, 80)
    assert town.now < datetime(2026, 11, 30, 7, 59, tzinfo=UTC)
    assert not laptop(town)
    pass_hours(town, 10)
    assert laptop(town)


def test_a_holiday_is_no_working_day(town: Town) -> None:
    """Policy names the days on which nobody works, and its own hours (S2-13)."""
    rules(town, hours={"opens": "08:00", "closes": "12:00", "holidays": ["2026-11-25", "2026-11-26"]})
    approved(town)  # a Monday: the deadline is on Wednesday
    pass_hours(town, 90)
    assert not laptop(town)
    pass_hours(town, 10)
    assert laptop(town)


def test_nobody_hears_about_themselves_or_after_they_left(town: Town) -> None:
    """Neither the leaver nor somebody who is gone by now is told anything."""
    approved(town)
    leave(town, GRACE, town.now.date() - timedelta(days=1))
    pass_hours(town, 100)
    assert not town.direct(ALICE)
    assert not needing(town, GRACE)


def test_stop_means_silence(town: Town) -> None:
    """While somebody holds the whole request, nobody is told that a step is late."""
    approved(town)
    town.press(HANNA, "stop")
    pass_hours(town, 80)
    assert not any("so I told" in line for line in town.thread())


def test_done_in_time_means_that_nobody_hears(town: Town) -> None:
    """What is done is not late."""
    approved(town)
    finish(town)
    assert town.request().state is RequestState.CLOSED
    pass_hours(town, 80)
    assert not any("so I told" in line for line in town.thread())


def test_silent_approvers_are_reminded_with_buttons_and_then_others_hear(town: Town) -> None:
    """A removal never expires: half-way the question comes again, then security and who asked hear (S2-12, S3-12)."""
    asked(town)
    town.press(MARCO, "approve")
    pass_hours(town, 1)
    again = next(card for card in town.direct(INES) if card.text.startswith("A reminder:"))
    assert button(again, "approve")
    assert not any(card.text.startswith("A reminder:") for card in town.direct(MARCO))
    pass_hours(town, 1)
    for person in (SARA, HANNA):
        heard = [card for card in town.direct(person) if "waits for a decision" in card.text]
        assert len(heard) == 1
        assert "Ines Ferreira" in words(heard[0])
    pass_hours(town, 40)
    assert sum("waits for a decision" in card.text for card in town.direct(SARA)) == 1
    assert town.request().state is RequestState.AWAITING_APPROVAL
    town.press(INES, "approve")
    town.work()
    assert town.request().state is RequestState.RUNNING


def test_what_is_planned_for_later_wakes_nobody(town: Town) -> None:
    """A notice period has time: approvers are asked again in working hours only."""
    town.now = datetime(2026, 11, 23, 16, 30, tzinfo=UTC)
    asked(town, when="later", day="2026-12-18", time="17:00")
    pass_hours(town, 12)
    assert not any(card.text.startswith("A reminder:") for card in town.direct(INES))
    pass_hours(town, 6)
    assert any(card.text.startswith("A reminder:") for card in town.direct(INES))


def test_another_time_is_another_question(town: Town) -> None:
    """Asked again for a new date, people have their whole time again."""
    asked(town)
    form = town.press(HANNA, "reschedule")
    assert isinstance(form, Form)
    filled = Filled({"day": "2026-12-18", "time": "17:00"}, context=form.context)
    town.talk.submit(speaker(HANNA), "reschedule", filled, "moved")
    pass_hours(town, 3)
    assert not any("waits for a decision" in card.text for card in town.direct(SARA))


def test_whoever_was_told_may_act(town: Town) -> None:
    """A manager who hears of it may press the buttons of that message; a stranger still may not (S4-12)."""
    approved(town)
    pass_hours(town, 80)
    told = [person for person in (GRACE, HANNA, YUKI) if needing(town, person)]
    assert told
    step = next(step for step in town.view().steps if step.system == "laptop")
    assert step.state is StepState.READY
    with pytest.raises(Refused):
        attest(town.engine, step.id, ALICE, "I have it.", (), town.now)
    boss = next(person for person in told if _hears_of_laptop(town, person))
    attest(town.engine, step.id, boss, "It is in my cupboard.", (), town.now)


def _hears_of_laptop(town: Town, person: PersonId) -> bool:
    return any("aptop" in words(card) for card in needing(town, person))


def test_a_crash_in_the_middle_tells_nobody_twice(town: Town) -> None:
    """What was written down was told; what was not is told by the next look, by whichever replica."""
    approved(town)
    town.pass_time(timedelta(hours=53))
    assert escalate(town.engine, town.now) > 0
    assert escalate(town.engine, town.now) == 0
    assert escalate(replace(town.engine), town.now) == 0
