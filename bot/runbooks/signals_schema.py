"""The fields of what suggests that somebody leaves: who is asked, which sources are believed, how many are too many."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from bot.domain.model import PersonId
from bot.domain.signals import Brake, Hook, Signals, Source, Trust
from bot.runbooks.fields import Fields, Id, Number, Once, Title, Yes

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "never"]
Place = Annotated[Title, Field(pattern=r"^\S+$")]


class RosterFields(Fields):
    """The roster file."""

    trusted: Yes = False
    days_ahead: Annotated[Number, Field(ge=1, le=180)] = Signals().days_ahead


class SlackFields(Fields):
    """Accounts that are deactivated in the chat."""

    trusted: Yes = False


class PushFields(Fields):
    """Accounts that an identity provider pushes to us."""

    trusted: Yes = False
    updates: Annotated[tuple[Literal["name", "email", "title", "department"], ...], Once] = ()


class ScanFields(Fields):
    """The weekly look over all accounts."""

    weekday: Weekday = "monday"
    idle_days: Annotated[Number, Field(ge=7, le=1000)] = Signals().idle_days


class SignalFields(Fields):
    """What suggests that somebody leaves."""

    ask: Id | None = None
    roster: RosterFields = RosterFields()
    scim: PushFields = PushFields()
    slack: SlackFields = SlackFields()
    scan: ScanFields = ScanFields()


class HookWords(Fields):
    """Where each fact stands in the message: names of fields, with dots between them."""

    event: Place
    kind: Place
    last_day: Place
    person: Place | None = None
    email: Place | None = None

    @model_validator(mode="after")
    def _somebody(self) -> HookWords:
        if not self.person and not self.email:
            raise ValueError("say where the person stands: person, email, or both")
        return self


class HookFields(Fields):
    """Where an HR system tells us something, at the address /hooks/ and its name."""

    fields: HookWords
    leaves: Annotated[tuple[Title, ...], Once]
    stays: Annotated[tuple[Title, ...], Once] = ()
    trusted: Yes = False

    @model_validator(mode="after")
    def _apart(self) -> HookFields:
        both = sorted({*self.leaves} & {*self.stays})
        if both:
            raise ValueError(f"{', '.join(both)} cannot mean both that somebody leaves and that they stay")
        return self


class BrakeFields(Fields):
    """How many may leave in an hour before two more people agree."""

    people: Annotated[Number, Field(ge=1, le=10_000)] = Brake().people
    percent: Annotated[Number, Field(ge=0, le=100)] = Brake().percent


KNOWN: dict[str, type[Fields]] = {
    "signals": SignalFields,
    "roster": RosterFields,
    "scim": PushFields,
    "slack": SlackFields,
    "scan": ScanFields,
    "hooks": HookFields,
    "fields": HookWords,
    "brake": BrakeFields,
}


def signals(found: SignalFields, hooks: dict[str, HookFields]) -> Signals:
    """The rules about signals."""
    return Signals(
        ask=PersonId(found.ask) if found.ask else None,
        days_ahead=found.roster.days_ahead,
        idle_days=found.scan.idle_days,
        scan_on=DAYS.index(found.scan.weekday) if found.scan.weekday in DAYS else None,
        sources={
            Source.ROSTER: Trust(found.roster.trusted),
            Source.SCIM: Trust(found.scim.trusted, tuple(found.scim.updates)),
            Source.SLACK: Trust(found.slack.trusted),
        },
        hooks={key: hook(one) for key, one in hooks.items()},
    )


def hook(found: HookFields) -> Hook:
    """One HR system."""
    words = {name: place for name, place in found.fields.model_dump().items() if place}
    return Hook(words, tuple(found.leaves), tuple(found.stays), found.trusted)


def brake(found: BrakeFields) -> Brake:
    """The bound."""
    return Brake(found.people, found.percent)
