"""The table of what people look after since somebody else left."""

from __future__ import annotations

import sqlalchemy as sa

from bot.store.base import column_id, column_text, metadata
from bot.store.instant import Instant

looked_after = sa.Table(
    "looked_after",
    metadata,
    column_id(),
    sa.Column("system", sa.String(64), nullable=False),
    sa.Column("native_id", sa.String(255), nullable=False),
    column_text("label"),
    sa.Column("person", sa.String(64), nullable=False, index=True),
    sa.Column("request", sa.String(32), nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("ended_at", Instant),
    sa.Index("ix_looked_after_system_native_id", "system", "native_id"),
)
