"""Everything a person can say to Usher, and who answers: the whole dialogue in one place."""

from __future__ import annotations

import re
from collections.abc import Callable

from bot.chat import (
    access,
    away,
    batch,
    digest,
    fallout,
    halt,
    holds,
    leave,
    listing,
    machines,
    offboard,
    presses,
    preview,
    proposals,
    successors,
    undo,
    who_has,
)
from bot.chat.cards import erase, forms, giving, home
from bot.chat.cards.access import root as access_card
from bot.chat.cards.thread import controls, status
from bot.chat.cards.words import _
from bot.chat.desk import Desk, known, request_buttons, say
from bot.chat.messages import card_of
from bot.chat.port import Answer, Buttons, Card, Filled, Form, Option, Speaker, Where
from bot.domain.errors import Refused
from bot.domain.model import PersonId, Power, Trigger
from bot.engine import control, lookup, powers, spread, tasks
from bot.engine.view import seen_by

_ID = re.compile(r"^[A-Z]{3}-\d+$")
_NEEDS = frozenset({"help", "hello", "hi", "hey", "hallo", "start", "?"})


def _evidence(desk: Desk, who: Speaker, filled: Filled) -> Answer:
    _action, step_id = desk.opened(filled.context, 2, "evidence")
    files = tuple(f"{file.id} {file.name}" for file in filled.files.get("files", ()))
    text = filled.values.get("evidence", "")
    tasks.attest(desk.engine, step_id, known(who), text, files, desk.clock())
    return say(_("Thank you. It is written down as done by you."))


def _reschedule(desk: Desk, who: Speaker, filled: Filled) -> Answer:
    _action, request = desk.opened(filled.context, 2, "reschedule")
    view = seen_by(desk.engine, request, known(who), desk.clock())
    at = offboard.instant(filled.values.get("day", ""), filled.values.get("time", ""), view.subject.zone)
    control.reschedule(desk.engine, request, known(who), at, desk.clock())
    return say(_("{id} is moved. The approvers are asked again.", id=request))


def _role(desk: Desk, who: Speaker, filled: Filled) -> Answer:
    try:
        power = Power(filled.values.get("power", ""))
    except ValueError as error:
        raise Refused(_("Choose a role."), field="power") from error
    person = PersonId(filled.values.get("person", ""))
    asked = powers.propose(desk.engine, known(who), person, power, desk.clock())
    names = ", ".join(lookup.around(desk.engine).crew.people[one].name for one in asked.asked)
    return say(_("One more person must agree. I asked: {names}.", names=names))


def _chosen(filled: Filled) -> str:
    return filled.values.get("person", "")


# What follows `/usher`, and who answers it.
_VERBS: dict[str, Callable[[Desk, Speaker, str], Answer]] = {
    "away": away.go,
    "back": away.back,
    "batch": lambda desk, who, _text: batch.open_form(desk, who),
    "person": who_has.person,
    "preview": preview.start,
    "role": lambda desk, who, _text: presses.role_form(desk, who),
    "pause": lambda desk, who, _text: halt.open_form(desk, who),
    "go-on": lambda desk, who, _text: halt.propose(desk, who),
    "pause-access": leave.open_form,
    "requests": listing.command,
    "take-role": proposals.take_role,
    "undo": lambda desk, who, text: undo.open_form(desk, who, text.strip().upper()),
    "wrong-person": lambda desk, who, text: undo.mistaken(desk, who, text.strip().upper()),
}

# What answers a form that was sent, by the name of its handler: what begins something must know a second delivery.
_BEGINS: dict[str, Callable[[Desk, Speaker, Filled, str], Answer]] = {
    "offboard": offboard.send,
    "access": access.send,
    "batch": batch.send,
    "undo": undo.send,
    "leave": leave.send,
}
_SENT: dict[str, Callable[[Desk, Speaker, Filled], Answer]] = {
    "batch_yes": batch.send_yes,
    "leave_move": leave.send_another_day,
    "halt": halt.send,
    "extend": access.send_longer,
    "put_off": fallout.send_hold,
    "waive": proposals.send_waiver,
    "decline": successors.send_decline,
    **holds.FORMS,
    **machines.FORMS,
    "evidence": _evidence,
    "reschedule": _reschedule,
    "role": _role,
}

# What draws a form again after a choice in it.
_REDRAWN: dict[str, Callable[[Desk, Speaker, Filled], Form]] = {
    "offboard": offboard.redraw,
    "access": access.redraw,
    "leave": leave.redraw,
    "role": lambda desk, who, filled: presses.role_form(desk, who, _chosen(filled)),
    "hold_pass": lambda desk, who, filled: holds.pass_form(desk, who, filled.context, _chosen(filled)),
    "machine_give": lambda desk, who, filled: machines.give_form(desk, who, filled.context, _chosen(filled)),
}


class Talk:
    """The Dialogue of Usher: adapters call it, it calls the engine."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def _hear(self, who: Speaker) -> None:
        """Of two chats they are in, people hear what they hear once in the one they used last. Raises Refused."""
        self._known(who)
        if self.desk.lane and who.person is not None and who.native_id:
            spread.used(self.desk.engine, who.person, self.desk.system)

    def _known(self, who: Speaker) -> PersonId:
        """The person who speaks. Raises Refused for strangers, with the names of those who can link them."""
        if who.person is None:
            crew = lookup.around(self.desk.engine).crew
            raise Refused(_(home.UNKNOWN), hint=home.whom_to_ask(crew, self.desk.clock().date()))
        return who.person

    def command(self, who: Speaker, command: str, text: str, where: Where) -> Answer:
        """`/offboard [person | OFF-142]`, `/access`, `/who-has …`, `/usher [person … | preview … | role | help]`."""
        self._hear(who)
        name, words = command.lstrip("/"), text.split()
        if name == "usher" and words and words[0].lower() in {"offboard", "access"}:
            name, words = words[0].lower(), words[1:]
            text = " ".join(words)
        first = words[0].lower() if words else ""
        if _ID.match(first.upper()):
            return self._status(who, first.upper())
        if name == "usher":
            if first in _VERBS:
                return _VERBS[first](self.desk, who, " ".join(words[1:]))
            return self._help(who, "" if first in _NEEDS or not first else text)
        if name == "who-has":
            return who_has.system(self.desk, who, text)
        if first == "help":
            return self._help(who, "")
        if name == "pause-access":
            return leave.open_form(self.desk, who, text)
        if name == "access":
            return access.open_form(self.desk, who)
        return offboard.open_form(self.desk, who, text)

    def press(self, who: Speaker, action: str, value: str, chosen: str, where: Where) -> Answer:
        """A button or a menu."""
        self._hear(who)
        return presses.press(self.desk, who, action, value, chosen, where)

    def redraw(self, who: Speaker, handler: str, filled: Filled) -> Form:
        """A live field changed. Raises Refused."""
        self._known(who)
        return _REDRAWN.get(handler, offboard.redraw)(self.desk, who, filled)

    def submit(self, who: Speaker, handler: str, filled: Filled, delivery: str) -> Answer:
        """A form was sent. Raises Refused for one that nobody knows any more."""
        self._hear(who)
        if handler in _BEGINS:
            return _BEGINS[handler](self.desk, who, filled, delivery)
        if handler in _SENT:
            return _SENT[handler](self.desk, who, filled)
        raise Refused(_("I do not know this form any more."), hint=_("Open it again."))

    def options(self, who: Speaker, source: str, typed: str) -> tuple[Option, ...]:
        """People for the letters typed so far; strangers see nobody."""
        self._known(who)
        found = lookup.search(self.desk.engine, typed)
        return tuple(forms.person_option(person, beyond) for person, beyond in found)

    def home(self, who: Speaker) -> Card:
        """What waits for this person, and what they may start."""
        now = self.desk.clock()
        if who.person is None:
            return home.stranger(lookup.around(self.desk.engine).crew, now.date())
        mine = lookup.mine(self.desk.engine, who.person, now)
        waits, board = digest.home(self.desk, who.person, now, card_of)
        return home.home(lookup.around(self.desk.engine), who.person, mine, waits, board, self.desk.sealed)

    def message(self, who: Speaker, text: str) -> Answer:
        """Anything written to Usher directly: the way to what this person may do."""
        self._known(who)
        word = text.strip().upper()
        if _ID.match(word):
            return self._status(who, word)
        return self._help(who, "" if text.strip().lower() in _NEEDS else text)

    def comment(self, who: Speaker, text: str, where: Where, key: str) -> None:
        """A human reply in a thread."""
        if who.person is not None and where.thread:
            now = self.desk.clock()
            control.comment(self.desk.engine, where.channel, where.thread, who.person, text, key, now)

    def _help(self, who: Speaker, not_understood: str) -> Card:
        around = lookup.around(self.desk.engine)
        return home.help_card(around, known(who), not_understood)

    def _status(self, who: Speaker, request: str) -> Card:
        if request.startswith("BAT-"):
            return batch.status(self.desk, who, request)
        view = seen_by(self.desk.engine, request, known(who), self.desk.clock())
        if view.request.trigger is Trigger.ACCESS:
            return access_card(view, request_buttons(self.desk, view))
        if view.request.deletes:
            return erase.status(view, request_buttons(self.desk, view))
        if view.request.trigger in giving.TRIGGERS:
            return giving.status(view, request_buttons(self.desk, view))
        card = status(view)
        row = tuple(controls(view, request_buttons(self.desk, view)))
        return Card(card.text, (*card.pieces, Buttons(row))) if row else card
