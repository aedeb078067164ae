"""Cards that go by mail, and the links that open them. Only adds: the release before runs on it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "mails",
        sa.Column("name", sa.String(length=160), nullable=False),
        sa.Column("key", sa.String(length=24), nullable=False),
        sa.Column("notice", sa.Integer(), nullable=False),
        sa.Column("request", sa.String(length=32), nullable=True),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("due", _TIME, nullable=False),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("claimed_until", _TIME, nullable=True),
        sa.Column("sent_at", _TIME, nullable=True),
        sa.Column("said", sa.Text(), server_default="", nullable=False),
        sa.Column("token", sa.String(length=64), nullable=True),
        sa.Column("address", sa.Text(), server_default="", nullable=False),
        sa.Column("expires", _TIME, nullable=True),
        sa.Column("spent_at", _TIME, nullable=True),
        sa.Column("session", sa.Text(), server_default="", nullable=False),
        sa.Column("session_until", _TIME, nullable=True),
        sa.Column("seen", sa.JSON(), nullable=False),
        sa.Column("renewed", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_mails"),
        sa.UniqueConstraint("key", name="uq_mails_key"),
        sa.UniqueConstraint("token", name="uq_mails_token"),
    )
    op.create_index("ix_mails_sent_at_due", "mails", ["sent_at", "due"])


def downgrade() -> None:
    op.drop_index("ix_mails_sent_at_due", "mails")
    op.drop_table("mails")
