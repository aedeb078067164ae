"""What suggests that somebody leaves, and what holds too many at once. Only adds: the release before runs on it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)
_LIVING = sa.text("ended_at IS NULL")


def upgrade() -> None:
    _signals()
    _pushed()
    _scans()
    op.create_table(
        "brakes",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("until", _TIME, nullable=False),
        sa.Column("most", sa.Integer(), nullable=False),
        sa.Column("proposal", sa.Integer(), nullable=True),
        sa.Column("agreed_at", _TIME, nullable=True),
        sa.Column("over_at", _TIME, nullable=True),
        sa.Column("over_by", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_brakes")),
    )
    op.create_index("ix_brakes_over_at", "brakes", ["over_at"])
    op.create_table(
        "braked",
        sa.Column("request", sa.String(length=32), nullable=False),
        sa.Column("brake", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["brake"], ["brakes.id"], name=op.f("fk_braked_brake")),
        sa.ForeignKeyConstraint(["request"], ["requests.id"], name=op.f("fk_braked_request")),
        sa.PrimaryKeyConstraint("request", name=op.f("pk_braked")),
    )
    op.create_index(op.f("ix_braked_brake"), "braked", ["brake"])
    op.create_index("ix_requests_trigger_created_at", "requests", ["trigger", "created_at"])


def _signals() -> None:
    op.create_table(
        "signals",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("sign", sa.String(length=16), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=True),
        sa.Column("ends", sa.Date(), nullable=True),
        sa.Column("said", sa.Text(), server_default="", nullable=False),
        sa.Column("place", sa.Text(), server_default="", nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("question", sa.Integer(), server_default="0", nullable=False),
        sa.Column("turn", sa.Integer(), server_default="0", nullable=False),
        sa.Column("asked", sa.String(length=64), nullable=True),
        sa.Column("due", _TIME, nullable=True),
        sa.Column("request", sa.String(length=32), nullable=True),
        sa.Column("decided_by", sa.String(length=64), nullable=True),
        sa.Column("decided_at", _TIME, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signals")),
        sa.UniqueConstraint("source", "key", name=op.f("uq_signals_source_key")),
    )
    op.create_index("ix_signals_person", "signals", ["person"])
    op.create_index("ix_signals_state_question", "signals", ["state", "question"])
    op.create_index("ix_signals_question", "signals", ["question"])


def _pushed() -> None:
    op.create_table(
        "pushed",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("user_name", sa.String(length=255), nullable=False),
        sa.Column("external_id", sa.String(length=255), server_default="", nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=True),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("changed_at", _TIME, nullable=False),
        sa.Column("ended_at", _TIME, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pushed")),
    )
    op.create_index("ix_pushed_external_id", "pushed", ["external_id"])
    op.create_index(
        "uq_pushed_living",
        "pushed",
        ["user_name"],
        unique=True,
        sqlite_where=_LIVING,
        postgresql_where=_LIVING,
    )


def _scans() -> None:
    op.create_table(
        "marks",
        sa.Column("system", sa.String(length=64), nullable=False),
        sa.Column("native_id", sa.String(length=255), nullable=False),
        sa.Column("label", sa.Text(), server_default="", nullable=False),
        sa.Column("person", sa.String(length=64), nullable=True),
        sa.Column("findings", sa.Text(), server_default="", nullable=False),
        sa.Column("last_active", _TIME, nullable=True),
        sa.Column("since", _TIME, nullable=False),
        sa.Column("seen", sa.String(length=16), nullable=False),
        sa.Column("ended_at", _TIME, nullable=True),
        sa.Column("known_by", sa.String(length=64), nullable=True),
        sa.Column("known_at", _TIME, nullable=True),
        sa.PrimaryKeyConstraint("system", "native_id", name=op.f("pk_marks")),
    )
    op.create_table(
        "scans",
        sa.Column("name", sa.String(length=16), nullable=False),
        sa.Column("begun_at", _TIME, nullable=False),
        sa.Column("ended_at", _TIME, nullable=True),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_scans")),
    )


def downgrade() -> None:
    op.drop_index("ix_requests_trigger_created_at", "requests")
    for name in ("braked", "brakes", "scans", "marks", "pushed", "signals"):
        op.drop_table(name)
