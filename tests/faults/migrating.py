"""Migrate, and be killed before the given statement: `python -m tests.faults.migrating <url> <number>`."""

from __future__ import annotations

import os
import sys
from itertools import count

import sqlalchemy as sa

from bot.store import Database


def main(url: str, deadly: int) -> None:
    """Count the statements, and end as `kill -9` ends a process. With more than there are, it is a migration."""
    db, numbers = Database(url), count(1)

    @sa.event.listens_for(db.engine, "before_cursor_execute")
    def die(*_: object) -> None:
        if next(numbers) == deadly:
            os._exit(137)

    db.migrate()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
