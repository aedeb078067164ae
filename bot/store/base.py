"""What every table is made of. Nothing is deleted: rows end. Times are UTC; both databases sort and compare them."""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    },
)


def column_id() -> sa.Column[int]:
    """A number that counts up."""
    return sa.Column("id", sa.Integer, primary_key=True, autoincrement=True)


def column_text(name: str, default: str = "") -> sa.Column[str]:
    """A text that is never null."""
    return sa.Column(name, sa.Text, nullable=False, server_default=default)
