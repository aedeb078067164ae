"""Who runs steps, how many at once and not before when: DBOS, used as a dispatcher only, behind this one module.

The plan is rows; DBOS knows one tiny workflow. Name, version and signature of that workflow are fixed for ever,
so that work enqueued by one release runs on the next.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterable
from datetime import timedelta
from pathlib import Path
from typing import IO

import sqlalchemy as sa
from dbos import DBOS, DBOSClient
from sqlalchemy.engine import make_url

from bot.domain.request import Step
from bot.engine.context import NORMAL, Engine
from bot.engine.retry import Clock
from bot.engine.run import run_step
from bot.store import Database, Tx, records

Run = Callable[[str, int], None]

_VERSION = "1"
_ALIVE = ["DELAYED", "ENQUEUED", "PENDING"]
_WORKFLOW = "run_step"
POLL_SECONDS = 0.1
_AT_ONCE = 4  # steps of one system at the same time


class AlreadyRunningError(Exception):
    """Another process dispatches the work of this SQLite file; the message is the rest of a sentence for people."""


class Dbos:
    """The dispatcher of a served Usher: one queue per system, enqueued in the transaction of the fact."""

    def __init__(self, db: Database) -> None:
        self._lock = _only_one(db)
        self._engine = _system_engine(db)
        DBOS(
            config={
                "name": "usher",
                "system_database_engine": self._engine,
                "application_version": _VERSION,
                "executor_id": "local",
                "use_listen_notify": False,
                "enable_otlp": False,
                "log_level": "WARNING",
                "notification_listener_polling_interval_sec": 1.0,
            },
        )
        self._client: DBOSClient | None = None
        self._known: list[str] = []

    def launch(self, run: Run) -> None:
        """Begin to run steps; what an earlier process left is taken up again."""

        @DBOS.workflow(name=_WORKFLOW, max_recovery_attempts=1000)
        def run_step(step_id: str, attempt: int) -> None:
            run(step_id, attempt)

        DBOS.launch()
        self._client = DBOSClient(system_database_engine=self._engine)
        for system in self._known:
            _open(system)

    def add(self, system: str) -> None:
        """Open the queue of a system, now or at the launch."""
        self._known.append(system)
        if self._client is not None:
            _open(system)

    def enqueue(self, tx: Tx, step: Step, *, delay: timedelta = timedelta(0), priority: int = NORMAL) -> None:
        """Run this attempt of this step after `tx` commits; the same attempt twice is one."""
        if self._client is None:
            raise RuntimeError("the dispatcher was not launched")
        options: dict[str, object] = {
            "workflow_name": _WORKFLOW,
            "queue_name": _queue(step.system),
            "workflow_id": _workflow(step),
            "app_version": _VERSION,
            "priority": priority,
        }
        if delay > timedelta(0):
            options["delay_seconds"] = delay.total_seconds()
        self._client.enqueue_in_transaction(tx, options, step.id, step.attempt)  # type: ignore[arg-type]

    def lost(self, steps: Iterable[Step]) -> tuple[Step, ...]:
        """Those of these steps whose attempt neither waits nor runs any more: it ended in an error of our own."""
        if self._client is None:
            raise RuntimeError("the dispatcher was not launched")
        known = {_workflow(step): step for step in steps}
        found = self._client.list_workflows(
            workflow_ids=list(known), status=_ALIVE, load_input=False, load_output=False
        )
        alive = {one.workflow_id for one in found}
        return tuple(step for name, step in known.items() if name not in alive)

    def close(self) -> None:
        """Stop claiming work, let what runs end for a few seconds, give the file back."""
        DBOS.destroy(workflow_completion_timeout_sec=5)
        self._engine.dispose()
        if self._lock is not None:
            self._lock.close()


class Inline:
    """A dispatcher without threads: `drain` runs what is due, in order. For tests and for tools without a server."""

    def __init__(self) -> None:
        self.ran: list[tuple[str, int]] = []

    def enqueue(self, tx: Tx, step: Step, *, delay: timedelta = timedelta(0), priority: int = NORMAL) -> None:
        """Nothing to do: the rows themselves say what is due."""

    def lost(self, steps: Iterable[Step]) -> tuple[Step, ...]:
        """None: the rows themselves say what is due."""
        return ()

    def drain(self, engine: Engine, clock: Clock, most: int = 1000) -> int:
        """Run every step that is due now, until none is; how many ran."""
        count = 0
        seen: set[tuple[str, int, str]] = set()
        while count < most:
            with engine.db.begin() as tx:
                every = records.runnable(tx, clock())
            due = [step for step in every if (step.id, step.attempt, step.state) not in seen]
            if not due:
                return count  # what did not move, such as a step of a stopped request, waits
            for step in due:
                seen.add((step.id, step.attempt, step.state))
                self.ran.append((step.id, step.attempt))
                run_step(engine, step.id, step.attempt, clock)
                count += 1
        return count


def _workflow(step: Step) -> str:
    return f"step-{step.id}-{step.attempt}"


def _queue(system: str) -> str:
    return f"system-{system}"


def _open(system: str) -> None:
    DBOS.register_queue(_queue(system), worker_concurrency=_AT_ONCE, polling_interval_sec=POLL_SECONDS)


def _system_engine(db: Database) -> sa.Engine:
    """DBOS keeps its tables in the same database, so that a step and its place in the queue commit together."""
    if not db.is_sqlite:
        return sa.create_engine(db.url, pool_size=10, max_overflow=10)
    engine = sa.create_engine(db.url, connect_args={"isolation_level": "IMMEDIATE"})

    @sa.event.listens_for(engine, "connect")
    def _prepare(connection: object, _record: object) -> None:
        for pragma in ("journal_mode=wal", "busy_timeout=10000", "synchronous=full"):
            connection.execute(f"PRAGMA {pragma}")  # type: ignore[attr-defined]

    return engine


def _only_one(db: Database) -> IO[str] | None:
    """Two dispatchers on one SQLite file would each take the other for dead and run its steps again."""
    if not db.is_sqlite:
        return None
    path = Path(f"{make_url(db.url).database}.lock")
    handle = path.open("a", encoding="ascii")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        handle.close()
        raise AlreadyRunningError(
            f"another Usher already works with the database file {path.stem}. Stop that one first, or use PostgreSQL."
        ) from error
    os.set_inheritable(handle.fileno(), False)
    return handle
