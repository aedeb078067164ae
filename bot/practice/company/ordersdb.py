"""What everybody may know of the orders database before it runs: names, roles and made-up passwords."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

KEY: Final = "ordersdb"
DATABASE: Final = "orders"
USHER: Final = "usher"
USHER_PASSWORD: Final = "practice-orders-password"
ALICE: Final = "alice_m"
ALICE_PASSWORD: Final = "practice-alice-password"
# Whose role it is, its name, and what it is a member of. The last one is a program's, and nobody's.
ROLES: Final = {
    "alice": (ALICE, "orders_write"),
    "ben": ("ben_o", "orders_write"),
    "yuki": ("yuki_t", "orders_write"),
    "alicem": ("alice_marten", "orders_read"),
    "omar": ("omar_a", "orders_read"),
    "": ("orders_app", "orders_write"),
}

_LINE = re.compile(
    r"(?P<at>[^|]+)\|(?P<actor>\w*)\|"
    r"(LOG:  statement: (?P<statement>.*)|FATAL:  (?P<end>terminating connection due to administrator command))"
)
_PASSWORD = re.compile(r"PASSWORD\s+'[^']*'", re.IGNORECASE)


def dsn(port: int, user: str = USHER, password: str = USHER_PASSWORD, database: str = DATABASE) -> str:
    """The address of the database for psycopg and libpq."""
    return f"postgresql://{user}:{password}@127.0.0.1:{port}/{database}"


def statements(log: Path) -> list[dict[str, str]]:
    """What the server's log tells of people and programs: statements that define, and sessions that were ended."""
    found = []
    for line in log.read_text(encoding="utf-8").splitlines() if log.exists() else ():
        told = _LINE.match(line)
        if told and told["actor"] not in {"", "postgres"}:
            operation = _PASSWORD.sub("PASSWORD '***'", told["statement"] or told["end"])
            found.append({"at": told["at"], "actor": told["actor"], "operation": operation})
    return found
