"""Sentences that name a command or a place of Slack, as one says them in Teams."""

from __future__ import annotations

import re

from bot.chat.cards.words import _

COMMANDS = frozenset({"offboard", "access", "pause-access", "who-has", "usher"})
_SLASHED = re.compile(rf"(?<![\w/.:#~-])/(?=(?:{'|'.join(sorted(COMMANDS))})(?![\w/-]))")


_MENTIONED = re.compile(r"@name\b")


def said_here(text: str) -> str:
    """The text without the slash before a command of ours: in Teams that opens a menu of its own.

    People are named there in words, for whoever is mentioned with an @ is told of it.
    """
    home = _("My Home tab shows")
    if "/" not in text and home not in text:
        return text
    said = _SLASHED.sub("", text).replace(home, _("The word home shows"))
    return said if said == text else _MENTIONED.sub(_("First Last"), said)
