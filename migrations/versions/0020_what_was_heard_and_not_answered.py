"""Who brought what was heard and not answered yet, so that a restart leaves nobody guessing. Only adds."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("inbound", sa.Column("who", sa.String(300), server_default="", nullable=False))
    op.add_column("inbound", sa.Column("did", sa.Text(), server_default="", nullable=False))
    waits = sa.text("who <> ''")
    op.create_index("ix_inbound_unserved", "inbound", ["at"], sqlite_where=waits, postgresql_where=waits)


def downgrade() -> None:
    op.drop_index("ix_inbound_unserved", "inbound")
    op.drop_column("inbound", "did")
    op.drop_column("inbound", "who")
