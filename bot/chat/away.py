"""`/usher away until 2026-12-01` and `/usher back`: who is asked while somebody is not here."""

from __future__ import annotations

from datetime import date

from bot.chat.cards.words import _, listed
from bot.chat.desk import Desk, known, say
from bot.chat.port import Card, Speaker
from bot.domain.errors import Refused
from bot.engine import away, lookup


def go(desk: Desk, who: Speaker, text: str) -> Card:
    """Write down until when somebody is away, and say who is asked meanwhile. Raises Refused."""
    typed = text.strip().lower().removeprefix("until").strip()
    try:
        until = date.fromisoformat(typed)
    except ValueError as error:
        raise Refused(_("Say when you are back, for example: /usher away until 2027-02-01")) from error
    person = known(who)
    away.go(desk.engine, person, until, desk.clock())
    around = lookup.around(desk.engine)
    mine = [system for system in around.policy.systems.values() if system.owner == person]
    with_deputy = [
        _("{name} for {system}", name=around.crew.people[one.deputy].name, system=one.name)
        for one in mine
        if one.deputy in around.crew.people and one.deputy
    ]
    alone = [one.name for one in mine if not one.deputy]
    said = [_("Until {day} I ask others in your place.", day=f"{until:%a %d %b %Y}")]
    if with_deputy:
        said.append(_("Your deputies: {names}.", names=listed(with_deputy)))
    if alone:
        said.append(_("{systems} has no deputy: IT, security or an admin is asked.", systems=listed(alone)))
    said.append(_("For your team your own manager is asked. Type /usher back when you are here again."))
    return say(" ".join(said))


def back(desk: Desk, who: Speaker, _text: str) -> Card:
    """They are here again."""
    if away.back(desk.engine, known(who), desk.clock()):
        return say(_("Welcome back. I ask you again from now on."))
    return say(_("I did not think that you were away. Nothing has changed."))
