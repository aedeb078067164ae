"""What waits for a person, and the person: who may no longer answer, and who never may."""

from __future__ import annotations

from datetime import date

import pytest

from bot.domain.errors import Refused
from bot.domain.lifecycle import StepState
from bot.engine import release, seconds
from bot.engine.lock import propose_lock
from bot.engine.tend import tend
from bot.store import Database
from tests.fakes.town import ALICE, HANNA, INES, SARA, TOMASZ, Town
from tests.stories.acts import approved, asked, leave
from tests.stories.holding import ASK, LOCK, ruled, team_step

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])
AGAINST = {"exit": "involuntary", "when": "later", "day": "2026-11-27", "time": "17:00"}


def test_fault_41_an_owner_who_left_before_answering_answers_nothing_any_more(db: Database) -> None:
    """The press of somebody who left is refused at once; whoever keeps the system now is asked, with time enough."""
    town = approved(ruled(Town(db), ASK))
    leave(town, INES, date(2026, 11, 1))
    with pytest.raises(Refused, match="not yours to answer"):
        release.remove(town.engine, team_step(town).id, INES, town.now)
    tend(town.engine, town.now)
    assert team_step(town).assignee == TOMASZ
    release.remove(town.engine, team_step(town).id, TOMASZ, town.now)
    town.work()
    assert team_step(town).state is StepState.CONFIRMED


def test_fault_41_somebody_asked_to_agree_to_a_lock_who_left_agrees_to_nothing(db: Database) -> None:
    """Asked in the morning, gone at noon: that yes does not count, another one does."""
    town = asked(ruled(Town(db), LOCK), **AGAINST)
    made = propose_lock(town.engine, "OFF-101", HANNA, town.now)
    leave(town, SARA, date(2026, 11, 1))
    with pytest.raises(Refused, match="not among the people"):
        seconds.answer(town.engine, made.id, SARA, town.now, yes=True)
    seconds.answer(town.engine, made.id, INES, town.now, yes=True)
    town.work()
    assert town.aws.account.active is False


def test_fault_42_whoever_asks_and_whom_it_is_about_neither_lock_nor_answer(db: Database) -> None:
    """One person alone locks nobody, and nobody answers a question about themselves."""
    town = asked(ruled(Town(db), LOCK + ASK), **AGAINST)
    made = propose_lock(town.engine, "OFF-101", SARA, town.now)
    for person, said in ((SARA, "somebody else must agree"), (ALICE, "not among the people")):
        with pytest.raises(Refused, match=said):
            seconds.answer(town.engine, made.id, person, town.now, yes=True)
    assert town.aws.log == []
    with pytest.raises(Refused, match="concerns you"):
        release.remove(town.engine, team_step(town).id, ALICE, town.now)
