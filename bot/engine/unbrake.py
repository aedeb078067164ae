"""The clock lets go what the brake held, once two people agreed and the time to cancel is over."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.engine import brake, proposals
from bot.engine.context import Engine
from bot.store import Tx, brakes
from bot.store import proposals as rows
from bot.store.brakes import Pulled

_FRESH = timedelta(seconds=15)


def let_on(engine: Engine, now: datetime) -> int:
    """Look at every brake that holds something; how many were let go. What was approved then starts by its own tick."""
    with engine.db.look() as tx:
        found = brakes.living(tx)
    count = 0
    for one in found:
        with engine.db.begin() as tx:
            pulled = brakes.lock(tx, one.id)
            if pulled is not None:
                count += _one(engine, tx, pulled, now)
    return count


def _one(engine: Engine, tx: Tx, pulled: Pulled, now: datetime) -> bool:
    if pulled.proposal is None:
        brake.ask(engine, tx, pulled, now)
    elif pulled.agreed_at and pulled.until <= now:
        brake.over(tx, pulled, now)
        return True
    elif now - pulled.until + brake.WAIT < _FRESH:  # more came just now: the card shows how many by now
        proposal = rows.get(tx, pulled.proposal)
        if proposal and proposal.decided_at is None:
            proposals.tell(tx, proposal, proposal.asked, now)
    return False
