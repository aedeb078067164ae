"""News in chat: the message of whoever is told and not asked."""

from __future__ import annotations

from bot.chat.cards import news
from bot.chat.desk import Desk
from bot.chat.port import Card
from bot.engine.telling import told_of
from bot.store.outbox import Notice


def card(desk: Desk, notice: Notice) -> Card:
    """What one message tells."""
    return news.card(told_of(desk.engine, [(str(key), str(what)) for key, what in notice.body["about"]]))
