"""PostgreSQL: the roles of one server, seen from one of its databases."""

from __future__ import annotations

from datetime import datetime

from bot.domain.model import Account, Change, Link
from bot.domain.reading import Reading
from connectors.interface import Check, ConnectorError, Outcome, Spec
from connectors.postgresql import changes, reading
from connectors.postgresql.wire import Server, bound

RIGHTS = """
    SELECT rolsuper, rolcreaterole, pg_has_role('pg_signal_backend', 'USAGE') AS ends,
           pg_has_role('pg_read_all_stats', 'USAGE') AS sees
    FROM pg_roles WHERE rolname = current_user
"""
# Candidates only: the owner of the link is asked, so that a look-alike is shown and not taken.
CANDIDATES = """
    SELECT oid::text AS oid, rolname, rolcanlogin FROM pg_roles
    WHERE lower(rolname) = ANY(%s) OR position(%s IN lower(shobj_description(oid, 'pg_authid'))) > 0
    ORDER BY rolname
"""


class PostgreSql:
    """One server, through a role of our own."""

    def __init__(self, spec: Spec, server: Server) -> None:
        self.spec = spec
        self._server = server

    def check(self) -> Check:
        """Which of the rights we need this role has, and whether it has too many. Never raises."""
        try:
            with self._server.session() as opened:
                bound(opened)
                (row,) = opened.execute(RIGHTS).fetchall()
        except ConnectorError as error:
            return Check(ready=False, missing=(error.said,))
        if row["rolsuper"]:
            return Check(ready=True, excessive=("Usher's role is a superuser; CREATEROLE and two roles are enough.",))
        needed = (
            (row["rolcreaterole"], "CREATEROLE: Usher cannot suspend anybody."),
            (row["ends"], "membership in pg_signal_backend: Usher cannot end sessions."),
            (row["sees"], "membership in pg_read_all_stats: Usher does not see since when sessions are open."),
        )
        missing = tuple(f"{self.spec.name} lacks {words}" for held, words in needed if not held)
        return Check(not missing, missing)

    def read(self, link: Link, now: datetime) -> Reading:
        """Everything this role reaches. Raises ConnectorError."""
        return reading.read(self._server, self.spec.key, link, now)

    def apply(self, change: Change) -> Outcome:
        """Make it so. Raises ConnectorError."""
        return changes.apply(self._server, self.spec, change)

    def find(self, email: str) -> tuple[Account, ...]:
        """Roles with this address in their comment, or named like its owner. Raises ConnectorError."""
        wanted = email.strip().lower()
        with self._server.session() as opened:
            bound(opened)
            rows = opened.execute(CANDIDATES, [_names(wanted), wanted]).fetchall()
        return tuple(Account(self.spec.key, row["oid"], row["rolname"], row["rolcanlogin"]) for row in rows)


def _names(email: str) -> list[str]:
    """The names people give to roles: alice.martin, alice_martin, alicemartin, alice_m, amartin."""
    local = email.partition("@")[0]
    first, _, last = local.partition(".")
    if not last:
        return [local]
    return [local, f"{first}_{last}", f"{first}{last}", f"{first}_{last[0]}", f"{first[:1]}{last}"]
