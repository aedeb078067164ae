"""The table of cards that go by mail, and of the links that open them."""

from __future__ import annotations

import sqlalchemy as sa

from bot.store.base import column_text, metadata
from bot.store.instant import Instant

# One row a card. Of a link, a session and an address only hashes are kept: whoever reads this table can open nothing.
mails = sa.Table(
    "mails",
    metadata,
    sa.Column("name", sa.String(160), primary_key=True),
    sa.Column("key", sa.String(24), nullable=False, unique=True),
    sa.Column("notice", sa.Integer, nullable=False),
    sa.Column("request", sa.String(32)),
    sa.Column("person", sa.String(64), nullable=False),
    sa.Column("due", Instant, nullable=False),
    sa.Column("tries", sa.Integer, nullable=False, server_default="0"),
    sa.Column("claimed_until", Instant),
    sa.Column("sent_at", Instant),
    column_text("said"),
    column_text("account"),  # the chat account that did not work; nothing where there was none
    sa.Column("token", sa.String(64), unique=True),
    column_text("address"),
    sa.Column("expires", Instant),
    sa.Column("spent_at", Instant),
    column_text("session"),
    sa.Column("session_until", Instant),
    sa.Column("seen", sa.JSON, nullable=False),
    sa.Column("renewed", sa.Integer, nullable=False, server_default="0"),
    sa.Index("ix_mails_sent_at_due", "sent_at", "due"),
)
