"""What every connector is: a Spec, and three calls that never block for long and never lie."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol, runtime_checkable

from bot.domain.model import Account, Change, Grant, Link, SystemKey
from bot.domain.reading import Completeness, Reading
from bot.domain.redaction import redacted


class Result(StrEnum):
    """What a system answered to a change."""

    APPLIED = "applied"
    ALREADY = "already"
    PENDING = "pending"
    FAILED = "failed"  # only of a change that was pending: the system gave it up, so it is made again


@dataclass(frozen=True, slots=True)
class Outcome:
    """The answer to one change: `said` in plain words, `handle` to poll by, vendor request ids as evidence."""

    result: Result
    said: str = ""
    handle: str = ""
    evidence: tuple[str, ...] = ()


class Kind(StrEnum):
    """The class of an error, which decides what the retry law does with it."""

    TRANSIENT = "transient"
    THROTTLED = "throttled"
    CREDENTIAL = "credential"
    PERMISSION = "permission"
    GONE = "gone"
    PERMANENT = "permanent"


class ConnectorError(Exception):
    """The world said no. `said` is one plain sentence without secrets; `after`: how long it asked us to wait."""

    def __init__(self, said: str, *, kind: Kind = Kind.TRANSIENT, after: timedelta | None = None) -> None:
        self.said = redacted(said)  # here errors enter: what stands in `said` is shown, stored and kept for years
        super().__init__(self.said)
        self.kind = kind
        self.after = after

    @property
    def retry(self) -> bool:
        """Whether waiting alone can help."""
        return self.kind in {Kind.TRANSIENT, Kind.THROTTLED}


class Partly(ConnectorError):
    """A search that could not see everything, and `found` something all the same."""

    def __init__(self, said: str, found: tuple[Account, ...], *, kind: Kind = Kind.TRANSIENT) -> None:
        super().__init__(said, kind=kind)
        self.found = found


@dataclass(frozen=True, slots=True)
class Spec:
    """What a connector declares about its system. Settle is how long a change may take to be visible.

    With `twice`, what was seen gone within that time may come back: a second look after it decides.
    `concurrency` and `rate` (steps a second; None: no limit) hold for the whole fleet, not for one process.
    """

    key: SystemKey
    name: str
    can: frozenset[type[Change]]
    secrets: tuple[str, ...]
    about: str = ""
    settle: timedelta = timedelta(0)
    twice: bool = False
    concurrency: int = 4
    rate: float | None = None


class Ground(StrEnum):
    """What a capability ran against. Only the last is the vendor's own service."""

    OURS = "a stateful server of ours"
    DESCRIPTION = "a published description"
    THIRD_PARTY = "a third party's server"
    LIVE = "the live system"


@dataclass(frozen=True, slots=True)
class Proven:
    """What stands beside a Spec as `PROVEN`: facts for the table of connectors, which nothing acts upon.

    `on` says of each capability what it ran against, `only` where alone it is offered (an edition, a plan), `absent`
    why a system has no such thing at all: what a system neither can nor is absent from is a person's task. `sees` are
    the parts of a reading that are not complete at best, `lists` whether every account can be named.
    """

    on: Mapping[type[Change], frozenset[Ground]]
    only: Mapping[type[Change], str] = field(default_factory=dict)
    absent: Mapping[type[Change], str] = field(default_factory=dict)
    sees: Mapping[str, Completeness] = field(default_factory=dict)
    lists: bool = False


@dataclass(frozen=True, slots=True)
class Check:
    """What holds now: missing permissions or plan limits, in words; empty means ready.

    `cannot`: what the connector declares and this credential, plan or server allows for nothing at all, and why.
    `limits`: what works for a part only, with the exact permission to add; the rest of it is told by each reading.
    """

    ready: bool
    missing: tuple[str, ...] = ()
    excessive: tuple[str, ...] = ()
    cannot: Mapping[type[Change], str] = field(default_factory=dict)
    limits: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Guide:
    """How a person makes a change that no call makes: steps with a deep link, and what to attach as evidence."""

    how: str
    evidence: str = ""


class Connector(Protocol):
    """One system, as the engine sees it. Built by `connect(settings)` of its module."""

    @property
    def spec(self) -> Spec:
        """What this connector declares."""
        ...

    def check(self) -> Check:
        """What works with these credentials. Never raises."""
        ...

    def read(self, link: Link, now: datetime) -> Reading:
        """Everything this account reaches. Raises ConnectorError when even the control read fails."""
        ...

    def apply(self, change: Change) -> Outcome:
        """Make it so; "already so" is success. Raises ConnectorError."""
        ...

    def find(self, email: str) -> tuple[Account, ...]:
        """Accounts that may belong to this e-mail: candidates for a Link, never used unconfirmed.

        Raises ConnectorError, Partly with what was found.
        """
        ...


@runtime_checkable
class Polls(Protocol):
    """A connector whose outcomes may be pending with a handle: it can be asked how such a change stands."""

    def poll(self, handle: str) -> Outcome:
        """Pending still, applied, or failed: given up by the system. Raises ConnectorError."""
        ...


@runtime_checkable
class Lists(Protocol):
    """A connector that can name every account there is, to find those that match nobody."""

    def accounts(self) -> Iterator[Account]:
        """Every account with its last activity where the system tells, page by page, none left out.

        Raises ConnectorError, also in the middle: half a list is no list.
        """
        ...


@runtime_checkable
class Proves(Protocol):
    """A connector that asks more for a plan than a change is judged by, and can leave that out."""

    def prove(self, link: Link, now: datetime) -> Reading:
        """The same reading in every part but `work`, for the look that confirms a change. Raises ConnectorError."""
        ...


@runtime_checkable
class Guides(Protocol):
    """A connector that knows how a person does by hand what it cannot do."""

    def by_hand(self, change: Change) -> Guide | None:
        """The steps, with a link to the page, or None where it knows none. Asks nobody and never raises."""
        ...


@runtime_checkable
class Bounds(Protocol):
    """A connector of a system that can end a right by itself: the fail-safe for when nobody takes it back."""

    def bounds(self, grant: Grant) -> bool:
        """Whether the system is told when this right ends, so that it must hear of a later end too. Asks nobody."""
        ...


@runtime_checkable
class Returns(Protocol):
    """A connector of a system where giving something back brings less, or more, than what was taken."""

    def comes_back(self, change: Change) -> str:
        """What people should know before this change gives something back; empty where nothing is special.

        Asks nobody and never raises.
        """
        ...


@dataclass(frozen=True, slots=True)
class Secrets:
    """The settings of one connector, by short name (`TOKEN`, `URL`); its repr shows names only."""

    values: Mapping[str, str] = field(repr=False)

    def need(self, name: str) -> str:
        """The value, or a ConnectorError that names what is missing."""
        value = self.values.get(name, "")
        if not value:
            message = f"The setting {name} is missing."
            raise ConnectorError(message, kind=Kind.CREDENTIAL)
        return value

    def get(self, name: str, default: str = "") -> str:
        """The value or the default."""
        return self.values.get(name, default)


def unsupported(spec: Spec, change: Change) -> ConnectorError:
    """The error for a change that this connector never declared."""
    return ConnectorError(f"{spec.name} cannot do this: {change.kind}.", kind=Kind.PERMANENT)
