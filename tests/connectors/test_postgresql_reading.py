"""What the PostgreSQL connector tells of a role in the practice company's orders database."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import LiteralString

import psycopg
import pytest

from bot.practice.company import ordersdb
from bot.practice.company.postgres import ROOT_PASSWORD
from connectors.interface import Kind
from tests.connectors import orders_practice
from tests.connectors.contract import NOW, error_of, link_to
from tests.connectors.orders_practice import PostgresHarness, right

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


def test_sessions_say_from_where_and_since_when(harness: PostgresHarness) -> None:
    """What a person needs to guess what would be interrupted; the role's last activity is the latest of them."""
    reading = harness.connector.read(harness.link, NOW)
    assert len({session.native_id for session in reading.sessions.items}) == 2
    for session in reading.sessions.items:
        assert session.since
        assert session.label == f"from 127.0.0.1, since {session.since:%Y-%m-%d %H:%M} UTC"
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


def test_it_finds_alice_by_comment_or_by_the_way_roles_are_named(harness: PostgresHarness) -> None:
    """Candidates for a link, which a person confirms."""
    assert [one.label for one in harness.connector.find("Alice.Martin@lumen.example")] == [ordersdb.ALICE]
    harness.root.execute("COMMENT ON ROLE yuki_t IS 'Yuki <yuki@lumen.example>'")
    assert [one.label for one in harness.connector.find("yuki@lumen.example")] == ["yuki_t"]
    harness.root.execute("COMMENT ON ROLE yuki_t IS NULL")
