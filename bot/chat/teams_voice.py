"""What people of Teams are told outside of an answer: in their own chat with us, a moment later."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass

from bot.chat.cards.words import _
from bot.chat.port import Answer, Button, Buttons, Card, Chat, ChatError, Form, FormErrors, Later, Text
from bot.chat.saying import Words, made, once_more
from bot.chat.teams_heard import Heard

log = logging.getLogger(__name__)

UNTYPED: Words = ("message", "")  # nobody typed it, so there is nothing to say once more
_CHAT = "https://teams.microsoft.com/l/chat/0/0?users="

Then = Callable[[], Card] | None


@dataclass(frozen=True)
class Voice:
    """Who speaks: `chat` sends, `pool` keeps that out of the way of whoever waits for an answer."""

    chat: Chat
    pool: Executor

    def later(self, work: Callable[[], object]) -> None:
        """Do something after the answer."""
        self.pool.submit(_logged, work)

    def tell(self, heard: Heard, card: Card) -> None:
        """Say something to who spoke, where nobody reads along. Raises ChatError."""
        self.chat.send(heard.channel if heard.alone else self.chat.direct(heard.native_id), card)

    def say(self, heard: Heard, answer: Answer, words: Words) -> None:
        """Say an answer to who spoke, soon; what takes a while follows it. `words` are what it answers."""
        card, then = begun(answer, words)

        def speak() -> None:
            if card:
                self.tell(heard, card)
            if then:
                self.tell(heard, made(then))

        if card or then:
            self.later(speak)

    def follow(self, heard: Heard, then: Then) -> None:
        """Say what takes a while, when it is there."""
        if then:
            self.later(lambda: self.tell(heard, made(then)))

    def lead(self, heard: Heard) -> None:
        """Show in a channel nothing but the way to the chat with us. Raises ChatError."""
        words = _("Here others read along. Let us talk in our own chat.")
        pieces = [Text(words)]
        button = Button(_("Open our chat"), "go", url=f"{_CHAT}{heard.bot}")
        card = Card(words, (*pieces, Buttons((button,))) if heard.bot else tuple(pieces))
        self.chat.send(heard.channel, card, thread=heard.thread)


def begun(answer: Answer, words: Words) -> tuple[Card | None, Then]:
    """What of an answer can be said at once in a message, and what makes the rest; a form is offered by a button."""
    match answer:
        case Form():
            return once_more(words, _("Your form is ready.")), None
        case FormErrors(by_field):
            return Card(" ".join(by_field.values())), None
        case Later(card, then):
            return card, then
    return answer, None


def _logged(work: Callable[[], object]) -> None:
    try:
        work()
    except ChatError as error:
        log.warning("Something could not be shown: %s", error.said)
    except Exception:
        log.exception("Something could not be shown")
