"""A request with its whole history: the request itself, its steps, approvals and evidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.lifecycle import ENDED_STEPS, RequestState, StepState
from bot.domain.model import Action, PersonId, RequestId, StepId, SystemKey, Task, Trigger, Wave
from bot.domain.verify import Verdict

_LONGEST_ID = 64
CONTAINED = "contained"


class StepKind(StrEnum):
    """What running a step means: look, change, or wait for a person."""

    READ = "read"
    APPLY = "apply"
    TASK = "task"


@dataclass(frozen=True, slots=True)
class More:
    """A longer time that somebody asked for, from `since` to `until`, and who may say yes to it."""

    since: datetime
    until: datetime
    digest: str
    by: PersonId
    quorum: int
    approvers: tuple[PersonId, ...]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an access request is about: an offer of the policy.

    With `seconds` it lasts so long from the moment it is approved; without, it lasts until the time that was named.
    """

    offer: str
    seconds: float | None = None
    more: More | None = None

    @property
    def length(self) -> timedelta | None:
        """How long it lasts from the approval on; None where an end was named."""
        return None if self.seconds is None else timedelta(seconds=self.seconds)


@dataclass(frozen=True, slots=True)
class Request:
    """One asked-for change of access for one subject. Times are aware UTC.

    `parent` is the request it follows from; `batch` names those that were approved together; `source` is what opened
    it, where that was no person: roster, hr, scim, slack, scan. `scope` is CONTAINED where only that is given back.
    `chat` is where its thread lives, in a company that has two.
    """

    id: RequestId
    trigger: Trigger
    state: RequestState
    requester: PersonId
    subject: PersonId
    starts_at: datetime
    created_at: datetime
    policy_version: int
    runbook_version: int
    immediate: bool = True
    voluntary: bool = True
    reason: str = ""
    note: str = ""
    digest: str = ""
    quorum: int = 0
    approvers: tuple[PersonId, ...] = ()
    decided_at: datetime | None = None
    started_at: datetime | None = None
    contained_at: datetime | None = None
    applied_at: datetime | None = None
    closed_at: datetime | None = None
    stopped_at: datetime | None = None
    channel: str = ""
    thread: str = ""
    until: datetime | None = None
    expires_at: datetime | None = None
    wanted: Wanted | None = None
    parent: RequestId | None = None
    batch: str = ""
    source: str = ""
    scope: str = ""
    chat: str = ""

    @property
    def offer(self) -> str:
        """The key of what was asked for by name; empty for every other kind of request."""
        return self.wanted.offer if self.wanted else ""

    @property
    def removes(self) -> bool:
        """Whether it takes access from somebody who leaves or has left."""
        return self.trigger in {Trigger.LEAVER, Trigger.RESCAN}

    @property
    def deletes(self) -> bool:
        """Whether it deletes what somebody who left had, long after they have lost it."""
        return self.trigger is Trigger.DELETE

    @property
    def contains_at_once(self) -> bool:
        """Involuntary exits and "now" contain on approval; others at the chosen time."""
        return self.immediate or not self.voluntary

    def rests(self, now: datetime) -> bool:
        """Whether all but containment waits for its date. What began on its date waits no more, however clocks jump."""
        early = self.started_at is None or self.started_at < self.starts_at
        return early and not self.immediate and now < self.starts_at


@dataclass(frozen=True, slots=True)
class Step:
    """One Change or Task of a request, with where it stands."""

    id: StepId
    request: RequestId
    number: int
    kind: StepKind
    system: SystemKey
    wave: Wave
    action: Action | None
    state: StepState
    attempt: int = 0
    tries: int = 0
    privileged: bool = False
    reversible: bool = True
    assignee: PersonId | None = None
    held: str = ""
    after: tuple[int, ...] = ()
    after_done: tuple[int, ...] = ()
    due: datetime | None = None
    deadline: datetime | None = None
    reminded_at: datetime | None = None
    said: str = ""
    error: str = ""
    error_kind: str = ""
    handle: str = ""
    first_tried_at: datetime | None = None
    applied_at: datetime | None = None
    ended_at: datetime | None = None
    ended_by: PersonId | None = None
    joined_late: bool = False
    takeovers: int = 0
    mass: bool = False
    rule: str = ""
    why: str = ""

    @property
    def ended(self) -> bool:
        """Whether nothing more is to be done for this step."""
        return self.state in ENDED_STEPS

    @property
    def tried(self) -> bool:
        """Whether a later wave need not wait any longer: it was attempted, or a person must move first."""
        begun = self.tries > 0 or self.first_tried_at is not None
        return begun or self.ended or self.state in {StepState.HELD, StepState.PARKED}


@dataclass(frozen=True, slots=True)
class Approval:
    """A recorded yes or no of a person to one digest, or a yes of the rules; `items` are the steps that it covers."""

    id: int
    request: RequestId
    digest: str
    person: PersonId
    yes: bool
    at: datetime
    items: tuple[int, ...]
    withdrawn_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """Reading + verdict + time + source for one step; never edited."""

    step: StepId
    verdict: Verdict | None
    at: datetime
    source: str
    text: str
    references: tuple[str, ...] = ()


def by_rule(rules: Sequence[str]) -> PersonId:
    """Who said yes where no person did, with the rules that may be named. No id of a person has a space in it."""
    named = " and ".join(f"“{name}”" for name in rules)
    whose = f"the rule{'s' if len(rules) > 1 else ''} {named}"
    return PersonId(whose if rules and len(whose) <= _LONGEST_ID else "rules of the company")


def is_rule(whose: PersonId) -> bool:
    """Whether a yes was given by rules of the policy."""
    return " " in whose


def covered(approvals: tuple[Approval, ...], digest: str, number: int, quorum: int) -> bool:
    """Whether enough people, or the rules, said yes to this digest and this step, and nobody took it back."""
    yes = {
        approval.person
        for approval in approvals
        if approval.yes and approval.withdrawn_at is None and approval.digest == digest and number in approval.items
    }
    return 0 < quorum <= len(yes) or any(map(is_rule, yes))


def touched(steps: tuple[Step, ...]) -> frozenset[SystemKey]:
    """The systems whose owners decide: where something changes, and where it may, because it could not be read."""
    unread = {step.system for step in steps if step.kind is StepKind.READ and step.state is StepState.DROPPED}
    ours = {step.system for step in steps if step.kind is StepKind.APPLY or deleted_by_hand(step)}
    return frozenset(unread | ours)


def deleted_by_hand(step: Step) -> str:
    """The native id of the account that a person deletes with this task; empty for every other step."""
    before = f"{step.system}|delete|"
    found = isinstance(step.action, Task) and step.action.target.startswith(before)
    return step.action.target.removeprefix(before) if found and isinstance(step.action, Task) else ""
