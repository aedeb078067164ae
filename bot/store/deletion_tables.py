"""The table of accounts that are to be deleted some day after somebody left."""

from __future__ import annotations

import sqlalchemy as sa

from bot.store.base import column_id, column_text, metadata
from bot.store.instant import Instant

# One row for a system after an offboarding (`parent`), until it ends; `request` is the one that asks about it.
deletions = sa.Table(
    "deletions",
    metadata,
    column_id(),
    sa.Column("parent", sa.String(32), sa.ForeignKey("requests.id"), nullable=False),
    sa.Column("system", sa.String(64), nullable=False),
    sa.Column("due", Instant, nullable=False),
    sa.Column("request", sa.String(32)),
    sa.Column("ended_at", Instant),
    column_text("said"),
    sa.Index("ix_deletions_parent", "parent"),
    sa.Index("ix_deletions_ended_at_due", "ended_at", "due"),
)
