"""Who is told what of a request, and when. Only adds: the release before runs on it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "tellings",
        sa.Column("request", sa.String(length=32), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("what", sa.String(length=16), nullable=False),
        sa.Column("due", _TIME, nullable=False),
        sa.Column("told_at", _TIME, nullable=True),
        sa.ForeignKeyConstraint(["request"], ["requests.id"], name="fk_tellings_request"),
        sa.PrimaryKeyConstraint("request", "person", "what", name="pk_tellings"),
    )
    op.create_index("ix_tellings_told_at_due", "tellings", ["told_at", "due"])


def downgrade() -> None:
    op.drop_index("ix_tellings_told_at_due", "tellings")
    op.drop_table("tellings")
