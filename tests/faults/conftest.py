"""What the stories of a chat in trouble begin with."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from structlog.testing import capture_logs

from tests.faults.office import office

if TYPE_CHECKING:
    from bot.store import Database
    from tests.faults.office import Office


@pytest.fixture
def here(db: Database) -> Iterator[Office]:
    """A company whose request about Alice waits for Marco and Ines."""
    with office(db) as found, capture_logs():
        found.town.offboard()
        found.work(10)
        yield found
