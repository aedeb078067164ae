"""Work that waits for somebody who leaves: somebody who stays is asked, and everybody can see it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.lifecycle import StepState
from bot.engine.tend import tend
from bot.store import Database
from connectors.interface import ConnectorError, Kind
from tests.fakes.town import INES, SARA, START, TOMASZ, Town, words
from tests.stories.acts import approved, everything_said, leave


@pytest.fixture
def town(db: Database) -> Town:
    """A company on a fresh database of either kind."""
    return Town(db)


def parked_at_ines(town: Town) -> Town:
    """Every change in AWS is refused for good, and Ines, who looks after it, was asked."""
    town.aws.after_apply = lambda _change: (_ for _ in ()).throw(ConnectorError("Not here.", kind=Kind.PERMANENT))
    approved(town)
    town.aws.after_apply = None
    stuck = [step for step in town.view().steps if step.state is StepState.PARKED]
    assert stuck
    assert {step.assignee for step in stuck} == {INES}
    return town


def test_a_removal_that_is_stuck_never_waits_for_somebody_who_left(town: Town) -> None:
    """Ines leaves while a removal waits for her: whoever looks after the system now is asked, once, in its own card."""
    parked_at_ines(town)
    leave(town, INES, START.date() - timedelta(days=1))
    before = len(town.ears.posts)
    assert tend(town.engine, town.now) > 0
    town.work()
    stuck = [step for step in town.view().steps if step.state is StepState.PARKED]
    heirs = {step.assignee for step in stuck}
    assert heirs
    assert INES not in heirs
    (heir,) = heirs
    assert heir is not None
    assert any("Not here." in words(card) for card in town.direct(heir))
    assert len(town.ears.posts) > before
    assert tend(town.engine, town.now) == 0


def test_what_only_a_person_can_do_goes_to_whoever_stays(town: Town) -> None:
    """The laptop was Tomasz's to collect, and he left: somebody else is asked, and the thread says whom."""
    approved(town)
    mine = [step.id for step in town.view().steps if step.assignee == TOMASZ and not step.ended]
    assert mine
    leave(town, TOMASZ, START.date() - timedelta(days=1))
    assert tend(town.engine, town.now) == len(mine)
    town.work()
    heirs = {step.assignee for step in town.view().steps if step.id in mine}
    assert heirs <= {INES, SARA}
    assert all("was asked" in everything_said(town) for _ in heirs)


def test_a_removal_that_gets_stuck_again_asks_somebody_who_is_there(town: Town) -> None:
    """It was Ines's the first time. She has left when it is stuck for the second time."""
    parked_at_ines(town)
    town.aws.faults = [ConnectorError("Not here.", kind=Kind.PERMANENT) for _ in range(20)]
    town.press(INES, "try_again")
    leave(town, INES, START.date() - timedelta(days=1))
    town.work()
    again = [step for step in town.view().steps if step.state is StepState.PARKED and step.tries > 1]
    assert again
    assert INES not in {step.assignee for step in again}
