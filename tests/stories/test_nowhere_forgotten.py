"""A system in which nobody looked is never passed over in silence."""

from __future__ import annotations

from bot.domain.lifecycle import RequestState
from bot.domain.model import Task
from bot.domain.planning import NO_ACCOUNT, NOT_CONNECTED
from tests.fakes.town import CLOUD, HANNA, INES, MARTEN, Town, words


def offboard_marten(town: Town) -> list[str]:
    """Offboard the other Alice, of whom no account is known; what people are asked to look for."""
    town.offboard(HANNA, person=MARTEN, typed="Alice Marten")
    town.work()
    return [step.action.how for step in town.view().steps if isinstance(step.action, Task)]


def test_a_system_without_a_known_account_is_looked_into_by_its_owner(town: Town) -> None:
    """No link means that nobody knows, not that there is nothing (S1-2, S1-12, S0-10)."""
    asked = offboard_marten(town)
    assert asked.count(NO_ACCOUNT) == 2
    card = next(card for card in town.ears.every if "Plan for" in card.text)
    assert "GitHub, accounts: No account of this person is known here" in words(card)


def test_whoever_looks_is_told_the_one_address_that_tells_two_of_a_name_apart(town: Town) -> None:
    """There are two Alices: the task says whose accounts are meant (S0-5, S1-12)."""
    offboard_marten(town)
    for person in town.request().approvers:
        if town.request().state is RequestState.AWAITING_APPROVAL:
            town.press(person, "approve")
    town.work()
    told = words(town.direct(INES)[-1])
    assert "Alice Marten, alice.marten@" in told, told


def test_a_system_that_is_not_connected_is_named_too(town: Town) -> None:
    """A connector that could not be set up is an open question, never a clean system (S1-2, S1-19)."""
    del town.engine.connectors[CLOUD]  # type: ignore[attr-defined]
    assert NOT_CONNECTED in offboard_marten(town)
