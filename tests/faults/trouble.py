"""Systems that do not do what we ask: how a story gets there, and what was told of it."""

from __future__ import annotations

from datetime import timedelta

from bot.domain.lifecycle import StepState
from bot.domain.model import PersonId
from bot.domain.request import Step
from bot.engine.tend import tend
from connectors.interface import ConnectorError, Kind
from tests.fakes.town import Town, words
from tests.stories.acts import read_again


def begun(town: Town) -> Town:
    """Approved, and both systems read at the start; nothing is changed yet."""
    read_again(town)
    assert town.aws.log == []
    return town


def faults(kind: Kind, times: int, said: str = "It is not well.", after: timedelta | None = None) -> list[Exception]:
    """So many answers of one class."""
    return [ConnectorError(said, kind=kind, after=after) for _ in range(times)]


def wait(town: Town, span: timedelta, times: int = 1) -> None:
    """Time passes, the clock looks, and what is due is done."""
    for _ in range(times):
        town.pass_time(span)
        tend(town.engine, town.now)
        town.work()


def of_aws(town: Town) -> list[Step]:
    """What is to be changed in AWS by itself."""
    return [step for step in town.view().steps if step.system == "aws" and step.action and step.kind == "apply"]


def told(town: Town, text: str) -> list[str]:
    """The lines of the thread that say this; a message may hold several."""
    return [line for message in town.thread() for line in message.split("\n") if text in line]


def heard(town: Town, person: PersonId, text: str) -> int:
    """How many direct messages of somebody say this."""
    return sum(text in words(card) for card in town.direct(person))


def all_confirmed(town: Town) -> bool:
    """Whether everything in AWS was seen done."""
    return {step.state for step in of_aws(town)} == {StepState.CONFIRMED}
