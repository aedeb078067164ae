"""The forms: one question at a time, in the order a person thinks of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from bot.chat.cards import disagree
from bot.chat.cards.words import _, day
from bot.chat.port import (
    ChoiceField,
    DateField,
    Field,
    FileField,
    Form,
    Option,
    PersonField,
    Piece,
    Portrait,
    SelectField,
    Small,
    Text,
    TextField,
    TimeField,
)
from bot.domain.model import Link, Person, Power

NOW, LATER = "now", "later"
VOLUNTARY, INVOLUNTARY = "voluntary", "involuntary"


@dataclass(frozen=True, slots=True)
class Offboard:
    """What the form shows so far."""

    person: Person | None = None
    manager: str = ""
    when: str = LATER
    day: str = ""
    time: str = "17:00"
    exit: str = VOLUNTARY
    accounts: tuple[Link, ...] = ()
    trouble: str = ""
    note: str = ""
    pictures: str = ""
    doubt: str = ""
    told: str = ""
    odd: str = ""  # what the roster says that this form does not
    odd_key: str = ""
    sure: str = ""


def offboard(state: Offboard) -> Form:
    """Who leaves, when, and how; the right person confirmed by face, title, manager, e-mail and start date."""
    fields: list[Field | Piece] = []
    if state.trouble:
        fields.append(Text(state.trouble))
    fields.append(
        Small(
            _(
                "Sending this changes nothing yet. I look first, show a plan, and ask the people who decide. "
                "To see the plan without asking anybody, type /usher preview @name instead."
            )
        ),
    )
    fields.append(
        PersonField(
            "person",
            _("Who leaves?"),
            "people",
            hint=_("Type a name, an e-mail or a login."),
            value=person_option(state.person) if state.person else None,
            live=True,
        ),
    )
    if state.person:
        fields += right_person(state, state.person)
    fields.append(
        ChoiceField(
            "when",
            _("When does the access end?"),
            (Option(LATER, _("At a date and time")), Option(NOW, _("Now, as soon as it is approved"))),
            value=state.when,
            live=True,
        ),
    )
    if state.when == LATER:
        fields += _moment(state)
    fields.append(exit_field(state.exit))
    fields.append(
        TextField("reason", _("Reason"), hint=_("Seen by HR only, not by the approvers."), long=True, optional=True)
    )
    hint = _("Read by everybody who decides, or has something to do.")
    fields.append(TextField("note", _("Note for the people who help"), hint=hint, value=state.note, optional=True))
    fields += _before_sending(state)
    return Form(_("Offboard a person"), "offboard", _("Look and ask"), tuple(fields))


def _before_sending(state: Offboard) -> Iterable[Field | Piece]:
    """What does not agree, who will be told, and the name typed where it cannot wait for second thoughts."""
    yield from disagree.fields(state.odd, state.odd_key, state.sure)
    if state.told:
        yield Small(state.told)
    if state.person and (state.when == NOW or state.exit == INVOLUNTARY):
        label = _("Type the full name to confirm: {name}", name=state.person.name)
        yield TextField("typed", label, placeholder=state.person.name)


def _moment(state: Offboard) -> Iterable[Field]:
    where = _("In {zone}.", zone=state.person.zone) if state.person else _("The time where the person works.")
    yield DateField("day", _("Day"), value=state.day, hint=_("Their last day."))
    yield TimeField("time", _("Time"), value=state.time, hint=where)


def exit_field(chosen: str) -> Field:
    """How somebody leaves."""
    return ChoiceField(
        "exit",
        _("How do they leave?"),
        (
            Option(VOLUNTARY, _("By their own choice, or the contract ends")),
            Option(INVOLUNTARY, _("Not by their choice: what is dangerous ends as soon as it is approved")),
        ),
        value=chosen,
        live=True,
    )


def person_option(person: Person, beyond: str = "") -> Option:
    """A person as a choice: enough to tell two of the same name apart."""
    detail = " · ".join(filter(None, (person.title, person.department, person.email, beyond)))
    return Option(person.id, person.name, detail)


def right_person(state: Offboard, person: Person) -> Iterable[Piece]:
    """Who is meant: face, title, manager, e-mail, first day, and why one should look twice."""
    lines = [
        person.name,
        _("{title}, {department}", title=person.title, department=person.department),
        _("Manager: {name}", name=state.manager or _("nobody")),
        _("E-mail: {email}", email=person.email),
        _("Works here since {day}", day=day(person.starts) if person.starts else _("an unknown day")),
    ]
    url = f"{state.pictures}/{person.portrait}" if state.pictures and person.portrait else ""
    yield Portrait(url, _("Portrait of {name}", name=person.name), "\n".join(lines))
    if state.doubt:
        yield Text(state.doubt)
    unsure = [f"{link.system}: {link.label}" for link in state.accounts if not link.confirmed_by]
    if unsure:
        yield Small(_("Not confirmed, so left alone: {accounts}", accounts=", ".join(unsure)))


def evidence(what: str, wanted: str, context: str) -> Form:
    """How one can see that a task is done."""
    fields: tuple[Field | Piece, ...] = (
        Text(what),
        Small(_("A sentence or a file is enough; one of the two is needed.")),
        TextField(
            "evidence",
            _("What did you do, and how can one see it?"),
            hint=_(wanted) if wanted else _("A sentence or a link."),
            long=True,
            optional=True,
        ),
        FileField("files", _("A file, if there is one")),
    )
    return Form(_("This is done"), "evidence", _("Done"), fields, context)


def reschedule(name: str, zone: str, at: datetime, context: str) -> Form:
    """Another day and time."""
    return Form(
        _("Another time"),
        "reschedule",
        _("Move and ask again"),
        (
            Text(_("When does the access of {name} end? The approvers are asked again.", name=name)),
            DateField("day", _("Day"), value=f"{at:%Y-%m-%d}"),
            TimeField("time", _("Time"), value=f"{at:%H:%M}", hint=_("In {zone}.", zone=zone)),
        ),
        context,
    )


def somebody(label: str, person: Person | None, doubt: str) -> tuple[Field | Piece, ...]:
    """The question for a person, drawn anew once somebody is chosen, with what makes one look twice."""
    hint = _("Type a name, an e-mail or a login.")
    value = person_option(person) if person else None
    chosen = PersonField("person", label, "people", hint=hint, value=value, live=True)
    return (chosen, Text(doubt)) if doubt else (chosen,)


_ROLES = {
    Power.ADMIN: "Admin",
    Power.HR: "HR",
    Power.IT: "IT",
    Power.SECURITY: "Security",
    Power.AUDITOR: "Auditor",
    Power.OWNER: "Owner",
}
_MAY = {
    Power.ADMIN: "gives and takes roles, each time with one more person",
    Power.HR: "starts offboardings, stops them, and gives back",
    Power.IT: "does tasks by hand in every system",
    Power.SECURITY: "starts and stops offboardings, and may approve where others are away",
    Power.AUDITOR: "reads everything, changes nothing",
    Power.OWNER: "looks after systems",
}


def role_name(power: str) -> str:
    """A role as people call it."""
    return _(_ROLES[Power(power)]) if power in set(Power) else power


def may(power: Power) -> str:
    """What somebody with this role may do in Usher, in words."""
    return _("{role}: {may}", role=role_name(power), may=_(_MAY[power]))


def role(person: Person | None = None, doubt: str = "") -> Form:
    """Who may do what in Usher."""
    return Form(
        _("Give a role"),
        "role",
        _("Ask for the second yes"),
        (
            *somebody(_("Who?"), person, doubt),
            SelectField("power", _("Which role?"), tuple(Option(power.value, may(power)) for power in _ROLES)),
        ),
    )
