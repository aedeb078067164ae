"""The rules of a company as frozen data, and what they decide."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from bot.domain.chats import TEAMS
from bot.domain.digest import Digest
from bot.domain.hold import Checkpoint, Holds, LockNow
from bot.domain.hours import Engineering, Escalation, Hours
from bot.domain.mail import Mail
from bot.domain.mailbox import LegalHold, Mailbox
from bot.domain.model import LIKE_A_LEAVER, Entitlement, Person, PersonId, Power, SystemKey, Trigger, Wave
from bot.domain.rule import Rule, Tag
from bot.domain.signals import Brake, Signals
from bot.domain.telling import Quiet, Tell


@dataclass(frozen=True, slots=True)
class TaskRule:
    """What a person does in a system that no connector reaches."""

    title: str
    how: str
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class System:
    """A target whose access we manage, connector or not; it always has an owner.

    `page` is where a person manages accounts there by hand. `asks` says that what somebody made for machines is
    not ended with their access: a person decides about each. `credential_of` is whose account Usher works with there.
    """

    key: SystemKey
    name: str
    owner: PersonId
    about: str = ""
    deputy: PersonId | None = None
    connector: str = ""
    tasks: Mapping[Trigger, TaskRule] = field(default_factory=dict)
    page: str = ""
    asks: bool = False
    credential_of: PersonId | None = None


@dataclass(frozen=True, slots=True)
class ApprovalRule:
    """Whom to ask (`manager`, `owners`, or the name of a power), how many, and who stands in when too few are left."""

    ask: tuple[str, ...]
    quorum: int = 1
    fallback: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Offer:
    """What people may ask for by name, for a while: one entitlement of one system, how long, and who says yes."""

    key: str
    words: str
    system: SystemKey
    entitlement: Entitlement
    usual: timedelta
    longest: timedelta
    approval: ApprovalRule


@dataclass(frozen=True, slots=True)
class Access:
    """The rules of time-boxed access. Nobody answered within `answer`: the request is over and nothing was given."""

    offers: Mapping[str, Offer] = field(default_factory=dict)
    channel: str = ""
    answer: timedelta = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Exceptions:
    """How long two people may leave open what could not be confirmed; then it is looked at again."""

    longest: timedelta = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Grace:
    """For how long after its end an offboarding can be undone."""

    within: timedelta = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Channels:
    """Where a chat hears of requests, of access asked for by name, and of what is open; nothing where it does not."""

    channel: str = ""
    access: str = ""
    digest: str = ""


TOGETHER = ApprovalRule(("hr", "security", "admin"), 2)
DELETION = ApprovalRule(("owners", "hr"), 2, ("security", "admin"))  # unless the company wrote another


@dataclass(frozen=True, slots=True)
class Policy:
    """Everything a company decided about who may do what."""

    company: str
    zone: str
    channel: str
    systems: Mapping[SystemKey, System]
    approvals: Mapping[Trigger, ApprovalRule]
    may_request: Mapping[Trigger, frozenset[Power]]
    protected: frozenset[PersonId] = frozenset()
    operators: frozenset[PersonId] = frozenset()  # who administers the machine on which Usher runs
    leaving_at: time = time(17, 0)
    access: Access = field(default_factory=Access)
    undo: Grace = field(default_factory=Grace)
    holds: Holds = field(default_factory=Holds)
    checkpoints: Mapping[str, Checkpoint] = field(default_factory=dict)
    lock_now: LockNow | None = None
    tags: tuple[Tag, ...] = ()
    rules: tuple[Rule, ...] = ()
    exceptions: Exceptions = field(default_factory=Exceptions)
    rescans: tuple[int, ...] = (1, 7, 30, 90)  # days after somebody left on which everything is looked at again
    signals: Signals = field(default_factory=Signals)
    brake: Brake = field(default_factory=Brake)
    hours: Hours = field(default_factory=Hours)
    engineering: Engineering = field(default_factory=Engineering)
    escalation: Escalation = field(default_factory=Escalation)
    digest: Digest = field(default_factory=Digest)
    tell: Tell = field(default_factory=Tell)
    quiet: Quiet = field(default_factory=Quiet)
    legal_hold: LegalHold = field(default_factory=LegalHold)
    mail: Mail | None = None  # for people who are not in the chat
    batch: ApprovalRule = TOGETHER  # who agrees to several people at once
    delete: Mapping[SystemKey, timedelta] = field(default_factory=dict)  # so long after the end; elsewhere never
    teams: Channels | None = None  # in Teams, where the other channels are those of Slack

    def named(self, chat: str) -> Channels:
        """The channels that are named for this chat in a company with two."""
        if chat == TEAMS:
            return self.teams or Channels()
        return Channels(self.channel, self.access.channel, self.digest.channel)

    def channels(self, chat: str) -> Channels:
        """The channels of this chat; those of a company with one chat belong to it, whichever it is."""
        return self.named(chat) if self.teams else self.named("")

    def approval(self, trigger: Trigger) -> ApprovalRule | None:
        """Who is asked about such a request; None where the company wrote no rule."""
        if trigger is Trigger.DELETE:
            return self.approvals.get(trigger, DELETION)
        return self.approvals.get(trigger) or (self.approvals.get(Trigger.LEAVER) if trigger in LIKE_A_LEAVER else None)

    def rule(self, name: str) -> Rule | None:
        """The rule of this name; None where the table has none."""
        return next((rule for rule in self.rules if rule.name == name), None)

    def askers(self, trigger: Trigger) -> frozenset[Power]:
        """Who may begin such a request."""
        like = self.may_request.get(Trigger.LEAVER) if trigger in LIKE_A_LEAVER else None
        return self.may_request.get(trigger) or like or frozenset()


@dataclass(frozen=True, slots=True)
class Runbook:
    """The written procedure of one trigger. Deadlines are hours after the start, per wave.

    Within `promise` of the chosen moment nobody can sign in any more.
    """

    trigger: Trigger
    title: str
    objective: str
    owner: PersonId
    review_by: date
    promise: timedelta
    deadlines: Mapping[Wave, int]
    contact: str
    after_hours: str
    mailbox: Mailbox | None = None


@dataclass(frozen=True, slots=True)
class Crew:
    """The people of the company and what each may do in Usher, as known now."""

    people: Mapping[PersonId, Person]
    powers: Mapping[PersonId, frozenset[Power]]
    leaving: frozenset[PersonId] = frozenset()  # their own offboarding has begun, whatever the roster says so far
    away: Mapping[PersonId, date] = field(default_factory=dict)  # works here, and is back on that day

    def working(self, person: PersonId, today: date) -> bool:
        """Whether the roster says that this person works here today, and nobody has begun to offboard them.

        The first day begins in the east while `today` is still the day before.
        """
        found = self.people.get(person)
        if found is None or person in self.leaving:
            return False
        begun = found.starts is None or found.starts <= today + timedelta(days=1)
        return begun and (found.ends is None or found.ends >= today)

    def here(self, person: PersonId, today: date) -> bool:
        """Whether this person works here and is not away today: others are asked meanwhile."""
        back = self.away.get(person)
        return self.working(person, today) and (back is None or back <= today)

    def holding(self, power: str) -> frozenset[PersonId]:
        """Everybody who holds a power."""
        return frozenset(person for person, held in self.powers.items() if power in held)

    def may(self, person: PersonId, *powers: Power) -> bool:
        """Whether this person holds one of the powers."""
        return bool(self.powers.get(person, frozenset()) & frozenset(powers))


class Reason(StrEnum):
    """Why a decision came out as it did."""

    NEEDS_APPROVAL = "needs approval"
    NOBODY_LEFT = "nobody left"
    NO_RULE = "no rule"


@dataclass(frozen=True, slots=True)
class Decision:
    """Who may approve and how many must. Made by the program, never by a person."""

    reason: Reason
    approvers: frozenset[PersonId] = frozenset()
    quorum: int = 0


def decide(  # noqa: PLR0913 - who asks, about whom, where, when
    policy: Policy,
    crew: Crew,
    trigger: Trigger,
    *,
    requester: PersonId,
    subject: PersonId,
    systems: Iterable[SystemKey],
    today: date,
    offer: str = "",
    together: bool = False,
) -> Decision:
    """Who is asked about a request on these systems. Requester and subject are never among them.

    What may be asked for by name (`offer`) has a rule of its own, and so have several people `together`.
    """
    named = policy.access.offers.get(offer)
    rule = named.approval if named else policy.batch if together else policy.approval(trigger)
    if rule is None:
        return Decision(Reason.NO_RULE)
    out = {requester, subject}
    touched = tuple(systems)

    def able(names: Iterable[str]) -> set[PersonId]:
        found = {person for name in names for person in _named(name, policy, crew, subject, touched)}
        found |= {one for name in names for one in instead(name, policy, crew, subject, touched, today)}
        return {person for person in found - out if crew.working(person, today)}

    def here(some: set[PersonId]) -> set[PersonId]:
        return {person for person in some if crew.here(person, today)}

    asked, more = able(rule.ask), able(rule.fallback)
    if len(here(asked)) >= rule.quorum:
        return Decision(Reason.NEEDS_APPROVAL, frozenset(here(asked)), rule.quorum)
    widened = asked | more
    widened = here(widened) if len(here(widened)) >= rule.quorum else widened  # whoever is away is better than nobody
    if len(widened) >= rule.quorum:
        return Decision(Reason.NEEDS_APPROVAL, frozenset(widened), rule.quorum)
    return Decision(Reason.NOBODY_LEFT, frozenset(widened), rule.quorum)


def instead(
    name: str, policy: Policy, crew: Crew, subject: PersonId, systems: Iterable[SystemKey], today: date
) -> frozenset[PersonId]:
    """Who stands in for those of this name who are away: the manager of a manager, the deputy of an owner."""

    def away(person: PersonId | None) -> bool:
        return person is not None and crew.working(person, today) and not crew.here(person, today)

    if name == "manager":
        boss = crew.people[subject].manager if subject in crew.people else None
        return frozenset({above}) if away(boss) and boss and (above := crew.people[boss].manager) else frozenset()
    if name == "owners":
        theirs = [policy.systems[key] for key in systems if key in policy.systems]
        return frozenset(one.deputy for one in theirs if one.deputy and away(one.owner))
    return frozenset()


def _named(
    name: str,
    policy: Policy,
    crew: Crew,
    subject: PersonId,
    systems: tuple[SystemKey, ...],
) -> frozenset[PersonId]:
    if name == "manager":
        person = crew.people.get(subject)
        return frozenset({person.manager}) if person and person.manager else frozenset()
    if name == "owners":
        return frozenset(policy.systems[key].owner for key in systems if key in policy.systems)
    return crew.holding(name)


def keeper(policy: Policy, crew: Crew, system: SystemKey, *, besides: PersonId, today: date) -> PersonId:
    """Who looks after a system today: its owner, else the deputy, else whoever holds the power of IT or of an admin.

    Never `besides`, the person the work is about. Raises LookupError when the company has nobody left at all.
    """
    found = keepers(policy, crew, system, besides=besides, today=today)
    if found:
        return found[0]
    known = policy.systems.get(system)
    message = f"nobody looks after {known.name if known else system}"
    raise LookupError(message)


def keepers(policy: Policy, crew: Crew, system: SystemKey, *, besides: PersonId, today: date) -> tuple[PersonId, ...]:
    """Everybody who could be asked about a system today, or about Usher itself, in this order."""
    known = policy.systems.get(system)
    first = [known.owner, *([known.deputy] if known.deputy else [])] if known else []
    powers = (Power.IT, Power.SECURITY, Power.ADMIN) if known else (Power.ADMIN, Power.SECURITY, Power.HR)
    others = [person for power in powers for person in sorted(crew.holding(power))]
    asked = dict.fromkeys([*first, *others])
    able = [person for person in asked if person != besides and crew.working(person, today)]
    return tuple(sorted(able, key=lambda person: not crew.here(person, today)))  # whoever is away comes last


def leaving_time(policy: Policy, person: Person, last_day: date) -> datetime:
    """The end of the last day where the person works, as an instant in UTC."""
    return datetime.combine(last_day, policy.leaving_at, ZoneInfo(person.zone)).astimezone(UTC)


def calm(policy: Policy, crew: Crew, person: PersonId | None, now: datetime) -> datetime:
    """That moment, or the end of the quiet hours where this person is."""
    known = crew.people.get(person) if person else None
    return policy.quiet.over(now, known.zone) if known else now
