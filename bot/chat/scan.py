"""The dialogue about the weekly scan: its message, and its one button."""

from __future__ import annotations

from bot.chat.cards import scan as cards
from bot.chat.cards.words import _
from bot.chat.desk import Desk, known, say
from bot.chat.port import Answer, Card, Speaker, Where
from bot.engine import lookup, scan
from bot.store.outbox import Notice


def card(desk: Desk, notice: Notice) -> Card:
    """What the message says now."""
    name = str(notice.body["scan"])
    total, some, unread = scan.shown(desk.engine, name, cards.MOST)
    return cards.card(lookup.around(desk.engine), total, some, unread, desk.sealed("scan_known", name))


def know(desk: Desk, who: Speaker, value: str, _chosen: str, _where: Where) -> Answer:
    """Somebody looked at them."""
    _action, name = desk.opened(value, 2, "scan_known")
    count = scan.know(desk.engine, name, known(who), desk.clock())
    return say(_("Thank you. These {n} are shown again only if something else is odd about them.", n=count))
