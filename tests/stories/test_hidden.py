"""A change that nobody lets us see: it is never done by itself, and it does not wait in silence either."""

from __future__ import annotations

from datetime import timedelta

from bot.domain.lifecycle import StepState
from bot.domain.request import Step
from connectors.interface import ConnectorError, Kind
from tests.fakes.town import INES, Town, words
from tests.stories.acts import done, read_again, steps, wait


def started(town: Town) -> Town:
    """Approved, and both systems read at the start; nothing is changed yet."""
    read_again(town)
    return town


def keys(town: Town) -> list[Step]:
    """Alice's access keys."""
    return steps(town, "disable", "aws")


def test_what_stays_hidden_is_looked_at_by_a_person(town: Town) -> None:
    """The keys are off, and AWS lists no keys any more: after an hour its keeper is asked, who looks and says so."""
    started(town)
    town.aws.blind = "The list of keys is closed."
    town.work()
    assert {step.state for step in keys(town)} == {StepState.APPLIED}
    wait(town, timedelta(minutes=5), times=14)
    wait(town, timedelta(hours=1))
    assert {step.state for step in keys(town)} == {StepState.PARKED}
    assert "did not show this part" in words(town.direct(INES)[-1])
    done(town, INES, "Looked at both keys in the console: inactive.")
    assert StepState.ATTESTED in {step.state for step in keys(town)}


def test_a_look_that_is_forbidden_asks_at_once(town: Town) -> None:
    """Waiting gives no permission back: the keeper hears it now, and Try again ends it as seen."""
    started(town)
    town.aws.after_apply = lambda _change: town.aws.faults.append(
        ConnectorError("The permission iam:ListAccessKeys is missing.", kind=Kind.PERMISSION)
    )
    town.inline.drain(town.engine, town.tick, most=4)
    town.aws.after_apply = None
    town.work()
    stuck = [step for step in town.view().steps if step.state is StepState.PARKED]
    assert stuck
    for _ in stuck:
        town.press(INES, "try_again")
        town.work()
    town.aws.faults.clear()
    wait(town)
    assert {step.state for step in keys(town)} == {StepState.CONFIRMED}
