"""Requests that follow from others, and the rule behind a step. Only adds: the release before runs on it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("requests") as requests:
        requests.add_column(sa.Column("parent", sa.String(length=32), nullable=True))
        requests.add_column(sa.Column("batch", sa.String(length=32), server_default="", nullable=False))
        requests.add_column(sa.Column("source", sa.String(length=16), server_default="", nullable=False))
        requests.create_index("ix_requests_parent", ["parent"])
        requests.create_index("ix_requests_batch", ["batch"])
    with op.batch_alter_table("steps") as steps:
        steps.add_column(sa.Column("rule", sa.Text(), server_default="", nullable=False))
        steps.add_column(sa.Column("why", sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("steps") as steps:
        steps.drop_column("why")
        steps.drop_column("rule")
    with op.batch_alter_table("requests") as requests:
        requests.drop_index("ix_requests_batch")
        requests.drop_index("ix_requests_parent")
        requests.drop_column("source")
        requests.drop_column("batch")
        requests.drop_column("parent")
