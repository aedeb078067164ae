"""The files a company writes, field by field, and the frozen rules they become."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import time, timedelta
from functools import lru_cache
from typing import Annotated, Any, Literal, TypeVar

from pydantic import Field, ValidationError, model_validator

from bot.domain.model import Entitlement, PersonId, Power, SystemKey, Trigger, Wave
from bot.domain.policy import TOGETHER, Access, ApprovalRule, Grace, Offer, Policy, Runbook, System, TaskRule
from bot.runbooks import (
    digest_schema,
    fallout_schema,
    hold_schema,
    mail_schema,
    mailbox_schema,
    rescan_schema,
    rule_schema,
    signals_schema,
)
from bot.runbooks.fields import Address, Clock, Day, Id, Key, Length, Number, Once, Text, Title, Yes, Zone, said
from bot.runbooks.fields import Fields as _Fields
from bot.runbooks.letters import quoted
from bot.runbooks.mistakes import Mistake, Mistakes
from bot.runbooks.reading import Sheet, read

Asked = Literal["manager", "owners", "admin", "hr", "it", "security", "auditor"]
Machines = Literal["ask", "disable"]  # what happens to keys and webhooks that somebody made for programs
Hours = Annotated[Number, Field(ge=1, le=2160)]  # up to 90 days

Read = TypeVar("Read", bound="_Fields")


class TaskFields(_Fields):
    """What somebody does by hand."""

    title: Title
    how: Text
    evidence: Text = ""


class SystemFields(_Fields):
    """One system; without a connector it needs at least one task."""

    name: Title
    owner: Id
    about: Text = ""
    deputy: Id | None = None
    connector: Key = ""
    page: Address = ""
    machines: Machines | None = None
    credential_of: Id | None = None
    tasks: dict[Trigger, TaskFields] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _somebody_acts(self) -> SystemFields:
        if not self.connector and Trigger.LEAVER not in self.tasks:
            raise ValueError("nobody would act here: name a connector, or write the task for a leaver")
        if self.deputy == self.owner:
            raise ValueError(f"the deputy must be somebody else than the owner {self.owner}")
        return self


class ApprovalFields(_Fields):
    """Who is asked, how many must agree, and who stands in."""

    ask: Annotated[tuple[Asked, ...], Once]
    quorum: Annotated[Number, Field(ge=1, le=10)] = 1
    fallback: Annotated[tuple[Asked, ...], Once] = ()


class TogetherFields(_Fields):
    """Who agrees to several people at once: roles only, for managers and owners differ from one to the next."""

    ask: Annotated[tuple[Power, ...], Once]
    quorum: Annotated[Number, Field(ge=1, le=10)] = 2
    fallback: Annotated[tuple[Power, ...], Once] = ()


class EntitlementFields(_Fields):
    """One right of a system, by the id that this system itself uses."""

    id: Annotated[Title, Field(pattern=r"^\S+$")]
    kind: Title
    label: Title
    privileged: Yes = False
    why: Text = ""


class OfferFields(_Fields):
    """What people may ask for by name, for a while."""

    words: Title
    system: Key
    entitlement: EntitlementFields
    longest: Length
    usual: Length
    approval: ApprovalFields = ApprovalFields(ask=("owners",), fallback=("security",))

    @model_validator(mode="after")
    def _in_bounds(self) -> OfferFields:
        if self.usual > self.longest:
            raise ValueError("the usual time is more than the longest")
        return self


class AccessFields(_Fields):
    """Access that ends by itself."""

    offers: dict[Key, OfferFields] = Field(min_length=1)
    channel: Annotated[Title, Field(pattern=r"^\S+$")] = ""
    answer: Length = timedelta(hours=24)


class UndoFields(_Fields):
    """Giving back what an offboarding took."""

    within: Length = Grace().within


class PolicyFields(_Fields):
    """`policy.yaml`."""

    company: Title
    zone: Zone
    channel: Annotated[Title, Field(pattern=r"^\S+$")]
    systems: dict[Key, SystemFields] = Field(min_length=1)
    approvals: dict[Trigger, ApprovalFields]
    may_request: dict[Trigger, Annotated[tuple[Power, ...], Once]]
    protected: Annotated[tuple[Id, ...], Once] = ()
    operators: Annotated[tuple[Id, ...], Once] = ()
    leaving_at: Clock = time(17, 0)
    machines: Machines = "ask"
    legal_hold: mailbox_schema.LegalHoldFields = mailbox_schema.LegalHoldFields()
    access: AccessFields | None = None
    undo: UndoFields = UndoFields()
    delete: dict[Key, Length] = Field(default_factory=dict)
    holds: hold_schema.HoldFields = hold_schema.HoldFields()
    checkpoints: dict[Key, hold_schema.CheckpointFields] = Field(default_factory=dict)
    lock_now: hold_schema.LockFields | None = None
    tags: dict[Key, rule_schema.TagFields] = Field(default_factory=dict)
    rules: rule_schema.Table = ()
    exceptions: fallout_schema.ExceptionsFields = fallout_schema.ExceptionsFields()
    rescans: rescan_schema.Days = (1, 7, 30, 90)
    signals: signals_schema.SignalFields = signals_schema.SignalFields()
    hooks: dict[Key, signals_schema.HookFields] = Field(default_factory=dict)
    brake: signals_schema.BrakeFields = signals_schema.BrakeFields()
    hours: fallout_schema.HoursFields = fallout_schema.HoursFields()
    engineering: fallout_schema.EngineeringFields = fallout_schema.EngineeringFields()
    escalation: fallout_schema.EscalationFields = fallout_schema.EscalationFields()
    digest: digest_schema.DigestFields = digest_schema.DigestFields()
    batch: TogetherFields | None = None
    tell: digest_schema.TellFields = digest_schema.TellFields()
    quiet: digest_schema.QuietFields = digest_schema.QuietFields()
    mail: mail_schema.MailFields | None = None
    teams: digest_schema.ChannelFields | None = None

    @model_validator(mode="after")
    def _nothing_is_lost_too_early(self) -> PolicyFields:
        early = [key for key, wait in self.delete.items() if wait < self.undo.within]
        if early:
            days = self.undo.within.days
            raise ValueError(f"delete: an offboarding can be undone for {days} days; write more for {', '.join(early)}")
        return self


class RunbookFields(_Fields):
    """One file of `runbooks/`."""

    trigger: Trigger
    title: Title
    objective: Text
    owner: Id
    review_by: Day
    promise: Length | None = None
    promise_hours: Hours | None = None
    deadlines: dict[Wave, Hours]
    contact: Text
    after_hours: Text
    mailbox: mailbox_schema.MailboxFields | None = None

    @model_validator(mode="after")
    def _one_promise(self) -> RunbookFields:
        if (self.promise is None) == (self.promise_hours is None):
            raise ValueError("say once what is promised: promise_hours: 1, or promise: 15 minutes")
        return self

    @model_validator(mode="after")
    def _every_wave(self) -> RunbookFields:
        missing = [wave.value for wave in Wave if wave not in self.deadlines]
        if missing:
            raise ValueError(f"deadlines: no hours are given for {', '.join(missing)}")
        return self


@lru_cache(maxsize=16)  # frozen: whoever asks again for the same text is handed the same rules
def parse_policy(text: str, name: str = "policy.yaml") -> Policy:
    """The rules of a company. Raises Mistakes, and nothing else, whatever the text is."""
    return _policy(_filled(PolicyFields, read(text, name)))


@lru_cache(maxsize=16)
def parse_runbook(text: str, name: str = "runbook") -> Runbook:
    """The written procedure of one trigger. Raises Mistakes, and nothing else, whatever the text is."""
    found = _filled(RunbookFields, read(text, name))
    return Runbook(
        trigger=found.trigger,
        title=found.title,
        objective=found.objective,
        owner=PersonId(found.owner),
        review_by=found.review_by,
        promise=found.promise or timedelta(hours=found.promise_hours or 0),
        deadlines=found.deadlines,
        contact=found.contact,
        after_hours=found.after_hours,
        mailbox=mailbox_schema.mailbox(found.mailbox),
    )


def _policy(found: PolicyFields) -> Policy:
    return Policy(
        company=found.company,
        zone=found.zone,
        channel=found.channel.removeprefix("#"),
        systems={SystemKey(key): _system(key, one, found.machines) for key, one in found.systems.items()},
        approvals={key: _approval(one) for key, one in found.approvals.items()},
        may_request={key: frozenset(powers) for key, powers in found.may_request.items()},
        protected=frozenset(map(PersonId, found.protected)),
        operators=frozenset(map(PersonId, found.operators)),
        leaving_at=found.leaving_at,
        access=_access(found.access) if found.access else Access(),
        undo=Grace(found.undo.within),
        delete={SystemKey(key): wait for key, wait in found.delete.items()},
        holds=hold_schema.holds(found.holds),
        checkpoints={key: hold_schema.checkpoint(key, one) for key, one in found.checkpoints.items()},
        lock_now=hold_schema.lock(found.lock_now),
        tags=rule_schema.tags(found.tags),
        rules=rule_schema.rules(found.rules),
        exceptions=fallout_schema.exceptions(found.exceptions),
        rescans=found.rescans,
        signals=signals_schema.signals(found.signals, found.hooks),
        brake=signals_schema.brake(found.brake),
        hours=fallout_schema.hours(found.hours),
        engineering=fallout_schema.engineering(found.engineering),
        escalation=fallout_schema.escalation(found.escalation),
        digest=digest_schema.digest(found.digest, fallout_schema.hours(found.hours)),
        tell=digest_schema.tell(found.tell),
        quiet=digest_schema.quiet(found.quiet),
        legal_hold=mailbox_schema.legal_hold(found.legal_hold),
        mail=mail_schema.mail(found.mail),
        teams=digest_schema.channels(found.teams),
        batch=_approval(found.batch) if found.batch else TOGETHER,
    )


def _approval(found: ApprovalFields | TogetherFields) -> ApprovalRule:
    return ApprovalRule(found.ask, found.quorum, found.fallback)


def _access(found: AccessFields) -> Access:
    offers = {key: _offer(key, one) for key, one in found.offers.items()}
    return Access(offers, found.channel.removeprefix("#"), found.answer)


def _offer(key: str, found: OfferFields) -> Offer:
    right, rule = found.entitlement, found.approval
    return Offer(
        key=key,
        words=found.words,
        system=SystemKey(found.system),
        entitlement=Entitlement(right.id, right.kind, right.label, right.privileged, right.why),
        usual=found.usual,
        longest=found.longest,
        approval=_approval(rule),
    )


def _system(key: str, found: SystemFields, machines: Machines) -> System:
    return System(
        key=SystemKey(key),
        name=found.name,
        owner=PersonId(found.owner),
        about=found.about,
        deputy=PersonId(found.deputy) if found.deputy else None,
        connector=found.connector,
        tasks={trigger: TaskRule(one.title, one.how, one.evidence) for trigger, one in found.tasks.items()},
        page=found.page,
        asks=(found.machines or machines) == "ask",
        credential_of=PersonId(found.credential_of) if found.credential_of else None,
    )


def _filled(kind: type[Read], sheet: Sheet) -> Read:
    try:
        found = kind.model_validate(sheet.data)
    except ValidationError as error:
        raise Mistakes([*sheet.mistakes, *_told(kind, sheet, error)]) from error
    if sheet.mistakes:
        raise Mistakes(sheet.mistakes)
    return found


def _told(kind: type[_Fields], sheet: Sheet, error: ValidationError) -> Iterator[Mistake]:
    for one in error.errors(include_url=False):
        path = tuple(step for step in one["loc"] if step != "[key]")
        above = path[:-1] if one["type"] in {"missing", "extra_forbidden"} else path
        words = said(one, _known(kind, above))
        where = " / ".join(str(step + 1) if isinstance(step, int) else quoted(step)[1:-1] for step in above)
        yield Mistake(sheet.file, sheet.line(path), f"{where}: {words}" if where else words)


def _known(kind: type[_Fields], path: Iterable[Any]) -> frozenset[str]:
    inner: dict[Any, type[_Fields]] = {
        "systems": SystemFields,
        "tasks": TaskFields,
        "approvals": ApprovalFields,
        "access": AccessFields,
        "exceptions": fallout_schema.ExceptionsFields,
        "hours": fallout_schema.HoursFields,
        "engineering": fallout_schema.EngineeringFields,
        "escalation": fallout_schema.EscalationFields,
        "offers": OfferFields,
        "entitlement": EntitlementFields,
        "approval": ApprovalFields,
        "batch": TogetherFields,
        "undo": UndoFields,
        "holds": hold_schema.HoldFields,
        "checkpoints": hold_schema.CheckpointFields,
        "lock_now": hold_schema.LockFields,
        **digest_schema.KNOWN,
        "mailbox": mailbox_schema.MailboxFields,
        "legal_hold": mailbox_schema.LegalHoldFields,
        **rule_schema.KNOWN,
        **signals_schema.KNOWN,
    }
    steps = tuple(path)
    if steps == ("mail",):  # deeper down it is the name of a system
        return frozenset(mail_schema.MailFields.model_fields)
    for step in steps:
        kind = inner.get(step, kind)
    return frozenset(kind.model_fields)
