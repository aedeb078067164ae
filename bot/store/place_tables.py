"""The tables of the places where a chat lets us speak, and of the files that people sent us there."""

from __future__ import annotations

import sqlalchemy as sa

from bot.store.base import column_text, metadata
from bot.store.instant import Instant

# One row a chat with a person, a group chat and a team; `reference`: what the next message there needs, plain JSON.
places = sa.Table(
    "teams_places",
    metadata,
    sa.Column("id", sa.String(255), primary_key=True),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("native_id", sa.String(255), nullable=False, server_default="", index=True),
    column_text("name"),
    sa.Column("reference", sa.JSON, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("ended_at", Instant),
)

# What somebody sent in their own chat, to go with a form: where it lies, and the name.
files = sa.Table(
    "teams_files",
    metadata,
    sa.Column("native_id", sa.String(255), primary_key=True),
    sa.Column("file", sa.String(1000), primary_key=True),
    column_text("name"),
    sa.Column("at", Instant, nullable=False),
)
