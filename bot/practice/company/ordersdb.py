"""What everybody may know of the orders database before it runs: names, roles and made-up passwords."""

from __future__ import annotations

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


def dsn(port: int, user: str = USHER, password: str = USHER_PASSWORD, database: str = DATABASE) -> str:
    """The address of the database for psycopg and libpq."""
    return f"postgresql://{user}:{password}@127.0.0.1:{port}/{database}"
