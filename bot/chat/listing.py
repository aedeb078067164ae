"""The list of every request: `/usher requests`, the button on Home, and its pages."""

from __future__ import annotations

from bot.chat.cards import listing as cards
from bot.chat.desk import Desk, known
from bot.chat.port import Card, Speaker, Where
from bot.engine.listing import listing


def command(desk: Desk, who: Speaker, _text: str) -> Card:
    """The first page. Raises Refused for whoever may not see it."""
    return _page(desk, who, 0)


def press(desk: Desk, who: Speaker, value: str, _chosen: str, _where: Where) -> Card:
    """The page from this place on, as it is now."""
    return _page(desk, who, int(value) if value.isdecimal() and len(value) < len("1000000") else 0)


def _page(desk: Desk, who: Speaker, start: int) -> Card:
    now = desk.clock()
    return cards.card(listing(desk.engine, known(who), now, start=start, size=cards.SIZE), now)
