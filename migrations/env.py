"""Alembic's way in: on the connection it is given, or on the database that USHER_DATABASE_URL names."""

from __future__ import annotations

import os
from typing import Any

import sqlalchemy as sa
from alembic import context

from bot.store import metadata


def ours(thing: Any, name: str | None, kind: str, reflected: bool, compare_to: Any) -> bool:  # noqa: FBT001
    """DBOS keeps its own tables in the same SQLite file; they are none of our business."""
    return not (kind == "table" and reflected and compare_to is None)


def run(connection: sa.Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        include_object=ours,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_server_default=False,
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    with sa.create_engine(os.environ["USHER_DATABASE_URL"]).connect() as own:
        run(own)
        own.commit()
