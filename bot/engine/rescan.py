"""What is due to be looked at again begins: one request that only reads, whatever was missed while nobody looked."""

from __future__ import annotations

from datetime import datetime

from bot.domain.lifecycle import NOT_STARTED, RequestState
from bot.domain.model import SystemKey, Trigger
from bot.domain.request import Request
from bot.engine.context import Engine
from bot.engine.look import look
from bot.engine.plan import plan_if_read
from bot.engine.rights import back_again
from bot.store import Tx, again, due, journal, outbox, records, rescans
from bot.store.rescans import Look

PREFIX = "CHK"


def tick(engine: Engine, now: datetime) -> int:
    """Begin every look that is due by the clock all replicas share."""
    with engine.db.look() as tx:
        shared = due.time(tx, now)
    return rescan(engine, shared)


def rescan(engine: Engine, now: datetime) -> int:
    """Begin every look whose time has come, once for each request however many were missed; how many began."""
    with engine.db.look() as tx:
        mine = dict.fromkeys((one.parent, one.step) for one in rescans.due(tx, now))
        checks = records.open_requests(tx, trigger=Trigger.RESCAN)
    for check in checks:
        if check.parent and check.state in NOT_STARTED:
            _end_if_back(engine, check.id, now)
    return sum(_begin(engine, parent, step, now) for parent, step in mine)


@again
def _begin(engine: Engine, parent: str, step: str, now: datetime) -> bool:
    with engine.db.begin() as tx:
        request = records.lock(tx, parent)
        ripe = [one for one in rescans.of(tx, parent) if one.step == step and _waits(one) and one.due <= now]
        if not ripe or _ends(engine, tx, request, now) or (not step and _busy(tx, request)):
            return False
        check = opened(engine, tx, request, now)
        rescans.begin(tx, ripe, check.id)
        facts = {"parent": parent, "days": [one.nth for one in ripe], "step": step}
        journal.add(tx, "rescan.begun", now, request=check.id, facts=facts)
        gift = records.step(tx, step) if step else None
        read(engine, tx, check, now, only=gift.system if gift else None)
    return True


def opened(engine: Engine, tx: Tx, request: Request, now: datetime) -> Request:
    """A stored request that looks at what another one ended, in the thread of that one."""
    version, _policy = engine.policy(tx)
    check = Request(
        id=records.next_id(tx, PREFIX),
        trigger=Trigger.RESCAN,
        state=RequestState.SUBMITTED,
        requester=request.requester,
        subject=request.subject,
        starts_at=now,
        immediate=True,
        voluntary=True,
        reason="",
        note="",
        created_at=now,
        policy_version=version,
        runbook_version=engine.runbook(tx, Trigger.RESCAN),
        channel=request.channel,
        thread=request.thread,
        parent=request.id,
        source="scan",
    )
    records.add(tx, check)
    return records.advance(tx, check, RequestState.PLANNING)


def read(engine: Engine, tx: Tx, check: Request, now: datetime, *, only: SystemKey | None = None) -> None:
    """Queue its readings, of every system or of one."""
    look(engine, tx, check, now, only=only)
    plan_if_read(engine, tx, check, now)


def _waits(one: Look) -> bool:
    return one.ended_at is None and one.request is None


def _busy(tx: Tx, request: Request) -> bool:
    """An earlier look is not over: it reads, or what it found waits for people."""
    every = records.open_requests(tx, subject=request.subject, trigger=Trigger.RESCAN)
    return any(one.parent == request.id for one in every)


def _ends(engine: Engine, tx: Tx, request: Request, now: datetime) -> bool:
    """Somebody who works here again is not looked after as somebody who left; said once, in a sentence."""
    why = back_again(tx, request, now) if request.trigger is Trigger.LEAVER else None
    if why is None:
        return False
    rest = [one for one in rescans.of(tx, request.id) if _waits(one)]
    if rest:
        rescans.end(tx, rest, "over", now)
        journal.add(tx, "rescan.over", now, request=request.id, facts={"why": why, "looks": len(rest)})
        outbox.tell(tx, "line", now, request=request.id, what="rescan over", why=why)
    return True


@again
def _end_if_back(engine: Engine, check: str, now: datetime) -> None:
    """What a look found is no finding any more once the person works here again."""
    with engine.db.begin() as tx:
        request = records.lock(tx, check)
        parent = records.get(tx, request.parent or "")
        if parent is None or request.state not in NOT_STARTED or not _ends(engine, tx, parent, now):
            return
        over = records.advance(tx, request, RequestState.WITHDRAWN, closed_at=now)
        journal.add(tx, "request.withdrawn", now, request=check, facts={"why": "back", "by": None})
        rescans.end(tx, rescans.for_request(tx, check), "over", now)
        outbox.tell(tx, "root", now, request=check)
        for person in over.approvers:
            outbox.tell(tx, "approval", now, request=check, person=person)
