"""Whoever is asked is away: somebody stands in, really gets the question, and gives it back afterwards."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.chat.port import Card, Where
from bot.domain.errors import Refused
from bot.domain.lifecycle import RequestState, StepState
from bot.domain.model import Account, PersonId
from bot.engine import leave as absence
from bot.engine.start import start_due
from bot.engine.tend import tend
from bot.store import people, records
from tests.fakes.memory import Memory
from tests.fakes.town import ALICE, CLARA, CLOUD, GRACE, HANNA, INES, MARCO, SARA, TOMASZ, Town, button, speaker, words
from tests.stories.acts import approved, done, link, sealed
from tests.stories.holding import ASK, ruled, team_step


def says(town: Town, person: PersonId, text: str) -> str:
    """What somebody reads when they type this."""
    answer = town.talk.command(speaker(person), "/usher", text, Where())
    assert isinstance(answer, Card)
    return words(answer)


def away(town: Town, *some: PersonId) -> None:
    """These people say that they are away until December."""
    for person in some:
        says(town, person, "away until 2026-12-01")


def look(town: Town) -> None:
    """The clock looks after what waits for people."""
    tend(town.engine, town.now)
    town.work()


def asked(town: Town) -> Town:
    """Clara, of HR, asks for Alice's offboarding; the plan is there."""
    town.offboard(CLARA)
    town.work()
    return town


def approvers(town: Town) -> set[PersonId]:
    """Who is asked now."""
    return set(town.request().approvers)


def below(town: Town, manager: PersonId) -> None:
    """Marco has this manager."""
    with town.engine.db.begin() as tx:
        people.put(tx, [replace(people.every(tx)[MARCO], manager=manager)])


def test_the_deputy_is_asked_while_the_owner_is_away_and_the_owner_again_afterwards(town: Town) -> None:
    """Ines has a holiday: Tomasz gets the question with its buttons and why, and decides in his own name (S0-30)."""
    asked(town)
    assert approvers(town) == {MARCO, INES}
    old = sealed(town, INES, "approve")
    said = says(town, INES, "away until 2026-12-01")
    assert "Your deputies: Tomasz Nowak for GitHub. AWS has no deputy" in said
    look(town)
    assert approvers(town) == {MARCO, TOMASZ}
    (card,) = [one for one in town.direct(TOMASZ) if button(one, "approve")]
    assert "Ines Ferreira is away, so you are asked." in words(card)
    with pytest.raises(Refused, match="away until 2026-12-01: others are asked"):
        town.talk.press(speaker(INES), "approve", old, "", Where())
    town.press(TOMASZ, "approve")
    assert [one.person for one in town.view().approvals] == [TOMASZ]
    assert "Welcome back" in says(town, INES, "back")
    look(town)
    assert approvers(town) == {MARCO, INES}
    town.press(INES, "approve")
    town.press(MARCO, "approve")
    assert town.request().state is RequestState.RUNNING


def test_the_manager_of_the_manager_stands_in(town: Town) -> None:
    """Marco is away before anybody asked: Grace, his manager, decides about his team (S0-30)."""
    away(town, MARCO)
    asked(town)
    assert approvers(town) == {GRACE, INES}
    assert "Marco Rossi is away, so you are asked." in words(town.direct(GRACE)[-1])


def test_whoever_asked_never_stands_in(town: Town) -> None:
    """Marco is away and Hanna, his manager, is the one who asks: security decides instead of her (S4-4)."""
    below(town, HANNA)
    away(town, MARCO)
    town.offboard(HANNA)
    town.work()
    assert approvers(town) == {INES, SARA}


def test_one_person_for_two_who_are_away_is_one_yes(town: Town) -> None:
    """Tomasz stands in for Ines, and for Marco, whose manager he is: that is one of two, so security is asked too."""
    below(town, TOMASZ)
    away(town, MARCO, INES)
    asked(town)
    assert approvers(town) == {TOMASZ, SARA}
    town.press(TOMASZ, "approve")
    assert town.request().state is RequestState.AWAITING_APPROVAL


def test_when_everybody_is_away_they_are_asked_all_the_same(town: Town) -> None:
    """A question to somebody on a beach is better than a question to nobody."""
    away(town, MARCO, INES, TOMASZ, SARA, HANNA)
    asked(town)
    assert {MARCO, INES} <= approvers(town)


def test_what_waits_for_whoever_is_away_is_asked_of_somebody_who_is_here(town: Town) -> None:
    """The laptop is Tomasz's to collect, and he is away: Ines of IT is asked, once, and does it (S0-30)."""
    approved(town)
    away(town, TOMASZ)
    look(town)
    with town.engine.db.look() as tx:
        assert records.assigned(tx, TOMASZ) == ()
    before = len(town.direct(INES))
    look(town)
    assert len(town.direct(INES)) == before
    done(town, INES)


def test_nobody_else_is_there_so_it_stays_where_it_is(town: Town) -> None:
    """Everybody who could collect the laptop is away: it waits for one of them, and is not passed around for ever."""
    approved(town)
    away(town, TOMASZ, INES, SARA, HANNA)
    look(town)
    lines = len(town.thread())
    assert tend(town.engine, town.now) == 0
    town.work()
    assert len(town.thread()) == lines


def test_a_day_that_makes_no_sense_is_answered_with_an_example(town: Town) -> None:
    """Past, today, in two years, or no day at all: nothing changes (S0-5)."""
    for text in ("until 2026-11-23", "until 2020-01-01", "until 2029-01-01"):
        with pytest.raises(Refused, match="tomorrow or later"):
            says(town, INES, f"away {text}")
    for text in ("away", "away for a while"):
        with pytest.raises(Refused, match="/usher away until"):
            says(town, INES, text)
    assert "Nothing has changed" in says(town, INES, "back")


def test_it_ends_by_itself_on_the_day(town: Town) -> None:
    """Nobody has to remember to come back."""
    away(town, INES)
    asked(town)
    assert INES not in approvers(town)
    town.pass_time(timedelta(days=8))
    look(town)
    assert approvers(town) == {MARCO, INES}


def test_whoever_is_on_a_leave_of_absence_is_not_waited_for(town: Town) -> None:
    """HR locked Ines's accounts until March: she is asked nothing, and is asked again when the leave is over."""
    hers = Memory(CLOUD, Account(CLOUD, "AIDA5", "ines", active=True))
    town.engine.connectors = {**town.engine.connectors, CLOUD: hers}
    link(town, INES, hers.account)
    until = town.now + timedelta(days=90)
    made = absence.submit(town.engine, absence.Leave(CLARA, INES, until), town.now)
    town.work()
    leave = town.request()
    for person in leave.approvers[: leave.quorum]:
        value = town.desk.sealed("approve", leave.id, leave.digest)
        town.talk.press(speaker(person), "approve", value, "", Where())
    start_due(town.engine, town.now)
    town.work()
    with town.engine.db.look() as tx:
        assert people.crew(tx).away == {INES: until.date()}
    town.offboard(CLARA, person=ALICE)
    town.work()
    assert INES not in approvers(town)
    absence.end_now(town.engine, made.id, CLARA, town.now)
    with town.engine.db.look() as tx:
        assert people.crew(tx).away == {}


def test_a_question_about_what_is_in_use_goes_to_the_deputy(town: Town) -> None:
    """Ines is asked whether the team is still used, and goes away: Tomasz answers, with time enough (S1-16, S0-30)."""
    approved(ruled(town, ASK))
    assert team_step(town).assignee == INES
    away(town, INES)
    look(town)
    step = team_step(town)
    assert step.assignee == TOMASZ
    assert step.due is not None
    assert step.due > town.now
    town.press(TOMASZ, "hold_remove")
    town.work()
    assert team_step(town).state is StepState.CONFIRMED
