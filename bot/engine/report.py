"""Somebody opens the report of a request: that is a fact of its own."""

from __future__ import annotations

from datetime import datetime

from bot.domain.model import PersonId
from bot.engine.context import Engine
from bot.store import journal


def opened(engine: Engine, request_id: str, person: PersonId, now: datetime) -> bool:
    """Keep that this person opened the report; whether every row about this request is still what was written."""
    with engine.db.begin() as tx:
        sound = journal.intact(tx, request_id) is None
        journal.add(tx, "report.opened", now, request=request_id, facts={"by": person, "intact": sound})
        return sound
