"""The forms of a leave of absence: who, from when, until when; and another day for its end."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from bot.chat.cards import forms
from bot.chat.cards.forms import LATER, NOW, Offboard, person_option, right_person
from bot.chat.cards.words import _
from bot.chat.port import (
    ChoiceField,
    DateField,
    Field,
    Form,
    Option,
    PersonField,
    Piece,
    Small,
    Text,
    TextField,
    TimeField,
)


@dataclass(frozen=True, slots=True)
class Away:
    """What the form shows so far. `who` is the person beside face, manager and what makes one look twice."""

    who: Offboard
    when: str = NOW
    from_day: str = ""
    from_time: str = "17:00"
    day: str = ""
    time: str = "08:00"
    reason: str = ""


def form(state: Away) -> Form:
    """Who is away, and until when."""
    person = state.who.person
    fields: list[Field | Piece] = [Text(state.who.trouble)] if state.who.trouble else []
    fields += [
        Small(
            _(
                "For somebody who is away for a while and comes back. I lock the accounts, keep everything else, and "
                "unlock them on the day. Sending this changes nothing yet: I look first, and ask the people who decide."
            )
        ),
        PersonField(
            "person",
            _("Who is away?"),
            "people",
            hint=_("Type a name, an e-mail or a login."),
            value=person_option(person) if person else None,
            live=True,
        ),
    ]
    if person:
        fields += right_person(state.who, person)
    fields += _moments(state)
    hint = _("Seen by HR only, not by the approvers.")
    fields.append(TextField("reason", _("Why?"), hint=hint, value=state.reason, long=True, optional=True))
    return Form(_("Leave of absence"), "leave", _("Look and ask"), tuple(fields))


def _moments(state: Away) -> Iterable[Field]:
    person = state.who.person
    where = _("In {zone}.", zone=person.zone) if person else _("The time where the person works.")
    choices = (Option(NOW, _("As soon as it is approved")), Option(LATER, _("At a date and time")))
    yield ChoiceField("when", _("From when?"), choices, value=state.when, live=True)
    if state.when == LATER:
        yield DateField("from_day", _("First day away"), value=state.from_day)
        yield TimeField("from_time", _("Locked at"), value=state.from_time, hint=where)
    yield DateField("day", _("Day of return"), value=state.day, hint=_("It can be moved later."))
    yield TimeField("time", _("Unlocked at"), value=state.time, hint=where)


def another_day(name: str, zone: str, at: datetime, context: str) -> Form:
    """When she comes back after all."""
    form = forms.reschedule(name, zone, at, context)
    words = Text(_("When does {name} come back? What is locked stays locked until then.", name=name))
    return Form(_("Another day"), "leave_move", _("Move"), (words, *form.fields[1:]), context)
