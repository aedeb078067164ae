"""What is due to be looked at again begins: one request that only reads, whatever was missed while nobody looked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.domain.errors import Refused
from bot.domain.lifecycle import NOT_STARTED, RequestState
from bot.domain.model import PersonId, RequestId, SystemKey, Trigger
from bot.domain.request import Request
from bot.engine.context import Engine, shared_time
from bot.engine.look import look
from bot.engine.plan import plan_if_read
from bot.engine.rights import back_again, returned
from bot.engine.view import seen_by
from bot.engine.who_has import scope_of
from bot.store import Tx, again, journal, outbox, people, records, rescans
from bot.store.rescans import Look

PREFIX = "CHK"


@dataclass(frozen=True, slots=True)
class _Asked:
    subject: PersonId
    by: PersonId
    parent: RequestId | None = None
    channel: str = ""
    thread: str = ""
    chat: str = ""


def tick(engine: Engine, now: datetime) -> int:
    """Begin every look that is due by the clock all replicas share."""
    shared = shared_time(engine, now)
    return rescan(engine, shared)


def rescan(engine: Engine, now: datetime) -> int:
    """Begin every look whose time has come, once for each request however many were missed; how many began."""
    with engine.db.look() as tx:
        checks = records.open_requests(tx, trigger=Trigger.RESCAN)
        found = [one for one in checks if one.state in NOT_STARTED]
        crew = people.crew(tx) if found else None  # once, however many findings wait for somebody
        over = [one.id for one in found if returned(tx, one, now, crew)]
        busy = {one.parent for one in checks}
        mine = dict.fromkeys(
            (one.parent, one.step) for one in rescans.due(tx, now) if one.step or one.parent not in busy
        )
    for check in over:
        _end_if_back(engine, check, now)
    return sum(_begin(engine, parent, step, now) for parent, step in mine)


@again
def _begin(engine: Engine, parent: str, step: str, now: datetime) -> bool:
    with engine.db.begin() as tx:
        request = records.lock(tx, parent)
        ripe = [one for one in rescans.of(tx, parent) if one.step == step and _waits(one) and one.due <= now]
        if not ripe or _ends(engine, tx, request, now) or (not step and _not_yet(tx, request)):
            return False
        check = opened(engine, tx, request, now)
        rescans.begin(tx, ripe, check.id)
        facts = {"parent": parent, "days": [one.nth for one in ripe], "step": step}
        journal.add(tx, "rescan.begun", now, request=check.id, facts=facts)
        gift = records.step(tx, step) if step else None
        read(engine, tx, check, now, only=gift.system if gift else None)
    return True


@again
def fresh(engine: Engine, person: PersonId, by: PersonId, now: datetime) -> Request:
    """Read what somebody has, now, for one who may ask; nothing is changed. Raises Refused."""
    systems = scope_of(engine, by, now)
    with engine.db.begin() as tx:
        if person == by or people.one(tx, person) is None:
            raise Refused("I cannot read this for you.", hint="Ask HR about yourself.")
        people.hold(tx, person)
        mine = records.open_requests(tx, subject=person, trigger=Trigger.RESCAN)
        if any(one.parent is None and one.requester == by for one in mine):
            raise Refused("I am reading this already.", hint="The answer comes in a moment.")
        check = _stored(engine, tx, _Asked(person, by), now)
        journal.add(tx, "rescan.asked", now, request=check.id, facts={"by": by, "subject": person})
        for system in systems:
            look(engine, tx, check, now, only=system.key)
        plan_if_read(engine, tx, check, now)
    return check


@again
def ask(engine: Engine, request_id: str, by: PersonId, now: datetime) -> None:
    """Look again now at what an offboarding ended, as on a day of policy. Raises Refused."""
    seen_by(engine, request_id, by, now)  # whoever may see it may have it looked at
    with engine.db.begin() as tx:
        request = records.lock(tx, request_id)
        if request.trigger is not Trigger.LEAVER or request.state is not RequestState.CLOSED:
            raise Refused("There is nothing to look at again yet.", hint="It is looked at when it is finished.")
        soon = any(_waits(one) and one.due <= now for one in rescans.of(tx, request_id))
        if soon or _not_yet(tx, request):
            raise Refused("I am looking already, or what was found waits for somebody.", hint="See the thread.")
        if back_again(tx, request, now) is not None:
            raise Refused("This person works here again.", hint="Type /usher person to see what they have.")
        rescans.plan(tx, request_id, [(0, now)])
        journal.add(tx, "rescan.asked", now, request=request_id, facts={"by": by, "subject": request.subject})


def opened(engine: Engine, tx: Tx, request: Request, now: datetime) -> Request:
    """A stored request that looks at what another one ended, in the thread of that one."""
    asked = _Asked(request.subject, request.requester, request.id, request.channel, request.thread, request.chat)
    return _stored(engine, tx, asked, now)


def _stored(engine: Engine, tx: Tx, asked: _Asked, now: datetime) -> Request:
    version, _policy = engine.policy(tx)
    check = Request(
        id=records.next_id(tx, PREFIX),
        trigger=Trigger.RESCAN,
        state=RequestState.SUBMITTED,
        requester=asked.by,
        subject=asked.subject,
        starts_at=now,
        created_at=now,
        policy_version=version,
        runbook_version=engine.runbook(tx, Trigger.RESCAN),
        channel=asked.channel,
        thread=asked.thread,
        chat=asked.chat,
        parent=asked.parent,
        source="scan" if asked.parent else "",
    )
    records.add(tx, check)
    return records.advance(tx, check, RequestState.PLANNING)


def read(engine: Engine, tx: Tx, check: Request, now: datetime, *, only: SystemKey | None = None) -> None:
    """Queue its readings, of every system or of one."""
    look(engine, tx, check, now, only=only)
    plan_if_read(engine, tx, check, now)


def _waits(one: Look) -> bool:
    return one.ended_at is None and one.request is None


def _not_yet(tx: Tx, request: Request) -> bool:
    """The removal runs once more, or an earlier look is not over: it reads, or what it found waits for people."""
    if request.state is not RequestState.CLOSED:
        return True
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
