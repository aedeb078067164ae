"""Teams as people have it open, for every test that needs it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.chat.teams_people import Teams


@pytest.fixture(scope="module")
def everybody() -> Iterator[Teams]:
    """Usher's door to Teams."""
    from tests.chat.teams_people import teams  # noqa: PLC0415 (a test of Slack loads no Teams)

    with teams() as made:
        yield made


@pytest.fixture
def there(everybody: Teams) -> Teams:
    """The same, having heard and said nothing yet."""
    everybody.talk.heard.clear()
    everybody.outbox.sent.clear()
    everybody.files.clear()
    everybody.placed.clear()
    everybody.threads.clear()
    everybody.looks.clear()
    everybody.outbox.closed = frozenset()
    return everybody
