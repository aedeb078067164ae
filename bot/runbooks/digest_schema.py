"""The fields of what people hear: the daily digest, who is told what, and the hours in which nobody is disturbed."""

from __future__ import annotations

from datetime import time
from typing import Annotated, Literal

from pydantic import Field, model_validator

from bot.domain.digest import Digest
from bot.domain.hours import DAYS, Hours
from bot.domain.model import PersonId
from bot.domain.policy import Channels
from bot.domain.telling import Quiet, Tell
from bot.runbooks.fields import Clock, Fields, Id, Once, Title

_Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
_Told = Literal["manager", "owners", "payroll", "admin", "hr", "it", "security", "auditor"]


class DigestFields(Fields):
    """When everybody hears what waits for them, and where IT and security read the overview."""

    at: Clock = time(9, 0)
    weekdays: Annotated[tuple[_Weekday, ...], Once] | None = None
    channel: Annotated[Title, Field(pattern=r"^\S+$")] = ""


class TellFields(Fields):
    """Who hears that an offboarding started, and that it is finished."""

    started: tuple[_Told, ...] = ("manager", "owners")
    finished: tuple[_Told, ...] = ("manager",)
    payroll: Annotated[tuple[Id, ...], Once] | None = None

    @model_validator(mode="after")
    def _somebody(self) -> TellFields:
        if self.payroll is None and "payroll" in (*self.started, *self.finished):
            raise ValueError("payroll is told, and nobody is named: add `payroll:` with the ids of people")
        return self


class QuietFields(Fields):
    """From when to when nobody is disturbed with what can wait."""

    begins: Clock = Quiet().begins
    ends: Clock = Quiet().ends


class ChannelFields(Fields):
    """Where Teams hears of requests, in a company with Slack too: by the name of a channel, or by its id."""

    channel: Title
    access: Title | None = None
    digest: Title | None = None


KNOWN: dict[str, type[Fields]] = {
    "digest": DigestFields,
    "tell": TellFields,
    "quiet": QuietFields,
    "teams": ChannelFields,
}


def digest(found: DigestFields, hours: Hours) -> Digest:
    """The rule about the daily digest; without days of its own it comes on those on which the company works."""
    days = hours.days if found.weekdays is None else frozenset(DAYS.index(day) for day in found.weekdays)
    return Digest(found.at, days, found.channel.removeprefix("#"))


def channels(found: ChannelFields | None) -> Channels | None:
    """The channels of Teams; None where the company names none."""
    return Channels(found.channel, found.access or "", found.digest or "") if found else None


def tell(found: TellFields) -> Tell:
    """Who hears what."""
    return Tell(found.started, found.finished, frozenset(map(PersonId, found.payroll or ())))


def quiet(found: QuietFields) -> Quiet:
    """The quiet hours."""
    return Quiet(found.begins, found.ends)
