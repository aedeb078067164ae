"""What whoever was not answered reads: Usher was restarted in that moment, and what to look at now."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.chat.cards.words import _, day_and_time, listed
from bot.chat.port import Card, Text

MOST = 5  # things named in one message


def card(body: Mapping[str, Any], zone: str) -> Card:
    """The one message, for everything that was not answered."""
    did = [_did(one) for one in body["did"]]
    words = _(
        "I was restarted just as you {did} ({when}), so I may not have answered. "
        "Please look whether it took effect. If it did not, do it again: that is harmless, nothing happens twice.",
        did=listed(did[:MOST]),
        when=day_and_time(datetime.fromisoformat(body["when"]), zone),
    )
    return Card(words, (Text(words),))


def _did(one: str) -> str:
    verb, _space, on = one.partition(" ")
    match verb:
        case "pressed" if on:
            return _("pressed “{what}”", what=on)
        case "pressed":
            return _("pressed a button")
        case "typed":
            return _("typed {what}", what=on)
        case "sent" if on:
            return _("sent the form “{what}”", what=on)
        case "sent":
            return _("sent a form")
    return _("wrote to me")
