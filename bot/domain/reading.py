"""What a system said about one account at an instant, and how much of it could be seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Generic, TypeVar

from bot.domain.model import Account, Asset, Credential, Grant, SystemKey

Held = TypeVar("Held")


@dataclass(frozen=True, slots=True)
class Session:
    """An open session of the account, as the system lists it; `until` is when it ends by itself at the latest."""

    native_id: str
    label: str
    since: datetime | None = None
    until: datetime | None = None


class Completeness(StrEnum):
    """How much of a part a reading could see."""

    COMPLETE = "complete"
    PARTIAL = "partial"
    NOT_PERMITTED = "not permitted"
    NOT_APPLICABLE = "not applicable"


@dataclass(frozen=True, slots=True)
class Part(Generic[Held]):
    """One part of a reading. Absence proves something only where the part is complete."""

    items: tuple[Held, ...] = ()
    seen: Completeness = Completeness.COMPLETE
    why: str = ""

    @property
    def complete(self) -> bool:
        """Whether what is not here is really not there."""
        return self.seen is Completeness.COMPLETE


def unseen(why: str) -> Part[Held]:
    """A part that the system does not show us, and why."""
    return Part((), Completeness.NOT_PERMITTED, why)


def absent(why: str) -> Part[Held]:
    """A part that does not exist in this kind of system, and why."""
    return Part((), Completeness.NOT_APPLICABLE, why)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a system said about one account at an instant; `control` names the object read to prove we could see.

    For a plan it is asked two things more: `cannot`, by the kind of a change, why the system does not let us make it;
    `alike`, further accounts that look like this person's and that nobody linked.
    """

    system: SystemKey
    at: datetime
    control: str
    account: Part[Account] = field(default_factory=Part)
    grants: Part[Grant] = field(default_factory=Part)
    credentials: Part[Credential] = field(default_factory=Part)
    assets: Part[Asset] = field(default_factory=Part)
    made: Part[Credential] = field(default_factory=Part)
    sessions: Part[Session] = field(default_factory=Part)
    evidence: tuple[str, ...] = ()
    cannot: Mapping[str, str] = field(default_factory=dict)
    alike: Part[Account] = field(default_factory=lambda: absent("Nobody searched."))
