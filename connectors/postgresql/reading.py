"""What one role reaches, in one round trip: all questions are sent together."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import LiteralString

from bot.domain.model import Account, Asset, Credential, Entitlement, Grant, Link, SystemKey
from bot.domain.reading import Part, Reading, Session, absent
from connectors.interface import ConnectorError, Kind
from connectors.postgresql import wire
from connectors.postgresql.wire import Row, Server, bound

KEYS = "A PostgreSQL role has no keys or tokens; its password is worth nothing while it may not sign in."
MADE = "PostgreSQL does not know keys made for machines; a role a program uses is an account of its own."
OTHER = "The database name of this account now belongs to another role."

ROLE: LiteralString = """
    SELECT r.*, r.oid::text AS oid, me.oid::text AS own,
           EXISTS (SELECT FROM pg_roles n WHERE n.rolname = %(label)s AND n.oid <> %(oid)s::oid) AS taken
    FROM pg_roles me LEFT JOIN pg_roles r ON r.oid = %(oid)s::oid WHERE me.rolname = current_user
"""
# inherit_option and set_option exist since PostgreSQL 16; before, a member always had both.
MEMBERSHIPS: LiteralString = """
    WITH RECURSIVE direct AS (
        SELECT roleid, bool_or(admin_option) AS admin,
               bool_or(coalesce((to_jsonb(m) ->> 'inherit_option')::boolean, true)) AS inherits,
               bool_or(coalesce((to_jsonb(m) ->> 'set_option')::boolean, true)) AS sets
        FROM pg_auth_members m WHERE member = %(oid)s::oid GROUP BY roleid
    ), reach (first, role) AS (
        SELECT roleid, roleid FROM direct
        UNION SELECT reach.first, m.roleid FROM reach JOIN pg_auth_members m ON m.member = reach.role
    ), writers AS (
        SELECT a.grantee AS role FROM pg_class c, aclexplode(c.relacl) a
        WHERE a.privilege_type IN ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE')
        UNION SELECT a.grantee FROM pg_attribute c, aclexplode(c.attacl) a
        WHERE a.privilege_type IN ('INSERT', 'UPDATE')
        UNION SELECT relowner FROM pg_class WHERE relkind IN ('r', 'p')
    )
    SELECT f.oid::text AS oid, f.rolname, d.admin, d.inherits, d.sets,
           shobj_description(f.oid, 'pg_authid') AS comment,
           bool_or(r.rolsuper) AS rolsuper, bool_or(r.rolcreaterole) AS rolcreaterole,
           bool_or(r.rolreplication) AS rolreplication, bool_or(r.rolbypassrls) AS rolbypassrls,
           bool_or(r.oid IN (SELECT role FROM writers)) AS writes, array_agg(r.rolname::text) AS reached
    FROM direct d JOIN reach ON reach.first = d.roleid
    JOIN pg_roles f ON f.oid = d.roleid JOIN pg_roles r ON r.oid = reach.role
    GROUP BY f.oid, f.rolname, d.admin, d.inherits, d.sets ORDER BY f.rolname
"""
SESSIONS: LiteralString = """
    SELECT pid, backend_start, state_change, host(client_addr) AS address, application_name AS program
    FROM pg_stat_activity
    WHERE usesysid = %(oid)s::oid AND backend_type <> 'parallel worker' ORDER BY backend_start, pid
"""
# pg_shdepend knows the objects of every database of the server; names can be read only in our own.
THINGS: LiteralString = """
    SELECT coalesce(d.datname, '') AS place, s.deptype::text AS kind, count(DISTINCT (s.classid, s.objid)) AS things,
           array_remove((array_agg(CASE WHEN s.dbid = 0 OR d.datname = current_database()
               THEN pg_describe_object(s.classid, s.objid, s.objsubid) END ORDER BY s.objid))[:3], NULL) AS some
    FROM pg_shdepend s LEFT JOIN pg_database d ON d.oid = s.dbid
    WHERE s.refclassid = 'pg_authid'::regclass AND s.refobjid = %(oid)s::oid AND s.deptype IN ('o', 'a')
    GROUP BY 1, 2 ORDER BY 1, 2
"""

# https://www.postgresql.org/docs/current/role-attributes.html
ATTRIBUTES = {
    "rolsuper": ("superuser", "can do everything in every database of this server"),
    "rolcreaterole": ("createrole", "can create accounts and change what others may do"),
    "rolreplication": ("replication", "can copy every database of this server"),
    "rolbypassrls": ("bypassrls", "sees and changes rows that are hidden from others"),
    "rolcreatedb": ("createdb", ""),
}
# https://www.postgresql.org/docs/current/predefined-roles.html
PREDEFINED = {
    "pg_execute_server_program": "can run programs on the database server",
    "pg_write_server_files": "can write files on the database server",
    "pg_read_server_files": "can read files on the database server",
    "pg_write_all_data": "can change all data in every database of this server",
    "pg_read_all_data": "can read all data in every database of this server",
    "pg_signal_backend": "can end other people's sessions",
}


def read(server: Server, system: SystemKey, link: Link, now: datetime) -> Reading:
    """Everything the role reaches. Raises ConnectorError."""
    asked = {"oid": oid_of(link.native_id), "label": link.label}
    with server.session() as opened:
        place = opened.info.dbname
        with opened.pipeline():
            bound(opened)
            cursors = [opened.execute(question, asked) for question in (ROLE, MEMBERSHIPS, SESSIONS, THINGS)]
            (role,), memberships, sessions, things = (cursor.fetchall() for cursor in cursors)
    control = f"roles of database {place}, read as one of them"
    keys: Part[Credential] = absent(KEYS)
    made: Part[Credential] = absent(MADE)
    if not exists(role):
        return Reading(system, now, control, credentials=keys, made=made)
    last = max((row["state_change"].astimezone(UTC) for row in sessions if row["state_change"]), default=None)
    holder = Account(system, role["oid"], role["rolname"], role["rolcanlogin"], last)
    rights = (*_attributes(role), *(_membership(row, place) for row in memberships))
    return Reading(
        system,
        now,
        control,
        Part((holder,)),
        Part(tuple(Grant(holder, right) for right in rights)),
        keys,
        Part(tuple(_asset(holder, row) for row in things)),
        made,
        Part(tuple(_session(row) for row in sessions)),
    )


def oid_of(native_id: str) -> str:
    """The oid of a role, checked to be one. Raises ConnectorError."""
    if not native_id.isdecimal():
        raise ConnectorError("This is not the number of a PostgreSQL role.", kind=Kind.PERMANENT)
    return native_id


def exists(role: Row) -> bool:
    """Whether the role is there. Raises ConnectorError GONE when its name was given to another one."""
    if role["oid"] is None and role["taken"]:
        raise ConnectorError(OTHER, kind=Kind.GONE)
    return role["oid"] is not None


def _attributes(role: Row) -> Iterable[Entitlement]:
    for column, (name, why) in ATTRIBUTES.items():
        if role[column]:
            yield Entitlement(f"attribute:{name}", "role attribute", f"Attribute {name.upper()}", bool(why), why)


def _membership(row: Row, place: str) -> Entitlement:
    powers = [why for column, (_, why) in ATTRIBUTES.items() if row.get(column) and why]
    powers.extend(PREDEFINED[name] for name in sorted(row["reached"]) if name in PREDEFINED)
    if row["writes"]:
        powers.append(f"can change data in {place}")
    if row["admin"]:
        powers.append("can give this right to others")
    why = (row["comment"] or powers[0]) if powers else ""
    options = (("admin", row["admin"]), ("no inherit", not row["inherits"]), ("no set", not row["sets"]))
    kept = ", ".join(name for name, held in options if held)
    return Entitlement(f"role:{row['oid']}", "role", f"Role {row['rolname']}", bool(why), why, detail=kept)


def _session(row: Row) -> Session:
    since = row["backend_start"].astimezone(UTC) if row["backend_start"] else None
    began = f", since {since:%Y-%m-%d %H:%M} UTC" if since else ""
    program = f"{row['program']} " if row["program"] else ""
    label = f"{program}from {row['address'] or 'the server itself'}{began}"
    return Session(f"{row['pid']}:{since.timestamp() if since else ''}", label, since)


def _asset(holder: Account, row: Row) -> Asset:
    where = f"in database {row['place']}" if row["place"] else "of the server itself"
    examples = f" ({', '.join(row['some'])})" if row["some"] else ""
    owned = row["kind"] == "o"
    things = f"{row['things']} thing{'s' if row['things'] > 1 else ''} {where}{examples}"
    return Asset(
        holder,
        f"{'owned' if owned else 'granted'}:{row['place']}",
        "owned objects" if owned else "direct rights",
        f"Owner of {things}" if owned else f"Direct rights on {things}",
        sole_admin=owned,
        admins=(holder.native_id,) if owned else (),
    )


def open_sessions(opened: wire.Session, oid: str) -> list[Row]:
    """The sessions of a role right now."""
    return opened.execute(SESSIONS, {"oid": oid}).fetchall()
