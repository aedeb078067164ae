"""Requests and their steps: values in, values out. Every change of state is one conditional update."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import asdict
from datetime import datetime
from functools import cache
from typing import Any, cast

import sqlalchemy as sa
from pydantic import TypeAdapter
from sqlalchemy.sql.dml import ReturningUpdate

from bot.domain.lifecycle import OPEN_REQUESTS, RequestState, StepState, move
from bot.domain.model import PersonId, RequestId, StepId, SystemKey, Trigger, Wave
from bot.domain.reading import Reading
from bot.domain.request import Approval, Evidence, Request, Step, StepKind, Wanted
from bot.store import halts
from bot.store import tables as t
from bot.store.database import Tx, insert

_REQUEST = TypeAdapter(Request)
_WANTED = TypeAdapter(Wanted)
_READING = TypeAdapter(Reading)
_EVIDENCE = TypeAdapter(Evidence)
_KEPT = frozenset({"action", "after", "after_done"})  # their columns write them down

# The statements that a busy Usher sends most are built once: building one takes three times as long as sending it.
_KEY: sa.BindParameter[str] = sa.bindparam("key")
_GET = sa.select(t.requests).where(t.requests.c.id == _KEY)
_SUBJECT = sa.select(t.requests.c.subject).where(t.requests.c.id == _KEY)
_LOCK = _GET.with_for_update()
_OF_STEP = sa.select(t.steps.c.request).where(t.steps.c.id == _KEY).scalar_subquery()
_LOCK_OF_STEP = sa.select(t.requests).where(t.requests.c.id == _OF_STEP).with_for_update()
_STEP = sa.select(t.steps).where(t.steps.c.id == _KEY)
_STEPS = sa.select(t.steps).where(t.steps.c.request == _KEY).order_by(t.steps.c.number)
_APPROVALS = sa.select(t.approvals).where(t.approvals.c.request == _KEY).order_by(t.approvals.c.id)
_ITEMS = sa.select(t.approval_items).join(t.approvals).where(t.approvals.c.request == _KEY)
_KINDS, _WAVES = {one.value: one for one in StepKind}, {one.value: one for one in Wave}
_STATES = {one.value: one for one in StepState}
_ADD_READING, _ADD_EVIDENCE = sa.insert(t.readings), sa.insert(t.evidence)


def next_id(tx: Tx, prefix: str) -> RequestId:
    """The next sayable id, such as OFF-142."""
    value = t.sequences.c.value
    first = insert(tx, t.sequences).values(name=prefix, value=101)
    bumped = first.on_conflict_do_update(index_elements=["name"], set_={"value": value + 1}).returning(value)
    return RequestId(f"{prefix}-{tx.execute(bumped).scalar_one()}")


def add(tx: Tx, request: Request) -> None:
    """Store a new request. Raises Conflict when the subject has an open one of its kind."""
    tx.execute(sa.insert(t.requests).values(**_row(request)))


def get(tx: Tx, request_id: str) -> Request | None:
    """The request, or None."""
    row = tx.execute(_GET, {"key": request_id}).one_or_none()
    return _request(row) if row else None


def subject_of(tx: Tx, request_id: str) -> PersonId:
    """Whom a request is about. Raises sqlalchemy NoResultFound."""
    found: PersonId = tx.execute(_SUBJECT, {"key": request_id}).scalar_one()
    return found


def many(tx: Tx, keys: Collection[str]) -> tuple[Request, ...]:
    """Those of these requests that exist."""
    return tuple(_request(row) for row in tx.execute(sa.select(t.requests).where(t.requests.c.id.in_(keys))))


def lock(tx: Tx, request_id: str) -> Request:
    """The request, held until this transaction ends. Raises LookupError."""
    row = tx.execute(_LOCK, {"key": request_id}).one_or_none()
    if row is None:
        raise LookupError(request_id)
    return _request(row)


def advance(tx: Tx, request: Request, to: RequestState, **facts: Any) -> Request:
    """Move a locked request; the row changes only if it still stands where we saw it. Raises IllegalMove."""
    moved = _advance(tx, request, to, facts, sa.true())
    if moved is None:
        message = f"{request.id} does not stand where it was seen"
        raise LookupError(message)
    return moved


def decide(tx: Tx, request: Request, to: RequestState, now: datetime, **facts: Any) -> Request | None:
    """Move a request that people decided about; None when its time to be answered is over. Raises IllegalMove."""
    in_time = sa.or_(t.requests.c.expires_at.is_(None), t.requests.c.expires_at > now)
    return _advance(tx, request, to, {"decided_at": now, **facts}, in_time)


def _advance(
    tx: Tx, request: Request, to: RequestState, facts: dict[str, Any], only: sa.ColumnElement[bool]
) -> Request | None:
    move(request.state, to)
    changed = tx.execute(
        sa.update(t.requests)
        .where(t.requests.c.id == request.id, t.requests.c.state == request.state.value, only)
        .values(state=to.value, **_plain(facts))
        .returning(*t.requests.c),
    ).one_or_none()
    return _request(changed) if changed else None


def reopen(tx: Tx, request: Request) -> None:
    """A locked request that was closed has work again: what its system did since is not over. The only way back."""
    closed = sa.and_(t.requests.c.id == request.id, t.requests.c.state == RequestState.CLOSED.value)
    tx.execute(sa.update(t.requests).where(closed).values(state=RequestState.RUNNING.value, closed_at=None))


def note(tx: Tx, request_id: str, **facts: Any) -> Request:
    """Change facts of a request that are not its state."""
    found = tx.execute(
        sa.update(t.requests).where(t.requests.c.id == request_id).values(**_plain(facts)).returning(*t.requests.c),
    ).one()
    return _request(found)


def open_requests(
    tx: Tx,
    *,
    subject: PersonId | None = None,
    state: RequestState | None = None,
    trigger: Trigger | None = None,
) -> tuple[Request, ...]:
    """Requests that are not over, oldest first."""
    states = [state] if state else list(OPEN_REQUESTS)
    query = sa.select(t.requests).where(t.requests.c.state.in_([s.value for s in states]))
    if subject:
        query = query.where(t.requests.c.subject == subject)
    if trigger:
        query = query.where(t.requests.c.trigger == trigger.value)
    # Sorted here: asked to, SQLite reads every closed request of the trigger in that order instead of the open ones.
    return tuple(sorted(map(_request, tx.execute(query)), key=lambda one: (one.created_at, one.id)))


def about(tx: Tx, subject: PersonId) -> tuple[Request, ...]:
    """Every request about this person, whatever its state, oldest first."""
    rows = tx.execute(sa.select(t.requests).where(t.requests.c.subject == subject).order_by(t.requests.c.created_at))
    return tuple(_request(row) for row in rows)


def recent(tx: Tx, limit: int = 20) -> tuple[Request, ...]:
    """The newest requests, whatever their state."""
    rows = tx.execute(sa.select(t.requests).order_by(t.requests.c.created_at.desc()).limit(limit))
    return tuple(_request(row) for row in rows)


def starting(tx: Tx, now: datetime) -> tuple[Request, ...]:
    """Approved requests whose time has come, or that contain before it and were held."""
    rows = tx.execute(
        sa.select(t.requests)
        .where(
            t.requests.c.state.in_([RequestState.APPROVED.value, RequestState.SCHEDULED.value]),
            sa.or_(t.requests.c.starts_at <= now, t.requests.c.voluntary.is_(False)),
        )
        .order_by(t.requests.c.starts_at),
    )
    return tuple(_request(row) for row in rows)


# ---- steps ----


def add_steps(tx: Tx, steps: Iterable[Step]) -> None:
    """Store new steps."""
    rows = [_row(step) for step in steps]
    if rows:
        tx.execute(sa.insert(t.steps), rows)


def steps(tx: Tx, request_id: str) -> tuple[Step, ...]:
    """All steps of a request in the order of the plan."""
    rows = tx.execute(_STEPS, {"key": request_id})
    return tuple(to_step(row) for row in rows)


def step(tx: Tx, step_id: str) -> Step | None:
    """One step, or None."""
    row = tx.execute(_STEP, {"key": step_id}).one_or_none()
    return to_step(row) if row else None


def lock_step(tx: Tx, step_id: str) -> tuple[Step, Request] | None:
    """A step as it stands now that its request is locked, and the request; None where there is no such step."""
    row = tx.execute(_LOCK_OF_STEP, {"key": step_id}).one_or_none()
    found = step(tx, step_id) if row else None
    return (found, _request(row)) if row and found else None


def settle(tx: Tx, before: Step, to: StepState, **facts: Any) -> Step | None:
    """Move a step that still stands where `before` saw it; None when somebody else was first. Raises IllegalMove."""
    if to is not before.state:
        move(before.state, to)
    values = {"to_state": to.value, **_plain(facts)}
    seen = {"key": before.id, "old_state": before.state.value, "old_attempt": before.attempt}
    row = tx.execute(_settling(frozenset(facts)), {**values, **seen}).one_or_none()
    return to_step(row) if row else None


@cache
def _settling(names: frozenset[str]) -> ReturningUpdate[Any]:
    """The update that changes these facts of one step."""
    held = t.steps.c
    new = {name: sa.bindparam(name, type_=held[name].type) for name in names}
    return (
        sa.update(t.steps)
        .where(held.id == _KEY, held.state == sa.bindparam("old_state"), held.attempt == sa.bindparam("old_attempt"))
        .values({"state": sa.bindparam("to_state"), **new})
        .returning(*held)
    )


def assigned(tx: Tx, person: PersonId) -> tuple[tuple[Step, Request], ...]:
    """What this person is asked to do or to answer in running requests, oldest first."""
    states = [StepState.READY.value, StepState.HELD.value, StepState.PARKED.value]
    mine = sa.and_(t.steps.c.assignee == person, t.steps.c.state.in_(states))
    running = t.requests.c.state == RequestState.RUNNING.value
    query = sa.select(t.steps).join(t.requests).where(mine, running)
    found = [to_step(row) for row in tx.execute(query.order_by(t.requests.c.created_at, t.steps.c.number))]
    requests = {one.id: one for one in many(tx, {step.request for step in found})}
    return tuple((step, requests[step.request]) for step in found)


def runnable(tx: Tx, now: datetime, limit: int = 100) -> tuple[Step, ...]:
    """Steps that a dispatcher may run now: ready ones, and applied ones that want a fresh reading."""
    rows = tx.execute(
        sa.select(t.steps)
        .where(
            t.steps.c.state.in_([StepState.READY.value, StepState.APPLIED.value]),
            t.steps.c.kind != "task",
            sa.or_(t.steps.c.due.is_(None), t.steps.c.due <= now),
        )
        .order_by(t.steps.c.due, t.steps.c.number)
        .limit(limit),
    )
    return tuple(to_step(row) for row in rows)


def in_flight(tx: Tx, *, after: str = "", limit: int = 1000) -> tuple[Step, ...]:
    """Automatic steps that wait for a dispatcher or run under one, but for what is stopped or paused: a page by id."""
    moving = [StepState.READY.value, StepState.RUNNING.value, StepState.APPLIED.value]
    rows = tx.execute(
        sa.select(t.steps)
        .join(t.requests)
        .where(
            t.steps.c.state.in_(moving),
            t.steps.c.kind != "task",
            t.requests.c.state.in_([RequestState.PLANNING.value, RequestState.RUNNING.value]),
            halts.GOES_ON,
            halts.MOVES,
            t.steps.c.id > after,
        )
        .order_by(t.steps.c.id)
        .limit(limit),
    )
    return tuple(to_step(row) for row in rows)


# ---- readings, approvals, evidence ----


def add_reading(tx: Tx, request_id: str, reading: Reading) -> None:
    """Keep what a system said."""
    body = _READING.dump_python(reading, mode="json")
    tx.execute(_ADD_READING, {"request": request_id, "system": reading.system, "at": reading.at, "body": body})


def last_reading(tx: Tx, request_id: str, system: SystemKey) -> Reading | None:
    """The newest thing this system said for this request, whichever of two looks ended first."""
    body = tx.execute(
        sa.select(t.readings.c.body)
        .where(t.readings.c.request == request_id, t.readings.c.system == system)
        .order_by(t.readings.c.at.desc(), t.readings.c.id.desc())
        .limit(1),
    ).scalar_one_or_none()
    return _READING.validate_python(body) if body else None


def add_approval(tx: Tx, request: Request, person: PersonId, *, yes: bool, items: Iterable[int], at: datetime) -> int:
    """Record one person's yes or no to the digest of this request, step by step; returns its id."""
    key: int = tx.execute(
        sa.insert(t.approvals)
        .values(request=request.id, digest=request.digest, person=person, yes=yes, at=at)
        .returning(t.approvals.c.id),
    ).scalar_one()
    rows = [{"approval": key, "number": number} for number in sorted(set(items))]
    if rows:
        tx.execute(sa.insert(t.approval_items), rows)
    return key


def withdraw_approval(tx: Tx, approval_id: int, at: datetime) -> bool:
    """Take a yes back; False when it was taken back already."""
    living = sa.and_(t.approvals.c.id == approval_id, t.approvals.c.withdrawn_at.is_(None))
    return tx.execute(sa.update(t.approvals).where(living).values(withdrawn_at=at)).rowcount == 1


def approvals(tx: Tx, request_id: str) -> tuple[Approval, ...]:
    """Every yes and no, oldest first, with the steps it covers."""
    rows = tx.execute(_APPROVALS, {"key": request_id}).all()
    return to_approvals(rows, tx.execute(_ITEMS, {"key": request_id}) if rows else ())


def add_evidence(tx: Tx, evidence: Evidence) -> None:
    """Keep proof; it is never edited."""
    row = asdict(evidence)
    tx.execute(_ADD_EVIDENCE, {**row, "references": list(evidence.references)})


def evidence(tx: Tx, request_id: str) -> tuple[Evidence, ...]:
    """All proof of a request, oldest first."""
    rows = tx.execute(
        sa.select(t.evidence)
        .join(t.steps, t.steps.c.id == t.evidence.c.step)
        .where(t.steps.c.request == request_id)
        .order_by(t.evidence.c.id),
    )
    return tuple(_EVIDENCE.validate_python({k: v for k, v in row._mapping.items() if k != "id"}) for row in rows)  # noqa: SLF001


def step_id(request_id: str, number: int) -> StepId:
    """The id of a step: the request and the line of its plan."""
    return StepId(f"{request_id}.{number}")


# ---- the mappers ----


def _row(value: Request | Step) -> dict[str, Any]:
    plain = {name: getattr(value, name) for name in value.__dataclass_fields__}
    return _plain(plain)


def _plain(facts: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value if name in _KEPT
        else _WANTED.dump_python(value, mode="json") if name == "wanted" and value is not None
        else list(value) if isinstance(value, tuple)
        else value.value if isinstance(value, RequestState | StepState)
        else value
        for name, value in facts.items()
    }  # fmt: skip


def _request(row: sa.Row[Any]) -> Request:
    return _REQUEST.validate_python(dict(row._mapping))  # noqa: SLF001 - SQLAlchemy's public name


def to_approvals(rows: Iterable[sa.Row[Any]], items: Iterable[sa.Row[Any]]) -> tuple[Approval, ...]:
    """Approvals from their rows, and the rows of the steps they cover."""
    covers: defaultdict[int, list[int]] = defaultdict(list)
    for item in items:
        covers[item.approval].append(item.number)
    return tuple(Approval(**{**row._mapping, "items": tuple(covers[row.id])}) for row in rows)  # noqa: SLF001 - public


def to_step(row: sa.Row[Any]) -> Step:
    """A step from its row, whose columns are its facts in their order; this is what a busy Usher does most."""
    key, request, number, kind, system, wave, action, state, *facts = cast("tuple[Any, ...]", row)
    return Step(key, request, number, _KINDS[kind], system, _WAVES[wave], action, _STATES[state], *facts)
