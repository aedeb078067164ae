"""Migrate, and be killed before a given statement: `python -m tests.faults.migrating <url>`, the numbers line by line.

Each number is answered with the exit status of a child that was forked for it: 137 where it was killed.
"""

from __future__ import annotations

import os
import sys
from itertools import count

import sqlalchemy as sa

from bot.store import Database


def migrate(url: str, deadly: int) -> None:
    """Count the statements, and end as `kill -9` ends a process. With more than there are, it is a migration."""
    db, numbers = Database(url), count(1)

    @sa.event.listens_for(db.engine, "before_cursor_execute")
    def die(*_: object) -> None:
        if next(numbers) == deadly:
            os._exit(137)

    db.migrate()


def forked(url: str, deadly: int) -> int:
    """Migrate in a child that has everything loaded; its exit status."""
    pid = os.fork()
    if pid:
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    status = 1
    try:
        migrate(url, deadly)
        status = 0
    finally:
        os._exit(status)


if __name__ == "__main__":
    for line in sys.stdin:
        sys.stdout.write(f"{forked(sys.argv[1], int(line))}\n")
        sys.stdout.flush()
