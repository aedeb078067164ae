"""A leave of absence in chat: the form, its answer, and the buttons that end it or move its end."""

from __future__ import annotations

import re
from zoneinfo import ZoneInfo

from bot.chat.cards import forms
from bot.chat.cards import leave as cards
from bot.chat.cards.names import look_twice
from bot.chat.cards.words import _, day_and_time
from bot.chat.desk import Desk, known, say
from bot.chat.offboard import instant, named
from bot.chat.port import Answer, Card, Filled, Form, Speaker, Where
from bot.domain.errors import Refused
from bot.domain.model import Person, PersonId
from bot.engine import leave, lookup
from bot.engine.view import seen_by

_UNTIL = re.compile(r"^(?P<who>.*?)\s*\buntil\b\s*(?P<day>\d{4}-\d{2}-\d{2})?.*$", re.IGNORECASE | re.DOTALL)


def open_form(desk: Desk, who: Speaker, typed: str) -> Form:
    """The form; `@alice until 2027-02-01` fills it in. Raises Refused."""
    found = _UNTIL.match(typed)
    person, trouble = named(desk, found["who"] if found else typed)
    return _form(desk, who, {"day": (found["day"] or "") if found else ""}, person, trouble)


def redraw(desk: Desk, who: Speaker, filled: Filled) -> Form:
    """The form again, for what was chosen just now."""
    person = lookup.around(desk.engine).crew.people.get(PersonId(filled.values.get("person", "")))
    return _form(desk, who, filled.values, person, "")


def _form(desk: Desk, who: Speaker, values: dict[str, str], person: Person | None, trouble: str) -> Form:
    around = lookup.around(desk.engine)
    if not leave.may_ask(around.policy, around.crew, known(who), desk.clock()):
        raise Refused(_("You may not ask for a leave of absence."), hint=_("People in HR may."))
    if person is not None and person.id == known(who):
        person, trouble = None, _("You cannot ask for your own leave.")
    manager = around.crew.people.get(person.manager) if person and person.manager else None
    today = desk.clock().date()
    shown = forms.Offboard(
        person=person,
        manager=manager.name if manager else "",
        accounts=lookup.accounts(desk.engine, person.id) if person else (),
        trouble=trouble,
        pictures=desk.pictures,
        doubt=look_twice(person, around.crew, today) if person else "",
    )
    return cards.form(
        cards.Away(
            shown,
            when=values.get("when") or forms.NOW,
            from_day=values.get("from_day", ""),
            from_time=values.get("from_time") or "17:00",
            day=values.get("day", ""),
            time=values.get("time") or "08:00",
            reason=values.get("reason", ""),
        )
    )


def send(desk: Desk, who: Speaker, filled: Filled, delivery: str) -> Card:
    """Hand the form to the engine. Raises Refused with the field that is wrong."""
    values = filled.values
    person = lookup.around(desk.engine).crew.people.get(PersonId(values.get("person", "")))
    if person is None:
        raise Refused(_("I do not know this person."), hint=_("Choose somebody from the list."), field="person")
    until = instant(values.get("day", ""), values.get("time", ""), person.zone)
    starts = None
    if values.get("when") == forms.LATER:
        try:
            starts = instant(values.get("from_day", ""), values.get("from_time", ""), person.zone)
        except Refused as error:
            raise Refused(error.reason, field=f"from_{error.field}") from error
    asked = leave.Leave(known(who), person.id, until, starts, values.get("reason", ""))
    request = leave.submit(desk.engine, asked, desk.clock(), delivery=delivery)
    return say(
        _(
            "{id}: I look at the accounts of {name}, then I ask those who decide. Locked until {until}, and then "
            "unlocked by itself.",
            id=request.id,
            name=person.name,
            until=day_and_time(until, person.zone),
        )
    )


def start(desk: Desk, who: Speaker, _value: str, _chosen: str, _where: Where) -> Answer:
    """The form, from a button."""
    return open_form(desk, who, "")


def end(desk: Desk, who: Speaker, value: str, _chosen: str, _where: Where) -> Answer:
    """Everything is given back now."""
    _action, request = desk.opened(value, 2, "leave_end")
    leave.end_now(desk.engine, request, known(who), desk.clock())
    return say(_("{id}: what was locked is unlocked now. You see it in the thread.", id=request))


def another_day(desk: Desk, who: Speaker, value: str, _chosen: str, _where: Where) -> Answer:
    """The form for another day."""
    _action, request = desk.opened(value, 2, "leave_move")
    view = seen_by(desk.engine, request, known(who), desk.clock())
    at = (view.request.until or view.now).astimezone(ZoneInfo(view.subject.zone))
    return cards.another_day(view.subject.name, view.subject.zone, at, desk.sealed("leave_move", request))


def send_another_day(desk: Desk, who: Speaker, filled: Filled) -> Card:
    """Move the end. Raises Refused with the field that is wrong."""
    _action, request = desk.opened(filled.context, 2, "leave_move")
    view = seen_by(desk.engine, request, known(who), desk.clock())
    until = instant(filled.values.get("day", ""), filled.values.get("time", ""), view.subject.zone)
    leave.move(desk.engine, request, known(who), until, desk.clock())
    return say(_("{id} ends {until} now.", id=request, until=day_and_time(until, view.subject.zone)))
