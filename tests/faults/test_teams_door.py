"""What Teams brings again, what others bring in its name, and the day on which its keys are others."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from bot.chat.teams_keys import PAUSE, Keys
from bot.chat.teams_once import Once
from bot.engine.context import Engine
from bot.engine.inline import Inline
from bot.store import Database
from tests.chat.teams_people import (
    KeyServer,
    Teams,
    activity,
    fills,
    key_server,
    opens,
    press,
    published,
    teams,
    token,
)

NOW = datetime(2026, 11, 21, 10, tzinfo=UTC)


@pytest.fixture
def there(db: Database) -> Iterator[Teams]:
    """Usher's door to Teams, with a memory."""
    with teams(Once(Engine(db, {}, Inline()), lambda: NOW)) as made:
        yield made


@pytest.fixture
def server() -> Iterator[KeyServer]:
    """Where the keys of the platform lie."""
    with key_server() as made:
        yield made


def test_fault_11_what_teams_brings_four_times_is_heard_once(there: Teams) -> None:
    """A message is answered once; a press and a form get the answer of the first time again."""
    written = activity("message", text="hello")
    pressed = press("approve", "signed-1")
    ready = there.asks(fills(there.asks(opens("offboard", "7")), "find", **{"person~typed": "alice"}))
    sent = fills(ready, person="P-alice", kind="own", day="2026-12-24", why="quiet")
    there.talk.heard.clear()
    for one in (written, pressed, sent):
        assert len({there.bring(one).content for _ in range(4)}) == 1
    assert [heard[0] for heard in there.talk.heard if heard[0] != "redraw"] == ["message", "press", "submit"]
    assert [card.text for _channel, _thread, card in there.outbox.sent] == ["You said hello"]


def test_fault_55_a_replay_to_teams_door_gets_the_stored_answer_and_a_forgery_none(there: Teams) -> None:
    """Byte by byte the same: the first answer, and no second effect. With a token for something else: 401."""
    pressed = press("approve", "signed-1")
    first = there.bring(pressed)
    assert there.bring(pressed).content == first.content
    assert len(there.talk.of("press")) == 1
    for header in (token("other"), token(serviceurl="https://another.example/"), token(exp=1)):
        assert there.bring(press("approve", "signed-1"), header).status_code == 401
    assert len(there.talk.of("press")) == 1


def test_fault_63_a_key_that_appeared_since_is_accepted(server: KeyServer) -> None:
    """Microsoft changes its keys without a word: the new one is fetched when first seen, the old one forgotten."""
    now = [0.0]
    keys = Keys(server.url, lambda: now[0])
    assert keys.find("one")
    server.keys = [published("two")]
    now[0] += PAUSE
    assert keys.find("two")
    assert keys.find("one") is None


def test_fault_63_known_keys_are_believed_while_no_new_ones_can_be_had(server: KeyServer) -> None:
    """Two days without the key server are no day without Usher; whoever shows a key nobody knows stays out."""
    now = [0.0]
    keys = Keys(server.url, lambda: now[0])
    assert keys.find("one")
    server.down = True
    now[0] += 2 * 86_400
    assert keys.find("one")
    assert keys.find("made-up") is None
