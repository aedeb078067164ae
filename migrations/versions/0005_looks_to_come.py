"""Looks to come after somebody left. Only adds: the release before runs on it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.store.instant import Instant

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rescans",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("parent", sa.String(length=32), nullable=False),
        sa.Column("step", sa.String(length=48), server_default="", nullable=False),
        sa.Column("nth", sa.Integer(), server_default="0", nullable=False),
        sa.Column("due", Instant(), nullable=False),
        sa.Column("request", sa.String(length=32), nullable=True),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("said", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["parent"], ["requests.id"], name=op.f("fk_rescans_parent_requests")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rescans")),
    )
    op.create_index("ix_rescans_parent", "rescans", ["parent"])
    op.create_index("ix_rescans_ended_at_due", "rescans", ["ended_at", "due"])


def downgrade() -> None:
    op.drop_index("ix_rescans_ended_at_due", table_name="rescans")
    op.drop_index("ix_rescans_parent", table_name="rescans")
    op.drop_table("rescans")
