"""What is true, in tables. Functions here take a `tx` and never open one."""

from sqlalchemy.exc import IntegrityError as Conflict
from sqlalchemy.exc import OperationalError as Away
from sqlalchemy.exc import SQLAlchemyError as DatabaseError

# The metadata of the store is complete once these are imported.
from bot.store import (
    batch_tables,
    chat_tables,
    deletion_tables,
    digest_tables,
    fallout_tables,
    mail_tables,
    owners_tables,
    place_tables,
    proposal_tables,
    rescan_tables,
    signal_tables,
    tables,
    telling_tables,
    undo_tables,
)
from bot.store.base import metadata
from bot.store.database import Database, Schema, Tx, again, hurried
from bot.store.sealing import KeyMissing, Ring, ring_of

__all__ = [
    "Away",
    "Conflict",
    "Database",
    "DatabaseError",
    "KeyMissing",
    "Ring",
    "Schema",
    "Tx",
    "again",
    "batch_tables",
    "chat_tables",
    "deletion_tables",
    "digest_tables",
    "fallout_tables",
    "hurried",
    "mail_tables",
    "metadata",
    "owners_tables",
    "place_tables",
    "proposal_tables",
    "rescan_tables",
    "ring_of",
    "signal_tables",
    "tables",
    "telling_tables",
    "undo_tables",
]
