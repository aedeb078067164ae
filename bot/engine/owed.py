"""The review that a lock owes: reminded of, told to more people when it is late, and given back after a no."""

from __future__ import annotations

from datetime import datetime

import structlog

from bot.domain.errors import Refused
from bot.domain.lifecycle import RequestState, StepState
from bot.domain.model import PersonId, Power, Trigger
from bot.domain.request import Request
from bot.engine import restore
from bot.engine.context import Engine, scene
from bot.engine.restore import Restoring
from bot.store import Tx, again, journal, locks, outbox, people, records

log = structlog.get_logger()

_WAITS = frozenset({RequestState.PLANNING, RequestState.AWAITING_APPROVAL})
_NO = frozenset({RequestState.DENIED, RequestState.WITHDRAWN, RequestState.EXPIRED})


def reviews(engine: Engine, now: datetime) -> int:
    """Look at every lock that is owed a decision, or was decided just now; returns how many."""
    with engine.db.look() as tx:
        keys = locks.unreviewed(tx, now)
    for key in keys:
        _review(engine, key, now)
    return len(keys)


@again
def _review(engine: Engine, key: str, now: datetime) -> None:
    with engine.db.begin() as tx:
        known = records.get(tx, key)
        if known is None:
            return
        parent = records.lock(tx, known.parent or "")  # before what follows from it, as everywhere
        lock = records.lock(tx, key)
        if lock.expires_at is None:
            return  # another replica was here a moment ago
        if parent.state in _WAITS:
            _remind(engine, tx, lock, parent, now)
            return
        if parent.state not in _NO:
            records.note(tx, lock.id, expires_at=None)
            journal.add(tx, "lock.reviewed", now, request=parent.id, facts={"lock": lock.id})
            return
    _give_back(engine, lock, parent, now)


def _remind(engine: Engine, tx: Tx, lock: Request, parent: Request, now: datetime) -> None:
    """Half-way those who decide are reminded; when it is late security and admins hear of it, again and again."""
    around = scene(engine, tx, parent, now)
    rule = around.rules.policy.lock_now
    if lock.expires_at is None or rule is None or lock.expires_at > now:
        return
    owed = (lock.started_at or lock.created_at) + rule.review
    late = now >= owed
    more = {one for power in (Power.SECURITY, Power.ADMIN) for one in around.crew.holding(power)} if late else set()
    told = sorted(
        one for one in {*parent.approvers, *more} if _able(one, parent, around.crew.working(one, around.today))
    )
    records.note(tx, lock.id, expires_at=now + rule.review if late else owed)
    facts = {"lock": lock.id, "to": told, "overdue": late}
    journal.add(tx, "lock.reminded", now, request=parent.id, facts=facts)
    for person in told:
        outbox.tell(tx, "lock review", now, request=parent.id, person=person, until=owed.isoformat(), late=late)
    if late:
        outbox.tell(tx, "line", now, request=parent.id, what="lock late", names=told)


def _able(person: PersonId, request: Request, works: bool) -> bool:  # noqa: FBT001 - a private word
    return works and person != request.subject


def _give_back(engine: Engine, lock: Request, parent: Request, now: datetime) -> None:
    """The offboarding is not to be: what the lock took is asked back by its inverse; one yes is enough."""
    restoring, by, said = _ask_back(engine, lock, now)
    if said:
        log.warning("a lock is not given back by itself", lock=lock.id, said=said)
    with engine.db.begin() as tx:
        records.lock(tx, parent.id)
        if records.lock(tx, lock.id).expires_at is None:
            return
        if not restoring:
            _end(tx, records.lock(tx, lock.id), now)
        records.note(tx, lock.id, expires_at=None)
        facts = {"lock": lock.id, "restore": restoring, "said": said}
        journal.add(tx, "lock.refused", now, request=parent.id, facts=facts)
        body = {"restore": restoring, "why": said, "lock": lock.id, "instead": by if by != lock.requester else ""}
        outbox.tell(tx, "line", now, request=parent.id, what="lock back", **body)
        outbox.tell(tx, "root", now, request=parent.id)


def _ask_back(engine: Engine, lock: Request, now: datetime) -> tuple[str, PersonId, str]:
    """What gives it back, in whose name, and why nothing does: who asked for the lock, or whoever can stand in."""
    known, said = _restoring(engine, lock), ""
    if known:
        return known, lock.requester, ""
    for by in _askers(engine, lock, now):
        try:
            return restore.submit(engine, Restoring(by, lock.id, contained=True), now).id, by, ""
        except Refused as refused:
            said = said or f"{refused} {refused.hint}".strip()
    known = _restoring(engine, lock)  # another replica may have been faster by a moment
    return known, lock.requester, "" if known else said or "Nobody is left who could ask for it."


def _askers(engine: Engine, lock: Request, now: datetime) -> list[PersonId]:
    """Who may ask for it: whoever asked for the lock; where they have left, HR, security and admins in this order."""
    with engine.db.look() as tx:
        policy, crew = engine.policy(tx)[1], people.crew(tx)
    others = (one for power in (Power.HR, Power.SECURITY, Power.ADMIN) for one in sorted(crew.holding(power)))
    able = [one for one in others if restore.may_ask(policy, crew, one, lock, now)]
    first = [lock.requester] if restore.may_ask(policy, crew, lock.requester, lock, now) else []
    return first or list(dict.fromkeys(able))


def _restoring(engine: Engine, lock: Request) -> str:
    """What gives it back already: asked for by a person, or by an earlier look that was cut off."""
    with engine.db.look() as tx:
        every = records.about(tx, lock.subject)
    return next((one.id for one in every if one.trigger is Trigger.RESTORE and one.parent == lock.id), "")


def _end(tx: Tx, lock: Request, now: datetime) -> None:
    """Nothing can be given back, so nothing more is taken either."""
    if lock.state is not RequestState.RUNNING:
        return
    for step in records.steps(tx, lock.id):
        if not step.ended:
            records.settle(tx, step, StepState.DROPPED, ended_at=now, due=None, reminded_at=None)
    over = records.advance(tx, lock, RequestState.CLOSED, closed_at=now)
    journal.add(tx, "request.closed", now, request=over.id)
    outbox.tell(tx, "root", now, request=over.id)
