"""What the suite promises about itself: it stays on this machine, and it says what it left out."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from tests.tools.loopback import LeftTheMachineError, is_local
from tests.tools.postgres import Cluster

TOP = Path(__file__).resolve().parents[2]


def test_no_test_reaches_another_machine() -> None:
    """A connection to anywhere else is refused before a packet leaves."""
    with socket.socket() as stranger, pytest.raises(LeftTheMachineError, match=r"192\.0\.2\.1"):
        stranger.connect(("192.0.2.1", 80))
    with pytest.raises(LeftTheMachineError, match=r"vendor\.example"):
        socket.getaddrinfo("vendor.example", 443)


def test_no_test_listens_to_the_network() -> None:
    """A server under test is heard on this machine only."""
    with socket.socket() as server, pytest.raises(LeftTheMachineError):
        server.bind(("0.0.0.0", 0))  # noqa: S104 (what must be refused)


@pytest.mark.parametrize(("host", "local"), [("127.0.0.1", True), ("::1", True), (b"localhost", True), ("", False)])
def test_this_machine_has_few_names(host: object, local: bool) -> None:
    """Loopback addresses and localhost; the empty name stands for every network card."""
    assert is_local(host) is local


@pytest.mark.postgres
def test_each_test_gets_a_database_of_its_own(postgres: Cluster) -> None:
    """What one test writes into its copy no other copy shows."""
    first = postgres.create()
    with psycopg.connect(postgres.url(first).replace("+psycopg", "")) as connection:
        connection.execute("CREATE TABLE traces (id int)")
    second, empty = postgres.create(first), postgres.create()
    for name, expected in ((second, 1), (empty, 0)):
        with psycopg.connect(postgres.url(name).replace("+psycopg", "")) as connection:
            row = connection.execute("SELECT count(*) FROM pg_tables WHERE tablename = 'traces'").fetchone()
            assert row == (expected,)
    for name in (first, second, empty):
        postgres.drop(name)


@pytest.mark.postgres
def test_a_database_given_back_is_as_good_as_new(postgres: Cluster, migrated_postgres: str) -> None:
    """Rows, sequences and connections of one test are gone for the next; a changed table is not handed on at all."""
    name = postgres.borrow(migrated_postgres)
    with closing(psycopg.connect(postgres.url(name).replace("+psycopg", ""))) as left_open:
        left_open.execute("INSERT INTO troubles (name, said, since) VALUES ('chat', 'away', now())")
        left_open.commit()
        left_open.execute("SELECT * FROM troubles FOR UPDATE")
        postgres.give_back(name, migrated_postgres)
    assert postgres.borrow(migrated_postgres) == name
    assert _rows(postgres, name) == _rows(postgres, migrated_postgres)
    with psycopg.connect(postgres.url(name).replace("+psycopg", "")) as connection:
        connection.execute("ALTER TABLE troubles ADD COLUMN extra int")
    postgres.give_back(name, migrated_postgres)
    again = postgres.borrow(migrated_postgres)
    assert again != name
    postgres.give_back(again, migrated_postgres)


def _rows(postgres: Cluster, name: str) -> dict[str, object]:
    with psycopg.connect(postgres.url(name).replace("+psycopg", "")) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        counts = [sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(str(table))) for (table,) in tables]
        rows: dict[str, object] = {
            str(table): connection.execute(count).fetchone() for (table,), count in zip(tables, counts, strict=True)
        }
        rows.update(connection.execute("SELECT sequencename, last_value FROM pg_sequences").fetchall())
    return rows


@pytest.mark.parametrize(("ci", "status"), [("true", 1), ("", 0)])
def test_a_run_says_what_it_left_out_and_ci_accepts_no_gap(tmp_path: Path, ci: str, status: int) -> None:
    """A skip is printed with its reason everywhere, and is a failure on CI."""
    lines = ["import pytest", "def test_a(): pass", "@pytest.mark.skip('no browser')", "def test_b(): pass"]
    (tmp_path / "test_gap.py").write_text("\n".join(lines), encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.tools.left_out", "-p", "no:cacheprovider"]
    run = subprocess.run(
        [*command, "-c", os.devnull, "--rootdir", tmp_path, tmp_path],
        env={**os.environ, "CI": ci, "PYTHONPATH": str(TOP)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "1 × no browser" in run.stdout
    assert run.returncode == status


def test_a_slow_test_has_a_second_try_that_nobody_overlooks(tmp_path: Path) -> None:
    """What passes at its second try passes, and the run prints how it failed; a test that is not slow has one try."""
    once = "def test_{name}():\n    tried = here / '{name}'\n    tried.exists() or [tried.write_text(''), 1 / 0]\n"
    lines = ["import pathlib, pytest", "here = pathlib.Path(__file__).parent", "@pytest.mark.slow"]
    written = "\n".join([*lines, once.format(name="slow"), once.format(name="quick")])
    (tmp_path / "test_tries.py").write_text(written, encoding="utf-8")
    plugins = ["-p", "tests.tools.left_out", "-p", "tests.tools.order", "-p", "no:cacheprovider"]
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *plugins, "-c", os.devnull, "--rootdir", tmp_path, tmp_path],
        env={**os.environ, "CI": "", "PYTHONPATH": str(TOP)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "failed at its first try: test_tries.py::test_slow" in run.stdout
    assert "first try: test_tries.py::test_quick" not in run.stdout
    assert "1 failed, 1 passed" in run.stdout
