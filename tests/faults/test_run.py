"""A database that is busy, undone, old or sealed with a key that is gone; a process that is told to end."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from bot.chat.port import Answer, Speaker, Where
from bot.domain.lifecycle import RequestState, StepState
from bot.engine.approve import approve_item
from bot.engine.keys import admit, complete, rotate
from bot.practice.seeds import Limits
from bot.store import Away, Database, KeyMissing, Ring, again, journal, metadata, records, ring_of
from bot.store import tables as t
from tests.chat.dialogue import Talk, by_http, by_socket
from tests.chat.hands import say, whispered
from tests.fakes.town import INES, MARCO, Town
from tests.faults.half_way import TOP, Later, left_behind
from tests.stories.acts import asked
from tests.tools.pace import slowness

OLD, NEW = "2025:" + "0a" * 32, "2026:" + "1b" * 32


@dataclass
class Writing(Talk):
    """A dialogue whose every command starts an offboarding."""

    town: Town | None = None

    def command(self, who: Speaker, command: str, text: str, where: Where) -> Answer:
        """Hanna asks for Alice's offboarding."""
        assert self.town
        return self.town.offboard()


@contextmanager
def held(db: Database) -> Iterator[None]:
    """Another program has the SQLite file for itself."""
    with closing(sqlite3.connect(db.url.removeprefix("sqlite:///"), isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield
        other.execute("ROLLBACK")


def rows(db: Database) -> dict[str, int]:
    """How many rows each table has."""
    with db.look() as tx:
        return {table.name: len(tx.execute(table.select()).all()) for table in metadata.sorted_tables}


@pytest.mark.parametrize("joined_by", [by_socket, by_http])
@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_fault_05_a_busy_file_is_said_in_time_and_nothing_is_half_written(db: Database, joined_by: Any) -> None:
    """Somebody else holds the file for longer than Slack waits: the person reads in time that nothing was saved.

    No row of any table is there that was not there before, and the same words again, later, are taken.
    """
    town = Town(db)
    before = rows(db)
    with joined_by(Writing(town=town), limits=Limits(ack_seconds=60)) as joined:  # how long it may take is judged here
        with held(db):
            with slowness() as machine:
                began = time.monotonic()
                assert say(joined, "now") == {"ok": True}
                took = time.monotonic() - began
            assert took < 3 * machine.worst
            assert whispered(joined)["text"].startswith("That was not saved, please try again in a minute (ref ")
        assert rows(db) == before
        assert say(joined, "now") == {"ok": True}
    assert rows(db)["requests"] == 1


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_fault_05_a_worker_waits_longer_than_a_person(db: Database) -> None:
    """A step whose file is busy for a while is not given up: nobody waits for an answer there."""
    town = Town(db)
    released = threading.Timer(0.5, lambda: None)
    with held(db):
        thread = threading.Thread(target=town.offboard)
        thread.start()
        released.start()
        released.join()
        assert thread.is_alive()
    thread.join(60)
    assert rows(db)["requests"] == 1


@pytest.mark.parametrize("database_kind", [pytest.param("postgresql", marks=pytest.mark.postgres)])
def test_fault_06_a_deadlock_is_tried_again_as_a_whole(db: Database) -> None:
    """Two who lock the same rows in opposite order: the database undoes one, and the person notices nothing.

    Their word is written once, not twice and not half.
    """
    town = asked(Town(db))
    town.press(MARCO, "approve")
    with db.begin() as tx:  # as if this item had appeared later and could not be undone
        step = next(s for s in records.steps(tx, "OFF-101") if s.kind.value == "apply")
        tx.execute(sa.update(t.steps).where(t.steps.c.id == step.id).values(state="held", held="approval"))
    seen = town.request().digest
    with db.engine.connect() as other, closing(Database(f"{db.url}&options=-cdeadlock_timeout%3D4s")) as patient:
        # Each looks for a deadlock once: the verb when both wait for sure, so that it is the one that is undone.
        other.exec_driver_sql("SET deadlock_timeout = '60s'")
        other.execute(sa.update(t.steps).where(t.steps.c.id == step.id).values(said="looked at"))
        engine = replace(town.engine, db=patient)
        verb = threading.Thread(target=approve_item, args=(engine, step.id, seen, INES, town.now), kwargs=NO)
        verb.start()
        _until_somebody_waits(db)  # it holds the request now, and waits for the step
        other.execute(sa.select(t.requests.c.id).where(t.requests.c.id == "OFF-101").with_for_update())
        other.commit()
        verb.join(60)
    with db.look() as tx:
        assert [e.kind for e in journal.read(tx, request="OFF-101")].count("step.approval") == 1
        found = records.step(tx, step.id)
    assert found
    assert (found.state, found.said) == (StepState.DROPPED, "looked at")


NO = {"yes": False}


def _until_somebody_waits(db: Database) -> None:
    over = time.monotonic() + 60
    with db.engine.connect() as looking:
        while not looking.exec_driver_sql("SELECT count(*) FROM pg_locks WHERE NOT granted").scalar_one():
            assert time.monotonic() < over
            time.sleep(0.02)


class Undone(Exception):
    """What PostgreSQL says when it undid a transaction."""

    sqlstate = "40001"


@pytest.mark.parametrize(("failures", "calls"), [(0, 1), (1, 2), (4, 5), (9, 5)])
def test_fault_06_a_transaction_is_tried_five_times_and_no_more(failures: int, calls: int) -> None:
    """Whoever meets others each time hears of it in the end."""
    left, heard = [failures], []

    @again
    def verb(word: str) -> str:
        heard.append(word)
        if left[0]:
            left[0] -= 1
            raise OperationalError("COMMIT", {}, Undone())
        return word.upper()

    if failures < calls:
        assert verb("yes") == "YES"
    else:
        with pytest.raises(Away):
            verb("yes")
    assert heard == ["yes"] * calls


def test_fault_06_a_database_that_is_away_is_not_asked_five_times() -> None:
    """Only what the database undid because of others is tried again at once."""
    calls = []

    @again
    def verb() -> None:
        calls.append(1)
        raise OperationalError("SELECT 1", {}, Exception("the server closed the connection"))

    with pytest.raises(Away):
        verb()
    assert len(calls) == 1


def test_fault_08_a_request_of_the_release_before_is_finished_by_this_one(database_url: str, tmp_path: Path) -> None:
    """Half of its changes were sent before the upgrade; after it the request closes, and none is sent twice."""
    with closing(Database(database_url)) as db:
        left_behind(db, tmp_path)
        db.migrate()
        assert db.migrated()
        town = Later(db)
        town.work()
        town.finish()
        assert town.request().state is RequestState.CLOSED
        with db.look() as tx:
            assert journal.intact(tx) is None
        sent = {step.id for step in town.view().steps if step.tries}
        assert len(sent) == len(town.github.log) + len(town.aws.log) + 5


def test_fault_08_a_migration_that_was_killed_is_done_by_the_next_one(database_url: str, tmp_path: Path) -> None:
    """Wherever it is cut, the rows are as before or as after, and the same command finishes it."""
    with closing(Database(database_url)) as db, migrating(database_url) as migrate:
        left_behind(db, tmp_path)
        before = _told(db)
        deadly = 2
        while (ended := migrate(deadly)) == 137:
            assert not db.migrated()
            assert _told(db) == before
            deadly += 9
        assert ended == 0
        assert deadly > 10  # it was killed at several places
        assert db.migrated()
        with db.look() as tx:
            assert records.get(tx, "OFF-101")
            assert journal.intact(tx) is None


@contextmanager
def migrating(url: str) -> Iterator[Callable[[int], int]]:
    """A process that migrates in children of its own, each killed before the statement of this number."""
    command = [sys.executable, "-m", "tests.faults.migrating", url]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=TOP, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdin
        assert process.stdout
        tell, heard = process.stdin, process.stdout

        def migrate(deadly: int) -> int:
            print(deadly, file=tell, flush=True)
            return int(heard.readline())

        yield migrate


def _told(db: Database) -> list[object]:
    with db.engine.connect() as connection:
        columns = sa.inspect(connection).get_columns("steps")
        steps = connection.exec_driver_sql("SELECT id, state, attempt FROM steps ORDER BY id").all()
    return [[column["name"] for column in columns], steps]


def test_fault_57_what_is_personal_lies_sealed_and_a_missing_key_is_said(migrated_url: str) -> None:
    """Reasons and notes are not in the file; without their key nothing starts, and the sentence names the key."""
    with closing(Database(migrated_url, ring_of(OLD))) as db:
        town = Town(db)
        admit(db, town.now)
        town.offboard(reason="She is ill", note="Her husband called")
        assert (town.request().reason, town.request().note) == ("She is ill", "Her husband called")
        with db.look() as tx:
            assert journal.intact(tx) is None
            assert "She is ill" in {e.private.get("reason") for e in journal.read(tx, request="OFF-101")}
        raw = _raw(db)
        assert "She is ill" not in raw
        assert "husband" not in raw
        assert "\\x012025:" in raw
    for ring, said in (
        (Ring(), "“2025” is not in"),
        (ring_of(NEW), "“2025” is not in"),
        (ring_of(WRONG), "is not the"),
    ):
        with closing(Database(migrated_url, ring)) as other, pytest.raises(KeyMissing, match=said):
            admit(other, town.now)


WRONG = "2025:" + "2c" * 32


def test_fault_57_two_keys_are_good_while_one_replaces_the_other(migrated_url: str) -> None:
    """Old and new rows are read while `rotate` works; afterwards the old key may go, and the trail is still proven."""
    with closing(Database(migrated_url)) as plain:
        town = Town(plain)
        town.offboard(reason="first, in plain words")
    with closing(Database(migrated_url, ring_of(OLD))) as db:
        admit(db, town.now)
        with db.begin() as tx:
            journal.add(tx, "test.second", town.now, private={"why": "second, by the old key"})
    with closing(Database(migrated_url, ring_of(f"{NEW},{OLD}"))) as db:
        admit(db, town.now)
        with db.begin() as tx:
            journal.add(tx, "test.third", town.now, private={"why": "third, by the new key"})
        assert _whys(db) == ["second, by the old key", "third, by the new key"]
        changed, over = rotate(db, town.now)
        assert changed > 1
        assert over == ("2025",)
        assert rotate(db, town.now) == (0, ())
    with closing(Database(migrated_url, ring_of(OLD))) as late:
        assert not complete(late)  # a replica that still runs with the old key alone is not ready any more
    with closing(Database(migrated_url, ring_of(NEW))) as db:
        assert complete(db)
        admit(db, town.now)
        assert _whys(db) == ["second, by the old key", "third, by the new key"]
        assert "first, in plain words" not in _raw(db)
        with db.look() as tx:
            assert journal.intact(tx) is None
            assert records.get(tx, "OFF-101").reason == "first, in plain words"  # type: ignore[union-attr]


def _whys(db: Database) -> list[str]:
    with db.look() as tx:
        return [entry.private["why"] for entry in journal.read(tx) if entry.kind.startswith("test.")]


def _raw(db: Database) -> str:
    """Every value as the database has it."""
    with closing(Database(db.url)) as other, other.look() as tx:
        names = set(sa.inspect(other.engine).get_table_names()) - {
            "inbound"
        }  # a town names its deliveries by their words
        return "\n".join(str(tuple(row)) for name in names for row in tx.exec_driver_sql(f"SELECT * FROM {name}"))
