"""Access that is no longer needed ends now: the cheapest way to have little."""

from __future__ import annotations

from datetime import datetime

from bot.domain.errors import Refused
from bot.domain.lifecycle import RequestState
from bot.domain.model import PersonId, Power, Trigger
from bot.domain.request import Request
from bot.engine import rights
from bot.engine.context import Engine, scene
from bot.engine.expire import end_now
from bot.store import Tx, again, journal, outbox, records


@again
def give_back(engine: Engine, request_id: str, by: PersonId, now: datetime) -> Request:
    """Take it back before its time: whoever holds it, asked for it, or could approve it. Raises Refused."""
    with engine.db.begin() as tx:
        request = records.lock(tx, request_id)
        if request.trigger is not Trigger.ACCESS or not _may(engine, tx, request, by, now):
            raise Refused("You may not end this.", hint="Whoever holds it, approved it, or looks after the system may.")
        if request.state is not RequestState.RUNNING or not end_now(engine, tx, request, now):
            raise Refused(f"{request.id} has ended, or is being taken back.")
        journal.add(tx, "access.given_back", now, request=request.id, facts={"by": by})
        outbox.tell(tx, "line", now, request=request.id, what="given back", by=by)
        return records.get(tx, request.id) or request


def _may(engine: Engine, tx: Tx, request: Request, by: PersonId, now: datetime) -> bool:
    around = scene(engine, tx, request, now)
    if by == request.subject or rights.steers(around, request, by):
        return True
    system = around.rules.policy.systems[around.rules.policy.access.offers[request.offer].system]
    named = by in {*request.approvers, system.owner, system.deputy}
    may = named or around.crew.may(by, Power.IT, Power.SECURITY, Power.ADMIN)
    return may and around.crew.working(by, around.today)
