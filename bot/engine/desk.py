"""Where what is stuck is shown: a card a system, in the thread and with its owner, redrawn in its place."""

from __future__ import annotations

from datetime import datetime

from bot.domain.lifecycle import StepState
from bot.domain.model import PersonId
from bot.domain.request import Step
from bot.store import Tx, outbox

THREAD, DIRECT = "desk", "trouble"  # the kinds of notices that draw it


def is_stuck(step: Step) -> bool:
    """Whether something is in its way: it is parked, or waits for its next try."""
    waits = step.state in {StepState.READY, StepState.APPLIED} and bool(step.error)
    return step.state is StepState.PARKED or waits


def show(tx: Tx, step: Step, now: datetime, person: PersonId | None = None) -> None:
    """The card of this step's system comes up in the thread, and with this person; or is drawn again there."""
    outbox.tell(tx, THREAD, now, request=step.request, system=step.system)
    if person:
        outbox.tell(tx, DIRECT, now, request=step.request, person=person, system=step.system)


def redraw(tx: Tx, step: Step, now: datetime) -> None:
    """The same where it was shown before; nothing where it never was."""
    for key in outbox.posts_of(tx, step.request, (f"{THREAD}:", f"{DIRECT}:")):
        kind, _request, system, person = key.split(":", 3)
        if system == step.system:
            outbox.tell(tx, kind, now, request=step.request, person=person or None, system=system)
