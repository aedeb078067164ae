"""Too many leavers in an hour: they are read and planned, and nothing of them starts before people looked twice."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from bot.chat.port import Card, Where
from bot.domain.errors import Refused
from bot.domain.lifecycle import RequestState
from bot.domain.model import Person, PersonId, RequestId
from bot.domain.signals import Brake
from bot.engine.approve import approve as say_yes
from bot.engine.lookup import around
from bot.engine.start import start_due
from bot.engine.submit import Asked, submit
from bot.engine.unbrake import let_on
from bot.store import brakes, records
from tests.fakes.town import (
    ALICE,
    BEN,
    CLARA,
    HANNA,
    MARCO,
    MARTEN,
    OMAR,
    PRIYA,
    SARA,
    TOMASZ,
    YUKI,
    Town,
    button,
    speaker,
    words,
)

FRIDAY = datetime.fromisoformat("2026-11-27T16:00:00+00:00")
MINUTES = timedelta(minutes=1)
MANY = (ALICE, BEN, YUKI, PRIYA, MARTEN, OMAR, TOMASZ)


def ask(town: Town, person: PersonId, *, now: bool = False, source: str = "roster", by: PersonId = HANNA) -> RequestId:
    """An offboarding is asked for: by a source, or by a person who types the name."""
    name = {one.id: one.name for one in everybody(town)}[person]
    at = town.now if now else FRIDAY
    asked = Asked(by, person, at, immediate=now, voluntary=True, typed_name=name, source=source)
    found = submit(town.engine, asked, town.tick()).id
    town.work()
    return found


def everybody(town: Town) -> list[Person]:
    """The company."""
    return list(around(town.engine).crew.people.values())


def stands(town: Town, request: str) -> RequestState:
    """Where a request stands."""
    with town.engine.db.look() as tx:
        found = records.get(tx, request)
    assert found
    return found.state


def held(town: Town) -> frozenset[str]:
    """What the brake holds."""
    with town.engine.db.look() as tx:
        return brakes.held(tx)


def look_twice(town: Town, person: PersonId = SARA) -> Card:
    """The newest question to somebody about so many at once."""
    return [card for card in town.direct(person) if "more than usual" in card.text][-1]


def flood(town: Town, number: int = 7, *, now: bool = False) -> list[RequestId]:
    """So many at once, from the roster."""
    return [ask(town, person, now=now) for person in MANY[:number]]


def agree(town: Town, *people: PersonId) -> None:
    """They say that it is right."""
    for person in people:
        town.press(person, "second_yes")
        town.say()


def later(town: Town, span: timedelta) -> None:
    """Time passes, and the clock does its part."""
    town.pass_time(span)
    let_on(town.engine, town.now)
    start_due(town.engine, town.now)
    town.work()


def approve(town: Town, request: str) -> None:
    """Enough of those who are asked about this request say yes."""
    with town.engine.db.look() as tx:
        found = records.get(tx, request)
    assert found
    for person in found.approvers[: found.quorum]:
        say_yes(town.engine, request, found.digest, person, town.tick(), yes=True)
    town.work()


@pytest.mark.parametrize(("working", "most"), [(13, 5), (250, 5), (300, 6), (5000, 100)])
def test_five_people_or_two_in_a_hundred(working: int, most: int) -> None:
    """Whichever is more (S0-16)."""
    assert Brake().most(working) == most


def test_the_first_five_go_on_and_the_others_wait(town: Town) -> None:
    """All are read and planned; two are held, and their threads say so."""
    made = flood(town)
    assert held(town) == set(made[5:])
    assert {stands(town, one) for one in made} == {RequestState.AWAITING_APPROVAL}
    let_on(town.engine, town.now)
    town.say()
    card = look_twice(town)
    assert card.text.startswith("2 more people are to lose their access, more than usual within an hour.")
    assert "Omar Aziz, Tomasz Nowak" in words(card)
    assert sum("this waits until two more people have looked" in line for line in town.thread()) == 2


def test_what_is_approved_waits_for_two_people_and_ten_minutes(town: Town) -> None:
    """Enough approved, nothing starts; two agree, still nothing; ten minutes after the last one it goes on."""
    made = flood(town, 6, now=True)
    approve(town, made[-1])
    assert stands(town, made[-1]) is RequestState.SCHEDULED
    agree(town, SARA, CLARA)
    later(town, 9 * MINUTES)
    assert stands(town, made[-1]) is RequestState.SCHEDULED
    later(town, 2 * MINUTES)
    assert held(town) == frozenset()
    later(town, MINUTES)
    assert stands(town, made[-1]) in {RequestState.RUNNING, RequestState.CLOSED}


def test_one_yes_is_not_enough_however_long_it_takes(town: Town) -> None:
    """A day later it is still held."""
    made = flood(town, 6, now=True)
    approve(town, made[-1])
    agree(town, SARA)
    later(town, timedelta(days=1))
    assert stands(town, made[-1]) is RequestState.SCHEDULED
    with pytest.raises(Refused, match="answered already"):
        town.talk.press(speaker(SARA), "second_yes", first_yes(town, CLARA), "", Where())


def first_yes(town: Town, person: PersonId) -> str:
    """The button of somebody who was asked."""
    value = button(look_twice(town, person), "second_yes")
    assert value
    return value


def test_one_press_cancels_all_that_are_held(town: Town) -> None:
    """HR says that it is a mistake: what was held is cancelled, approved or not; the first five stay as they were."""
    made = flood(town)
    town.press(CLARA, "second_no")
    town.work()
    assert {stands(town, one) for one in made[5:]} == {RequestState.WITHDRAWN}
    assert {stands(town, one) for one in made[:5]} == {RequestState.AWAITING_APPROVAL}
    assert town.github.log == town.aws.log == []
    with pytest.raises(Refused, match="declined already"):
        town.talk.press(speaker(SARA), "second_yes", str(stale(town)), "", Where())
    later(town, timedelta(days=5))
    assert {stands(town, one) for one in made[5:]} == {RequestState.WITHDRAWN}


def stale(town: Town) -> str:
    """A button made before: the key of the first proposal."""
    return town.desk.sealed("second_yes", "1")


def test_nobody_whom_it_is_about_agrees_to_it(town: Town) -> None:
    """Sara leaves too: she is not asked about the list on which she stands, and her yes counts for nothing (S4-12)."""
    for person in (ALICE, BEN, YUKI, PRIYA, MARTEN):
        ask(town, person)
    ask(town, SARA)
    assert not [card for card in town.direct(SARA) if "more than usual" in card.text]
    with pytest.raises(Refused, match="not among the people"):
        town.talk.press(speaker(SARA), "second_yes", first_yes(town, CLARA), "", Where())


def test_a_flood_never_keeps_somebody_dangerous_inside(town: Town) -> None:
    """The roster names everybody; HR types one name, to begin at once: that one is not held."""
    flood(town)
    urgent = ask(town, MARCO, now=True, source="")
    assert urgent not in held(town)
    approve(town, urgent)
    assert stands(town, urgent) in {RequestState.RUNNING, RequestState.CLOSED}


def test_a_person_who_types_too_many_is_held_as_well(town: Town) -> None:
    """A stolen session of HR types one name after the other: the sixth waits, and its typist cannot let it go."""
    made = [ask(town, person, now=True, source="", by=CLARA) for person in MANY[:6]]
    assert held(town) == {made[-1]}
    assert not [card for card in town.direct(CLARA) if "more than usual" in card.text]
    assert button(look_twice(town, HANNA), "second_no")


def test_more_that_come_later_start_the_ten_minutes_again(town: Town) -> None:
    """Whoever may cancel has ten minutes after the last one, and the card shows how many there are."""
    flood(town, 6)
    town.pass_time(8 * MINUTES)
    ask(town, TOMASZ)
    let_on(town.engine, town.now)
    town.say()
    assert look_twice(town).text.startswith("2 more people")
    agree(town, SARA, CLARA)
    later(town, 5 * MINUTES)
    assert len(held(town)) == 2
    later(town, 6 * MINUTES)
    assert held(town) == frozenset()


def test_after_an_hour_the_count_begins_anew(town: Town) -> None:
    """Five in the morning and five in the afternoon are a usual day."""
    for number, person in enumerate((ALICE, BEN, YUKI, PRIYA, MARTEN, OMAR)):
        if number == 5:
            town.pass_time(timedelta(hours=1, minutes=1))
        ask(town, person)
    assert held(town) == frozenset()


def test_what_has_a_date_waits_for_it_also_after_the_brake(town: Town) -> None:
    """Released on Monday, it begins on Friday."""
    made = flood(town, 6)
    approve(town, made[-1])
    agree(town, SARA, CLARA)
    later(town, 11 * MINUTES)
    later(town, MINUTES)
    assert stands(town, made[-1]) is RequestState.SCHEDULED
    town.now = FRIDAY
    later(town, MINUTES)
    assert stands(town, made[-1]) in {RequestState.RUNNING, RequestState.CLOSED}
    assert date(2026, 11, 27) == town.now.date()
