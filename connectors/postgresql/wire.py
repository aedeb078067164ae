"""One short connection to PostgreSQL, and what each of its errors means."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg.rows import DictRow, dict_row

from connectors.interface import ConnectorError, Kind
from connectors.wire.http import CONNECT_SECONDS, rejected, silent, unreachable

Session = psycopg.Connection[DictRow]
Row = dict[str, Any]
STATEMENT_MS = 10_000
LOCK_MS = 3_000

# libpq gives no code for a refused connection, only the server's words.
NOT_LET_IN = ("authentication failed", "no pg_hba.conf entry", "is not permitted to log in", "no password supplied")
# https://www.postgresql.org/docs/current/errcodes-appendix.html
PASSING = ("08", "40", "53", "55P03", "57P")
MANAGE = "CREATEROLE, and ADMIN OPTION on the roles it changes"
DEPENDANTS = "The account passed this right on to others. Take it from them first; Usher does not take it silently."


@dataclass(frozen=True, slots=True)
class Server:
    """Where the database is, and the name people know it by."""

    dsn: str = field(repr=False)
    name: str

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A connection without a transaction of its own, closed at the end. Raises ConnectorError."""
        try:
            with self._connect() as opened:
                yield opened
        except psycopg.Error as error:  # its text can hold addresses, names and values
            raise _failed(self.name, error) from None

    def _connect(self) -> Session:
        try:
            return psycopg.connect(
                self.dsn,
                autocommit=True,
                row_factory=dict_row,
                prepare_threshold=None,  # connection poolers share sessions
                connect_timeout=int(CONNECT_SECONDS),
                tcp_user_timeout=STATEMENT_MS,
                application_name="usher",
            )
        except psycopg.ProgrammingError:
            said = f"The address of {self.name} is not one that PostgreSQL understands."
            raise ConnectorError(said, kind=Kind.PERMANENT) from None
        except psycopg.OperationalError as error:
            raise not_connected(self.name, error) from None


def bound(session: Session) -> None:
    """No statement of this session takes longer than ten seconds, or waits longer than three for somebody else."""
    limits = "SELECT set_config('statement_timeout', %s, false), set_config('lock_timeout', %s, false)"
    session.execute(limits, [str(STATEMENT_MS), str(LOCK_MS)])


def not_connected(name: str, error: psycopg.OperationalError) -> ConnectorError:
    """The error that a refused or failed connection stands for."""
    told = str(error)
    if isinstance(error, psycopg.errors.ConnectionTimeout):
        return silent(name)
    if any(words in told for words in NOT_LET_IN) or ('role "' in told and "does not exist" in told):
        return rejected(name)
    if 'database "' in told and "does not exist" in told:
        return ConnectorError(f"{name} has no database of the name in its address.", kind=Kind.PERMANENT)
    if "permission denied for database" in told:
        return ConnectorError(f"{name} does not let us in. It needs CONNECT.", kind=Kind.PERMISSION)
    return unreachable(name)


def _failed(name: str, error: psycopg.Error) -> ConnectorError:
    code = error.sqlstate or ""
    match code:
        case "":
            return unreachable(name)
        case "57014":
            return silent(name)
        case "42501":
            return ConnectorError(f"{name} does not allow us to do this. It needs {MANAGE}.", kind=Kind.PERMISSION)
        case "2BP01":
            return ConnectorError(DEPENDANTS, kind=Kind.PERMANENT)
        case "42704":
            return ConnectorError(f"{name} does not know what we asked for.", kind=Kind.GONE)
    if code.startswith(PASSING):
        return ConnectorError(f"{name} was busy or shutting down.", kind=Kind.TRANSIENT)
    return ConnectorError(f"{name} did not accept what we asked ({code}).", kind=Kind.PERMANENT)
