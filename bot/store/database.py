"""A database of either kind, and the transactions on it."""

from __future__ import annotations

import random
import re
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from enum import StrEnum
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import OperationalError

from bot.store.sealing import Ring, with_ring
from bot.store.turns import Turn

Tx = sa.Connection
P = ParamSpec("P")
R = TypeVar("R")

_TRIES = 5
_UNDONE = frozenset({"40001", "40P01"})  # PostgreSQL: could not be serialized, deadlock. Nothing of it was kept
_CONNECT_SECONDS = 5
_FROZEN = "25P03"  # PostgreSQL: cut off, because a transaction stood still
_MIGRATING = 0x05E4  # the advisory lock of whoever migrates
_patience: ContextVar[float] = ContextVar("patience", default=10.0)  # seconds a writer waits for its turn on SQLite
_hurries: ContextVar[bool] = ContextVar("hurries", default=False)  # whether somebody waits for what is written
_MIGRATIONS = Path(__file__).parents[2] / "migrations"
_REVISION = re.compile(r'^(down_revision|revision)\b[^=\n]*= *"(\w+)"', re.MULTILINE)


class Schema(StrEnum):
    """How the tables stand to what this release knows."""

    RIGHT = "right"
    EMPTY = "empty"
    OLDER = "older"
    NEWER = "newer"


class Database:
    """One SQLite file or one PostgreSQL database. Only bot/engine opens its transactions."""

    def __init__(self, url: str, ring: Ring | None = None) -> None:
        self.url = url
        self.ring = ring or Ring()
        # An error of the database names no values: they are people's names and reasons, and errors go to the log.
        kept: dict[str, Any] = {"pool_size": 20, "max_overflow": 20, "hide_parameters": True}
        if not url.startswith("sqlite"):
            kept |= {"pool_pre_ping": True, "connect_args": {"connect_timeout": _CONNECT_SECONDS}}
        self.engine = sa.create_engine(url, **kept)
        with_ring(self.engine, self.ring)
        self.turn = Turn()
        if self.is_sqlite:
            sa.event.listen(self.engine, "connect", _prepare_sqlite)
            sa.event.listen(self.engine, "begin", _begin_immediate)
        else:
            sa.event.listen(self.engine, "connect", _prepare_postgres)
            sa.event.listen(self.engine, "handle_error", _cut_off, retval=True)

    @property
    def is_sqlite(self) -> bool:
        """Whether this is the embedded default."""
        return self.url.startswith("sqlite")

    @contextmanager
    def begin(self) -> Iterator[Tx]:
        """One transaction: committed at the end, rolled back on any error. On SQLite one writer at a time."""
        with self._turn(), self._connect() as tx, tx.begin():
            yield tx

    @contextmanager
    def note(self) -> Iterator[Tx]:
        """A transaction that survives the end of this process, and power only once a later one is committed.

        For what a real transaction follows at once: whoever waits for an answer waits for the disk once, not twice.
        """
        with self._turn(), self._connect() as connection:
            tx = connection.execution_options(soon=True)
            with tx.begin():
                if not self.is_sqlite:
                    tx.exec_driver_sql("SET LOCAL synchronous_commit = off")
                yield tx

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self.is_sqlite:
            yield
            return
        until, hurries = time.monotonic() + _patience.get(), _hurries.get()
        if not self.turn.take(_patience.get(), hurries=hurries):
            raise OperationalError("BEGIN IMMEDIATE", {}, sqlite3.OperationalError("database is locked"))
        left = _patience.set(max(0.0, until - time.monotonic()))
        try:
            yield
        finally:
            _patience.reset(left)
            self.turn.give(hurries=hurries)

    @contextmanager
    def look(self) -> Iterator[Tx]:
        """One transaction that only reads: it sees one moment, waits for no writer and makes none wait."""
        with self._connect() as connection:
            tx = connection.execution_options(only_reads=True)
            with tx.begin():
                yield tx

    def _connect(self) -> sa.Connection:
        try:
            return self.engine.connect()
        except sa.exc.TimeoutError as error:  # every connection waits for a database that does not answer
            raise OperationalError("connect", {}, error) from error

    def migrate(self) -> None:
        """Bring the schema to the newest migration: all of it or, killed at any moment, nothing. One at a time."""
        from alembic import command  # noqa: PLC0415 - Alembic is for this one command: no start waits for it
        from alembic.config import Config  # noqa: PLC0415

        config = Config()
        config.set_main_option("script_location", str(_MIGRATIONS))
        with self.engine.begin() as connection:  # Alembic would commit after each migration, on SQLite each statement
            if not self.is_sqlite:
                connection.execute(sa.func.pg_advisory_xact_lock(_MIGRATING).select())
            config.attributes["connection"] = connection
            command.upgrade(config, "head")

    def schema(self) -> Schema:
        """How the tables stand to this release."""
        with self.engine.connect() as connection:
            if not sa.inspect(connection).has_table("alembic_version"):
                return Schema.EMPTY
            found = set(connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalars())
        known, heads = _revisions()
        if found == heads:
            return Schema.RIGHT
        return Schema.OLDER if found <= known else Schema.NEWER

    def migrated(self) -> bool:
        """Whether the schema is exactly the one this program knows."""
        return self.schema() is Schema.RIGHT

    def copy(self, path: Path) -> None:
        """Copy the SQLite file as it is at one moment into another one, while everybody goes on."""
        connection = self.engine.raw_connection()
        try:
            target = sqlite3.connect(path)
            try:
                connection.driver_connection.backup(target)  # type: ignore[union-attr]
            finally:
                target.close()
        finally:
            connection.close()

    def address(self) -> tuple[str, str]:
        """Where this is, for programs of PostgreSQL: an address without the password, and the password."""
        url = self.engine.url.set(drivername=self.engine.url.get_backend_name())
        return url.set(password=None).render_as_string(), str(url.password or "")

    def close(self) -> None:
        """Give every connection back; SQLite folds its write-ahead log into the file."""
        self.engine.dispose()


def insert(tx: Tx, table: sa.Table) -> sqlite.Insert | postgresql.Insert:
    """An insert that may say what happens when the row is there already: both databases can, each in its own words."""
    return sqlite.insert(table) if tx.dialect.name == "sqlite" else postgresql.insert(table)


@contextmanager
def hurried(seconds: float) -> Iterator[None]:
    """Inside, somebody waits for an answer: writers let us go first, and what cannot begin for so long fails."""
    before, calm = _patience.set(seconds), _hurries.set(True)
    try:
        yield
    finally:
        _hurries.reset(calm)
        _patience.reset(before)


def again(verb: Callable[P, R]) -> Callable[P, R]:
    """Try a verb up to five times when the database undid its transaction because of somebody else's.

    For verbs of one transaction, and for those that bear being called twice.
    """

    @wraps(verb)
    def tried(*args: P.args, **kwargs: P.kwargs) -> R:
        for number in range(1, _TRIES):
            try:
                return verb(*args, **kwargs)
            except OperationalError as error:
                if getattr(error.orig, "sqlstate", None) not in _UNDONE:
                    raise
            time.sleep(random.uniform(0, 0.02 * 2**number))  # noqa: S311 - so that two do not meet again
        return verb(*args, **kwargs)

    return tried


def _revisions() -> tuple[set[str], set[str]]:
    """Every migration of this release, and those that no other one follows, read from their own words."""
    texts = (path.read_text(encoding="utf-8") for path in (_MIGRATIONS / "versions").glob("*.py"))
    found = [match for text in texts for match in _REVISION.findall(text)]
    known = {name for kind, name in found if kind == "revision"}
    return known, known - {name for kind, name in found if kind == "down_revision"}


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver would begin transactions of its own, too late
    for pragma in ("busy_timeout=10000", "journal_mode=wal", "synchronous=full", "foreign_keys=on"):
        connection.execute(f"PRAGMA {pragma}")


def _prepare_postgres(connection: Any, _record: object) -> None:
    """A process that freezes or is cut off in the middle of a transaction keeps its locks for ten seconds, no more."""
    connection.execute("SET idle_in_transaction_session_timeout = '10s'")
    connection.commit()


def _cut_off(context: sa.engine.ExceptionContext) -> Exception | None:
    """Whoever wakes after that has lost the database, and made no mistake."""
    if getattr(context.original_exception, "sqlstate", "") == _FROZEN:
        return OperationalError(context.statement or "", {}, context.original_exception)
    return None


def _begin_immediate(connection: sa.Connection) -> None:
    options = connection.get_execution_options()
    reads = options.get("only_reads")
    wanted = {"busy_timeout": str(round(round(_patience.get(), 1) * 1000))}
    if not reads:
        wanted["synchronous"] = "normal" if options.get("soon") else "full"
    known = connection.info.setdefault("pragmas", {})
    for name, value in wanted.items():
        if known.get(name) != value:  # most often it is as the transaction before left it
            connection.connection.execute(f"PRAGMA {name}={value}")
            known[name] = value
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")
