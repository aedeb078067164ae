"""The day has come on which accounts of somebody who left may be deleted: people are asked, and no more happens."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from bot.domain.lifecycle import NOT_STARTED, RequestState
from bot.domain.model import Trigger
from bot.domain.request import Request
from bot.engine.context import Engine, shared_time
from bot.engine.erasing import SOON, forbidden
from bot.engine.look import look
from bot.engine.plan import plan_if_read
from bot.engine.rights import back_again, returned
from bot.store import Tx, again, deletions, journal, outbox, people, records
from bot.store.deletions import Deletion

PREFIX = "DEL"
_KINDS = {"erase over": "erase.over", "erase put off": "erase.put_off"}


def tick(engine: Engine, now: datetime) -> int:
    """Ask about every account whose day has come by the clock all replicas share; how many requests began."""
    shared = shared_time(engine, now)
    return erase(engine, shared)


def erase(engine: Engine, now: datetime) -> int:
    """The same at a given time."""
    with engine.db.look() as tx:
        asked = [one for one in records.open_requests(tx, trigger=Trigger.DELETE) if one.state in NOT_STARTED]
        crew = people.crew(tx) if asked else None
        over = [one.id for one in asked if returned(tx, one, now, crew)]
        parents = dict.fromkeys(one.parent for one in deletions.due(tx, now))
    for request in over:
        _end_if_back(engine, request, now)
    return sum(_begin(engine, parent, now) for parent in parents)


@again
def _begin(engine: Engine, parent: str, now: datetime) -> bool:
    with engine.db.begin() as tx:
        left = records.lock(tx, parent)
        ripe = [one for one in deletions.of(tx, parent) if one.waits and one.due <= now]
        if not ripe or left.state is not RequestState.CLOSED or _over(tx, left, now):
            return False
        rows = _allowed(engine, tx, left, ripe, now)
        if not rows:
            return False
        request = _stored(engine, tx, left, now)
        deletions.begin(tx, rows, request.id)
        systems = sorted({one.system for one in rows})
        journal.add(tx, "erase.begun", now, request=request.id, facts={"parent": parent, "systems": systems})
        for system in systems:
            look(engine, tx, request, now, only=system)
        plan_if_read(engine, tx, request, now)
        return True


def _over(tx: Tx, left: Request, now: datetime) -> bool:
    """Who works here again, or got back what was taken, keeps every account; said once."""
    why = back_again(tx, left, now)
    if why is None:
        return False
    rows = [one for one in deletions.of(tx, left.id) if one.waits]
    if rows:
        deletions.end(tx, rows, "back", now)
        _say(tx, left, rows, "erase over", "back", now)
    return True


def _allowed(engine: Engine, tx: Tx, left: Request, ripe: list[Deletion], now: datetime) -> list[Deletion]:
    """Those that may be asked about today. The others wait while something forbids it; each reason is said once."""
    policy = engine.policy(tx)[1]
    gone = [one for one in ripe if one.system not in policy.delete or one.system not in policy.systems]
    if gone:
        deletions.end(tx, gone, "policy", now)
        _say(tx, left, gone, "erase over", "policy", now)
    waits: defaultdict[str, list[Deletion]] = defaultdict(list)
    for one in ripe:
        if one not in gone:
            waits[forbidden(tx, policy, left.subject, one.system)].append(one)
    allowed = waits.pop("", [])
    for why, rows in waits.items():
        fresh = [one for one in rows if one.said != why]
        deletions.put_off(tx, rows, now + SOON, why)
        if fresh:
            _say(tx, left, fresh, "erase put off", why, now)
    return allowed


def _say(tx: Tx, left: Request, rows: list[Deletion], what: str, why: str, now: datetime) -> None:
    systems = sorted({one.system for one in rows})
    facts = {"systems": systems, "why": why}
    journal.add(tx, _KINDS[what], now, request=left.id, facts=facts)
    outbox.tell(tx, "line", now, request=left.id, what=what, systems=systems, why=why)


def _stored(engine: Engine, tx: Tx, left: Request, now: datetime) -> Request:
    version, _policy = engine.policy(tx)
    request = Request(
        id=records.next_id(tx, PREFIX),
        trigger=Trigger.DELETE,
        state=RequestState.SUBMITTED,
        requester=left.requester,
        subject=left.subject,
        starts_at=now,
        immediate=False,  # nothing of it is urgent
        created_at=now,
        policy_version=version,
        runbook_version=engine.runbook(tx, Trigger.DELETE),
        channel=left.channel,
        thread=left.thread,
        chat=left.chat,
        parent=left.id,
        source="grace",
    )
    records.add(tx, request)
    return records.advance(tx, request, RequestState.PLANNING)


@again
def _end_if_back(engine: Engine, key: str, now: datetime) -> None:
    """What waits for a yes is no question any more once the person works here again."""
    with engine.db.begin() as tx:
        request = records.lock(tx, key)
        left = records.get(tx, request.parent or "")
        if left is None or request.state not in NOT_STARTED or back_again(tx, left, now) is None:
            return
        _over(tx, left, now)
        over = records.advance(tx, request, RequestState.WITHDRAWN, closed_at=now)
        journal.add(tx, "request.withdrawn", now, request=key, facts={"why": "back", "by": None})
        deletions.end(tx, deletions.for_request(tx, key), "back", now)
        outbox.tell(tx, "root", now, request=key)
        for person in over.approvers:
            outbox.tell(tx, "approval", now, request=key, person=person)
