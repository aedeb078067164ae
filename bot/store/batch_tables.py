"""The tables of several people who leave together."""

from __future__ import annotations

import sqlalchemy as sa

from bot.store.base import metadata
from bot.store.instant import Instant
from bot.store.sealing import Sealed

batches = sa.Table(
    "batches",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("requester", sa.String(64), nullable=False),
    sa.Column("starts_at", Instant, nullable=False),
    sa.Column("immediate", sa.Boolean, nullable=False),
    sa.Column("voluntary", sa.Boolean, nullable=False),
    sa.Column("reason", Sealed("batches.reason"), nullable=False, server_default=""),
    sa.Column("note", Sealed("batches.note"), nullable=False, server_default=""),
    sa.Column("at", Instant, nullable=False),
    sa.Column("proposal", sa.Integer),
    sa.Column("closed_at", Instant, index=True),
)

# One row for each person: what is still to be made of it is seen here, whenever a process begins anew.
batch_members = sa.Table(
    "batch_members",
    metadata,
    sa.Column("batch", sa.String(32), sa.ForeignKey("batches.id"), primary_key=True),
    sa.Column("person", sa.String(64), primary_key=True),
    sa.Column("request", sa.String(32)),
    sa.Column("refused", sa.Text, nullable=False, server_default=""),
    sa.Column("digest", sa.String(64), nullable=False, server_default=""),
    sa.Column("told_at", Instant),
)
