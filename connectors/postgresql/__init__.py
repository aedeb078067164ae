"""PostgreSQL: the roles of one server, seen from one of its databases."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.domain.model import Assign, Disable, Enable, EndSessions, Resume, Revoke, Suspend, SystemKey
from bot.domain.reading import Completeness
from connectors.interface import Ground, Proven, Secrets, Spec

if TYPE_CHECKING:
    from connectors.postgresql.connector import PostgreSql

SPEC = Spec(
    SystemKey("postgresql"),
    "PostgreSQL",
    frozenset({Suspend, Resume, EndSessions, Revoke, Assign}),
    ("DSN",),
    "Roles of one PostgreSQL server: may it sign in, what is it a member of, what is open right now.",
    concurrency=2,
)

PROVEN = Proven(
    on=dict.fromkeys(SPEC.can, frozenset({Ground.THIRD_PARTY})),
    absent=dict.fromkeys((Disable, Enable), "A role has no keys of its own: locking it forbids its password too."),
    sees=dict.fromkeys(("credentials", "made"), Completeness.NOT_APPLICABLE),
)


def connect(key: SystemKey, name: str, secrets: Secrets) -> PostgreSql:
    """The server at DSN; nothing is sent yet. Raises ConnectorError naming a missing setting."""
    from connectors.postgresql.connector import PostgreSql  # noqa: PLC0415  psycopg, once a server is configured
    from connectors.postgresql.wire import Server  # noqa: PLC0415

    return PostgreSql(replace(SPEC, key=key, name=name), Server(secrets.need("DSN"), name))
