"""However many people wake up to something, the morning takes few questions and keeps to what the chat allows."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.store import Database
from tests.bench.digest_2000 import MORNING, crowd, grow, out, statements
from tests.fakes.town import Town


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_morning_of_many_asks_no_more_than_one_of_few(db: Database) -> None:
    """As many questions to the database for 600 people as for 20 (S1-25)."""
    town = Town(db)
    crowd(town, 20)
    town.now = MORNING
    few = statements(town)
    assert few < 40
    town.now += timedelta(days=1)
    grow(town, 100, 600)
    assert statements(town) == few


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_everybody_hears_within_what_the_chat_allows(db: Database) -> None:
    """One message a second and channel, fifty conversations opened a minute: nobody is told twice, none is lost."""
    town = Town(db)
    ears = crowd(town, 80)
    town.now = MORNING
    statements(town)
    out(town, timedelta(minutes=3))
    told = [card.text for _, _, card in ears.posts.values()]
    assert (len(told), ears.broken) == (82, 0)
