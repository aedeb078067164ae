"""Every migration up, down and up again on both databases: `python -m tests.tools.migrations`.

Up to the newest, down to nothing, up again, and then no difference between the migrations and the store's tables.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect

from tests.tools.postgres import cluster

TOP = Path(__file__).resolve().parents[2]


def walk(url: str) -> None:
    """Go up, down, up and compare on the empty database at `url`; raises at the first thing that is not so."""
    os.environ["USHER_DATABASE_URL"] = url  # where the migrations look
    config = Config()
    config.set_main_option("script_location", str(TOP / "migrations"))
    heads = ScriptDirectory.from_config(config).get_heads()
    if len(heads) != 1:
        raise SystemExit(f"migrations: one newest migration expected, found {heads}")
    command.upgrade(config, "head")
    command.downgrade(config, "base")
    left = _tables(url) - {"alembic_version"}
    if left:
        raise SystemExit(f"migrations: still there after the way down: {sorted(left)}")
    command.upgrade(config, "head")
    command.check(config)


def _tables(url: str) -> set[str]:
    engine = create_engine(url)
    try:
        return set(inspect(engine).get_table_names())
    finally:
        engine.dispose()


def main() -> int:
    """Walk both databases; anything wrong ends the program with its reason."""
    with tempfile.TemporaryDirectory(prefix="usher-") as folder:
        _timed("SQLite", f"sqlite:///{folder}/usher.sqlite3")
    with cluster() as server:
        _timed("PostgreSQL", server.url(server.create()))
    return 0


def _timed(kind: str, url: str) -> None:
    start = time.monotonic()
    walk(url)
    print(f"migrations: up, down, up, no difference on {kind} ({time.monotonic() - start:.1f} s)")


if __name__ == "__main__":
    sys.exit(main())
