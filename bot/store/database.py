"""A database of either kind, and the transactions on it."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

Tx = sa.Connection

_MIGRATIONS = Path(__file__).parents[2] / "migrations"
_REVISION = re.compile(r'^(down_revision|revision)\b[^=\n]*= *"(\w+)"', re.MULTILINE)


class Database:
    """One SQLite file or one PostgreSQL database. Only bot/engine opens its transactions."""

    def __init__(self, url: str) -> None:
        self.url = url
        # An error of the database names no values: they are people's names and reasons, and errors go to the log.
        kept = {"pool_size": 20, "max_overflow": 20, "hide_parameters": True}
        self.engine = sa.create_engine(url, pool_pre_ping=not url.startswith("sqlite"), **kept)
        # SQLite would let threads that wait to write sleep up to 100 ms at a time; a lock wakes the next one at once.
        self._writing = threading.Lock() if self.is_sqlite else nullcontext()
        if self.is_sqlite:
            sa.event.listen(self.engine, "connect", _prepare_sqlite)
            sa.event.listen(self.engine, "begin", _begin_immediate)

    @property
    def is_sqlite(self) -> bool:
        """Whether this is the embedded default."""
        return self.url.startswith("sqlite")

    @contextmanager
    def begin(self) -> Iterator[Tx]:
        """One transaction: committed at the end, rolled back on any error. On SQLite one writer at a time."""
        with self._writing, self.engine.begin() as tx:
            yield tx

    @contextmanager
    def look(self) -> Iterator[Tx]:
        """One transaction that only reads: it sees one moment, waits for no writer and makes none wait."""
        with self.engine.connect() as connection:
            tx = connection.execution_options(only_reads=True)
            with tx.begin():
                yield tx

    def migrate(self) -> None:
        """Bring the schema to the newest migration."""
        from alembic import command  # noqa: PLC0415 - Alembic is for this one command: no start waits for it
        from alembic.config import Config  # noqa: PLC0415

        config = Config()
        config.set_main_option("script_location", str(_MIGRATIONS))
        with self.engine.connect() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            connection.commit()

    def migrated(self) -> bool:
        """Whether the schema is exactly the one this program knows."""
        with self.engine.connect() as connection:
            if not sa.inspect(connection).has_table("alembic_version"):
                return False
            now = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalars().all()
        return set(now) == _heads()

    def close(self) -> None:
        """Give every connection back; SQLite folds its write-ahead log into the file."""
        self.engine.dispose()


def insert(tx: Tx, table: sa.Table) -> sqlite.Insert | postgresql.Insert:
    """An insert that may say what happens when the row is there already: both databases can, each in its own words."""
    return sqlite.insert(table) if tx.dialect.name == "sqlite" else postgresql.insert(table)


def _heads() -> set[str]:
    """The migrations that no other one follows, read from their own words."""
    texts = (path.read_text(encoding="utf-8") for path in (_MIGRATIONS / "versions").glob("*.py"))
    found = [match for text in texts for match in _REVISION.findall(text)]
    return {name for kind, name in found if kind == "revision"} - {
        name for kind, name in found if kind == "down_revision"
    }


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver would begin transactions of its own, too late
    for pragma in ("journal_mode=wal", "busy_timeout=10000", "synchronous=full", "foreign_keys=on"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_immediate(connection: sa.Connection) -> None:
    reads = connection.get_execution_options().get("only_reads")
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")
