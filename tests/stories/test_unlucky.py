"""What lives in trouble brought to light: rare moments, each told once as a story."""

from __future__ import annotations

from bot.domain.lifecycle import RequestState
from bot.domain.model import Disable
from bot.domain.planning import MACHINE
from bot.engine import machines, succeed
from bot.store import Database
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


def test_a_decision_told_late_does_not_change_what_was_asked(db: Database) -> None:
    """The chat was away while Ines switched the deploy key off: the thread still says that it was asked, then why."""
    town = Town(db, machines="ask")
    asked(town)
    town.press(MARCO, "approve")
    town.press(INES, "approve")
    town.inline.drain(town.engine, town.tick)
    step = next(one for one in town.view().steps if one.held == MACHINE and isinstance(one.action, Disable))
    machines.end(town.engine, step.id, INES, town.now)
    town.say()
    told = "\n".join(town.thread())
    assert "Decide what becomes of deploy key “ci-payments”: waits for somebody who decides." in told
    assert "Switch off: deploy key “ci-payments”: waits" not in told
    assert "Ines Ferreira decided to switch deploy key “ci-payments” off." in told
