"""What a fleet, systems that are away and access that ends must remember. Only adds: the release before runs on it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "replicas",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("started_at", _TIME, nullable=False),
        sa.Column("seen_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_replicas")),
    )
    op.create_table(
        "breakers",
        sa.Column("system", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), server_default="", nullable=False),
        sa.Column("said", sa.Text(), server_default="", nullable=False),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("opened_at", _TIME, nullable=True),
        sa.Column("probe_at", _TIME, nullable=True),
        sa.Column("slow_until", _TIME, nullable=True),
        sa.PrimaryKeyConstraint("system", name=op.f("pk_breakers")),
    )
    op.create_table(
        "keys",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("proof", sa.Text(), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("ended_at", _TIME, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_keys")),
    )
    op.create_table(
        "paces",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("free_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_paces")),
    )
    op.create_table(
        "troubles",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("said", sa.Text(), server_default="", nullable=False),
        sa.Column("since", _TIME, nullable=False),
        sa.Column("over_at", _TIME, nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_troubles")),
    )
    with op.batch_alter_table("steps") as steps:
        steps.add_column(sa.Column("takeovers", sa.Integer(), server_default="0", nullable=False))
        steps.create_index("ix_steps_state_reminded_at", ["state", "reminded_at"])
    with op.batch_alter_table("requests") as requests:
        requests.add_column(sa.Column("until", _TIME, nullable=True))
        requests.add_column(sa.Column("expires_at", _TIME, nullable=True))
        requests.add_column(sa.Column("wanted", sa.JSON(), nullable=True))
        requests.create_index("ix_requests_subject", ["subject"])
        requests.create_index("ix_requests_trigger_state_starts_at", ["trigger", "state", "starts_at"])
    with op.batch_alter_table("notices") as notices:
        notices.add_column(sa.Column("claimed_by", sa.String(length=36), nullable=True))
        notices.add_column(sa.Column("claimed_until", _TIME, nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("notices") as notices:
        notices.drop_column("claimed_until")
        notices.drop_column("claimed_by")
    with op.batch_alter_table("requests") as requests:
        requests.drop_index("ix_requests_trigger_state_starts_at")
        requests.drop_index("ix_requests_subject")
        requests.drop_column("wanted")
        requests.drop_column("expires_at")
        requests.drop_column("until")
    with op.batch_alter_table("steps") as steps:
        steps.drop_index("ix_steps_state_reminded_at")
        steps.drop_column("takeovers")
    op.drop_table("troubles")
    op.drop_table("paces")
    op.drop_table("keys")
    op.drop_table("breakers")
    op.drop_table("replicas")
