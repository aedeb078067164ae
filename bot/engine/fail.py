"""Access fails closed: what cannot be given is over, and what may have been given all the same is taken back."""

from __future__ import annotations

from datetime import datetime

from bot.domain.lifecycle import StepState
from bot.domain.model import Assign, Revoke, Trigger
from bot.domain.request import Request, Step
from bot.engine import lend
from bot.store import Tx, journal, outbox, records
from connectors.interface import Kind

# An answer like this, to the first and only try, says that nothing was changed.
_CERTAIN = frozenset({Kind.PERMISSION.value, Kind.PERMANENT.value, Kind.GONE.value})


def fail_closed(tx: Tx, request: Request, step: Step, said: str, kind: str, now: datetime) -> bool:
    """End a gift that only a person could bring about; False for every other step, which waits for that person."""
    if request.trigger is not Trigger.ACCESS or not isinstance(step.action, Assign):
        return False
    answered = step.state is StepState.RUNNING
    to = StepState.FAILED if answered else StepState.DROPPED
    if records.settle(tx, step, to, ended_at=now, error=said, error_kind=kind, due=None) is None:
        return True
    first = not step.joined_late  # a longer time that was refused leaves what was given before
    certain = first and answered and kind in _CERTAIN and _begun(tx, step) == 1
    facts = {"step": step.id, "attempt": step.attempt, "kind": kind, "said": said, "certain": certain}
    journal.add(tx, "step.failed", now, request=request.id, facts=facts)
    outbox.tell(tx, "line", now, request=request.id, step=step.id, what="failed")
    if certain:
        lend.leave(tx, request, now, "It was never given.")
    else:
        take_back(tx, request, now)
    lend.tell_all(tx, request, now, "failed")
    return True


def take_back(tx: Tx, request: Request, now: datetime) -> bool:
    """Let the end of this request come now; whether there is still something to take back."""
    waits = [s for s in records.steps(tx, request.id) if isinstance(s.action, Revoke) and s.state is StepState.WAITING]
    for step in waits:
        records.settle(tx, step, step.state, due=min(step.due or now, now), reminded_at=None)
    return bool(waits)


def _begun(tx: Tx, step: Step) -> int:
    """How often the system was asked: the same attempt is begun again after a crash."""
    trail = journal.read(tx, request=step.request, kinds=("step.started",))
    return sum(entry.facts["step"] == step.id for entry in trail)
