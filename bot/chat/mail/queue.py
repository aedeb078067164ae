"""From the outbox of the chat to that of the mail: which cards go there, and by what their buttons are known."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256

from bot.chat.bundles import Bundle
from bot.chat.messages import DIRECT, card_of, key_of
from bot.chat.port import Buttons, Card, Menu
from bot.chat.views import Views
from bot.engine import mailing
from bot.store.outbox import Post

# Nothing but a question: once it is answered, there is nothing to tell.
_QUESTIONS = frozenset({"approval", "task", "tasks", "item", "more", "power", "proposal", "signal", "scan", "holds"})


def by_mail(views: Views, bundle: Bundle, now: datetime) -> bool:
    """Whether this message goes by mail, or need not go any more; False where no mail reaches this person."""
    notice, engine = bundle.first, views.desk.engine
    if notice.kind not in DIRECT or not mailing.on(engine):
        return False
    known = marks(card_of(views, bundle, now))
    if not known and notice.kind in _QUESTIONS:
        return True
    return mailing.queue(engine, views.desk.everywhere, key_of(notice), bundle.notices[-1], known, now)


def marks(card: Card) -> frozenset[str]:
    """What can be pressed on a card, each by a short name that changes with what it means."""
    return frozenset(sha256(one.encode()).hexdigest()[:16] for one in _pressable(card))


def _pressable(card: Card) -> Iterator[str]:
    for piece in card.pieces:
        match piece:
            case Buttons(items):
                yield from (f"{one.action} {one.value}" for one in items if not one.url)
            case Menu(_label, action, value):
                yield f"{action} {value}"


def elsewhere(known: Post | None) -> Post | None:
    """Where a message stands in the chat; one that went by mail stands nowhere there."""
    return None if known is not None and known.channel == mailing.PLACE else known
