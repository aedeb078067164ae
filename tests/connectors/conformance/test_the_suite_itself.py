"""A suite that nobody can fail proves nothing: a small connector passes it whole, and fails as soon as it lies."""

from __future__ import annotations

from contextlib import closing, nullcontext
from dataclasses import replace
from datetime import datetime

import pytest

from bot.domain.model import Change, Link, Revoke
from bot.domain.reading import Part, Reading
from connectors.interface import ConnectorError, Kind, Outcome, Result
from connectors.wire.http import Answer
from tests.connectors.conformance import life
from tests.connectors.conformance.badges import Badges, opened_by
from tests.connectors.conformance.faults import WRITES_ONLY, Fault
from tests.connectors.conformance.world import Stage


class TakesAnErrorForNothing(Badges):
    """Whatever goes wrong while it reads, it shows no rights."""

    def read(self, link: Link, now: datetime) -> Reading:
        """Half a reading."""
        try:
            return super().read(link, now)
        except ConnectorError:
            return replace(super().read(link, now), grants=Part())


class ForgetsTheLastPage(Badges):
    """It stops where a page is cut."""

    def list(self, first: int) -> Answer:
        """The first page, or nothing."""
        try:
            return super().list(first)
        except ConnectorError:
            return Answer(200, {"count": 0, "rows": []})


class BelievesTheAnswer(Badges):
    """It takes any refusal of a removal for a removal made earlier."""

    def apply(self, change: Change) -> Outcome:
        """Done, it says."""
        try:
            return super().apply(change)
        except ConnectorError:
            return Outcome(Result.ALREADY, "It was so already.")

    def read(self, link: Link, now: datetime) -> Reading:
        """Without what it believes."""
        try:
            return super().read(link, now)
        except ConnectorError:
            return Reading(self.spec.key, now, "nothing")


class CallsEverythingPassing(Badges):
    """Every error is worth another try, for ever."""

    def apply(self, change: Change) -> Outcome:
        """An error of the wrong class."""
        try:
            return super().apply(change)
        except ConnectorError as error:
            raise ConnectorError(error.said, kind=Kind.TRANSIENT) from None


class NeverLooks(Badges):
    """It says it did something each time it is asked."""

    def apply(self, change: Change) -> Outcome:
        """Made again."""
        super().apply(change)
        return Outcome(Result.APPLIED, "Done.")


class SwitchesTheWrongDoor(Badges):
    """It says yes and does nothing."""

    def apply(self, change: Change) -> Outcome:
        """Nothing."""
        return Outcome(Result.ALREADY, "It was so already.") if isinstance(change, Revoke) else super().apply(change)


def played(make: type[Badges]) -> int:
    """Every fault at every call, none left out; how many lives that were. Raises what the suite raises."""
    lives = 0
    with closing(Stage(nullcontext(opened_by(make)))) as stage:
        every = life.cases(stage)
        for fault in Fault:
            for case in every:
                if case.call.write or fault not in WRITES_ONLY:
                    life.endure(stage, case, fault)
                    lives += 1
    return lives


def test_an_honest_connector_passes_every_fault_at_every_call() -> None:
    """What is asked of a connector can be had in fifty lines."""
    assert played(Badges) > 60


@pytest.mark.parametrize(
    "liar",
    [
        TakesAnErrorForNothing,
        ForgetsTheLastPage,
        BelievesTheAnswer,
        CallsEverythingPassing,
        NeverLooks,
        SwitchesTheWrongDoor,
    ],
)
def test_a_connector_that_lies_is_found_out(liar: type[Badges]) -> None:
    """Each lie is one that somebody's connector told once."""
    with pytest.raises((AssertionError, ConnectorError)):
        played(liar)
