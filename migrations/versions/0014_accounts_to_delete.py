"""Accounts that are to be deleted some day after somebody left. Only adds: the release before runs on it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "deletions",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("parent", sa.String(length=32), nullable=False),
        sa.Column("system", sa.String(length=64), nullable=False),
        sa.Column("due", _TIME, nullable=False),
        sa.Column("request", sa.String(length=32), nullable=True),
        sa.Column("ended_at", _TIME, nullable=True),
        sa.Column("said", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["parent"], ["requests.id"], name=op.f("fk_deletions_parent_requests")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deletions")),
    )
    op.create_index("ix_deletions_parent", "deletions", ["parent"])
    op.create_index("ix_deletions_ended_at_due", "deletions", ["ended_at", "due"])


def downgrade() -> None:
    op.drop_index("ix_deletions_ended_at_due", "deletions")
    op.drop_index("ix_deletions_parent", "deletions")
    op.drop_table("deletions")
