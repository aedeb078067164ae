"""The tables of what suggests that somebody leaves, and of what holds too many at once."""

from __future__ import annotations

import sqlalchemy as sa

from bot.store.base import column_id, column_text, metadata
from bot.store.instant import Instant

signals = sa.Table(
    "signals",
    metadata,
    column_id(),
    sa.Column("source", sa.String(16), nullable=False),
    sa.Column("key", sa.String(255), nullable=False),
    sa.Column("sign", sa.String(16), nullable=False),
    sa.Column("person", sa.String(64)),
    sa.Column("ends", sa.Date),
    column_text("said"),
    column_text("place"),
    sa.Column("at", Instant, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    # Signals that are answered together have the number of the first of them; 0 until somebody has looked at it.
    sa.Column("question", sa.Integer, nullable=False, server_default="0"),
    sa.Column("turn", sa.Integer, nullable=False, server_default="0"),
    sa.Column("asked", sa.String(64)),
    sa.Column("due", Instant),
    sa.Column("request", sa.String(32)),
    sa.Column("decided_by", sa.String(64)),
    sa.Column("decided_at", Instant),
    sa.UniqueConstraint("source", "key"),
    sa.Index("ix_signals_person", "person"),
    sa.Index("ix_signals_state_question", "state", "question"),
    sa.Index("ix_signals_question", "question"),
)

# Accounts as an identity provider pushed them to us; nothing is deleted, rows end.
pushed = sa.Table(
    "pushed",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("user_name", sa.String(255), nullable=False),
    sa.Column("external_id", sa.String(255), nullable=False, server_default=""),
    sa.Column("active", sa.Boolean, nullable=False),
    sa.Column("body", sa.JSON, nullable=False),
    sa.Column("person", sa.String(64)),
    sa.Column("at", Instant, nullable=False),
    sa.Column("changed_at", Instant, nullable=False),
    sa.Column("ended_at", Instant),
    sa.Index("ix_pushed_external_id", "external_id"),
    sa.Index(
        "uq_pushed_living",
        "user_name",
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    ),
)

# Accounts at which somebody should look, found by a scan.
marks = sa.Table(
    "marks",
    metadata,
    sa.Column("system", sa.String(64), primary_key=True),
    sa.Column("native_id", sa.String(255), primary_key=True),
    column_text("label"),
    sa.Column("person", sa.String(64)),
    column_text("findings"),
    sa.Column("last_active", Instant),
    sa.Column("since", Instant, nullable=False),
    sa.Column("seen", sa.String(16), nullable=False),
    sa.Column("ended_at", Instant),
    sa.Column("known_by", sa.String(64)),
    sa.Column("known_at", Instant),
)

scans = sa.Table(
    "scans",
    metadata,
    sa.Column("name", sa.String(16), primary_key=True),
    sa.Column("begun_at", Instant, nullable=False),
    sa.Column("ended_at", Instant),
    sa.Column("body", sa.JSON, nullable=False),
)

# More leavers in an hour than there should be: nothing about those held here starts before it is released.
brakes = sa.Table(
    "brakes",
    metadata,
    column_id(),
    sa.Column("at", Instant, nullable=False),
    sa.Column("until", Instant, nullable=False),
    sa.Column("most", sa.Integer, nullable=False),
    sa.Column("proposal", sa.Integer),
    sa.Column("agreed_at", Instant),
    sa.Column("over_at", Instant),
    sa.Column("over_by", sa.String(64)),
    sa.Index("ix_brakes_over_at", "over_at"),
)

braked = sa.Table(
    "braked",
    metadata,
    sa.Column("request", sa.String(32), sa.ForeignKey("requests.id"), primary_key=True),
    sa.Column("brake", sa.Integer, sa.ForeignKey("brakes.id"), nullable=False, index=True),
)
