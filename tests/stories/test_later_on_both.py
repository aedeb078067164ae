"""One long story of the time after, on either database."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.chat.port import Card, Where
from bot.domain.lifecycle import RequestState
from bot.store import Database
from tests.fakes.town import ALICE_CLOUD, INES, MARCO, OMAR, Town, speaker, words
from tests.stories.later import PROD, certificates, checks, gone, later, ticks, unlinked


@pytest.fixture
def town(db: Database) -> Town:
    """A company on a fresh database of either kind, which Alice has left."""
    return gone(Town(db))


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
