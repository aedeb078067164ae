"""What takes two people. Only adds: the release before runs on it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "proposals",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("request", sa.String(length=32), server_default="", nullable=False),
        sa.Column("step", sa.String(length=48), server_default="", nullable=False),
        sa.Column("body", sa.Text(), server_default="", nullable=False),
        sa.Column("proposed_by", sa.String(length=64), nullable=False),
        sa.Column("proposed_at", _TIME, nullable=False),
        sa.Column("asked", sa.JSON(), nullable=False),
        sa.Column("needs", sa.Integer(), nullable=False),
        sa.Column("decided_at", _TIME, nullable=True),
        sa.Column("yes", sa.Boolean(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_proposals"),
    )
    op.create_index("ix_proposals_request", "proposals", ["request"])
    op.create_index("ix_proposals_kind_decided_at", "proposals", ["kind", "decided_at"])
    op.create_table(
        "seconds",
        sa.Column("proposal", sa.Integer(), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("yes", sa.Boolean(), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(["proposal"], ["proposals.id"], name="fk_seconds_proposal"),
        sa.PrimaryKeyConstraint("proposal", "person", name="pk_seconds"),
    )


def downgrade() -> None:
    op.drop_table("seconds")
    op.drop_index("ix_proposals_kind_decided_at", table_name="proposals")
    op.drop_index("ix_proposals_request", table_name="proposals")
    op.drop_table("proposals")
