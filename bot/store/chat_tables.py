"""The tables of what people are told, and of what arrived from the chat."""

from __future__ import annotations

import sqlalchemy as sa

from bot.store.base import column_id, column_text, metadata
from bot.store.instant import Instant
from bot.store.sealing import Sealed

notices = sa.Table(
    "notices",
    metadata,
    column_id(),
    sa.Column("request", sa.String(32)),
    sa.Column("kind", sa.String(32), nullable=False),
    sa.Column("person", sa.String(64)),
    sa.Column("step", sa.String(48)),
    sa.Column("body", sa.JSON, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("due", Instant, nullable=False),
    sa.Column("tries", sa.Integer, nullable=False, server_default="0"),
    sa.Column("sent_at", Instant),
    column_text("error"),
    sa.Column("claimed_by", sa.String(36)),
    sa.Column("claimed_until", Instant),
    sa.Column("chat", sa.String(16), nullable=False, server_default=""),  # nothing: not yet known, or the only one
    sa.Column("twin", sa.Integer, index=True),  # the notice of which this is the copy for another chat
    sa.Index("ix_notices_waiting", "sent_at", "due"),
)

posts = sa.Table(
    "posts",
    metadata,
    sa.Column("key", sa.String(255), primary_key=True),
    sa.Column("request", sa.String(32), index=True),
    sa.Column("channel", sa.String(255), nullable=False),
    sa.Column("ts", sa.String(255), nullable=False),
    column_text("link"),
    sa.Column("at", Instant, nullable=False),
)

inbound = sa.Table(
    "inbound",
    metadata,
    sa.Column("key", sa.String(255), primary_key=True),
    sa.Column("at", Instant, nullable=False),
    sa.Column("answer", Sealed("inbound.answer"), nullable=False, server_default=""),
    sa.Column("who", sa.String(300), nullable=False, server_default=""),  # until it is answered: whose it is
    column_text("did"),
    sa.Index("ix_inbound_unserved", "at", sqlite_where=sa.text("who <> ''"), postgresql_where=sa.text("who <> ''")),
)

# When the chat may be written to again: one row a channel, and one for each kind of call with a limit of its own.
paces = sa.Table(
    "paces",
    metadata,
    sa.Column("name", sa.String(255), primary_key=True),
    sa.Column("free_at", Instant, nullable=False),
)

# What operations were told about, once for all replicas; over when `over_at` is there.
troubles = sa.Table(
    "troubles",
    metadata,
    sa.Column("name", sa.String(64), primary_key=True),
    column_text("said"),
    sa.Column("since", Instant, nullable=False),
    sa.Column("over_at", Instant),
)
