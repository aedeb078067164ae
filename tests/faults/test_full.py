"""The disk is full or may not be written: people are told that nothing was saved, and it goes on without a restart."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from bot.store import Database, DatabaseError, records
from tests.fakes.town import MARCO
from tests.faults.reception import Reception, reception
from tests.practice.people import eventually

UNSAVED = "That was not saved"


@dataclass
class Disk:
    """A database, and a hand on the disk it lies on."""

    db: Database
    fill: Callable[[], None]
    free: Callable[[], None]


@pytest.fixture
def disk(database_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Disk]:
    """A small disk of its own where this machine allows one; else a limit of the database itself."""
    if database_kind == "postgresql":
        yield _read_only(request.getfixturevalue("db"))
        return
    template = request.getfixturevalue("migrated_sqlite")
    with small(tmp_path / "disk") as mounted:
        path = (tmp_path / "disk" if mounted else tmp_path) / "usher.sqlite3"
        shutil.copyfile(template, path)
        with closing(Database(f"sqlite:///{path}")) as db:
            yield _filler(db, path.with_name("filler")) if mounted else _limited(db)


@contextmanager
def small(folder: Path) -> Iterator[bool]:
    """A disk of three megabytes; False where only an administrator may make one."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=3m", "usher", str(folder)]
    mounted = shutil.which("mount") and subprocess.run(command, check=False, capture_output=True).returncode == 0
    try:
        yield bool(mounted)
    finally:
        if mounted:
            subprocess.run(["umount", str(folder)], check=True)


def _filler(db: Database, path: Path) -> Disk:
    def fill() -> None:
        _empty_log(db)
        with path.open("wb", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                file.write(b"x" * 4096)

    return Disk(db, fill, path.unlink)


def _empty_log(db: Database) -> None:
    """What the log of SQLite has taken already it may write again, however full the disk is."""
    with closing(db.engine.raw_connection()) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _limited(db: Database) -> Disk:
    """Where no small disk can be made: a file that may be read only."""
    closed = [0]

    @sa.event.listens_for(db.engine, "checkout")
    def limit(connection: Any, _record: object, _proxy: object) -> None:
        connection.execute(f"PRAGMA query_only={closed[0]}")

    return Disk(db, lambda: closed.__setitem__(0, 1), lambda: closed.__setitem__(0, 0))


def _read_only(db: Database) -> Disk:
    """What a full PostgreSQL is turned into by whoever runs it."""

    def turn(word: str) -> None:
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("SET default_transaction_read_only = off")
            name = connection.engine.url.database
            connection.exec_driver_sql(f'ALTER DATABASE "{name}" SET default_transaction_read_only = {word}')
        db.engine.dispose()

    return Disk(db, lambda: turn("on"), lambda: turn("off"))


@pytest.mark.parametrize("how", ["socket", "http"])
def test_fault_46_a_full_disk_saves_nothing_says_so_and_recovers(disk: Disk, how: str) -> None:
    """Marco approves while nothing can be written: he hears that it was not saved, and nothing is.

    With space again the same card works, what waited is said, and nobody had to restart anything.
    """
    with reception(disk.db, how, replicas=1) as desk, capture_logs():
        town = desk.office.town
        town.offboard()
        desk.office.work(10)
        disk.fill()
        command, press = desk.command("U002", "/offboard"), desk.press("U003", "approve")
        assert UNSAVED in str(desk.bring("slash_commands", command))
        desk.bring("interactive", press)
        eventually(lambda: [one for one in desk.whispers("U003") if UNSAVED in one])
        assert _yes(disk.db) == []
        with pytest.raises(DatabaseError):
            town.offboard(person="P-008", typed="Ben Okafor")
        disk.free()
        _goes_on(desk)


def _goes_on(desk: Reception) -> None:
    town = desk.office.town
    eventually(lambda: desk.bring("interactive", desk.press("U003", "approve")) in {None, ""})
    assert _yes(town.engine.db) == [MARCO]
    town.pass_time(timedelta(minutes=1))
    desk.office.say(5)
    assert any("Marco Rossi approved" in line for line in desk.office.thread())


def _yes(db: Database) -> list[str]:
    """Who approved, read without writing."""
    with db.look() as tx:
        return [one.person for one in records.approvals(tx, "OFF-101")]
