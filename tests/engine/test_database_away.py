"""The database goes away while a step runs: nobody is to blame, nothing is parked, the attempt runs again."""

from __future__ import annotations

import pytest

from bot.domain.lifecycle import RequestState, StepState
from bot.engine.dispatch import AlreadyRunningError, Dbos
from bot.engine.run import run_step
from bot.store import Away, Database
from tests.fakes.town import INES, MARCO, Town
from tests.stories.acts import asked, finish

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])


def gone(_change: object = None) -> None:
    """What a database says that is not there."""
    raise Away("SELECT 1", {}, Exception("the server closed the connection"))


@pytest.mark.parametrize("place", ["before_apply", "after_apply", "before_read"])
def test_a_step_without_a_database_is_left_for_its_next_delivery(db: Database, place: str) -> None:
    """The error goes up to the dispatcher; nothing is parked, and the same attempt ends it later (S1-20)."""
    town = asked(Town(db))
    town.press(MARCO, "approve")
    town.press(INES, "approve")
    setattr(town.aws, place, gone)
    with pytest.raises(Away):
        town.inline.drain(town.engine, town.tick)
    step, attempt = town.inline.ran[-1]
    setattr(town.aws, place, None)
    run_step(town.engine, step, attempt, town.tick)
    town.work()
    assert not any(step.state is StepState.PARKED for step in (*town.view().steps, *town.view().reads))
    finish(town)
    assert town.request().state is RequestState.CLOSED


def test_two_dispatchers_never_share_a_file(db: Database) -> None:
    """The second Usher on one SQLite file is told so in words, and starts nothing."""
    first = Dbos(db)
    try:
        with pytest.raises(AlreadyRunningError, match="Stop that one first"):
            Dbos(db)
    finally:
        first.close()
