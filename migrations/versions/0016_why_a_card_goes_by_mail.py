"""Which chat account did not work when a card was sent by mail. Only adds: the release before runs on it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("mails", sa.Column("account", sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    op.drop_column("mails", "account")
