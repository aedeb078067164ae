"""The table of looks to come: what is due after somebody left, or after a gift whose call was given up."""

from __future__ import annotations

import sqlalchemy as sa

from bot.store.base import column_id, column_text, metadata
from bot.store.instant import Instant

# `nth` is the day for which a look is planned; 0 for one more that something asked for. `step` is the gift, if any.
rescans = sa.Table(
    "rescans",
    metadata,
    column_id(),
    sa.Column("parent", sa.String(32), sa.ForeignKey("requests.id"), nullable=False),
    sa.Column("step", sa.String(48), nullable=False, server_default=""),
    sa.Column("nth", sa.Integer, nullable=False, server_default="0"),
    sa.Column("due", Instant, nullable=False),
    sa.Column("request", sa.String(32)),
    sa.Column("ended_at", Instant),
    column_text("said"),
    sa.Index("ix_rescans_parent", "parent"),
    sa.Index("ix_rescans_ended_at_due", "ended_at", "due"),
)
