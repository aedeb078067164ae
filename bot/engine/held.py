"""Looking at what waits: what of a person's is about to end, and whether they may answer for an item."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.model import PersonId
from bot.domain.request import Request, Step
from bot.engine.context import Engine
from bot.engine.release import mine
from bot.store import Tx, holds, records

SOON = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Held:
    """An item that waits for a person or by their word, and when what was announced happens."""

    step: Step
    request: Request
    ends: datetime


def holds_of(tx: Tx, person: PersonId, now: datetime, within: timedelta = SOON) -> tuple[Held, ...]:
    """The questions and holds of this person that end soon, the next one first."""
    steps = holds.of(tx, person, now + within)
    requests = {one.id: one for one in records.many(tx, {step.request for step in steps})}
    return tuple(Held(step, requests[step.request], step.due) for step in steps if step.due)


def answerable(engine: Engine, step_id: str, by: PersonId, now: datetime) -> Step:
    """The held step, if this person may answer for it now. Raises Refused."""
    with engine.db.look() as tx:
        return mine(engine, tx, step_id, by, now)[0]
