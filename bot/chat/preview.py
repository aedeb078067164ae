"""`/usher preview @alice`: what would happen if she left; whoever may ask for it may see it, and nothing is touched."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from bot.chat.cards import disagree
from bot.chat.cards import preview as cards
from bot.chat.cards.words import _
from bot.chat.desk import Desk, known
from bot.chat.offboard import named
from bot.chat.port import Answer, Card, Later, Speaker
from bot.domain.disagree import odd
from bot.domain.errors import Refused
from bot.engine import lookup
from bot.engine.preview import Intent, preview, raise_if_not_shown
from bot.engine.submit import raise_if_not_allowed


def start(desk: Desk, who: Speaker, typed: str) -> Answer:
    """Words at once, and the plan as soon as every system was read. Raises Refused for whoever may not ask for it."""
    around, now = lookup.around(desk.engine), desk.clock()
    raise_if_not_allowed(around.policy, around.crew, known(who), now.date())
    person, trouble = named(desk, typed)
    if person is None:
        raise Refused(trouble or _("Whose plan shall I show?"), hint=_("Type /usher preview @name."))
    wanted = Intent(person.id, now, by=known(who))
    raise_if_not_shown(around.policy, around.crew, wanted, now)

    today = now.astimezone(ZoneInfo(person.zone)).date()
    said = disagree.said(person, today, odd(person, today, today, named=lookup.is_named(desk.engine, person.id)))

    def then() -> Card:
        return cards.card(preview(desk.engine, wanted, desk.clock), said)

    return Later(cards.looking(person.name), then)
