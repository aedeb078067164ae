"""The dispatcher itself, in real time: how fast, in which order, how many at once, beside whom, and what it leaves."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from dbos import DBOS

from bot.domain.lifecycle import RequestState, StepState
from bot.domain.model import RequestId, StepId, SystemKey, Wave
from bot.domain.request import Step, StepKind
from bot.engine.context import CONTAIN_FIRST, NORMAL, Engine
from bot.engine.dispatch import AlreadyRunningError, Dbos
from bot.engine.recover import recover
from bot.engine.run import run_step
from bot.engine.submit import Asked, submit
from bot.store import Away, Database, metadata
from tests.fakes.town import ALICE, CLOUD, CODE, HANNA, Town
from tests.tools.pace import slowness

SYSTEM = SystemKey("aws")
PATIENCE = 80
TOP = Path(__file__).parents[2]


@dataclass
class Seen:
    """What ran, and when."""

    ran: list[tuple[str, float]] = field(default_factory=list)
    pause: float = 0.0
    away: Counter[str] = field(default_factory=Counter)
    at_once: int = 0
    door: threading.Event = field(default_factory=threading.Event)
    _now: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        """The door stands open: while somebody closes it, no step gets on."""
        self.door.set()

    def run(self, step: str, attempt: int) -> None:
        """Run one step, which does nothing for a while; without a database as often as was ordered."""
        with self._lock:
            self._now.add(step)
            self.at_once = max(self.at_once, len(self._now))
        time.sleep(self.pause)
        self.door.wait(PATIENCE)
        with self._lock:
            self._now.discard(step)
            if self.away[step]:
                self.away[step] -= 1
                raise Away("SELECT 1", {}, Exception("the server closed the connection"))
            self.ran.append((step, time.monotonic()))


@contextmanager
def dispatching(db: Database, seen: Seen, rate: float | None = None, at_once: int = 4) -> Iterator[Dbos]:
    """A dispatcher with one queue."""
    dispatcher = Dbos(db)
    dispatcher.add(SYSTEM, at_once=at_once, rate=rate)
    dispatcher.launch(seen.run)
    try:
        yield dispatcher
    finally:
        dispatcher.close()


def step(name: str) -> Step:
    """A step that nothing is known of but its name."""
    return Step(StepId(name), RequestId("OFF-1"), 1, StepKind.APPLY, SYSTEM, Wave.CONTAIN, None, StepState.READY)


def put(db: Database, dispatcher: Dbos, names: list[str], priority: int) -> None:
    """Enqueue these, in one transaction."""
    with db.begin() as tx:
        for name in names:
            dispatcher.enqueue(tx, step(name), priority=priority)


def until(seen: Seen, count: int, seconds: float = PATIENCE) -> float:
    """Wait until so many ran; how long that took."""
    began = time.monotonic()
    while len(seen.ran) < count:
        assert time.monotonic() - began < seconds, f"{len(seen.ran)} of {count} ran"
        time.sleep(0.02)
    return time.monotonic() - began


def busiest(seconds: float) -> int:
    """How many were let go, at the most, in any window of so many seconds; a busy machine may run them later."""
    every = DBOS.list_workflows(load_input=False, load_output=False)
    times = [one.dequeued_at for one in every if one.dequeued_at]  # whole milliseconds: no window is a hair too long
    return max(sum(first <= at < first + 1000 * seconds for at in times) for first in times)


def test_a_system_is_never_asked_faster_than_it_allows(db: Database) -> None:
    """Thirty steps at ten a second: in no second begin more than ten, and a busy machine only makes it slower."""
    seen = Seen()
    with dispatching(db, seen, rate=10) as dispatcher:
        put(db, dispatcher, [f"a{n}" for n in range(30)], NORMAL)
        until(seen, 30)
        assert busiest(1.0) <= 10


def test_a_pace_can_be_lowered_and_lifted_while_it_works(db: Database) -> None:
    """A vendor that says that we ask too fast is asked slower at once; later the limit goes again."""
    seen = Seen()
    with dispatching(db, seen, at_once=1) as dispatcher:
        dispatcher.pace(SYSTEM, 1)
        put(db, dispatcher, ["before"], NORMAL)
        until(seen, 1)
        time.sleep(1)  # the next look
        put(db, dispatcher, [f"a{n}" for n in range(20)], NORMAL)
        until(seen, 4)
        assert busiest(1.0) <= 2
        dispatcher.pace(SYSTEM, None)
        with slowness() as machine:
            took = until(seen, 21)
        assert took < 15 * machine.worst


def test_containment_stands_before_everybody_and_a_mass_event_behind(db: Database) -> None:
    """Forty steps of hundreds of leavers wait; what is urgent goes first, then what comes one by one, then the rest."""
    seen = Seen()
    with dispatching(db, seen, at_once=1) as dispatcher:
        put(db, dispatcher, [f"mass{n}" for n in range(25)], NORMAL + 40)
        until(seen, 2)
        seen.door.clear()
        before = len(seen.ran)
        with db.begin() as tx:  # both at one instant: else what comes first may be claimed before the other is there
            dispatcher.enqueue(tx, step("normal"), priority=NORMAL)
            dispatcher.enqueue(tx, step("urgent"), priority=CONTAIN_FIRST)
        seen.door.set()
        until(seen, 27)
    order = [name for name, _ in seen.ran]
    assert order.index("urgent") < order.index("normal") <= before + 4, "one that runs already, one on its way to it"


def test_a_system_does_so_many_steps_at_once_and_no_more(db: Database) -> None:
    """What its connector declares holds, however much waits."""
    seen = Seen(pause=0.1)
    seen.door.clear()
    with dispatching(db, seen, at_once=3) as dispatcher:
        put(db, dispatcher, [f"a{n}" for n in range(12)], NORMAL)
        over = time.monotonic() + PATIENCE
        while seen.at_once < 3:  # however slowly they begin
            assert time.monotonic() < over
            time.sleep(0.02)
        seen.door.set()
        until(seen, 12)
    assert seen.at_once == 3


def test_what_is_rolled_back_never_runs_and_the_same_attempt_twice_is_one(db: Database) -> None:
    """A place in the queue is part of the transaction of the fact."""
    seen = Seen()
    with dispatching(db, seen) as dispatcher:
        with suppress(ZeroDivisionError), db.begin() as tx:
            dispatcher.enqueue(tx, step("never"))
            raise ZeroDivisionError
        put(db, dispatcher, ["twice", "twice"], NORMAL)
        put(db, dispatcher, ["twice", "once"], NORMAL)
        until(seen, 2)
        time.sleep(0.5)
    assert sorted(name for name, _ in seen.ran) == ["once", "twice"]


def test_while_the_database_is_away_a_step_waits_for_it(db: Database) -> None:
    """Nothing can be decided without it: the same attempt runs again by itself as soon as it can."""
    seen = Seen(away=Counter({"a": 2}))
    with dispatching(db, seen) as dispatcher:
        put(db, dispatcher, ["a"], NORMAL)
        until(seen, 1)
        for _ in range(10 * PATIENCE):  # it has begun; that it ended is written down a moment later
            if dispatcher.lost([step("a")]):
                break
            time.sleep(0.1)
        assert dispatcher.lost([step("a")]) == (step("a"),)  # it ended, and nobody runs it any more


def test_what_is_over_is_forgotten_and_what_waits_is_not(db: Database) -> None:
    """The dispatcher remembers nothing for longer than an hour: what happened stands in our own rows."""
    seen = Seen()
    with dispatching(db, seen) as dispatcher:
        put(db, dispatcher, ["a", "b"], NORMAL)
        with db.begin() as tx:
            dispatcher.enqueue(tx, step("later"), delay=timedelta(hours=2))
        until(seen, 2)
        over = time.monotonic() + PATIENCE
        while len(DBOS.list_workflows(status="SUCCESS")) < 2:  # they have begun; that they ended is written later
            assert time.monotonic() < over
            time.sleep(0.05)
        assert dispatcher.purge(datetime.now(UTC) - timedelta(hours=1)) == 0
        assert dispatcher.purge(datetime.now(UTC) + timedelta(hours=1)) == 2
        assert dispatcher.lost([step("later"), step("a")]) == (step("a"),)


def test_a_process_that_only_asks_works_beside_the_one_that_runs(db: Database) -> None:
    """On one SQLite file as on PostgreSQL: what it enqueues runs over there, and it claims nothing itself."""
    seen = Seen()
    with dispatching(db, seen):
        asking = Dbos(db, runs=False)
        asking.add(SYSTEM)
        asking.launch(lambda _step, _attempt: pytest.fail("it runs nothing"))
        put(db, asking, ["a"], NORMAL)
        asking.close()
        until(seen, 1)


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_second_one_that_runs_is_told_so_and_changes_nothing(db: Database) -> None:
    """The file is one process's alone until that one ends."""
    with dispatching(db, Seen()), pytest.raises(AlreadyRunningError, match="Stop that one first"):
        Dbos(db)
    with dispatching(db, Seen()):
        pass


def test_what_a_command_wrote_beside_a_running_usher_is_picked_up(db: Database) -> None:
    """A command without a dispatcher leaves rows; the running one finds them, and does what they say."""
    town = Town(db)
    dispatcher = Dbos(db)
    engine = Engine(db, town.engine.connectors, dispatcher)
    for system in (CODE, CLOUD):
        dispatcher.add(system)
    dispatcher.launch(lambda one, attempt: run_step(engine, one, attempt, town.tick))
    try:
        want = Asked(HANNA, ALICE, town.now, immediate=True, voluntary=True, typed_name="Alice Martin")
        submit(town.engine, want, town.now)  # Inline: nobody is told that there is work
        assert recover(engine, town.now) == 2
        end = time.monotonic() + PATIENCE
        while town.request().state is not RequestState.AWAITING_APPROVAL:
            assert time.monotonic() < end
            time.sleep(0.05)
    finally:
        dispatcher.close()


def test_migrations_see_nothing_of_the_tables_of_the_dispatcher(db: Database) -> None:
    """They stand in the same SQLite file, or in a schema of their own; no migration will ever want to drop them."""
    with dispatching(db, Seen()):
        pass
    config = Config()
    config.set_main_option("script_location", str(TOP / "migrations"))
    with db.engine.connect() as connection:
        config.attributes["connection"] = connection
        command.check(config)  # raises when a migration would change anything
        if db.is_sqlite:
            unfiltered = compare_metadata(MigrationContext.configure(connection), metadata)
            assert "workflow_status" in repr(unfiltered), "it would be dropped"
