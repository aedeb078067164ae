"""The table of the times in which Usher itself made no change but containment."""

from __future__ import annotations

import sqlalchemy as sa

from bot.store.base import column_id, column_text, metadata
from bot.store.instant import Instant

halts = sa.Table(
    "halts",
    metadata,
    column_id(),
    sa.Column("name", sa.String(16), nullable=False, server_default="usher"),
    sa.Column("by", sa.String(64), nullable=False),
    sa.Column("at", Instant, nullable=False),
    column_text("why"),
    sa.Column("ended_by", sa.String(64)),
    sa.Column("ended_at", Instant),
    # One at a time, however many people press in the same moment.
    sa.Index(
        "uq_halts_one",
        "name",
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    ),
)
