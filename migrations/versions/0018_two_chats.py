"""Two chats: where a message goes, where a request lives, which one somebody used last; and room for longer ids."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_LONGER = (("posts", "key", 160), ("posts", "ts", 64))


def upgrade() -> None:
    for table in ("notices", "requests", "people"):
        op.add_column(table, sa.Column("chat", sa.String(16), server_default="", nullable=False))
    op.add_column("notices", sa.Column("twin", sa.Integer(), nullable=True))
    op.create_index("ix_notices_twin", "notices", ["twin"])
    for table, name, before in _LONGER:
        with op.batch_alter_table(table) as altered:
            altered.alter_column(name, existing_type=sa.String(before), type_=sa.String(255), existing_nullable=False)


def downgrade() -> None:
    for table, name, before in _LONGER:
        with op.batch_alter_table(table) as altered:
            altered.alter_column(name, existing_type=sa.String(255), type_=sa.String(before), existing_nullable=False)
    op.drop_index("ix_notices_twin", "notices")
    op.drop_column("notices", "twin")
    for table in ("notices", "requests", "people"):
        op.drop_column(table, "chat")
