"""What people look after since somebody else left. Only adds: the release before runs on it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "looked_after",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("system", sa.String(length=64), nullable=False),
        sa.Column("native_id", sa.String(length=255), nullable=False),
        sa.Column("label", sa.Text(), server_default="", nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("request", sa.String(length=32), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("ended_at", _TIME, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_looked_after"),
    )
    op.create_index("ix_looked_after_person", "looked_after", ["person"])
    op.create_index("ix_looked_after_system_native_id", "looked_after", ["system", "native_id"])


def downgrade() -> None:
    op.drop_index("ix_looked_after_system_native_id", table_name="looked_after")
    op.drop_index("ix_looked_after_person", table_name="looked_after")
    op.drop_table("looked_after")
