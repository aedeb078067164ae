"""What lives in trouble brought to light: rare moments, each told once as a story."""

from __future__ import annotations

from bot.domain.lifecycle import RequestState
from bot.engine import succeed
from connectors.interface import ConnectorError, Kind
from tests.fakes.town import INES, MARCO, SARA, Town
from tests.stories.acts import asked


def test_who_looks_after_a_system_that_cannot_be_read_is_asked_all_the_same(town: Town) -> None:
    """Neither system answers, so the plan is two tasks; Ines, who owns both systems, decides with Marco."""
    for system in (town.github, town.aws):
        system.faults = [ConnectorError("No.", kind=Kind.PERMISSION)]
    town.offboard(SARA)
    town.work()
    assert set(town.request().approvers) == {MARCO, INES}
    town.press(MARCO, "approve")
    town.press(INES, "approve")
    assert town.request().state is RequestState.RUNNING


def test_a_question_told_late_still_says_what_was_asked(town: Town) -> None:
    """The chat was away while Ines named Ben: the thread then says that a successor was awaited, and who it is."""
    asked(town)
    town.press(MARCO, "approve")
    town.press(INES, "approve")
    town.inline.drain(town.engine, town.tick)
    step = next(one for one in town.view().steps if one.held)
    succeed.name_successor(town.engine, step.id, INES, "40008", town.now)
    town.say()
    told = "\n".join(town.thread())
    assert "waits for a successor" in told
    assert "Ines Ferreira named Ben Okafor (" in told
    assert "approval of its own" not in told
