"""Questions that nobody answered in time: somebody else is asked, and the thread is told; never nobody."""

from __future__ import annotations

from datetime import datetime

from bot.domain.lifecycle import StepState
from bot.domain.model import PersonId
from bot.domain.policy import keepers
from bot.domain.request import Request, Step
from bot.domain.successors import ACCEPT, QUESTIONS
from bot.engine import progress
from bot.engine.context import Engine, scene
from bot.engine.succeed import put_back
from bot.engine.tasks import refresh
from bot.store import Tx, journal, outbox, records
from bot.store.questions import unanswered as late


def unanswered(engine: Engine, now: datetime) -> int:
    """Ask the next person wherever a question about something left behind is past its deadline; returns how many."""
    with engine.db.look() as tx:
        found = late(tx, QUESTIONS, now)
    count = 0
    for known in found:
        with engine.db.begin() as tx:
            locked = records.lock_step(tx, known.id)
            if locked is None or not _late(locked[0], now) or locked[1].stopped_at is not None:
                continue  # answered in this very moment, or everybody was told to wait
            step, request = locked
            if step.held == ACCEPT:
                moved = put_back(engine, tx, step, request, now, "silent")
            else:
                moved = _next(engine, tx, step, request, now)
            count += moved is not None
    return count


def _late(step: Step, now: datetime) -> bool:
    waits = step.state is StepState.HELD and step.held in QUESTIONS
    return waits and step.deadline is not None and step.deadline <= now


def _next(engine: Engine, tx: Tx, step: Step, request: Request, now: datetime) -> Step | None:
    """The deputy after the owner, then IT, security and admins, and then from the beginning."""
    heir = _after(engine, tx, step, request, now)
    times = progress.deadline(engine, tx, request, step, now)
    moved = records.settle(tx, step, StepState.HELD, assignee=heir, **times)
    if moved is not None:
        facts = {"step": step.id, "by": step.assignee, "to": heir}
        journal.add(tx, "step.silent", now, request=request.id, facts=facts)
        told = {"what": "silent", "by": step.assignee, "asked": heir}
        outbox.tell(tx, "line", now, request=request.id, step=step.id, **told)
        refresh(tx, step, now)
        refresh(tx, moved, now)
    return moved


def _after(engine: Engine, tx: Tx, step: Step, request: Request, now: datetime) -> PersonId | None:
    around = scene(engine, tx, request, now)
    chain = keepers(around.rules.policy, around.crew, step.system, besides=request.subject, today=around.today)
    if step.assignee not in chain:
        return chain[0] if chain else step.assignee
    return chain[(chain.index(step.assignee) + 1) % len(chain)]
