"""The table of who was told because others were silent, or because a system was down."""

from __future__ import annotations

import sqlalchemy as sa

from bot.store.base import metadata
from bot.store.instant import Instant

# `about` is a step, the question put to the approvers of a request, a proposal, or an outage of a system.
escalations = sa.Table(
    "escalations",
    metadata,
    sa.Column("about", sa.String(128), primary_key=True),
    sa.Column("person", sa.String(64), primary_key=True),
    sa.Column("level", sa.Integer, nullable=False),
    sa.Column("at", Instant, nullable=False),
)
