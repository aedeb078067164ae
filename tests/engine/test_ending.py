"""The end of access, at its edges: given back, stuck, waited for, and never missing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.chat.port import Where
from bot.domain.errors import Refused
from bot.domain.lifecycle import RequestState, StepState
from bot.domain.model import Trigger
from bot.domain.request import StepKind, Wanted
from bot.engine import expire, fail, lend, tasks
from bot.engine.give_back import give_back
from bot.store import records
from connectors.interface import ConnectorError, Kind
from tests.fakes.town import ALICE, BEN, INES, MARCO, Town, speaker
from tests.stories.acts import approved, done
from tests.stories.lends import (
    ON_CALL,
    PROD,
    access,
    asked,
    given,
    last_words,
    pass_time,
)
from tests.stories.lends import step as step_of

HOUR = timedelta(hours=1)


def test_giving_back_twice_is_once(town: Town) -> None:
    """The second press hears that it is under way; before it was approved there is nothing to give back."""
    asked(town)
    with pytest.raises(Refused, match="has ended"):
        give_back(town.engine, "ACC-101", ALICE, town.now)
    town.press(INES, "approve")
    town.work()
    give_back(town.engine, "ACC-101", ALICE, town.now)
    with pytest.raises(Refused, match="has ended"):
        give_back(town.engine, "ACC-101", ALICE, town.now)
    with pytest.raises(Refused, match="ended, or is being taken back"):
        town.talk.press(speaker(ALICE), "extend", town.desk.sealed("extend", "ACC-101"), "", Where())


def test_given_back_before_it_was_given(town: Town) -> None:
    """Approved, not given yet, and no longer needed: the system is never asked."""
    asked(town)
    town.press(INES, "approve")
    give_back(town.engine, "ACC-101", ALICE, town.now)
    town.work()
    assert not town.aws.log
    assert access(town).request.state is RequestState.CLOSED


def test_an_end_that_only_a_person_can_bring_about(town: Town) -> None:
    """The right to take away is missing: the owner is asked, and it stays open until she did it by hand (S1-20)."""
    given(town)
    town.aws.faults = [ConnectorError("We lack the right.", kind=Kind.PERMISSION)]
    pass_time(town, 2 * HOUR + timedelta(seconds=1))
    assert "taking it back is stuck: We lack the right. Ines Ferreira was asked." in last_words(town, ALICE)
    assert access(town).request.state is RequestState.RUNNING
    done(town, INES, "Taken out of the group by hand.")
    assert access(town).request.state is RequestState.CLOSED
    assert "Over: Ines Ferreira took it back by hand." in last_words(town, ALICE)


def test_a_task_may_wait_for_a_date_too(town: Town) -> None:
    """What a person is to do next month is asked next month, by the same clock."""
    town.offboard()
    town.work()
    with town.engine.db.begin() as tx:
        request = records.recent(tx, 1)[0]
        waits = next(s for s in records.steps(tx, request.id) if s.kind is StepKind.TASK and s.system == "laptop")
        records.settle(tx, waits, waits.state, due=town.now + timedelta(days=30))
    town.press(MARCO, "approve")
    town.press(INES, "approve")
    pass_time(town, timedelta(days=29))
    assert _state(town, waits.id) is StepState.WAITING
    pass_time(town, timedelta(days=2))
    assert _state(town, waits.id) is StepState.READY


def test_what_is_due_and_waits_for_something_else_holds_nobody_up(town: Town) -> None:
    """Its date has come and a successor is not named yet: others that are due begin all the same."""
    given(town, ON_CALL)
    approved(town)
    with town.engine.db.begin() as tx:
        request = next(r for r in records.recent(tx, 5) if r.trigger is Trigger.LEAVER)
        waits = [s for s in records.steps(tx, request.id) if s.state is StepState.WAITING]
        for one in waits:
            records.settle(tx, one, one.state, due=town.now - HOUR)
    assert waits
    assert expire.expire(town.engine, town.now) == 0
    assert {_state(town, one.id) for one in waits} == {StepState.WAITING}


def _state(town: Town, key: str) -> StepState:
    with town.engine.db.look() as tx:
        found = records.step(tx, key)
    assert found is not None
    return found.state


def test_only_a_gift_fails_and_only_once(town: Town) -> None:
    """A removal waits for a person instead; a gift that somebody else settled first is left as it is."""
    given(town)
    request, gift, end = access(town).request, step_of(town, "assign"), step_of(town, "revoke")
    with town.engine.db.begin() as tx:
        assert not fail.fail_closed(tx, request, end, "No.", "permanent", town.now)
        stale = replace(gift, state=StepState.RUNNING)
        assert fail.fail_closed(tx, request, stale, "No.", "permanent", town.now)
    assert step_of(town, "assign").state is StepState.CONFIRMED
    assert step_of(town, "revoke").state is StepState.WAITING


def test_a_request_that_says_no_end_is_our_mistake(town: Town) -> None:
    """It raises: nothing is ever given without an end."""
    request = access(given(town)).request
    with pytest.raises(ValueError, match="neither how long nor until when"):
        lend.end_of(replace(request, until=None, wanted=Wanted(PROD)), town.now)


def test_a_step_of_somebody_else_is_not_answered(town: Town) -> None:
    """A colleague cannot vouch for an end."""
    given(town)
    town.aws.faults = [ConnectorError("We lack the right.", kind=Kind.PERMISSION)]
    pass_time(town, 2 * HOUR + timedelta(seconds=1))
    with pytest.raises(Refused, match="not yours"):
        tasks.attest(town.engine, step_of(town, "revoke").id, BEN, "I looked.", (), town.now)
