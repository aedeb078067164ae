"""The keys that seal what is personal: looked at before anything else, and replaced while everybody works."""

from __future__ import annotations

from datetime import datetime

from bot.store import Database, journal, keys

_AT_ONCE = 500  # values in one transaction, so that nobody waits for long


def admit(db: Database, now: datetime) -> None:
    """Hold USHER_KEYS to what is sealed in this database. Raises KeyMissing when something could not be opened."""
    with db.begin() as tx:
        keys.admit(tx, db.ring, now)


def complete(db: Database) -> bool:
    """Whether this process holds every key in use: one may have come with a rotation after it started."""
    with db.look() as tx:
        return not keys.lacking(tx, db.ring)


def rotate(db: Database, now: datetime) -> tuple[int, tuple[str, ...]]:
    """Seal everything with the newest key; how many values were changed, and the ids of keys that may go now.

    May be ended at any moment and begun again. Raises KeyMissing for what no key in the ring opens.
    """
    admit(db, now)
    count = 0
    while True:
        with db.begin() as tx:
            changed = keys.reseal(tx, db.ring, _AT_ONCE)
        count += changed
        if not changed:
            break
    with db.begin() as tx:
        over = keys.end_others(tx, db.ring, now)
        journal.add(tx, "keys.rotated", now, facts={"to": db.ring.newest, "values": count, "over": list(over)})
    return count, over
