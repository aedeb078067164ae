"""The tables of what takes two people."""

from __future__ import annotations

import sqlalchemy as sa

from bot.store.base import column_id, metadata
from bot.store.instant import Instant
from bot.store.sealing import Sealed

proposals = sa.Table(
    "proposals",
    metadata,
    column_id(),
    sa.Column("kind", sa.String(32), nullable=False),
    sa.Column("request", sa.String(32), nullable=False, server_default="", index=True),
    sa.Column("step", sa.String(48), nullable=False, server_default=""),
    sa.Column("body", Sealed("proposals.body"), nullable=False, server_default=""),
    sa.Column("proposed_by", sa.String(64), nullable=False),
    sa.Column("proposed_at", Instant, nullable=False),
    sa.Column("asked", sa.JSON, nullable=False),
    sa.Column("needs", sa.Integer, nullable=False),
    sa.Column("decided_at", Instant),
    sa.Column("yes", sa.Boolean),
    sa.Index("ix_proposals_kind_decided_at", "kind", "decided_at"),
)

seconds = sa.Table(
    "seconds",
    metadata,
    sa.Column("proposal", sa.Integer, sa.ForeignKey("proposals.id"), primary_key=True),
    sa.Column("person", sa.String(64), primary_key=True),
    sa.Column("yes", sa.Boolean, nullable=False),
    sa.Column("at", Instant, nullable=False),
)
