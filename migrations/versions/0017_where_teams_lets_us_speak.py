"""Where Teams lets us speak; and room for its ids, which are longer than Slack's. The release before runs on it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

# Table, column, and how long its ids could be before.
NAMES = (("posts", "channel", 64), ("paces", "name", 80))


def upgrade() -> None:
    op.create_table(
        "teams_places",
        sa.Column("id", sa.String(255), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("native_id", sa.String(255), server_default="", nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("reference", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name="pk_teams_places"),
    )
    op.create_index("ix_teams_places_native_id", "teams_places", ["native_id"])
    for table, column, before in NAMES:
        with op.batch_alter_table(table) as change:
            change.alter_column(column, existing_type=sa.String(before), type_=sa.String(255), existing_nullable=False)


def downgrade() -> None:
    for table, column, before in NAMES:
        op.execute(f"DELETE FROM {table} WHERE length({column}) > {before}")  # noqa: S608 (names of our own)
        with op.batch_alter_table(table) as change:
            change.alter_column(column, existing_type=sa.String(255), type_=sa.String(before), existing_nullable=False)
    op.drop_index("ix_teams_places_native_id", table_name="teams_places")
    op.drop_table("teams_places")
