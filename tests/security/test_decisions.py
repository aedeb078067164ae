"""Who decides, and about what: no button in the wrong hands, for the wrong thing, or from another day counts."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.chat.links import seal, sign
from bot.chat.port import Filled, Speaker, Where
from bot.chat.report.page import show
from bot.domain.errors import Refused
from bot.domain.lifecycle import RequestState
from bot.domain.model import PersonId
from bot.store import Database, people, records
from tests.fakes.town import ALICE, BEN, CLARA, HANNA, INES, MARCO, OMAR, PRIYA, SARA, TOMASZ, Town, button, speaker


@pytest.fixture
def town(db: Database) -> Town:
    """Hanna asked for Alice's offboarding; Marco, Ines and others were asked."""
    town = Town(db)
    town.offboard()
    town.work()
    return town


def approve_of(town: Town) -> str:
    """The value of the Approve button that Marco was shown."""
    return next(filter(None, (button(card, "approve") for card in reversed(town.direct(MARCO)))))


def press(town: Town, who: Speaker, value: str, action: str = "approve") -> None:
    """Press a button with this value."""
    town.talk.press(who, action, value, "", Where())


@pytest.mark.parametrize("person", [HANNA, ALICE, BEN, PRIYA, OMAR, CLARA, None])
def test_nobody_decides_who_was_not_asked(town: Town, person: PersonId | None) -> None:
    """Who asked, the leaver, colleagues, auditors, HR and strangers hold the very button of an approver in vain."""
    with pytest.raises(Refused):
        press(town, Speaker("U999", None) if person is None else speaker(person), approve_of(town))
    assert town.view().approvals == ()


FORGED: dict[str, Callable[[Town], str]] = {
    "made up": lambda _town: "approve",
    "empty": lambda _town: "",
    "another secret": lambda town: seal("some other secret", "approve", town.request().id, town.request().digest),
    "a report link": lambda town: sign(town.desk.secret, town.request().id, MARCO, town.now),
    "a changed letter": lambda town: "X" + approve_of(town)[1:],
    "another button": lambda town: town.desk.sealed("take_back", town.request().id),
    "an older plan": lambda town: town.desk.sealed("approve", town.request().id, "0" * 64),
    "no plan": lambda town: town.desk.sealed("approve", town.request().id, ""),
    "too many parts": lambda town: town.desk.sealed("approve", town.request().id, town.request().digest, "more"),
}


@pytest.mark.parametrize("kind", FORGED)
def test_no_forged_swapped_or_outdated_button_counts(town: Town, kind: str) -> None:
    """Even in the hands of Marco, who may decide."""
    with pytest.raises(Refused):
        press(town, speaker(MARCO), FORGED[kind](town))
    assert town.view().approvals == ()


def test_the_button_of_one_request_says_nothing_about_another(town: Town) -> None:
    """The plan of Priya is another plan: its number with Alice's digest is nobody's question."""
    first = town.request()
    town.offboard(person=PRIYA, typed="Priya Shah")
    town.work()
    assert town.request().id == "OFF-102"
    with pytest.raises(Refused):
        press(town, speaker(MARCO), town.desk.sealed("approve", "OFF-102", first.digest))
    assert town.view().approvals == ()


def test_one_person_is_one_vote_however_often_and_fast_they_press(town: Town) -> None:
    """Eight presses at the same moment are one yes."""
    value = approve_of(town)

    def once(_number: int) -> bool:
        try:
            press(town, speaker(MARCO), value)
        except Refused:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(once, range(8))) == 1
    assert town.request().state is RequestState.AWAITING_APPROVAL


def test_two_people_who_ask_at_once_get_one_request(db: Database) -> None:
    """One of them is told that it runs already."""
    town = Town(db)

    def ask(person: PersonId) -> str:
        try:
            town.offboard(person)
        except Refused as refused:
            return refused.reason
        return ""

    with ThreadPoolExecutor(3) as pool:
        said = sorted(pool.map(ask, (HANNA, CLARA, SARA)))
    assert said == ["", *["This person is already being offboarded: OFF-101."] * 2]
    assert town.request().id == "OFF-101"


def test_the_leaver_and_strangers_to_a_task_cannot_take_it(town: Town) -> None:
    """What Tomasz is asked to do is answered by him, or by those who look after systems; never by Alice or Ben."""
    press(town, speaker(MARCO), approve_of(town))
    town.press(INES, "approve")
    town.work()
    task = next(step for step in town.view().steps if step.assignee == TOMASZ)
    evidence = Filled({"evidence": "done"}, context=town.desk.sealed("evidence", task.id))
    for person in (ALICE, BEN, PRIYA, OMAR):
        with pytest.raises(Refused):
            town.talk.submit(speaker(person), "evidence", evidence, "x")
    for chosen in ("40004", "40099", "", "AIDA4"):
        with pytest.raises(Refused):
            town.press(INES, "successor", chosen)


def test_whoever_is_being_offboarded_decides_nothing_and_sees_nothing(db: Database) -> None:
    """From the moment Clara's offboarding begins her role in Usher is over, before HR's roster knows of it."""
    town = Town(db)
    town.offboard(person=CLARA, typed="Clara Jensen", when="later", day="2026-11-27", time="17:00", exit="involuntary")
    town.work()
    town.offboard(CLARA)  # she still works here
    town.work()
    second, token = town.request(), sign(town.desk.secret, town.request().id, CLARA, town.now)
    assert second.id == "OFF-102"
    with town.engine.db.begin() as tx:
        assert people.crew(tx).working(CLARA, town.now.date())
        records.note(tx, "OFF-101", started_at=town.now)
        assert not people.crew(tx).working(CLARA, town.now.date())
    for action in ("cancel", "reschedule", "report", "show"):
        with pytest.raises(Refused):
            press(town, speaker(CLARA), town.desk.sealed(action, second.id), action)
    with pytest.raises(Refused):
        town.offboard(CLARA, person=BEN, typed="Ben Okafor")
    assert show(town.engine, town.desk.secret, token, town.now)[0] == 403
    with town.engine.db.begin() as tx:
        again = replace(people.every(tx)[CLARA], starts=town.now.date() + timedelta(days=100))
        people.put(tx, [again])
        assert people.crew(tx).working(CLARA, town.now.date() + timedelta(days=100))
        assert not people.crew(tx).working(CLARA, town.now.date())  # engaged again is not back already
    with pytest.raises(Refused):
        town.offboard(CLARA, person=BEN, typed="Ben Okafor")
