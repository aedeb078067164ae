"""The first powers of a company: nobody could agree to them yet, so they come together or not at all."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.domain.model import Person, PersonId, Power
from bot.engine.setup import first_powers, has_admin, keep_people
from bot.store import Database, people

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
SARA, NOBODY = PersonId("P-007"), PersonId("P-404")


def test_a_mistyped_admin_leaves_nothing_behind(db: Database) -> None:
    """“Nothing was changed” is true of both: the second person has no power either."""
    keep_people(db, [Person(SARA, "Sara", "sara@lumen.example")], NOW)
    with pytest.raises(ValueError, match="no person P-404"):
        first_powers(db, [(SARA, Power.SECURITY), (NOBODY, Power.ADMIN)], NOW)
    with db.look() as tx:
        assert people.crew(tx).powers == {}
    first_powers(db, [(SARA, Power.SECURITY), (SARA, Power.ADMIN)], NOW)
    assert has_admin(db)
