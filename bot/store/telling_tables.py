"""The table of who is told what of a request."""

from __future__ import annotations

import sqlalchemy as sa

from bot.store.base import metadata
from bot.store.instant import Instant

# One row a person, request and word; told once, at its time.
tellings = sa.Table(
    "tellings",
    metadata,
    sa.Column("request", sa.String(32), sa.ForeignKey("requests.id"), primary_key=True),
    sa.Column("person", sa.String(64), primary_key=True),
    sa.Column("what", sa.String(16), primary_key=True),
    sa.Column("due", Instant, nullable=False),
    sa.Column("told_at", Instant),
    sa.Index("ix_tellings_told_at_due", "told_at", "due"),
)
