"""The two forms of time-boxed access: asking for it, and for more time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.chat.cards.forms import person_option
from bot.chat.cards.words import _
from bot.chat.port import (
    ChoiceField,
    DateField,
    Field,
    Form,
    Option,
    PersonField,
    Piece,
    SelectField,
    Small,
    Text,
    TextField,
    TimeField,
)
from bot.domain.model import Person
from bot.domain.policy import Offer, Policy
from bot.engine.borrow import in_words

USUAL, UNTIL = "usual", "until"


@dataclass(frozen=True, slots=True)
class Borrow:
    """What the form shows so far; `at` is where day and time begin."""

    person: Person
    at: datetime
    what: str = ""
    length: str = USUAL
    day: str = ""
    time: str = ""
    reason: str = ""
    doubt: str = ""


def borrow(policy: Policy, state: Borrow) -> Form:
    """What, for whom, until when, and why."""
    offers = policy.access.offers.values()
    fields: list[Field | Piece] = [
        Small(_("Sending this gives nothing yet. I ask whoever decides, and at the end it is taken back by itself.")),
        SelectField("what", _("What do you need?"), tuple(_option(policy, one) for one in offers), value=state.what),
        PersonField("person", _("For whom?"), "people", value=person_option(state.person), live=True),
        *([Text(state.doubt)] if state.doubt else []),
        ChoiceField(
            "length",
            _("For how long?"),
            (Option(USUAL, _("The usual time, from the approval on")), Option(UNTIL, _("Until a day and a time"))),
            value=state.length,
            live=True,
        ),
    ]
    if state.length == UNTIL:
        fields += _moment(state)
    hint = _("Read by whoever decides.")
    fields.append(TextField("reason", _("What is it for?"), hint=hint, value=state.reason, long=True))
    return Form(_("Ask for access"), "access", _("Ask"), tuple(fields))


def _option(policy: Policy, offer: Offer) -> Option:
    detail = _(
        "{system}, usually {usual}, at most {longest}",
        system=policy.systems[offer.system].name,
        usual=in_words(offer.usual),
        longest=in_words(offer.longest),
    )
    return Option(offer.key, offer.words, detail)


def _moment(state: Borrow) -> Iterable[Field]:
    local = state.at.astimezone(ZoneInfo(state.person.zone))
    yield DateField("day", _("Day"), value=state.day or f"{local:%Y-%m-%d}")
    hint = _("In {zone}, where {name} works.", zone=state.person.zone, name=state.person.name)
    yield TimeField("time", _("Time"), value=state.time or f"{local:%H:%M}", hint=hint)


def longer(offer: Offer, zone: str, at: datetime, last: str, context: str) -> Form:
    """Another end, and how late it may be at most."""
    local = at.astimezone(ZoneInfo(zone))
    return Form(
        _("More time"),
        "extend",
        _("Ask"),
        (
            Text(_("Until when do you need “{words}”? Whoever decides is asked again.", words=offer.words)),
            DateField("day", _("Day"), value=f"{local:%Y-%m-%d}"),
            TimeField("time", _("Time"), value=f"{local:%H:%M}", hint=_("In {zone}.", zone=zone)),
            Small(_("At most until {last}.", last=last)),
        ),
        context,
    )
