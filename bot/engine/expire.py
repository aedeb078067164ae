"""What ends by itself: access whose time is over, questions that nobody answered. One tick looks for what is due."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from bot.domain.lifecycle import NOT_STARTED, RequestState, StepState
from bot.domain.model import Assign, PersonId, Revoke, StepId, Trigger
from bot.domain.request import Request, Step, StepKind
from bot.engine import fail, lapse, lend, poll, progress, resting
from bot.engine.context import Engine, priority_of, shared_time
from bot.store import Tx, due, journal, outbox, people, records

AT_ONCE = 500  # in one transaction: a week of standstill is made up for without holding anybody else back
_ALONE = 100  # the same on SQLite, where everybody else waits for this transaction
_NOT_SEEN = "It ended before it was seen given."


def tick(engine: Engine, now: datetime) -> int:
    """Do everything that is due by the clock all replicas share: the database's own, where there is one."""
    shared = shared_time(engine, now)
    return expire(engine, shared)


def expire(engine: Engine, now: datetime) -> int:
    """Do everything whose moment has come, however long ago that was; returns how much."""
    with engine.db.look() as tx:
        waits = due.waits(tx, now)
    ended = _ends(engine, now) if waits.ends else 0
    ended += _unanswered(engine, now) if waits.unanswered else 0
    ended += lapse.ends(engine, now)
    return ended + (_reminders(engine, now) + resting.remind(engine, now) if waits.words else 0)


def end_now(engine: Engine, tx: Tx, request: Request, now: datetime) -> bool:
    """Take the access of a locked, running request back now; False when nothing of it is left to take back."""
    left = fail.take_back(tx, request, now)
    _end(engine, tx, request, now)
    return left


def end_for_leaver(engine: Engine, tx: Tx, subject: PersonId, now: datetime) -> None:
    """An offboarding began: what was not given yet is not given, and what is lent ends now."""
    for known in records.open_requests(tx, subject=subject, trigger=Trigger.ACCESS):
        request = records.lock(tx, known.id)
        if request.state in NOT_STARTED:
            lend.withdraw(tx, request, lend.LEAVING, now)
        elif request.state is RequestState.RUNNING:  # pragma: no branch (it may end while we wait for its lock)
            end_now(engine, tx, request, now)


def _ends(engine: Engine, now: datetime) -> int:
    most = _ALONE if engine.db.is_sqlite else AT_ONCE
    fired: set[StepId] = set()
    stays: set[StepId] = set()  # its time has come, and something else has not: it holds no other back
    while True:
        with engine.db.begin() as tx:
            steps = due.ending(tx, now, most, besides=stays)
            moved = _fire(engine, tx, steps, now) if steps else frozenset()
        fired |= moved
        stays |= {step.id for step in steps} - moved
        if len(steps) < most:
            return len(fired)


def _fire(engine: Engine, tx: Tx, steps: tuple[Step, ...], now: datetime) -> frozenset[StepId]:
    """Put what needs nothing more into the queues, all of it at once and in this order; the rest one by one."""
    requests = due.requests(tx, {step.request for step in steps})
    every = due.steps(tx, requests)
    yes = due.approvals(tx, requests)
    ripe = [s for s in steps if progress.ripe(requests[s.request], s, every[s.request], yes[s.request], now)]
    fired = due.fire(tx, [step.id for step in ripe])
    for one in (fired[step.id] for step in ripe if step.id in fired):
        engine.dispatcher.enqueue(tx, one, priority=priority_of(one))
    _say(tx, [requests[key] for key in dict.fromkeys(step.request for step in ripe)], now)
    rest = dict.fromkeys(step.request for step in steps if step.id not in fired)
    moved = [_end(engine, tx, records.lock(tx, key), now) for key in rest]
    return frozenset(fired).union(*moved)


def _say(tx: Tx, begun: list[Request], now: datetime) -> None:
    """The heads of their threads, and what whoever holds something reads of it."""
    outbox.tell_each(tx, "root", now, [(request.id, None) for request in begun])
    lent = [request for request in begun if request.trigger is Trigger.ACCESS]
    stay = frozenset(people.staying(tx, [request.subject for request in lent]))
    outbox.tell_each(tx, "held", now, [(one.id, one.subject) for one in lent if one.subject in stay])


def _end(engine: Engine, tx: Tx, request: Request, now: datetime) -> frozenset[StepId]:
    """Begin what is due in a locked request; which steps moved."""
    before = records.steps(tx, request.id)
    if request.trigger is Trigger.ACCESS and not _out_of_the_way(engine, tx, request, before, now):
        return frozenset()
    progress.free_due(engine, tx, request, now)
    after = {step.id: step.state for step in records.steps(tx, request.id)}
    moved = frozenset(s.id for s in before if s.state is StepState.WAITING and after[s.id] is not s.state)
    if moved:
        if request.trigger is Trigger.ACCESS:
            progress.redraw_access(tx, request, now)
        else:
            outbox.tell(tx, "root", now, request=request.id)
    return moved


def _out_of_the_way(engine: Engine, tx: Tx, request: Request, steps: tuple[Step, ...], now: datetime) -> bool:
    """What was to be given and is not seen yet is given up, once its end has come.

    False while the system is being asked, or works at it: what it still does then would be taken back too early.
    """
    over = any(isinstance(s.action, Revoke) and s.state is StepState.WAITING and s.due and s.due <= now for s in steps)
    for step in steps if over else ():
        if isinstance(step.action, Assign) and not step.ended:
            if step.state is StepState.RUNNING or poll.works(engine, step, now):
                return False
            records.settle(tx, step, StepState.DROPPED, ended_at=now, due=None, error=_NOT_SEEN)
            journal.add(tx, "step.dropped", now, request=step.request, facts={"step": step.id, "why": "over"})
            if not step.tries and not step.joined_late:
                _never_given(tx, request, steps, now)
    return True


def _never_given(tx: Tx, request: Request, steps: tuple[Step, ...], now: datetime) -> None:
    """The system was never asked, so nothing there is ours: no look and no removal is needed any more."""
    for step in steps:
        if step.kind is StepKind.READ and not step.ended:
            records.settle(tx, step, StepState.DROPPED, ended_at=now, due=None)
    lend.leave(tx, request, now, "It was never given.")
    lend.tell_all(tx, request, now, "failed")


def _unanswered(engine: Engine, now: datetime) -> int:
    with engine.db.begin() as tx:
        keys = due.unanswered(tx, now, AT_ONCE)
        for key in keys:
            over = records.advance(tx, records.lock(tx, key), RequestState.EXPIRED, closed_at=now)
            journal.add(tx, "request.expired", now, request=over.id, facts={"approvers": list(over.approvers)})
            outbox.tell(tx, "line", now, request=over.id, what="expired")
            lend.tell_all(tx, over, now, "expired")
    return len(keys)


def _reminders(engine: Engine, now: datetime) -> int:
    """A word before the end, one for each person however many ends come near."""
    with engine.db.begin() as tx:
        near: dict[PersonId, list[Step]] = defaultdict(list)
        for step in due.soon(tx, now, AT_ONCE):
            records.settle(tx, step, step.state, reminded_at=None)
            near[records.lock(tx, step.request).subject].append(step)
        for person, steps in near.items():
            first, *others = dict.fromkeys(step.request for step in steps)
            outbox.tell(tx, "ending", now, request=first, person=person, others=others)
    return len(near)
