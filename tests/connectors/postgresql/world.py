"""The orders database for the conformance suite: a real PostgreSQL, with troubles at any statement."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import cast

import psycopg
from psycopg import sql

from bot.domain.model import Assign, Change, EndSessions, Resume, Revoke, Suspend
from bot.practice.company import ordersdb
from connectors.interface import Ground
from connectors.postgresql.connector import PostgreSql
from connectors.postgresql.wire import Server, Session
from tests.connectors.conformance.statements import Errors, Statements
from tests.connectors.conformance.world import Opened, World
from tests.connectors.orders_practice import PostgresHarness, first_day, orders_database

WRITES = ("ALTER", "GRANT", "REVOKE", "SELECT pg_terminate_backend")
ELSEWHERE = "alice_elsewhere"


ERRORS = Errors(
    lambda: psycopg.errors.AdminShutdown("terminating connection due to administrator command"),
    lambda: psycopg.OperationalError("server closed the connection unexpectedly"),
    lambda: psycopg.errors.InsufficientPrivilege("permission denied"),
)


class Troubled(Server):
    """The server whose statements meet troubles; an answer that gets lost does so after the transaction ended."""

    def __init__(self, dsn: str, name: str, trouble: Statements) -> None:
        super().__init__(dsn, name)
        object.__setattr__(self, "trouble", trouble)  # the server itself is frozen

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A connection. Raises ConnectorError."""
        trouble: Statements = self.trouble  # type: ignore[attr-defined]
        with Server.session(self) as opened:
            yield cast(Session, trouble.around(opened))
            trouble.ended()


def _renamed(made: PostgresHarness, *, away: bool) -> None:
    old, new = (ordersdb.ALICE, ELSEWHERE) if away else (ELSEWHERE, ordersdb.ALICE)
    made.root.execute(sql.SQL("ALTER ROLE {} RENAME TO {}").format(sql.Identifier(old), sql.Identifier(new)))


def holds(made: PostgresHarness, change: Change) -> bool | None:
    """What the superuser sees of Alice."""
    oid = made.link.native_id
    match change:
        case Suspend() | Resume():
            return bool(made.ask("SELECT rolcanlogin FROM pg_roles WHERE oid = %s::oid", oid)[0][0])
        case EndSessions():
            return bool(made.ask("SELECT 1 FROM pg_stat_activity WHERE usesysid = %s::oid", oid))
        case Revoke(grant) | Assign(grant):
            role = grant.entitlement.native_id.partition(":")[2]
            asked = "SELECT 1 FROM pg_auth_members WHERE member = %s::oid AND roleid = %s::oid"
            return bool(made.ask(asked, oid, role))
    return None


@contextmanager
def hosted() -> Iterator[Opened]:
    """The server, which takes seconds to start: one for all of Alice's first days."""
    with orders_database() as port:
        yield partial(opened, port)


@contextmanager
def opened(port: int) -> Iterator[World]:
    """Alice on her first day, connected twice."""
    with first_day(port) as made:
        trouble = Statements(WRITES, ERRORS, lambda away: _renamed(made, away=away))
        server = Troubled(ordersdb.dsn(port), "Orders database", trouble)
        connector = PostgreSql(made.connector.spec, server)
        yield World(connector, made.link, trouble, lambda change: holds(made, change), frozenset({Ground.THIRD_PARTY}))
