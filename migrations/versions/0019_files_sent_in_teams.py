"""Files that somebody sends in their own chat of Teams, to go with a form. Only adds: the release before runs on it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "teams_files",
        sa.Column("native_id", sa.String(255), nullable=False),
        sa.Column("file", sa.String(1000), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("native_id", "file", name="pk_teams_files"),
    )


def downgrade() -> None:
    op.drop_table("teams_files")
