"""What is true, in tables. Functions here take a `tx` and never open one."""

from bot.store.database import Database, Tx

__all__ = ["Database", "Tx"]
