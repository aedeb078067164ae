"""One long story of the time after, on either database."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.chat.port import Card, Where
from bot.domain.errors import Refused
from bot.domain.lifecycle import RequestState
from bot.domain.model import PersonId
from bot.engine.rescan import ask, rescan
from bot.store import Database
from tests.fakes.town import ALICE_CLOUD, HANNA, INES, MARCO, OMAR, SARA, Town, speaker, words
from tests.stories.later import LEFT, PROD, certificates, checks, gone, later, ticks, unlinked


@pytest.fixture
def town(db: Database) -> Town:
    """A company on a fresh database of either kind, which Alice has left."""
    return gone(Town(db))


def test_four_replicas_at_once_begin_one_look_and_one_press_counts(town: Town) -> None:
    """The clocks of all replicas tick in one moment, two people press in one moment: one look, never two."""
    town.pass_time(timedelta(days=1, minutes=1))
    with ThreadPoolExecutor(4) as pool:
        begun = list(pool.map(lambda _: rescan(town.engine, town.now), range(4)))
    assert sum(begun) == 1
    ticks(town)
    assert len(checks(town)) == 1

    def press(by: PersonId) -> bool:
        try:
            ask(town.engine, LEFT, by, town.now)
        except Refused:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(press, (HANNA, SARA, OMAR, MARCO))) == 1


def test_it_comes_back_is_ended_and_is_seen_gone(town: Town) -> None:
    """An account and a right: one ends at once, one asks; a day later all is clean, and an auditor reads so.

    S1-2, S1-21, S2-19
    """
    town.aws.account = replace(town.aws.account, active=True)
    town.aws.grants = [PROD]
    later(town, 1.01)
    town.press(MARCO, "approve")
    town.press(INES, "approve")
    ticks(town)
    assert [one.state for one in checks(town)] == [RequestState.CLOSED] * 2
    later(town, 1.1)
    assert sorted(certificates(town)[0].facts["seen"]) == ["aws", "github"]
    for command, text in (("/who-has", "aws"), ("/usher", "person alice martin")):
        card = town.talk.command(speaker(OMAR), command, text, Where())
        assert isinstance(card, Card)
        assert "locked" in words(card)
    unlinked(town, ALICE_CLOUD)
    later(town, 7)
    assert certificates(town)[-1].facts["searched"] == ["aws"]
