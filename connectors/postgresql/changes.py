"""What Usher does to one role: look first, write only if needed, and look again before the transaction ends."""

from __future__ import annotations

from psycopg import sql

from bot.domain.model import Account, Assign, Change, EndSessions, Entitlement, Resume, Revoke, Suspend, account_of
from connectors.interface import ConnectorError, Kind, Outcome, Result, Spec, unsupported
from connectors.postgresql.reading import ATTRIBUTES, ROLE, exists, oid_of, open_sessions
from connectors.postgresql.wire import MANAGE, Row, Server, Session, bound

OWN = "This is the account that Usher itself works with; it is not changed from here."
GONE = "This role no longer exists."
GRACE_MS = 2000  # how long one session may take to end
GRANTORS = 160_000  # since this version a membership is taken back in the name of each role that gave it
WAITING = 140_000  # since this version pg_terminate_backend can wait
COLUMNS = {name: column for column, (name, _) in ATTRIBUTES.items()}
MEMBERSHIP = """
    SELECT g.rolname AS grantor FROM pg_auth_members m LEFT JOIN pg_roles g ON g.oid = m.grantor
    WHERE m.roleid = %s::oid AND m.member = %s::oid
"""


def apply(server: Server, spec: Spec, change: Change) -> Outcome:
    """Make it so, in one transaction. Raises ConnectorError."""
    if type(change) not in spec.can:
        raise unsupported(spec, change)
    account = account_of(change)
    with server.session() as opened:
        bound(opened)
        with opened.transaction():
            role = _role(opened, account)
            if role is None:
                if isinstance(change, Resume | Assign):
                    raise ConnectorError(GONE, kind=Kind.GONE)
                return Outcome(Result.ALREADY, GONE)
            match change:
                case Suspend() | Resume():
                    return _may_sign_in(opened, role, wanted=isinstance(change, Resume))
                case EndSessions():
                    return _end_sessions(opened, role)
                case Revoke(grant) | Assign(grant):
                    return _right(opened, role, grant.entitlement, wanted=isinstance(change, Assign))
    raise unsupported(spec, change)


def _role(opened: Session, account: Account) -> Row | None:
    """The role by its oid. Raises ConnectorError when it is our own, or its name is another's now."""
    oid = oid_of(account.native_id)
    (role,) = opened.execute(ROLE, {"oid": oid, "label": account.label}).fetchall()
    if role["own"] == oid:
        raise ConnectorError(OWN, kind=Kind.PERMANENT)
    return role if exists(role) else None


def _may_sign_in(opened: Session, role: Row, *, wanted: bool) -> Outcome:
    so = "may sign in" if wanted else "may not sign in"
    if role["rolcanlogin"] is wanted:
        return Outcome(Result.ALREADY, f"The role already {so}.")
    _alter(opened, role, "rolcanlogin", "LOGIN" if wanted else "NOLOGIN", wanted=wanted)
    return Outcome(Result.APPLIED, f"The role {so} now.")


def _alter(opened: Session, role: Row, column: str, word: str, *, wanted: bool) -> None:
    """Change one attribute and see that it was this role's: between two statements a name can change hands."""
    statement = sql.SQL("ALTER ROLE {} {}").format(sql.Identifier(role["rolname"]), sql.SQL(word))
    opened.execute(statement)
    after = opened.execute(ROLE, {"oid": role["oid"], "label": ""}).fetchone()
    if after is None or after[column] is not wanted:
        raise ConnectorError("The role was renamed meanwhile.", kind=Kind.TRANSIENT)


def _end_sessions(opened: Session, role: Row) -> Outcome:
    pids = [row["pid"] for row in open_sessions(opened, role["oid"])]
    if not pids:
        return Outcome(Result.ALREADY, "No session was open.")
    waits = opened.info.server_version >= WAITING
    call = "pg_terminate_backend(pid, %(grace)s)" if waits else "pg_terminate_backend(pid)"
    ended = opened.execute(
        f"SELECT {call} AS ended FROM pg_stat_activity WHERE pid = ANY(%(pids)s) AND usesysid = %(oid)s::oid",  # noqa: S608  two constants
        {"grace": GRACE_MS, "pids": pids, "oid": role["oid"]},
    ).fetchall()
    if not all(row["ended"] for row in ended):
        raise ConnectorError("A session has not ended yet.", kind=Kind.TRANSIENT)
    return Outcome(Result.APPLIED, f"{len(pids)} session{'s' if len(pids) > 1 else ''} ended.")


def _right(opened: Session, role: Row, right: Entitlement, *, wanted: bool) -> Outcome:
    prefix, _, id = right.native_id.partition(":")
    match prefix:
        case "role":
            return _membership(opened, role, right, oid_of(id), wanted=wanted)
        case "attribute" if id in COLUMNS:
            return _attribute(opened, role, right, id, wanted=wanted)
    raise ConnectorError("PostgreSQL has no right of this kind that Usher could change.", kind=Kind.PERMANENT)


def _attribute(opened: Session, role: Row, right: Entitlement, name: str, *, wanted: bool) -> Outcome:
    column = COLUMNS[name]
    if role[column] is wanted:
        return Outcome(Result.ALREADY, _already(right, wanted=wanted))
    _alter(opened, role, column, name.upper() if wanted else f"NO{name.upper()}", wanted=wanted)
    return Outcome(Result.APPLIED, _done(right, wanted=wanted))


def _membership(opened: Session, role: Row, right: Entitlement, oid: str, *, wanted: bool) -> Outcome:
    found = opened.execute("SELECT rolname FROM pg_roles WHERE oid = %s::oid", [oid]).fetchone()
    if found is None and wanted:
        raise ConnectorError(f"{right.label} no longer exists.", kind=Kind.GONE)
    if found is None:
        return Outcome(Result.ALREADY, f"{right.label} no longer exists.")
    given = opened.execute(MEMBERSHIP, [oid, role["oid"]]).fetchall()
    if bool(given) is wanted:
        return Outcome(Result.ALREADY, _already(right, wanted=wanted))
    version = opened.info.server_version
    if wanted:
        opened.execute(grant(version, found["rolname"], role["rolname"], right.detail))
    for row in given:
        opened.execute(revoke(version, found["rolname"], role["rolname"], row["grantor"]))
    # REVOKE in the wrong name is only a warning, so the result is looked at.
    if bool(opened.execute(MEMBERSHIP, [oid, role["oid"]]).fetchall()) is not wanted:
        said = f"{right.label} could not be {'given' if wanted else 'taken away'}. It needs {MANAGE}."
        raise ConnectorError(said, kind=Kind.PERMISSION)
    return Outcome(Result.APPLIED, _done(right, wanted=wanted))


def grant(version: int, role: str, member: str, kept: str) -> sql.Composed:
    """The statement that gives a membership with the options it had."""
    options = set(kept.split(", "))
    statement = sql.SQL("GRANT {} TO {}").format(sql.Identifier(role), sql.Identifier(member))
    if version < GRANTORS:
        return statement + sql.SQL(" WITH ADMIN OPTION" if "admin" in options else "")
    held = ("admin" in options, "no inherit" not in options, "no set" not in options)
    return statement + sql.SQL(" WITH ADMIN {}, INHERIT {}, SET {}").format(*map(sql.Literal, held))


def revoke(version: int, role: str, member: str, grantor: str | None) -> sql.Composed:
    """The statement that takes a membership back, in the name of whoever gave it where that counts."""
    statement = sql.SQL("REVOKE {} FROM {}").format(sql.Identifier(role), sql.Identifier(member))
    if grantor and version >= GRANTORS:
        return statement + sql.SQL(" GRANTED BY {}").format(sql.Identifier(grantor))
    return statement


def _already(right: Entitlement, *, wanted: bool) -> str:
    return f"{right.label} was already given." if wanted else f"{right.label} was not held."


def _done(right: Entitlement, *, wanted: bool) -> str:
    return f"{right.label} given." if wanted else f"{right.label} taken away."
