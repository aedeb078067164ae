"""Sentences that name a command or a place of Slack, as one says them in Teams."""

from __future__ import annotations

import re

from bot.chat.cards.words import _

COMMANDS = frozenset({"offboard", "access", "pause-access", "who-has", "usher"})
_SLASHED = re.compile(rf"(?<![\w/.:#~-])/(?=(?:{'|'.join(sorted(COMMANDS))})(?![\w/-]))")


def said_here(text: str) -> str:
    """The text without the slash before a command of ours: in Teams that opens a menu of its own."""
    home = _("My Home tab shows")
    return _SLASHED.sub("", text).replace(home, _("The word home shows")) if "/" in text or home in text else text
