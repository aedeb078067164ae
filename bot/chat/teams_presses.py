"""Teams: what somebody presses or fills in, and the answer in the form that Teams waits for."""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import dataclass

from bot.chat.cards.words import _
from bot.chat.plain_words import Json, clipped, one_line
from bot.chat.port import Answer, Card, Dialogue, Form, FormErrors, Speaker
from bot.chat.saying import AGAIN, Words, made, said, words_of
from bot.chat.teams_cards import adaptive
from bot.chat.teams_dialogs import Dialogs, continued, ended, is_short, replaced, told
from bot.chat.teams_files import Brought
from bot.chat.teams_forms import FIND, SEND, dialog
from bot.chat.teams_heard import Heard, word
from bot.chat.teams_packed import Drawn, unpacked
from bot.chat.teams_voice import UNTYPED, Voice, begun
from bot.chat.teams_words import said_here
from bot.domain.errors import Refused

_TOLD = 1000  # letters below a card


@dataclass(frozen=True)
class Presses:
    """Buttons, menus and dialogs. `files` has those that may go with a form; `forms` are buttons that open a dialog."""

    dialogue: Dialogue
    who: Callable[[str], Speaker]
    voice: Voice
    files: Callable[[Speaker], tuple[Brought, ...]]
    forms: Container[str]

    def answer(self, heard: Heard) -> Json | None:
        """The body of the answer to an invoke; None for one that is not for us. Raises nothing that a person caused."""
        match heard.name:
            case "adaptiveCard/action":
                return self._press(heard)
            case "task/fetch":
                return self._fetch(heard)
            case "task/submit":
                return self._submit(heard)
        return None

    def by_message(self, heard: Heard) -> None:
        """A press from a client that knows no better way: its answer comes as a message."""
        if not _fills_in(heard):
            self.voice.say(heard, *self._asked(heard))
            return
        found = self._sent(heard)
        if isinstance(found, Drawn):
            found = FormErrors(dict(found.wrong) or {"": _("Please open the form with its button.")})
        self.voice.say(heard, found, ["form"])

    def _asked(self, heard: Heard) -> tuple[Answer, Words]:
        """What the dialogue says to a button or a menu, and the words for which it stands."""
        words = made(lambda: _pressed(heard.data))
        if isinstance(words, Card):
            return words, UNTYPED
        return made(lambda: said(self.dialogue, self.who(heard.native_id), words, heard.where)), words

    def _sent(self, heard: Heard) -> Drawn | Answer:
        """What comes of a form that somebody sends or searches in."""
        return made(lambda: self._dialogs(heard).sent(self.who(heard.native_id), heard.data))

    def _dialogs(self, heard: Heard) -> Dialogs:
        return Dialogs(self.dialogue, lambda: self.files(self.who(heard.native_id)))

    # ---- in a message ----

    def _press(self, heard: Heard) -> Json:
        if _fills_in(heard):
            return self._inline(heard)
        answer, words = self._asked(heard)
        if isinstance(answer, Form) and word(heard.data, "action") == AGAIN:  # no dialog opened: it stands in the chat
            return replaced(dialog(self._dialogs(heard).drawn(answer), inline=True))
        return told(self._left(heard, answer, words) or _("Done."))

    def _inline(self, heard: Heard) -> Json:
        """A form that stands in a message instead of a dialog."""
        found = self._sent(heard)
        if isinstance(found, Form):
            found = self._dialogs(heard).drawn(found)
        if isinstance(found, Drawn):
            return replaced(dialog(found, inline=True))
        card, then = begun(found, UNTYPED)
        self.voice.follow(heard, then)
        return replaced(adaptive(card or Card(_("Done.")), self.forms))

    def _left(self, heard: Heard, answer: Answer, words: Words) -> str:
        """A line for the answer; what is longer, or takes a while, is said in the chat with who pressed."""
        card, then = begun(answer, words)
        if then or (card and not is_short(card)):
            self.voice.say(heard, answer, words)
        return clipped(one_line(said_here(card.text)), _TOLD, escape=False) if card else ""

    # ---- in a dialog ----

    def _fetch(self, heard: Heard) -> Json:
        if form := word(heard.data, "form"):  # a list that is too long for its card
            return continued(made(lambda: unpacked(form)))
        answer, words = self._asked(heard)
        if isinstance(answer, Form):
            return continued(self._dialogs(heard).drawn(answer))
        card, then = begun(answer, words)
        self.voice.follow(heard, then)
        return continued(card) if card else ended("")

    def _submit(self, heard: Heard) -> Json:
        if not _fills_in(heard):
            return self._fetch(heard)  # a button of a card that stands in a dialog
        found = self._sent(heard)
        if isinstance(found, Form):
            return continued(self._dialogs(heard).drawn(found))
        if isinstance(found, Drawn):
            return continued(found, word(heard.data, "opened"))
        return ended(self._left(heard, found, UNTYPED))


def _fills_in(heard: Heard) -> bool:
    return word(heard.data, "verb") in {SEND, FIND}


def _pressed(data: Json) -> Words:
    """What a button or a menu says. Raises Refused for what we did not make."""
    menu = word(data, "menu")
    chosen = word(data, menu) if menu else ""
    if menu and not chosen:
        raise Refused(_("Choose something from the list first."))
    if not word(data, "action"):
        raise Refused(_("I do not know this button."), hint=_("It may come from an older message."))
    return words_of(word(data, "action"), word(data, "value"), chosen)
