"""The table of who heard what waits for them, on which day."""

from __future__ import annotations

import sqlalchemy as sa

from bot.store.base import metadata
from bot.store.instant import Instant

# One row a person and day, one for each zone whose morning was looked at, and one for the team's channel.
digests = sa.Table(
    "digests",
    metadata,
    sa.Column("whose", sa.String(80), primary_key=True),
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("at", Instant, nullable=False),
)
