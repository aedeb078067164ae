"""Pausing Usher itself, in chat: the form, the card that says it, and the proposal to go on."""

from __future__ import annotations

from bot.chat.cards import halts as cards
from bot.chat.cards.words import _, listed
from bot.chat.desk import Desk, known, say
from bot.chat.port import Answer, Card, Filled, Speaker, Where
from bot.engine import halt, lookup


def open_form(desk: Desk, who: Speaker) -> Answer:
    """The form; while Usher is paused, how that stands. Raises Refused."""
    around = lookup.around(desk.engine)
    halt.raise_if_not_allowed(around.crew, known(who), desk.clock())
    return card(desk) if halt.standing(desk.engine) else cards.form()


def card(desk: Desk) -> Card:
    """How it stands now."""
    around = lookup.around(desk.engine)
    return cards.card(halt.standing(desk.engine), around.crew, around.policy.zone, desk.sealed("halt_end", "now"))


def send(desk: Desk, who: Speaker, filled: Filled) -> Card:
    """Pause. Raises Refused."""
    halt.pause(desk.engine, known(who), filled.values.get("why", ""), desk.clock())
    return card(desk)


def start(desk: Desk, who: Speaker, _value: str, _chosen: str, _where: Where) -> Answer:
    """The form, from a button."""
    return open_form(desk, who)


def end(desk: Desk, who: Speaker, value: str, _chosen: str, _where: Where) -> Answer:
    """Ask a second person whether Usher may go on."""
    desk.opened(value, 2, "halt_end")
    return propose(desk, who)


def propose(desk: Desk, who: Speaker) -> Card:
    """The same, from a command. Raises Refused."""
    made = halt.propose_going_on(desk.engine, known(who), desk.clock())
    crew = lookup.around(desk.engine).crew
    names = listed(crew.people[one].name for one in made.asked)
    return say(_("One more person must agree before I go on. I asked: {names}.", names=names))
