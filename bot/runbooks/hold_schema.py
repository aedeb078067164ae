"""The fields of what may wait, for whom, and for how long; and of locking somebody before the approval."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import Field, model_validator

from bot.domain.hold import Checkpoint, Holds, LockNow, Silence
from bot.domain.model import PersonId, Power
from bot.runbooks.fields import Fields, Id, Length, Once, Title

_LONGEST = timedelta(days=90)
_HOUR = timedelta(hours=1)


class HoldFields(Fields):
    """How long questions wait, and how long things may be kept."""

    answer: Length = Holds().answer
    longest: Length = Holds().longest

    @model_validator(mode="after")
    def _bounded(self) -> HoldFields:
        if self.longest > _LONGEST:
            raise ValueError(f"longest must be {_LONGEST.days} days or less: what is kept for longer is not leaving")
        if self.answer > self.longest:
            raise ValueError("answer is more than longest")
        return self


class CheckpointFields(Fields):
    """A team that releases items: some people by id, or everybody who holds a role."""

    words: Title
    people: Annotated[tuple[Id, ...], Once] = ()
    power: Power | None = None
    answer: Length = Checkpoint("", "").answer
    silence: Silence = Silence.WAIT
    escalate: Annotated[tuple[Power, ...], Once] = (Power.SECURITY,)

    @model_validator(mode="after")
    def _somebody(self) -> CheckpointFields:
        if bool(self.people) == (self.power is not None):
            raise ValueError("name either people, by their ids, or a power; one of the two")
        return self


class LockFields(Fields):
    """Who may agree to a lock before the approval."""

    ask: Annotated[tuple[Power, ...], Once, Field(min_length=1)]
    review: Length = LockNow(()).review

    @model_validator(mode="after")
    def _soon(self) -> LockFields:
        if not _HOUR <= self.review <= timedelta(hours=72):
            raise ValueError("review must be between 1 hour and 72 hours")
        return self


def holds(found: HoldFields) -> Holds:
    """The rule about questions."""
    return Holds(found.answer, found.longest)


def checkpoint(key: str, found: CheckpointFields) -> Checkpoint:
    """One team."""
    people = frozenset(map(PersonId, found.people))
    return Checkpoint(key, found.words, people, found.power, found.answer, found.silence, found.escalate)


def lock(found: LockFields | None) -> LockNow | None:
    """The rule about locking at once; none, where the company wrote none."""
    return LockNow(found.ask, found.review) if found else None
