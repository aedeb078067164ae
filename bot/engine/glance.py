"""One glance at all queues together: DBOS asks a queue three questions at every look, also where nothing waits.

With fifteen systems that alone took nearly half a processor of a machine on which nothing happened.
"""

from __future__ import annotations

import threading
import time
from typing import Any

import sqlalchemy as sa

_LIMITS_SECONDS = 1.0  # how long the limits of a queue are believed; whoever changes them here says so


class Glance:
    """Which queues have something to be claimed, asked once for all of them; and their limits, read once a second.

    `system` is the system database of DBOS (3.4). `seconds` is how old an answer may be.
    """

    def __init__(self, system: Any, prefix: str, seconds: float) -> None:
        self._engine: sa.Engine = system.engine
        self._question = _waiting(system.tables.queues.c, system.tables.workflow_status.c)
        self._read_limits, self._scopes = system.get_queue, system.dequeue_scopes
        self._prefix, self._seconds = prefix, seconds
        self._waits: frozenset[str] = frozenset()
        self._looked = float("-inf")
        self._limits: dict[str, tuple[float, Any]] = {}
        self._lock = threading.Lock()

    def instead_of(self, system: Any) -> None:
        """From now on the threads of DBOS, one for each queue, ask here."""
        system.get_queue, system.dequeue_scopes = self.limits, self.scopes

    def forget(self, queue: str) -> None:
        """The limits of this queue were changed: the next look reads them."""
        self._limits.pop(queue, None)

    def limits(self, queue: str, **more: Any) -> Any:
        """The queue with its limits, as they were a moment ago."""
        read_at, known = self._limits.get(queue, (float("-inf"), None))
        if known is None or more or time.monotonic() - read_at >= _LIMITS_SECONDS:
            read_at, known = time.monotonic(), self._read_limits(queue, **more)
            self._limits[queue] = read_at, known
        return known

    def scopes(self, queue: str) -> list[str | None]:
        """What DBOS is to claim from in this queue: nothing where nothing waits."""
        if queue.startswith(self._prefix) and queue not in self._waiting():
            return []
        found: list[str | None] = self._scopes(queue)
        return found

    def _waiting(self) -> frozenset[str]:
        with self._lock:
            if time.monotonic() - self._looked >= self._seconds:
                try:
                    with self._engine.connect() as connection:
                        self._waits = frozenset(connection.execute(self._question).scalars())
                finally:  # also where it fails, and counted from the end: no thread waits in turn for a slow database
                    self._looked = time.monotonic()
            return self._waits


def _waiting(queues: Any, workflows: Any) -> sa.Select[Any]:
    """One step in an index for each queue, however much waits in it: the conditions are those of the index.

    Not EXISTS: PostgreSQL would join everything that waits.
    """
    first: sa.Select[Any] = sa.select(sa.literal_column("1")).where(
        workflows.queue_name == queues.name,
        workflows.status == sa.literal_column("'ENQUEUED'"),
        workflows.status.in_([sa.literal_column("'ENQUEUED'"), sa.literal_column("'PENDING'")]),
    )
    return sa.select(queues.name).where(first.limit(1).scalar_subquery().is_not(None))
