"""Lock now, in chat: the button, and the messages about it."""

from __future__ import annotations

from bot.chat.cards import locks as cards
from bot.chat.cards.words import _, listed
from bot.chat.desk import Desk, known, say
from bot.chat.port import Answer, Card, Speaker, Where
from bot.engine import lock, lookup
from bot.engine.view import View
from bot.store.outbox import Notice


def card(desk: Desk, seen: View, notice: Notice) -> Card:
    """The offer to lock, or the word that a decision is owed."""
    return cards.card(seen, desk.sealed) if notice.kind == "lock" else cards.review(seen, notice.body)


def lock_now(desk: Desk, who: Speaker, value: str, _chosen: str, _where: Where) -> Answer:
    """Ask one more person to agree."""
    _action, request = desk.opened(value, 2, "lock_now")
    made = lock.propose_lock(desk.engine, request, known(who), desk.clock())
    crew = lookup.around(desk.engine).crew
    names = listed(crew.people[one].name for one in made.asked)
    return say(_("I asked {names}. As soon as one of them agrees, the accounts are locked.", names=names))
