"""Who runs steps, how many at once and not before when: DBOS, used as a dispatcher only, behind this one module.

The plan is rows; DBOS knows one tiny workflow. Name, version and signature of that workflow are fixed for ever,
so that work enqueued by one release runs on the next.
"""

from __future__ import annotations

import fcntl
import logging
import math
import os
import threading
import time
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from itertools import chain, groupby, repeat
from pathlib import Path
from typing import IO
from uuid import uuid4

import sqlalchemy as sa
from dbos import DBOS, DBOSClient
from sqlalchemy.engine import make_url

from bot.domain.model import StepId, SystemKey
from bot.domain.request import Step
from bot.engine.context import NORMAL
from bot.engine.fleet import Claim
from bot.engine.glance import Glance
from bot.store import Away, Database, Tx

Run = Callable[[str, int], None]

POLL_SECONDS = 0.1
_POLL_TOGETHER = 0.2  # several replicas look in turn, and get in each other's way less often
_NAME = "usher"
_VERSION = "1"
_ALIVE = ["DELAYED", "ENQUEUED", "PENDING"]
_OVER = ["SUCCESS", "ERROR", "CANCELLED"]
_WORKFLOW = "run_step"
_AT_ONCE = 4  # steps of one system at the same time, until its connector has said how many
_WINDOW = 1.0  # seconds: in none, wherever it begins, start more steps than a vendor allows in a second
_STOP_SECONDS = 10
_AWAY_SECONDS = (0.2, 0.5, 1, 2, 4, 8, 15, 30)
_PAGE = 1000
_CONNECT_SECONDS = 5
_TURN_SECONDS = 10.0


class AlreadyRunningError(Exception):
    """Another process dispatches the work of this SQLite file; the message is the rest of a sentence for people."""


class Dbos:
    """The dispatcher of a served Usher: one queue per system, enqueued in the transaction of the fact.

    With `runs=False` it only enqueues, and any number of such processes may stand beside the one of a SQLite file.
    """

    def __init__(self, db: Database, *, runs: bool = True) -> None:
        self.runs = runs
        self.executor = "local" if db.is_sqlite else str(uuid4())
        self._lock = _only_one(db) if runs else None
        self._db = db
        self._engine = _system_engine(db)
        self._client: DBOSClient | None = None
        self._launched = False
        self._glance: Glance | None = None
        self._stopping = threading.Event()
        self._known: dict[str, tuple[int | None, float | None]] = {}
        self._running: dict[tuple[str, int], float] = {}

    # ---- begin and end ----

    def open(self) -> None:
        """Make the tables of DBOS and the way to enqueue; nothing runs yet."""
        if self._client is None:
            self._client = DBOSClient(
                system_database_engine=self._engine, application_name=_NAME, retry_connection_errors=False
            )
            self._client._sys_db.run_migrations()  # noqa: SLF001 - DBOS.migrate would add triggers for LISTEN
            for system, limits in self._known.items():
                self._open_queue(system, *limits)

    def launch(self, run: Run) -> None:
        """Begin to run steps, if this process runs any. The others of a fleet must have heard of it by then."""
        self.open()
        if not self.runs:
            return
        dbos = DBOS(
            config={
                "name": _NAME,
                "system_database_engine": self._engine,
                "application_version": _VERSION,
                "executor_id": self.executor,
                "use_listen_notify": False,
                "enable_otlp": False,
                "log_level": "WARNING",
                "notification_listener_polling_interval_sec": 1.0,
            },
        )

        @DBOS.workflow(name=_WORKFLOW, max_recovery_attempts=1000)
        def run_step(step_id: str, attempt: int) -> None:
            self._run(run, step_id, attempt)

        logging.getLogger("dbos").addFilter(_worth_telling)
        DBOS.launch()
        self._launched = True
        system = dbos._sys_db  # noqa: SLF001 - DBOS has no way to say that nothing waits in a queue
        self._glance = Glance(system, _queue(""), (POLL_SECONDS if self._db.is_sqlite else _POLL_TOGETHER) / 2)
        self._glance.instead_of(system)

    def stop(self) -> None:
        """Claim nothing more, and let what runs end for ten seconds at most."""
        self._stopping.set()
        if self._launched:
            DBOS.destroy(workflow_completion_timeout_sec=_STOP_SECONDS if self._running else 0)
            self._launched = False

    def close(self) -> None:
        """Stop, leave what is not finished to whoever runs next, give the file back."""
        self.stop()
        if self._client is not None:
            self._client.destroy()
            self._client = None
        self._engine.dispose()
        if self._lock is not None:
            self._lock.close()

    def _run(self, run: Run, step: str, attempt: int) -> None:
        """While the database is away nothing can be decided: this thread waits, for what it did is nowhere yet."""
        self._running[step, attempt] = time.monotonic()
        try:
            for seconds in chain(_AWAY_SECONDS, repeat(_AWAY_SECONDS[-1])):
                try:
                    return run(step, attempt)
                except Away:
                    if self._stopping.wait(seconds):
                        raise
        finally:
            self._running.pop((step, attempt), None)

    # ---- work ----

    def enqueue(self, tx: Tx, step: Step, *, delay: timedelta = timedelta(0), priority: int = NORMAL) -> None:
        """Run this attempt of this step after `tx` commits; the same attempt twice is one."""
        options: dict[str, object] = {
            "workflow_name": _WORKFLOW,
            "queue_name": _queue(step.system),
            "workflow_id": _workflow(step.id, step.attempt),
            "app_version": _VERSION,
            "priority": priority,
        }
        if delay > timedelta(0):
            options["delay_seconds"] = delay.total_seconds()
        self._reach().enqueue_in_transaction(tx, options, step.id, step.attempt)  # type: ignore[arg-type]

    def lost(self, steps: Iterable[Step]) -> tuple[Step, ...]:
        """Those of these steps whose attempt neither waits nor runs any more: it ended in an error of our own."""
        known = {_workflow(step.id, step.attempt): step for step in steps}
        found = self._reach().list_workflows(
            workflow_ids=list(known), status=_ALIVE, load_input=False, load_output=False
        )
        alive = {one.workflow_id for one in found}
        return tuple(step for name, step in known.items() if name not in alive)

    def claims(self) -> tuple[Claim, ...]:
        """Every attempt that some process has taken and not ended, whether it still lives or not."""
        found = self._reach().list_workflows(name=_WORKFLOW, status="PENDING", load_input=False, load_output=False)
        claims = (_claim(one.workflow_id, one.executor_id or "", one.queue_name or "") for one in found)
        return tuple(claim for claim in claims if claim is not None)

    def here(self, claim: Claim) -> float | None:
        """For how many seconds a thread of this process has been at it; None when none is."""
        since = self._running.get((claim.step, claim.attempt))
        return None if since is None else time.monotonic() - since

    def give_up(self, claim: Claim) -> None:
        """Count this attempt no more: it is over, whatever its thread still does."""
        self._reach().cancel_workflow(_workflow(claim.step, claim.attempt))

    def give_back(self, claims: Iterable[Claim]) -> None:
        """Let these attempts be claimed again, each from its own queue and with its priority."""
        by_system = sorted(claims, key=lambda claim: claim.system)
        for system, group in groupby(by_system, key=lambda claim: claim.system):
            names = [_workflow(claim.step, claim.attempt) for claim in group]
            self._reach().resume_workflows(names, queue_name=_queue(system))

    def purge(self, before: datetime) -> int:
        """Forget attempts that ended before; our own rows keep what happened. Returns how many."""
        count = 0
        while True:
            over = self._reach().list_workflows(
                status=_OVER, completed_before=before.isoformat(), limit=_PAGE, load_input=False, load_output=False
            )
            self._reach().delete_workflows([one.workflow_id for one in over])
            count += len(over)
            if len(over) < _PAGE:
                return count

    # ---- limits ----

    def add(self, system: str, *, at_once: int | None = None, rate: float | None = None) -> None:
        """Open the queue of a system, now or at the launch. Without limits it keeps those that hold already."""
        self._known[system] = (at_once, rate)
        if self._client is not None:
            self._open_queue(system, at_once, rate)

    def pace(self, system: SystemKey, rate: float | None) -> None:
        """At most so many steps of a system a second, in the whole fleet, from the next look on; None for no limit.

        Never inside a transaction: DBOS writes it down in one of its own.
        """
        queue = self._reach().retrieve_queue(_queue(system))
        if queue is not None:
            queue.set_limiter(_limiter(rate))  # type: ignore[arg-type]
            if self._glance is not None:
                self._glance.forget(_queue(system))

    def _open_queue(self, system: str, at_once: int | None, rate: float | None) -> None:
        most = at_once or _AT_ONCE
        self._reach().register_queue(
            _queue(system),
            worker_concurrency=most,
            global_concurrency=None if self._db.is_sqlite else most,  # one process alone need not count the others
            limiter=_limiter(rate),  # type: ignore[arg-type]
            polling_interval_sec=POLL_SECONDS if self._db.is_sqlite else _POLL_TOGETHER,
            on_conflict="never_update" if at_once is None else "always_update",
        )

    def _reach(self) -> DBOSClient:
        if self._client is None:
            raise RuntimeError("the dispatcher was not launched")
        return self._client


def _worth_telling(record: logging.LogRecord) -> bool:
    """Two replicas looked at a queue in the same moment: the one that was later looks again a little later."""
    return "Contention detected" not in record.getMessage()


def _workflow(step: str, attempt: int) -> str:
    return f"step-{step}-{attempt}"


def _claim(workflow: str, executor: str, queue: str) -> Claim | None:
    """What is claimed, from the name we gave it; None for what is not ours."""
    step, _, attempt = workflow.removeprefix("step-").rpartition("-")
    if not step or not attempt.isdecimal():
        return None
    return Claim(executor, SystemKey(queue.removeprefix("system-")), StepId(step), int(attempt))


def _queue(system: str) -> str:
    return f"system-{system}"


def _limiter(rate: float | None) -> dict[str, float] | None:
    """The rate in windows of a second, or a little longer so that whole steps fit into them.

    A look into the queue comes a little after the window is over: that is what is left to others at the same vendor.
    """
    if rate is None:
        return None
    steps = math.ceil(rate * _WINDOW)
    return {"limit": steps, "period": steps / rate}


def _system_engine(db: Database) -> sa.Engine:
    """DBOS keeps its tables in the same database, so that a step and its place in the queue commit together."""
    if db.is_sqlite:
        engine = sa.create_engine(db.url, connect_args={"isolation_level": "IMMEDIATE"}, hide_parameters=True)
        settings: tuple[str, ...] = ("PRAGMA journal_mode=wal", "PRAGMA busy_timeout=10000", "PRAGMA synchronous=full")
    else:
        engine = sa.create_engine(
            db.url,
            pool_size=10,
            max_overflow=10,
            pool_pre_ping=True,
            hide_parameters=True,
            connect_args={"connect_timeout": _CONNECT_SECONDS},
        )
        # A replica that was frozen in the middle of a claim must not keep its queue from the others.
        settings = ("SET idle_in_transaction_session_timeout = '5s'",)

    @sa.event.listens_for(engine, "connect")
    def _prepare(connection: object, _record: object) -> None:
        for setting in settings:
            connection.execute(setting)  # type: ignore[attr-defined]
        connection.commit()  # type: ignore[attr-defined]

    if db.is_sqlite:
        _take_turns(engine, db)
    return engine


def _take_turns(engine: sa.Engine, db: Database) -> None:
    """DBOS writes when it is its turn among our own writers: SQLite lets threads that collide sleep."""

    @sa.event.listens_for(engine, "before_cursor_execute")
    def _take(connection: sa.Connection, _cursor: object, statement: str, *_rest: object) -> None:
        known = connection.connection.record_info
        if known is not None and not known.get("turn") and not statement.startswith(("SELECT", "PRAGMA")):
            known["turn"] = db.turn.take(_TURN_SECONDS)  # in vain: it waits for the file as before

    @sa.event.listens_for(engine, "checkin")
    def _give(_connection: object, record: sa.pool.ConnectionPoolEntry) -> None:
        if (record.record_info or {}).pop("turn", False):
            db.turn.give()


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
