"""It was a mistake: what gives back what was taken, before anybody decides to."""

from __future__ import annotations

import pytest

from bot.cli.restore import lines
from bot.domain.errors import Refused
from bot.domain.model import Enable
from bot.engine.undo import undo
from tests.fakes.town import CLOUD, INES, Town
from tests.stories.acts import approved, asked, finish


def said(town: Town) -> list[str]:
    """Everything that is printed."""
    name, systems = undo(town.engine, town.request().id, town.now)
    assert name == "Alice Martin"
    return [line for one in systems for line in lines(one)]


def test_what_was_taken_can_be_seen_and_what_cannot_come_back(town: Town) -> None:
    """System by system, in words; what no program gives back is a person's, and what is lost is called lost."""
    town.aws.can = town.aws.can - {Enable}
    finish(approved(town))
    assert said(town) == [
        "GitHub, as it was seen on 23 Nov 2026, 09:00 UTC before the first change:",
        "  Unlock the account alice-m",
        "  Give organisation lumen-works to alice-m",
        "  Give team payments to alice-m",
        "  Switch on deploy key ci-payments of alice-m",
        "AWS, as it was seen on 23 Nov 2026, 09:00 UTC before the first change:",
        "  Unlock the account alice.martin",
        "  Give group prod-readers to alice.martin",
        "  By hand: Switch on access key AKIA…001 of alice.martin",
        "  By hand: Switch on access key AKIA…002 of alice.martin",
        "  Cannot come back: open sessions. They ended for good; signing in again opens new ones.",
    ]


def test_looking_changes_nothing_and_reads_no_system(town: Town) -> None:
    """It goes by what is stored: the system may be away, or not even be configured here."""
    finish(approved(town))
    town.aws.faults = [RuntimeError("nobody may ask")]
    del town.engine.connectors[CLOUD]  # type: ignore[attr-defined]
    rows, calls = len(town.view().journal), len(town.aws.log)
    assert any("By hand: Give group prod-readers" in line for line in said(town))
    assert (len(town.view().journal), len(town.aws.log)) == (rows, calls)


def test_nothing_was_taken_before_the_start(town: Town) -> None:
    """A plan is no deed."""
    asked(town)
    assert said(town) == []
    town.press(INES, "approve")
    assert said(town) == []


def test_a_request_there_is_not(town: Town) -> None:
    """Said in words."""
    with pytest.raises(Refused, match=r"There is no request OFF-999\."):
        undo(town.engine, "OFF-999", town.now)
