"""The PostgreSQL connector on the practice company's orders database: a real server, real sessions."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from socketserver import StreamRequestHandler, TCPServer
from typing import Any, LiteralString

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from bot.domain.model import (
    Account,
    Assign,
    EndSessions,
    Grant,
    Resume,
    Revoke,
    Suspend,
    SystemKey,
    inverse,
)
from bot.domain.verify import Verdict, judge
from bot.practice.company import hosting, ordersdb
from bot.practice.company.postgres import ROOT_PASSWORD
from connectors.interface import Kind, Result, Secrets
from connectors.postgresql import PostgreSql, connect
from tests.connectors.contract import NOW, Contract, error_of, link_to

ROOT = Path(__file__).parents[2]
Connection = psycopg.Connection[tuple[Any, ...]]
pytestmark = pytest.mark.postgres


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


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """One server for this module."""
    with orders_database() as found:
        yield found


@pytest.fixture
def harness(port: int) -> Iterator[PostgresHarness]:
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


class WebServer(StreamRequestHandler):
    """What answers where a web server stands behind the address of a database."""

    def handle(self) -> None:
        """Say the same to everybody."""
        self.request.recv(64)
        self.wfile.write(b"HTTP/1.1 400 Bad Request\r\n\r\n<html>We will be right back</html>")


class TestPostgresql(Contract):
    """What every connector owes."""

    def test_a_web_page_is_no_answer(self, harness: PostgresHarness) -> None:  # type: ignore[override]
        """An address that leads to a web server is worth another look, and tells nothing about Alice."""
        with TCPServer(("127.0.0.1", 0), WebServer) as web:
            threading.Thread(target=web.serve_forever, args=(0.05,), daemon=True).start()
            connector = harness.reached_by(ordersdb.dsn(web.server_address[1]))
            assert error_of(lambda: connector.read(harness.link, NOW)).retry
            assert error_of(lambda: connector.apply(Suspend(alice(harness)))).retry
            assert not connector.check().ready
            web.shutdown()


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


def test_a_suspended_role_still_works_in_its_open_session_until_that_is_ended(harness: PostgresHarness) -> None:
    """NOLOGIN alone stops nothing that is open; ending the sessions does, and nobody gets in again."""
    assert harness.connector.apply(Suspend(alice(harness))).result is Result.APPLIED
    assert all(alive(session) for session in harness.sessions)
    change = EndSessions(alice(harness))
    assert judge(change, harness.connector.read(harness.link, NOW)) is Verdict.CONTRADICTED
    assert harness.connector.apply(change).said == "2 sessions ended."
    assert not any(alive(session) for session in harness.sessions)
    assert judge(change, harness.connector.read(harness.link, NOW)) is Verdict.CONFIRMED
    with pytest.raises(psycopg.OperationalError, match="not permitted to log in"):
        psycopg.connect(ordersdb.dsn(harness.port, ordersdb.ALICE, ordersdb.ALICE_PASSWORD))


def test_a_resumed_role_signs_in_with_the_password_it_had(harness: PostgresHarness) -> None:
    """Suspending keeps everything."""
    harness.connector.apply(Suspend(alice(harness)))
    harness.connector.apply(Resume(alice(harness)))
    with psycopg.connect(ordersdb.dsn(harness.port, ordersdb.ALICE, ordersdb.ALICE_PASSWORD)) as session:
        assert alive(session)


def test_sessions_say_from_where_and_since_when(harness: PostgresHarness) -> None:
    """What a person needs to guess what would be interrupted; the role's last activity is the latest of them."""
    reading = harness.connector.read(harness.link, NOW)
    assert len({session.native_id for session in reading.sessions.items}) == 2
    for session in reading.sessions.items:
        assert session.since
        assert session.label == f"from 127.0.0.1, since {session.since:%H:%M} UTC"
    last = reading.account.items[0].last_active
    assert last
    assert abs((datetime.now(UTC) - last).total_seconds()) < 60


def test_what_a_role_may_do_is_told_in_words(harness: PostgresHarness) -> None:
    """From what it reaches, or in the company's own words where the role has a comment."""
    assert right(harness).entitlement.why == "can change data in orders"
    harness.root.execute("COMMENT ON ROLE orders_write IS 'can change production orders'")
    assert right(harness).entitlement.why == "can change production orders"
    reader = link_to(harness.connector, harness.oid("alice_marten"), "alice_marten", "P-010")
    (grant,) = harness.connector.read(reader, NOW).grants.items
    assert not grant.entitlement.privileged


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        ("GRANT pg_execute_server_program TO orders_read", "can run programs on the database server"),
        ("ALTER ROLE orders_read SUPERUSER", "can do everything in every database of this server"),
        ("GRANT UPDATE (paid) ON orders TO orders_read", "can change data in orders"),
    ],
)
def test_power_counts_wherever_it_comes_from(harness: PostgresHarness, statement: LiteralString, why: str) -> None:
    """Through another role, by an attribute, or on a single column."""
    undo: dict[str, LiteralString] = {
        "G": "REVOKE pg_execute_server_program FROM orders_read; REVOKE UPDATE (paid) ON orders FROM orders_read",
        "A": "ALTER ROLE orders_read NOSUPERUSER",
    }
    reader = link_to(harness.connector, harness.oid("alice_marten"), "alice_marten", "P-010")
    harness.root.execute(statement)
    try:
        (grant,) = harness.connector.read(reader, NOW).grants.items
        assert grant.entitlement.why == why
    finally:
        harness.root.execute(undo[statement[0]])


def test_attributes_of_the_role_itself_are_rights_too(harness: PostgresHarness) -> None:
    """Usher, which is no superuser, cannot take what only a superuser may, and says which right it lacks."""
    harness.root.execute("ALTER ROLE alice_m CREATEROLE CREATEDB BYPASSRLS")
    grants = {grant.entitlement.native_id: grant for grant in harness.connector.read(harness.link, NOW).grants.items}
    assert grants["attribute:createrole"].entitlement.privileged
    assert not grants["attribute:createdb"].entitlement.privileged
    assert harness.connector.apply(Revoke(grants["attribute:createrole"])).said == "Attribute CREATEROLE taken away."
    assert harness.connector.apply(Revoke(grants["attribute:createrole"])).result is Result.ALREADY
    assert error_of(lambda: harness.connector.apply(Revoke(grants["attribute:bypassrls"]))).kind is Kind.PERMISSION


def test_only_alice_leaves_the_role(harness: PostgresHarness) -> None:
    """Ben, Yuki and the program keep writing orders."""
    before = harness.others()
    assert harness.connector.apply(Revoke(right(harness))).result is Result.APPLIED
    assert harness.others() == before
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        harness.sessions[0].execute("SELECT count(*) FROM orders")


def test_a_right_that_was_passed_on_is_not_taken_from_others_silently(harness: PostgresHarness) -> None:
    """PostgreSQL would need CASCADE; Usher says what to do first instead."""
    harness.root.execute("GRANT orders_write TO alice_m WITH ADMIN TRUE GRANTED BY usher")
    harness.root.execute("GRANT orders_write TO omar_a GRANTED BY alice_m")
    grant = right(harness)
    assert grant.entitlement.detail == "admin"
    error = error_of(lambda: harness.connector.apply(Revoke(grant)))
    assert error.kind is Kind.PERMANENT
    assert "passed this right on" in error.said
    harness.root.execute("REVOKE orders_write FROM omar_a GRANTED BY alice_m")


def test_a_membership_comes_back_with_its_options(harness: PostgresHarness) -> None:
    """A right one may pass on, or may not use at once, is given back like that."""
    harness.root.execute("GRANT orders_write TO alice_m WITH ADMIN TRUE, INHERIT FALSE, SET TRUE GRANTED BY usher")
    grant = right(harness)
    change = Revoke(grant)
    harness.connector.apply(change)
    back = inverse(change)
    assert isinstance(back, Assign)
    harness.connector.apply(back)
    assert right(harness) == grant
    assert grant.entitlement.detail == "admin, no inherit"


def test_a_membership_that_somebody_else_gave_stays_and_is_told(harness: PostgresHarness) -> None:
    """The warning PostgreSQL gives instead of an error is not taken for success."""
    harness.root.execute("REVOKE orders_write FROM alice_m GRANTED BY usher")
    harness.root.execute("GRANT orders_write TO alice_m GRANTED BY postgres")
    grant = right(harness)
    assert error_of(lambda: harness.connector.apply(Revoke(grant))).kind is Kind.PERMISSION
    assert right(harness) == grant


def test_what_she_owns_in_any_database_is_told(harness: PostgresHarness) -> None:
    """By name in our own database, by number in others; rights given to her by name are no reason to hand over."""
    harness.root.execute("CREATE TABLE march_report (total int); ALTER TABLE march_report OWNER TO alice_m")
    harness.root.execute("GRANT SELECT ON orders TO alice_m")
    with psycopg.connect(ordersdb.dsn(harness.port, "postgres", ROOT_PASSWORD, "postgres"), autocommit=True) as other:
        other.execute("CREATE SCHEMA alice_lab AUTHORIZATION alice_m")
        assets = {asset.native_id: asset for asset in harness.connector.read(harness.link, NOW).assets.items}
        other.execute("DROP SCHEMA alice_lab")
    assert assets["owned:orders"].label == "Owner of 1 thing in database orders (table march_report)"
    assert assets["owned:postgres"].label == "Owner of 1 thing in database postgres"
    assert assets["owned:orders"].sole_admin
    assert not assets["granted:orders"].sole_admin


def test_a_name_with_anything_in_it_is_only_a_name(harness: PostgresHarness) -> None:
    """Names are quoted, never pasted."""
    harness.root.execute("""ALTER ROLE alice_m RENAME TO "alice""; DROP ROLE ben_o; --" """)
    try:
        assert harness.connector.apply(Suspend(alice(harness))).result is Result.APPLIED
        assert harness.connector.read(harness.link, NOW).account.items[0].active is False
        assert harness.oid("ben_o")
    finally:
        harness.root.execute("""ALTER ROLE "alice""; DROP ROLE ben_o; --" RENAME TO alice_m""")


def test_a_role_made_again_under_her_name_is_refused(harness: PostgresHarness) -> None:
    """The number of her role is gone and somebody else has the name: nothing is read as hers, nothing is written."""
    stranger = replace(harness.link, native_id="999999")
    assert error_of(lambda: harness.connector.read(stranger, NOW)).kind is Kind.GONE
    error = error_of(lambda: harness.connector.apply(Suspend(replace(alice(harness), native_id="999999"))))
    assert "another role" in error.said
    assert harness.connector.read(harness.link, NOW).account.items[0].active


def test_taking_from_a_role_that_is_gone_is_done_and_giving_is_impossible(harness: PostgresHarness) -> None:
    """The list of roles, which we can read, does not have it."""
    gone = Account(SystemKey("ordersdb"), harness.unlinked.native_id, harness.unlinked.label)
    assert harness.connector.apply(Suspend(gone)).result is Result.ALREADY
    assert error_of(lambda: harness.connector.apply(Resume(gone))).kind is Kind.GONE


def test_usher_does_not_lock_itself_out(harness: PostgresHarness) -> None:
    """Its own role is refused before any write, whatever the plan says."""
    own = Account(SystemKey("ordersdb"), harness.oid(ordersdb.USHER), ordersdb.USHER)
    for change in (Suspend(own), EndSessions(own)):
        assert "Usher itself" in error_of(lambda change=change: harness.connector.apply(change)).said  # type: ignore[misc]


def test_what_is_not_the_number_of_a_role_is_refused(harness: PostgresHarness) -> None:
    """A name in the place of a number never reaches the server."""
    assert (
        error_of(lambda: harness.connector.read(replace(harness.link, native_id="alice_m"), NOW)).kind is Kind.PERMANENT
    )


def test_a_role_that_may_too_little_or_too_much_is_told(harness: PostgresHarness) -> None:
    """Which right is missing, and that a superuser is more than Usher needs."""
    weak = harness.reached_by(ordersdb.dsn(harness.port, ordersdb.ALICE, ordersdb.ALICE_PASSWORD)).check()
    assert not weak.ready
    assert [word for word in ("CREATEROLE", "pg_signal_backend") if any(word in line for line in weak.missing)]
    strong = harness.reached_by(ordersdb.dsn(harness.port, "postgres", ROOT_PASSWORD)).check()
    assert strong.ready
    assert strong.excessive


def test_a_database_that_does_not_exist_is_told_as_such(harness: PostgresHarness) -> None:
    """No waiting creates it, and its address is not shown."""
    error = error_of(lambda: harness.reached_by(ordersdb.dsn(harness.port, database="billing")).find("a@b"))
    assert error.kind is Kind.PERMANENT
    assert "127.0.0.1" not in error.said
    assert error_of(lambda: harness.reached_by("not an address").find("a@b")).kind is Kind.PERMANENT


def test_a_statement_that_waits_too_long_is_given_up(harness: PostgresHarness) -> None:
    """Somebody holds the role locked: after three seconds the attempt ends and can be repeated."""
    with psycopg.connect(ordersdb.dsn(harness.port, "postgres", ROOT_PASSWORD)) as holder:
        holder.execute("ALTER ROLE alice_m CONNECTION LIMIT 5")
        slow = harness.reached_by(ordersdb.dsn(harness.port))
        error = error_of(lambda: slow.apply(Suspend(alice(harness))))
        holder.rollback()
    assert error.kind is Kind.TRANSIENT


def test_it_finds_alice_by_comment_or_by_the_way_roles_are_named(harness: PostgresHarness) -> None:
    """Candidates for a link, which a person confirms."""
    assert [one.label for one in harness.connector.find("Alice.Martin@lumen.example")] == [ordersdb.ALICE]
    harness.root.execute("COMMENT ON ROLE yuki_t IS 'Yuki <yuki@lumen.example>'")
    assert [one.label for one in harness.connector.find("yuki@lumen.example")] == ["yuki_t"]
    harness.root.execute("COMMENT ON ROLE yuki_t IS NULL")
