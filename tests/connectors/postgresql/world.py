"""The orders database for the conformance suite: a real PostgreSQL, with troubles at any statement."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, cast

import psycopg
from psycopg import sql

from bot.domain.model import Assign, Change, EndSessions, Resume, Revoke, Suspend
from bot.practice.company import ordersdb
from connectors.interface import Ground
from connectors.postgresql.connector import PostgreSql
from connectors.postgresql.wire import Server, Session
from tests.connectors.conformance.faults import WRITES_ONLY, Armed, Call, Fault
from tests.connectors.conformance.world import Opened, World
from tests.connectors.orders_practice import PostgresHarness, first_day, orders_database

WRITES = ("ALTER", "GRANT", "REVOKE", "SELECT pg_terminate_backend")
ELSEWHERE = "alice_elsewhere"


class Statements:
    """What a database can do to a statement: it has no pages, no queues and no limits to be asked back after."""

    knows = frozenset({Fault.BROKEN, Fault.LOST, Fault.RENAMED, Fault.DENIED})

    def __init__(self, made: PostgresHarness) -> None:
        self.made = made
        self.calls: list[Call] = []
        self.armed: list[Armed] = []
        self.denied = self.lost = self.renamed = False

    def arm(self, *faults: Armed) -> None:
        """From now on these faults meet their statements."""
        self.armed, self.calls = list(faults), []

    def clear(self) -> None:
        """All is well again."""
        self.armed, self.denied, self.lost = [], False, False
        if self.renamed:
            self.renamed = False
            self._rename(ELSEWHERE, ordersdb.ALICE)

    def meets(self, statement: str) -> None:
        """Let what is armed for this statement happen before it. Raises psycopg.Error."""
        call = Call(statement, statement.startswith(WRITES))
        self.calls.append(call)
        for one in self.armed:
            if (
                one.at in {call.name, len(self.calls) - 1}
                and not one.met
                and (call.write or one.fault not in WRITES_ONLY)
            ):
                one.met = True
                self._befalls(one.fault)
        if self.denied and call.write:
            raise psycopg.errors.InsufficientPrivilege("permission denied")

    def _befalls(self, fault: Fault) -> None:
        match fault:
            case Fault.BROKEN:
                raise psycopg.errors.AdminShutdown("terminating connection due to administrator command")
            case Fault.LOST:
                self.lost = True
            case Fault.DENIED:
                self.denied = True
            case Fault.RENAMED if not self.renamed:
                self.renamed = True
                self._rename(ordersdb.ALICE, ELSEWHERE)

    def _rename(self, old: str, new: str) -> None:
        self.made.root.execute(sql.SQL("ALTER ROLE {} RENAME TO {}").format(sql.Identifier(old), sql.Identifier(new)))


class Troubled(Server):
    """The server whose statements meet troubles; an answer that gets lost does so after the transaction ended."""

    def __init__(self, dsn: str, name: str, trouble: Statements) -> None:
        super().__init__(dsn, name)
        object.__setattr__(self, "trouble", trouble)

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A connection. Raises ConnectorError."""
        trouble: Statements = self.trouble  # type: ignore[attr-defined]
        with Server.session(self) as opened:
            yield cast(Session, Meeting(opened, trouble))
            if trouble.lost:
                trouble.lost = False
                raise psycopg.OperationalError("server closed the connection unexpectedly")


class Meeting:
    """A connection whose statements are counted and met."""

    def __init__(self, opened: Session, trouble: Statements) -> None:
        self.opened = opened
        self.trouble = trouble

    def execute(self, statement: Any, values: Any = None) -> Any:
        """Run one statement. Raises psycopg.Error."""
        self.trouble.meets(" ".join(_text(statement).split()))
        return self.opened.execute(statement, values)

    def __getattr__(self, name: str) -> Any:
        """Everything else is the connection's own."""
        return getattr(self.opened, name)


def _text(statement: Any) -> str:
    return statement if isinstance(statement, str) else str(statement.as_string(None))


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
        trouble = Statements(made)
        server = Troubled(ordersdb.dsn(port), "Orders database", trouble)
        connector = PostgreSql(made.connector.spec, server)
        yield World(connector, made.link, trouble, lambda change: holds(made, change), frozenset({Ground.THIRD_PARTY}))
