"""What somebody said, so that it can be said again; the same on every platform."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import TypeVar

from bot.chat.apology import apology
from bot.chat.cards.words import _
from bot.chat.port import Answer, Button, Buttons, Card, Dialogue, Speaker, Text, Where
from bot.domain.errors import Refused

AGAIN = "again"  # the button that says once more what somebody said
ROOM = 2000  # letters that a button carries on every platform

Words = Sequence[str]
T = TypeVar("T")


def said(dialogue: Dialogue, who: Speaker, words: Words, where: Where) -> Answer:
    """What the dialogue answers to a command, a press or a message. Raises Refused."""
    match words:
        case ["command", command, text]:
            return dialogue.command(who, command, text, where)
        case ["press", action, value, chosen]:
            return dialogue.press(who, action, value, chosen, where)
        case ["message", text]:
            return dialogue.message(who, text)
    raise Refused(_("This button is out of date."), hint=_("Type the command again."))


def once_more(words: Words, why: str) -> Card:
    """A card with a button that says the same again, and with what was typed, so that nothing is lost."""
    typed = " ".join(words[1:]).strip() if words[0] != "press" else ""
    value = json.dumps(list(words))
    pieces = [Text(why), *([Text(typed, lead=_("You typed"))] if typed else [])]
    if len(value) <= ROOM:
        return Card(why, (*pieces, Buttons((Button(_("Open the form"), AGAIN, value),))))
    return Card(why, (*pieces, Text(_("Please start again."))))


def words_of(action: str, value: str, chosen: str) -> Words:
    """What a press says. Raises Refused for a button that we did not make."""
    if action != AGAIN:
        return ["press", action, value, chosen]
    try:
        found = json.loads(value)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, list) or not all(isinstance(word, str) for word in found):
        raise Refused(_("This button is out of date."), hint=_("Type the command again."))
    return found


def made(ask: Callable[[], T]) -> T | Card:
    """What comes of it, or in words why nothing does."""
    try:
        return ask()
    except Refused as error:
        return Card(error.words)
    except Exception as error:  # noqa: BLE001 - whoever waits for it hears of it, and the log does
        return Card(apology(error))
