"""Figures about the work, for those who keep Usher running."""

from __future__ import annotations

from datetime import datetime

from bot.store import Database, figures
from bot.store.figures import Figures


def measure(db: Database, now: datetime) -> Figures:
    """How it stands now, in one look."""
    with db.look() as tx:
        return figures.read(tx, now)
