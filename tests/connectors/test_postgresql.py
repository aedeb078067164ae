"""What the PostgreSQL connector changes, and what it refuses, in the practice company's orders database."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from socketserver import StreamRequestHandler, TCPServer
from typing import LiteralString

import psycopg
import pytest

from bot.domain.model import (
    Account,
    Assign,
    EndSessions,
    Entitlement,
    Resume,
    Revoke,
    Suspend,
    SystemKey,
    inverse,
)
from bot.domain.verify import Verdict, judge
from bot.practice.company import ordersdb
from bot.practice.company.postgres import ROOT_PASSWORD
from connectors.interface import Kind, Result
from connectors.postgresql.changes import grant, revoke
from connectors.postgresql.wire import Server, not_connected
from tests.connectors import orders_practice
from tests.connectors.contract import NOW, Contract, error_of
from tests.connectors.orders_practice import PostgresHarness, alice, alive, right

pytestmark = pytest.mark.postgres


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """One server for this module."""
    with orders_practice.orders_database() as found:
        yield found


@pytest.fixture
def harness(port: int) -> Iterator[PostgresHarness]:
    """Alice on her first day, connected twice."""
    with orders_practice.first_day(port) as made:
        yield made


class WebServer(StreamRequestHandler):
    """What answers where a web server stands behind the address of a database."""

    def handle(self) -> None:
        """Say the same to everybody."""
        self.request.recv(64)
        self.wfile.write(b"HTTP/1.1 400 Bad Request\r\n\r\n<html>We will be right back</html>")


class TestPostgresql(Contract):
    """What every connector owes: also that nobody but the leaver loses anything (S1-1, S0-34)."""

    def test_a_web_page_is_no_answer(self, harness: PostgresHarness) -> None:  # type: ignore[override]
        """An address that leads to a web server is worth another look, and tells nothing about Alice."""
        with TCPServer(("127.0.0.1", 0), WebServer) as web:
            threading.Thread(target=web.serve_forever, args=(0.05,), daemon=True).start()
            connector = harness.reached_by(ordersdb.dsn(web.server_address[1]))
            assert error_of(lambda: connector.read(harness.link, NOW)).retry
            assert error_of(lambda: connector.apply(Suspend(alice(harness)))).retry
            assert not connector.check().ready
            web.shutdown()


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


def test_a_statement_that_waits_too_long_is_given_up(harness: PostgresHarness) -> None:
    """Somebody holds the role locked: after three seconds the attempt ends and can be repeated."""
    with psycopg.connect(ordersdb.dsn(harness.port, "postgres", ROOT_PASSWORD)) as holder:
        holder.execute("ALTER ROLE alice_m CONNECTION LIMIT 5")
        slow = harness.reached_by(ordersdb.dsn(harness.port))
        error = error_of(lambda: slow.apply(Suspend(alice(harness))))
        holder.rollback()
    assert error.kind is Kind.TRANSIENT


def test_a_role_that_is_gone_has_no_members(harness: PostgresHarness) -> None:
    """Leaving it is done; joining it is impossible; what is no right of ours is refused."""
    lost = replace(right(harness), entitlement=Entitlement("role:999998", "role", "Role lost"))
    assert harness.connector.apply(Revoke(lost)).said == "Role lost no longer exists."
    assert error_of(lambda: harness.connector.apply(Assign(lost))).kind is Kind.GONE
    other = replace(lost, entitlement=Entitlement("attribute:login", "role attribute", "Attribute LOGIN"))
    assert error_of(lambda: harness.connector.apply(Revoke(other))).kind is Kind.PERMANENT


def test_sessions_that_usher_may_not_end_are_told(harness: PostgresHarness) -> None:
    """A superuser's sessions are ended by superusers only."""
    harness.root.execute("ALTER ROLE alice_m SUPERUSER")
    assert error_of(lambda: harness.connector.apply(EndSessions(alice(harness)))).kind is Kind.PERMISSION
    assert all(alive(session) for session in harness.sessions)


def test_older_servers_are_spoken_to_in_their_own_words() -> None:
    """Before version 16 a membership had one grantor and one option."""
    assert grant(150_000, "orders", "alice", "admin").as_string() == 'GRANT "orders" TO "alice" WITH ADMIN OPTION'
    assert grant(150_000, "orders", "alice", "").as_string() == 'GRANT "orders" TO "alice"'
    assert revoke(150_000, 'or"ders', "alice", "usher").as_string() == 'REVOKE "or""ders" FROM "alice"'
    assert revoke(160_000, "orders", "alice", "usher").as_string().endswith('GRANTED BY "usher"')


@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        ("SELECT pg_cancel_backend(pg_backend_pid())", Kind.TRANSIENT),
        ("SELECT pg_terminate_backend(pg_backend_pid())", Kind.TRANSIENT),
        ("ALTER ROLE nobody_of_this_name NOLOGIN", Kind.GONE),
        ("SELECT 1 / 0", Kind.PERMANENT),
        ("SELECT * FROM orders", Kind.PERMISSION),
    ],
)
def test_every_error_has_its_class(harness: PostgresHarness, statement: LiteralString, kind: Kind) -> None:
    """The retry law reads the class; the server's own words, which may hold data, stay away."""

    def run() -> None:
        with Server(ordersdb.dsn(harness.port), "Orders database").session() as opened:
            opened.execute(statement)

    error = error_of(run)
    assert error.kind is kind
    assert ordersdb.USHER not in error.said


@pytest.mark.parametrize(
    ("raised", "kind"),
    [
        (psycopg.errors.ConnectionTimeout("secret"), Kind.TRANSIENT),
        (psycopg.OperationalError('FATAL: role "nobody" does not exist'), Kind.CREDENTIAL),
        (psycopg.OperationalError("FATAL: permission denied for database secret"), Kind.PERMISSION),
        (psycopg.OperationalError("server closed the connection"), Kind.TRANSIENT),
    ],
)
def test_every_way_of_not_being_let_in_has_its_class(raised: psycopg.OperationalError, kind: Kind) -> None:
    """The server's words are read and never passed on."""
    error = not_connected("Orders database", raised)
    assert error.kind is kind
    assert "secret" not in error.said
