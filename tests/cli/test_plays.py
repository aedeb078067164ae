"""Which plays share a practice company: those that find everybody they need still at work."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest

from bot.cli.plays import LEAVES, PLAYS, STAYS, companies, people_of, run
from bot.cli.practice import Kind
from tests.stories.test_eleven_plays import GROUPS


def test_no_play_is_acted_where_somebody_whom_it_needs_has_left() -> None:
    """Whatever is asked for before it; and no company starts without need."""
    for before, then in product(PLAYS, repeat=2):
        spoilt = LEAVES.get(before, set()) & people_of(then)
        assert companies([before, then]) == ([[before], [then]] if spoilt else [[before, then]])
    assert companies(["speeds", "access", "undo", "undo"]) == [["speeds"], ["access", "undo", "undo"]]
    assert companies(["stuck", "access", "undo"]) == [["stuck", "access"], ["undo"]]


def test_every_play_says_whom_it_is_about() -> None:
    """Only so a play can be held to it while it is acted; nobody both leaves and stays."""
    assert {*LEAVES, *STAYS} == set(PLAYS)
    assert not [name for name in LEAVES if LEAVES[name] & STAYS.get(name, set())]


def test_the_plays_of_one_line_that_are_acted_here_share_one_company() -> None:
    """What is acted by the tests of the eleven points starts three companies, and no more."""
    assert [len(companies(names.split(","))) for names in GROUPS] == [1, 1, 1]


def test_a_new_company_begins_for_the_play_that_needs_somebody_who_left(capsys: pytest.CaptureFixture[str]) -> None:
    """It is said why, and one play that is stuck is not forgotten over the others that ended well."""
    acted: list[list[str]] = []

    def act(names: list[str], _keep: Path | None, _chat: Kind) -> int:
        acted.append(names)
        return 1 if "speeds" in names else 0

    assert run("speeds, access,preview", None, act=act) == 1
    assert acted == [["speeds"], ["access", "preview"]]
    assert "The next play needs Ben Okafor, who left this company. A new one begins." in capsys.readouterr().out
