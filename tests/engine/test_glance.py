"""Queues in which nothing waits: they are looked at together, and cost next to nothing."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import pytest
import sqlalchemy as sa
from dbos._schemas.system_database import SystemSchema

from bot.engine.context import NORMAL
from bot.engine.dispatch import Dbos
from bot.engine.glance import Glance
from bot.store import Database
from tests.engine.test_dispatch import SYSTEM, Seen, put, until


@dataclass
class Tables:
    """Where DBOS keeps its queues and what waits in them."""

    queues: sa.Table = SystemSchema.queues
    workflow_status: sa.Table = SystemSchema.workflow_status


@dataclass
class System:
    """What we use of the system database of DBOS; `asked` says how often the limits of which queue were read."""

    engine: sa.Engine
    tables: Tables = field(default_factory=Tables)
    asked: list[str] = field(default_factory=list)

    def get_queue(self, name: str, **_more: object) -> Any:
        """The queue with its limits."""
        self.asked.append(name)
        return f"{name}, read {len(self.asked)} times"

    def dequeue_scopes(self, _name: str) -> list[str | None]:
        """DBOS claims from everything."""
        return [None]


def test_fifteen_systems_in_which_nothing_happens_are_asked_after_together(db: Database) -> None:
    """An Usher that has nothing to do leaves the machine and the database alone, however many systems it knows."""
    asked: list[str] = []
    seen = Seen()
    dispatcher = Dbos(db)
    for number in range(15):
        dispatcher.add(f"s{number}")
    dispatcher.add(SYSTEM)
    dispatcher.launch(seen.run)
    try:
        put(db, dispatcher, ["first"], NORMAL)
        until(seen, 1)  # its thread and with it those of all others have begun
        time.sleep(1.5)
        sa.event.listen(dispatcher._engine, "before_cursor_execute", lambda *what: asked.append(what[2]))  # noqa: SLF001
        began = time.monotonic()
        time.sleep(1)
        while not asked and time.monotonic() < began + 60:  # a busy machine looks later, and is never asked more
            time.sleep(0.05)
        a_second = len(asked) / (time.monotonic() - began)
        assert 0 < a_second < 100, "it was some five hundred when each was asked three questions ten times a second"
        put(db, dispatcher, ["second"], NORMAL)
        until(seen, 2)
    finally:
        dispatcher.close()


def test_limits_that_were_read_a_moment_ago_are_believed_until_we_change_them(tmp_path: Any) -> None:
    """Whoever slows a system down in this process is heard at the next look, and in another one within a second."""
    system = System(sa.create_engine(f"sqlite:///{tmp_path / 'x'}"))
    glance = Glance(system, "system-", 60)
    assert [glance.limits("system-a") for _ in range(3)] == ["system-a, read 1 times"] * 3
    glance.forget("system-a")
    assert glance.limits("system-a") == "system-a, read 2 times"
    assert glance.limits("system-b") == "system-b, read 3 times"


def test_queues_of_dbos_itself_are_left_to_it_and_a_database_that_is_away_is_asked_by_one_thread(tmp_path: Any) -> None:
    """Without a database one look fails, and says so; the other threads do not each wait for it as well."""
    system = System(sa.create_engine(f"sqlite:///{tmp_path / 'without-tables'}"))
    glance = Glance(system, "system-", 60)
    glance.instead_of(system)
    assert glance.scopes("_dbos_internal_queue") == [None]
    with pytest.raises(sa.exc.OperationalError):
        glance.scopes("system-a")
    assert glance.scopes("system-b") == []


def test_a_slow_database_is_waited_for_once_and_not_by_one_thread_after_the_other(tmp_path: Any) -> None:
    """A look that takes longer than it is believed serves all who waited for it: no queue is a minute behind."""
    without_schema = {"schema_translate_map": {SystemSchema.queues.schema: None}}
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'slow'}", execution_options=without_schema)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE queues (name TEXT)")
        connection.exec_driver_sql("CREATE TABLE workflow_status (queue_name TEXT, status TEXT)")
    looks: list[float] = []

    @sa.event.listens_for(engine, "before_cursor_execute")
    def _slow(*_: object) -> None:
        looks.append(time.monotonic())
        time.sleep(1.1)

    glance = Glance(System(engine), "system-", 1)
    at_the_door = threading.Barrier(8)

    def look(_number: int) -> list[str | None]:
        at_the_door.wait(20)
        return glance.scopes("system-a")

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(look, range(8))) == [[]] * 8
    assert len(looks) < 8
