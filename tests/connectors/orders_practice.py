"""The practice company's orders database for tests: a real server, real sessions."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, LiteralString

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from bot.domain.model import (
    Account,
    Grant,
    SystemKey,
)
from bot.practice.company import hosting, ordersdb
from bot.practice.company.postgres import ROOT_PASSWORD
from connectors.interface import Secrets
from connectors.postgresql import connect
from connectors.postgresql.connector import PostgreSql
from tests.connectors.contract import NOW, link_to

ROOT = Path(__file__).parents[2]
Connection = psycopg.Connection[tuple[Any, ...]]


@contextmanager
def orders_database() -> Iterator[int]:
    """The port of the practice company's database while it runs in a process of its own."""
    command = [sys.executable, "-m", "bot.practice.company.postgres", "--attached"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout
        assert process.stdin
        ready = json.loads(process.stdout.readline())
        try:
            yield int(conninfo_to_dict(ready["dsn"])["port"] or 0)
        finally:
            process.stdin.close()


@dataclass
class PostgresHarness:
    """The orders database; Alice's role is made anew for every test, with two open sessions."""

    port: int
    root: Connection
    sessions: tuple[Connection, ...]
    secrets: tuple[str, ...] = (ordersdb.USHER_PASSWORD, ordersdb.ALICE_PASSWORD)

    def __post_init__(self) -> None:
        self.connector = self.reached_by(ordersdb.dsn(self.port))
        self.link = link_to(self.connector, self.oid(ordersdb.ALICE), ordersdb.ALICE)
        self.unlinked = link_to(self.connector, "999999", "left_long_ago")

    def reached_by(self, dsn: str) -> PostgreSql:
        """The connector with another address."""
        return connect(SystemKey("ordersdb"), "Orders database", Secrets({"DSN": dsn}))

    def ask(self, question: LiteralString, *values: object) -> list[tuple[Any, ...]]:
        """What the superuser sees."""
        return self.root.execute(question, values).fetchall()

    def oid(self, role: str) -> str:
        """The number of a role."""
        return str(self.ask("SELECT oid FROM pg_roles WHERE rolname = %s", role)[0][0])

    def others(self) -> dict[str, object]:
        """Every other role with its attributes, what it is a member of, and how many sessions it has open."""
        rows = self.ask(
            """
            SELECT r.oid::text, to_jsonb(r), array(SELECT roleid FROM pg_auth_members WHERE member = r.oid ORDER BY 1),
                   (SELECT count(*) FROM pg_stat_activity WHERE usesysid = r.oid AND usename <> 'usher')
            FROM pg_roles r WHERE rolname <> %s
            """,
            ordersdb.ALICE,
        )
        return {row[0]: row[1:] for row in rows}

    def accept(self) -> None:
        """Nothing here waits for the person."""

    def refused(self) -> PostgreSql:
        """A wrong password."""
        return self.reached_by(ordersdb.dsn(self.port, password="wrong-password"))

    def unreachable(self) -> PostgreSql:
        """An address where nobody listens."""
        return self.reached_by(ordersdb.dsn(hosting.free_port()))

    def garbled(self) -> AbstractContextManager[None]:
        """A database speaks no HTTP: the promise is tested below, with another address."""
        return nullcontext()


@contextmanager
def first_day(port: int) -> Iterator[PostgresHarness]:
    """Alice on her first day, connected twice."""
    with psycopg.connect(ordersdb.dsn(port, "postgres", ROOT_PASSWORD), autocommit=True) as root:
        _anew(root)
        address = ordersdb.dsn(port, ordersdb.ALICE, ordersdb.ALICE_PASSWORD)
        sessions = tuple(psycopg.connect(address, autocommit=True) for _ in range(2))
        for session in sessions:
            session.execute("SELECT count(*) FROM orders")
        yield PostgresHarness(port, root, sessions)
        for session in sessions:
            session.close()


def _anew(root: Connection) -> None:
    root.execute("SELECT pg_terminate_backend(pid, 2000) FROM pg_stat_activity WHERE usename = %s", [ordersdb.ALICE])
    alice = sql.Identifier(ordersdb.ALICE)
    found = root.execute("SELECT FROM pg_roles WHERE rolname = %s", [ordersdb.ALICE]).fetchall()
    for statement in ("DROP OWNED BY {} CASCADE", "DROP ROLE {}") if found else ():
        root.execute(sql.SQL(statement).format(alice))
    root.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(alice, ordersdb.ALICE_PASSWORD))
    root.execute(sql.SQL("GRANT {} TO usher WITH ADMIN TRUE, INHERIT FALSE, SET FALSE").format(alice))
    root.execute(sql.SQL("GRANT orders_write TO {} GRANTED BY usher").format(alice))
    root.execute("COMMENT ON ROLE orders_write IS NULL")


def alice(harness: PostgresHarness) -> Account:
    """Alice's role as her link knows it."""
    return Account(SystemKey("ordersdb"), harness.link.native_id, ordersdb.ALICE)


def right(harness: PostgresHarness) -> Grant:
    """Her only right as it was read."""
    (grant,) = harness.connector.read(harness.link, NOW).grants.items
    return grant


def alive(session: Connection) -> bool:
    """Whether a query on an open session still works."""
    try:
        session.execute("SELECT 1")
    except psycopg.OperationalError:
        return False
    return True
