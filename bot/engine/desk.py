"""Where what is stuck is shown: a card a system, in the thread and with its owner, redrawn in its place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from bot.domain.lifecycle import StepState
from bot.domain.model import PersonId
from bot.domain.request import Step
from bot.store import Tx, outbox

TASKS = "tasks"  # the one message of all that somebody is asked to do for a request
THREAD, DIRECT = "desk", "trouble"  # the kinds of notices that draw it
TOLD = "escalated"  # what somebody was told because others were silent
_MOST = 20  # steps that one such message names


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
    for key in outbox.posts_of(tx, step.request, (f"{THREAD}:", f"{DIRECT}:", f"{TOLD}:")):
        kind, _request, about, person = key.split(":", 3)
        if kind != TOLD and about == step.system:
            outbox.tell(tx, kind, now, request=step.request, person=person or None, system=about)
        elif kind == TOLD and str(step.number) in about.split("+"):
            tell(tx, step.request, PersonId(person), [f"{step.request}.{number}" for number in about.split("+")], now)


def ask(tx: Tx, request: str, person: PersonId | None, now: datetime) -> None:
    """The one message of all that this person is asked to do or to answer for a request, drawn anew."""
    if person:
        outbox.tell(tx, TASKS, now, request=request, person=person)


def redraw_asked(tx: Tx, request: str, now: datetime) -> None:
    """The same for everybody who has such a message: what they were asked may be somebody else's by now."""
    for key in outbox.posts_of(tx, request, (f"{TASKS}:",)):
        ask(tx, request, PersonId(key.split(":", 2)[2]), now)


def tell(tx: Tx, request: str, person: PersonId, steps: Sequence[str], now: datetime) -> None:
    """What somebody is told because others were silent about these steps; told again it is drawn in its place."""
    outbox.tell(tx, TOLD, now, request=request, step=steps[0], person=person, steps=list(steps[:_MOST]))


def key_of(kind: str, request: str, person: str, body: Mapping[str, Any]) -> str:
    """The name of a message of the desk; it says what it is about, so that it is found when that changes."""
    about = "+".join(step.rsplit(".", 1)[-1] for step in body["steps"]) if kind == TOLD else body["system"]
    return f"{kind}:{request}:{about}:{person}"
