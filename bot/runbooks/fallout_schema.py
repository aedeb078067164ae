"""What a company writes about trouble: how long something may stay open, whom to turn to, and when they work."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Annotated, Literal

from pydantic import Field, model_validator

from bot.domain.hours import DAYS, Engineering, Escalation, Hours
from bot.domain.policy import Exceptions
from bot.runbooks.fields import Clock, Day, Fields, Id, Length, Once, Text

_Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
_MOST = timedelta(days=365)


class ExceptionsFields(Fields):
    """How long something may stay open by decision of two people."""

    longest: Length = timedelta(days=90)

    @model_validator(mode="after")
    def _bounded(self) -> ExceptionsFields:
        if not timedelta(days=1) <= self.longest <= _MOST:
            raise ValueError("longest must be between 1 day and 365 days")
        return self


class HoursFields(Fields):
    """When people are at work."""

    days: Annotated[tuple[_Weekday, ...], Once] = ("mon", "tue", "wed", "thu", "fri")
    opens: Clock = time(9, 0)
    closes: Clock = time(18, 0)
    holidays: tuple[Day, ...] = ()

    @model_validator(mode="after")
    def _opens_first(self) -> HoursFields:
        if self.opens >= self.closes:
            raise ValueError("opens must be earlier than closes")
        return self


class EngineeringFields(Fields):
    """Whom to turn to about systems: a person's id, or a role."""

    contact: Id = Engineering().contact
    after_hours: Id = Engineering().after_hours
    on_call: Text = ""


class EscalationFields(Fields):
    """How long silence lasts before the next person hears of it."""

    approval: Annotated[Length, Field(ge=timedelta(minutes=15))] = Escalation().approval
    urgent: Annotated[Length, Field(ge=timedelta(minutes=5))] = Escalation().urgent
    again: Annotated[Length, Field(ge=timedelta(minutes=15))] = Escalation().again


def exceptions(found: ExceptionsFields) -> Exceptions:
    """The bound of what two people may leave open."""
    return Exceptions(found.longest)


def hours(found: HoursFields) -> Hours:
    """Business hours."""
    days = frozenset(DAYS.index(day) for day in found.days)
    return Hours(days, found.opens, found.closes, frozenset(found.holidays))


def engineering(found: EngineeringFields) -> Engineering:
    """Whom to turn to."""
    return Engineering(found.contact, found.after_hours, found.on_call)


def escalation(found: EscalationFields) -> Escalation:
    """How long silence lasts."""
    return Escalation(found.approval, found.urgent, found.again)
