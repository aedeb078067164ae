"""The nouns of Usher as frozen values; every other module speaks in these words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Literal, NewType

PersonId = NewType("PersonId", str)
SystemKey = NewType("SystemKey", str)
RequestId = NewType("RequestId", str)
StepId = NewType("StepId", str)


class Trigger(StrEnum):
    """Why a request exists."""

    LEAVER = "leaver"
    JOINER = "joiner"
    MOVER = "mover"
    ACCESS = "access"
    REVIEW = "review"
    EXPIRY = "expiry"
    EMERGENCY = "emergency"
    RESTORE = "restore"
    PAUSE = "pause"
    RESCAN = "rescan"
    LOCK = "lock"
    DELETE = "delete"


# What has no rule of its own in policy or runbooks goes by the leaver's: the same access, and the same people.
LIKE_A_LEAVER = frozenset({Trigger.RESTORE, Trigger.PAUSE, Trigger.RESCAN, Trigger.LOCK, Trigger.DELETE})


class Power(StrEnum):
    """What a person may do in Usher itself."""

    ADMIN = "admin"
    HR = "hr"
    IT = "it"
    SECURITY = "security"
    AUDITOR = "auditor"
    OWNER = "owner"

    @property
    def called(self) -> str:
        """The role as people write it: IT, not it."""
        return self.value.upper() if self in {Power.HR, Power.IT} else self.value


@dataclass(frozen=True, slots=True)
class Person:
    """A human, as the roster knows them."""

    id: PersonId
    name: str
    email: str
    title: str = ""
    department: str = ""
    manager: PersonId | None = None
    zone: str = "UTC"
    contract: Literal["employee", "contractor"] = "employee"
    starts: date | None = None
    ends: date | None = None
    portrait: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """A stored pair Person ↔ native id; used only once somebody confirmed it."""

    person: PersonId
    system: SystemKey
    native_id: str
    label: str
    found_by: str
    confirmed_by: str | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """One person's login in one system, keyed by native id; the label may change, the id never.

    `used` False means that the vendor says it never was; None that it does not say.
    """

    system: SystemKey
    native_id: str
    label: str
    active: bool | None = None
    last_active: datetime | None = None
    service: bool = False
    used: bool | None = None


@dataclass(frozen=True, slots=True)
class Entitlement:
    """A right one can hold in a system; `why` says in words what makes it privileged.

    `carries` are the native ids of assets that are lost with it; `detail` is what restoring it needs.
    `base`: every other right of the account in this system ends with it.
    """

    native_id: str
    kind: str
    label: str
    privileged: bool = False
    why: str = ""
    carries: tuple[str, ...] = ()
    detail: str = ""
    base: bool = False


@dataclass(frozen=True, slots=True)
class Grant:
    """The fact that an account holds an entitlement; `path` tells how (direct, by a team).

    `by_hand` says why no program can end it, such as a group that another system fills.
    """

    account: Account
    entitlement: Entitlement
    path: str = "direct"
    until: datetime | None = None
    by_hand: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """What identifies this grant in its system: native ids, never labels."""
        return (self.account.native_id, self.entitlement.native_id)


@dataclass(frozen=True, slots=True)
class Credential:
    """What lets an account act without signing in, or (`personal` False) what it made for machines.

    `used` False means that the vendor says never; None that it does not say. `detail` is what restoring needs.
    `by_hand` says why no program can switch it off.
    """

    account: Account
    native_id: str
    kind: str
    label: str
    active: bool = True
    last_used: datetime | None = None
    used: bool | None = None
    personal: bool = True
    restorable: bool = True
    detail: str = ""
    by_hand: str = ""


@dataclass(frozen=True, slots=True)
class Asset:
    """A thing the account owns or administers; `admins` are native ids, `candidates` who could succeed her."""

    account: Account
    native_id: str
    kind: str
    label: str
    sole_admin: bool = False
    last_activity: datetime | None = None
    last_actor: str = ""
    admins: tuple[str, ...] = ()
    candidates: tuple[Account, ...] = ()


# ---- the Changes: the smallest things a connector can do ----


@dataclass(frozen=True, slots=True)
class Provision:
    """Create the account."""

    account: Account
    kind: Literal["provision"] = "provision"


@dataclass(frozen=True, slots=True)
class Assign:
    """Give one entitlement."""

    grant: Grant
    kind: Literal["assign"] = "assign"


@dataclass(frozen=True, slots=True)
class Revoke:
    """Take one entitlement away."""

    grant: Grant
    kind: Literal["revoke"] = "revoke"


@dataclass(frozen=True, slots=True)
class Disable:
    """Make one credential useless."""

    credential: Credential
    kind: Literal["disable"] = "disable"


@dataclass(frozen=True, slots=True)
class Enable:
    """Make one credential work again."""

    credential: Credential
    kind: Literal["enable"] = "enable"


@dataclass(frozen=True, slots=True)
class Suspend:
    """Stop the account from acting at all, keeping what it has."""

    account: Account
    kind: Literal["suspend"] = "suspend"


@dataclass(frozen=True, slots=True)
class Resume:
    """Let a suspended account act again."""

    account: Account
    kind: Literal["resume"] = "resume"


@dataclass(frozen=True, slots=True)
class EndSessions:
    """End what is open right now."""

    account: Account
    kind: Literal["end-sessions"] = "end-sessions"


@dataclass(frozen=True, slots=True)
class HandOver:
    """Give what the account owns to a successor."""

    asset: Asset
    to: Account | None = None
    kind: Literal["hand-over"] = "hand-over"


@dataclass(frozen=True, slots=True)
class Delete:
    """Remove the account for good."""

    account: Account
    kind: Literal["delete"] = "delete"


Change = Provision | Assign | Revoke | Disable | Enable | Suspend | Resume | EndSessions | HandOver | Delete


@dataclass(frozen=True, slots=True)
class Task:
    """What only a person can do or attest, in words they can follow.

    `target` names by native ids what it is about: two things may have the same label.
    """

    title: str
    how: str
    evidence: str = ""
    reversible: bool = True
    target: str = ""
    kind: Literal["task"] = "task"


Action = Change | Task


def account_of(change: Change) -> Account:
    """The account a change touches."""
    match change:
        case Assign(grant) | Revoke(grant):
            return grant.account
        case Disable(credential) | Enable(credential):
            return credential.account
        case HandOver(asset):
            return asset.account
        case Provision(account) | Suspend(account) | Resume(account):
            return account
        case EndSessions(account) | Delete(account):  # pragma: no branch (the last kinds there are)
            return account


def inverse(change: Change) -> Change | None:
    """The change that undoes this one, or None where nothing can."""
    match change:
        case Assign(grant):
            return Revoke(grant)
        case Revoke(grant):
            return Assign(grant)
        case Disable(credential):
            return Enable(credential) if credential.restorable else None
        case Enable(credential):
            return Disable(credential)
        case Suspend(account):
            return Resume(account)
        case Resume(account):
            return Suspend(account)
        case Provision(account):
            return Delete(account)
        case EndSessions() | HandOver() | Delete():  # pragma: no branch (the last kinds there are)
            return None


# ---- plan, step, request ----


class Wave(StrEnum):
    """When a step may run, within its own system."""

    CONTAIN = "contain"
    MEMBERSHIPS = "memberships"
    HAND_OVER = "hand over"
    TASKS = "tasks"


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """One line of a plan.

    `after` are lines that must have been tried first, `after_done` lines that must have ended well.
    `held` names what the line waits for from a person: a successor, an approval of its own.
    `rule` is the rule of policy that decided so, and `why` says it in words. It waits for `due`, where there is one.
    """

    number: int
    system: SystemKey
    wave: Wave
    action: Action
    privileged: bool = False
    reversible: bool = True
    assignee: PersonId | None = None
    held: str = ""
    after: tuple[int, ...] = ()
    after_done: tuple[int, ...] = ()
    rule: str = ""
    why: str = ""
    due: datetime | None = None


@dataclass(frozen=True, slots=True)
class Blind:
    """A system or part that could not be read: it stays open, never clean."""

    system: SystemKey
    part: str
    why: str


@dataclass(frozen=True, slots=True)
class Plan:
    """The ordered steps from actual to desired, for one request."""

    steps: tuple[PlannedStep, ...]
    blind: tuple[Blind, ...] = ()
