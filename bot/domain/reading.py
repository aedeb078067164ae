"""What a system said about one account at an instant, and how much of it could be seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Generic, TypeVar

from bot.domain.model import Account, Asset, Credential, Grant, SystemKey

Held = TypeVar("Held")
QUIET = "This system does not tell what goes on in its things."


@dataclass(frozen=True, slots=True)
class Session:
    """An open session of the account, as the system lists it; `until` is when it ends by itself at the latest."""

    native_id: str
    label: str
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Work:
    """What goes on in one thing at the moment of a reading. None is not known, which is not none.

    `rights` are the native ids of the rights by which the account reaches it. `pulls` are open pull requests of the
    account, `reviews` those that wait for its review, `running` pipelines at work now, `schedules` what runs by itself
    in the name of the account. `last_actor` is the account that made the last change, where the system names one.
    """

    native_id: str
    kind: str
    label: str
    rights: tuple[str, ...] = ()
    last_change: datetime | None = None
    last_actor: Account | None = None
    pulls: int | None = None
    reviews: int | None = None
    running: int | None = None
    schedules: tuple[str, ...] | None = None


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

    `work` proves nothing and ends nothing: it tells whoever is asked whether a thing is still in use.
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
    work: Part[Work] = field(default_factory=lambda: absent(QUIET))
