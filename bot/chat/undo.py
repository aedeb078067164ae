"""Undoing an offboarding, in chat: the form that says first what cannot come back, and the press for a wrong person."""

from __future__ import annotations

from bot.chat.cards import undo as cards
from bot.chat.cards.words import _
from bot.chat.desk import Desk, known, say
from bot.chat.port import Answer, Card, Filled, Form, Speaker, Where
from bot.domain.errors import Refused
from bot.engine import lookup, restore
from bot.engine.reseat import preview
from bot.engine.restore import Restoring
from bot.engine.undo import undo
from bot.engine.view import seen_by


def open_form(desk: Desk, who: Speaker, request: str) -> Form:
    """What would come back, and what would not. Raises Refused before it is filled in for nothing."""
    person = known(who)
    view = seen_by(desk.engine, request, person, desk.clock())
    restore.raise_if_not_possible(desk.engine, Restoring(person, request), desk.clock())
    _name, systems = undo(desk.engine, request, desk.clock())
    people = lookup.around(desk.engine).crew
    return cards.form(view, systems, people, desk.sealed("undo", request), preview(desk.engine, view.request))


def send(desk: Desk, who: Speaker, filled: Filled, delivery: str) -> Card:
    """Ask for it. Raises Refused."""
    _action, parent = desk.opened(filled.context, 2, "undo")
    asked = Restoring(known(who), parent, filled.values.get("reason", ""))
    request = restore.submit(desk.engine, asked, desk.clock(), delivery=delivery)
    return say(
        _(
            "{id}: I look at every system that {parent} changed, then I ask those who decide. Nothing is given before.",
            id=request.id,
            parent=parent,
        )
    )


def start(desk: Desk, who: Speaker, value: str, _chosen: str, _where: Where) -> Answer:
    """The form, from a button."""
    _action, request = desk.opened(value, 2, "undo")
    return open_form(desk, who, request)


def wrong_person(desk: Desk, who: Speaker, value: str, _chosen: str, _where: Where) -> Answer:
    """Stop, and ask one person whether what was locked is given back at once."""
    _action, request = desk.opened(value, 2, "wrong_person")
    return mistaken(desk, who, request)


def mistaken(desk: Desk, who: Speaker, request: str) -> Card:
    """The same, from a command. Raises Refused."""
    if not request:
        raise Refused(_("Say which request it is."), hint=_("Type /usher wrong-person OFF-142."))
    made = restore.submit(desk.engine, Restoring(known(who), request, contained=True), desk.clock())
    return say(
        _(
            "{parent} is stopped. {id}: one yes is enough, and what was locked is unlocked at once.",
            parent=request,
            id=made.id,
        )
    )
