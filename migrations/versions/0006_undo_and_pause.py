"""What a restore gives back, and the times in which Usher changed nothing. Only adds: the release before runs on it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    with op.batch_alter_table("requests") as requests:
        requests.add_column(sa.Column("scope", sa.String(length=16), server_default="", nullable=False))
    op.create_table(
        "halts",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("name", sa.String(length=16), server_default="usher", nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("why", sa.Text(), server_default="", nullable=False),
        sa.Column("ended_by", sa.String(length=64), nullable=True),
        sa.Column("ended_at", _TIME, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_halts"),
    )
    op.create_index(
        "uq_halts_one",
        "halts",
        ["name"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_index("uq_halts_one", table_name="halts")
    op.drop_table("halts")
    with op.batch_alter_table("requests") as requests:
        requests.drop_column("scope")
