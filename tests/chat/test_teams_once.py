"""What Teams brings twice has one effect and one answer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from bot.chat.teams_once import Once
from bot.engine.context import Engine
from bot.engine.inline import Inline
from bot.store import Database
from tests.chat.teams_people import HANNA, Json, Teams, activity, in_room, press, teams

NOW = datetime(2026, 11, 21, 10, tzinfo=UTC)


@pytest.fixture
def there(db: Database) -> Iterator[Teams]:
    """Usher's door to Teams, with a memory."""
    with teams(Once(Engine(db, {}, Inline()), lambda: NOW)) as made:
        yield made


def test_the_same_id_in_another_conversation_is_another_delivery(there: Teams) -> None:
    """Ids are told apart by the place; a delivery without an id is always heard."""
    for more in ({}, in_room("77"), {"id": None}, {"id": None}):
        parts: Json = {"id": "f:same", **more}
        assert there.bring(press("approve", "signed-1") | parts).status_code == 200
    assert len(there.talk.of("press")) == 4


def test_what_could_not_be_kept_is_heard_when_it_comes_again(there: Teams) -> None:
    """A fault of ours forgets the delivery, so that Teams' second one counts."""
    comment = activity("message", id="90", text="break", **in_room("77"))
    assert [there.bring(comment).status_code for _ in range(2)] == [500, 500]
    assert [heard[1].native_id for heard in there.talk.of("comment")] == [HANNA] * 2
