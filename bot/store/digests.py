"""Who heard what waits for them, on which day, and all that waits for anybody: a few questions, whatever the number."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime

import sqlalchemy as sa

from bot.domain.hold import CHECKPOINT
from bot.domain.lifecycle import ENDED_STEPS, OPEN_REQUESTS, RequestState, StepState
from bot.domain.model import PersonId, Power, Trigger
from bot.domain.planning import APPROVAL
from bot.domain.request import Request, Step, StepKind
from bot.domain.signals import SignalState
from bot.store import chat_tables as c
from bot.store import tables as t
from bot.store.batch_tables import batch_members
from bot.store.database import Tx, insert
from bot.store.digest_tables import digests
from bot.store.people import Nomination
from bot.store.records import many, to_step
from bot.store.signal_tables import signals

_AT_ONCE = 5000
_RUNNING = t.requests.c.state == RequestState.RUNNING.value


def zones(tx: Tx) -> frozenset[str]:
    """Every zone somebody works in."""
    return frozenset(tx.execute(sa.select(t.people.c.zone).distinct()).scalars())


def seen(tx: Tx, whose: Collection[str]) -> frozenset[tuple[str, date]]:
    """Which days of these are written."""
    rows = tx.execute(sa.select(digests.c.whose, digests.c.day).where(digests.c.whose.in_(whose)))
    return frozenset((row.whose, row.day) for row in rows)


def take(tx: Tx, wanted: Mapping[str, date], now: datetime) -> frozenset[str]:
    """Write these down as heard; which of them nobody had written before."""
    rows = [{"whose": whose, "day": day, "at": now} for whose, day in wanted.items()]
    found: set[str] = set()
    for begin in range(0, len(rows), _AT_ONCE):  # a statement takes only so many values
        some = insert(tx, digests).values(rows[begin : begin + _AT_ONCE])
        found.update(tx.execute(some.on_conflict_do_nothing().returning(digests.c.whose)).scalars())
    return frozenset(found)


def forget_before(tx: Tx, day: date) -> None:
    """Forget days that are long over."""
    tx.execute(sa.delete(digests).where(digests.c.day < day))


def tell_each(tx: Tx, kind: str, now: datetime, told: Iterable[tuple[str, datetime, date]]) -> None:
    """A notice for each of these, due at its own moment, all written at once."""
    rows = [
        {"kind": kind, "person": person, "body": {"day": day.isoformat()}, "at": now, "due": due}
        for person, due, day in told
    ]
    if rows:
        tx.execute(sa.insert(c.notices), rows)


def reserve(tx: Tx, name: str, start: datetime, length: float) -> datetime:
    """Take the next `length` seconds of a pace; when they begin."""
    p = c.paces
    tx.execute(insert(tx, p).values(name=name, free_at=start).on_conflict_do_nothing())
    used: datetime = tx.execute(sa.select(p.c.free_at).where(p.c.name == name).with_for_update()).scalar_one()
    begins = max(used, start)
    until = datetime.fromtimestamp(begins.timestamp() + length, tz=begins.tzinfo)
    tx.execute(sa.update(p).where(p.c.name == name).values(free_at=until))
    return begins


# ---- what waits for anybody ----


def steps(
    tx: Tx, person: PersonId | None = None, among: Collection[str] | None = None
) -> tuple[tuple[Step, Request], ...]:
    """What waits for people in running requests, for all or for one; what a whole team is asked is always there.

    `among`: in these requests alone.
    """
    task = sa.and_(t.steps.c.state == StepState.READY.value, t.steps.c.kind == StepKind.TASK.value)
    waits = sa.or_(t.steps.c.state.in_([StepState.HELD.value, StepState.PARKED.value]), task)
    query = sa.select(t.steps).join(t.requests).where(waits, _RUNNING)
    if person:
        query = query.where(sa.or_(t.steps.c.assignee == person, t.steps.c.held.in_([CHECKPOINT, APPROVAL])))
    if among is not None:
        query = query.where(t.steps.c.request.in_(among))
    found = [to_step(row) for row in tx.execute(query.order_by(t.steps.c.id))]
    requests = {one.id: one for one in many(tx, {step.request for step in found})} if found else {}
    return tuple((step, requests[step.request]) for step in found)


def together(tx: Tx) -> frozenset[str]:
    """Requests that people decide about with others at once: nobody is asked about them one by one."""
    member = batch_members.c
    rows = tx.execute(sa.select(member.request).where(member.request.is_not(None), member.told_at.is_(None)))
    return frozenset(rows.scalars())


def questions(tx: Tx) -> tuple[tuple[int, int, PersonId, PersonId | None, datetime], ...]:
    """Questions about somebody who may leave, not those put off: number, turn, who is asked, about whom, since when."""
    living = signals.c.state.in_([SignalState.OPEN.value, SignalState.HELD.value])
    mine = sa.and_(living, signals.c.question > 0, signals.c.asked.is_not(None), signals.c.decided_by.is_(None))
    rows = tx.execute(sa.select(signals).where(mine).order_by(signals.c.id))
    found = {row.question: (row.question, row.turn, row.asked, row.person, row.at) for row in rows}
    return tuple(found.values())


def stopped(tx: Tx) -> tuple[tuple[Request, PersonId | None], ...]:
    """What somebody stopped and nobody let go on, oldest first, with who did; not what is being given back."""
    back = t.requests.alias()
    living = back.c.state.in_([state.value for state in OPEN_REQUESTS])
    undone = sa.exists().where(back.c.parent == t.requests.c.id, back.c.trigger == Trigger.RESTORE.value, living)
    still = sa.select(t.requests.c.id).where(_RUNNING, t.requests.c.stopped_at.is_not(None), ~undone)
    keys = tx.execute(still).scalars().all()
    if not keys:
        return ()
    mine = sa.and_(t.journal.c.request.in_(keys), t.journal.c.kind == "request.stopped")
    rows = tx.execute(sa.select(t.journal.c.request, t.journal.c.body).where(mine).order_by(t.journal.c.id))
    by = {row.request: PersonId(json.loads(row.body)["facts"]["by"]) for row in rows}
    return tuple((request, by.get(request.id)) for request in _requests(tx, keys))


def more(tx: Tx) -> tuple[Request, ...]:
    """Access of which somebody asked to have it for longer, and nobody decided yet."""
    asked = t.requests.c.wanted["more"].as_string().is_not(None)
    lent = t.requests.c.trigger == Trigger.ACCESS.value
    return _requests(tx, tx.execute(sa.select(t.requests.c.id).where(lent, _RUNNING, asked)).scalars().all())


def powers(tx: Tx) -> tuple[tuple[Nomination, datetime], ...]:
    """Roles that wait for their second approval, and since when."""
    waiting = sa.and_(t.powers.c.given_at.is_(None), t.powers.c.ended_at.is_(None), t.powers.c.proposed_by.is_not(None))
    rows = tx.execute(sa.select(t.powers).where(waiting).order_by(t.powers.c.id))
    return tuple((Nomination(row.id, row.person, Power(row.power), row.proposed_by), row.proposed_at) for row in rows)


# ---- what IT, security and HR look at ----


def work(tx: Tx) -> tuple[Request, ...]:
    """Requests that are not over, oldest first, but for access that is lent."""
    living = t.requests.c.state.in_([state.value for state in OPEN_REQUESTS])
    rows = tx.execute(sa.select(t.requests.c.id).where(living, t.requests.c.trigger != Trigger.ACCESS.value)).scalars()
    return _requests(tx, rows.all())


def overdue(tx: Tx, now: datetime) -> tuple[Step, ...]:
    """Everything that should be gone by now and is not, the longest overdue first."""
    late = sa.and_(t.steps.c.deadline <= now, t.steps.c.kind == StepKind.APPLY.value)
    living = t.steps.c.state.not_in([state.value for state in ENDED_STEPS])
    query = sa.select(t.steps).join(t.requests).where(late, living, _RUNNING).order_by(t.steps.c.deadline, t.steps.c.id)
    return tuple(map(to_step, tx.execute(query)))


def leavers(tx: Tx, since: datetime, until: datetime, limit: int) -> tuple[Request, ...]:
    """Offboardings whose day lies between these moments, and earlier ones that are not over."""
    r = t.requests.c
    dead = [state.value for state in (RequestState.WITHDRAWN, RequestState.DENIED, RequestState.EXPIRED)]
    here = sa.and_(r.trigger == Trigger.LEAVER.value, r.state.not_in(dead), r.starts_at < until)
    late = sa.or_(r.starts_at >= since, r.closed_at.is_(None))
    rows = tx.execute(sa.select(r.id).where(here, late).order_by(r.starts_at, r.id).limit(limit)).scalars().all()
    return _requests(tx, rows)


def _requests(tx: Tx, keys: Collection[str]) -> tuple[Request, ...]:
    return tuple(sorted(many(tx, keys), key=lambda one: (one.created_at, one.id))) if keys else ()
