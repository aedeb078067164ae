"""Teams: what somebody did, passed to the dialogue, and its answer in the form that Teams waits for."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass
from typing import TypeVar

from bot.chat.apology import apology
from bot.chat.cards.words import _
from bot.chat.plain_words import Json, clipped, one_line
from bot.chat.port import Answer, Card, Dialogue, File, Form, FormErrors, Later, Speaker, Where
from bot.chat.presses import OPENS
from bot.chat.saying import AGAIN, Words, made, once_more, said, words_of
from bot.chat.teams_cards import adaptive
from bot.chat.teams_dialogs import Dialogs, continued, ended, is_short, replaced, told
from bot.chat.teams_forms import FIND, SEND, dialog
from bot.chat.teams_heard import GROUP, Heard, word
from bot.chat.teams_packed import Drawn, unpacked
from bot.chat.teams_voice import Voice
from bot.chat.teams_words import COMMANDS, said_here
from bot.domain.errors import Refused

HOME = "home"
_TOLD = 1000  # letters below a card
_UNTYPED: Words = ("message", "")  # nobody typed it, so there is nothing to say once more

T = TypeVar("T")


def _nothing(_heard: Heard) -> None:
    return None


def _nobody() -> None:
    return None


def _no_thread(_channel: str) -> str:
    return ""


def _no_files(_who: Speaker) -> tuple[File, ...]:
    return ()


@dataclass(frozen=True)
class Turns:
    """Everything Teams can bring, in `hear`; the answer is the body of an invoke, or None.

    `who` knows the person behind a directory id; `placed` hears where we are and where we are not any more; `given`
    keeps the files that somebody sends, and `files` has those that go with a form; `thread` is that of a group chat,
    in which a message names none; `joined` looks who reads along, after somebody came in; `forms` are the buttons that
    open a dialog.
    """

    dialogue: Dialogue
    who: Callable[[str], Speaker]
    voice: Voice
    placed: Callable[[Heard], object] = _nothing
    given: Callable[[Heard], object] = _nothing
    files: Callable[[Speaker], tuple[File, ...]] = _no_files
    thread: Callable[[str], str] = _no_thread
    joined: Callable[[], object] = _nobody
    forms: Container[str] = OPENS

    def hear(self, heard: Heard) -> Json | None:
        """The answer to one activity. Raises nothing that a person caused."""
        self.placed(heard)
        match heard.type, heard.name:
            case "message", _:
                self._message(heard)
            case "invoke", "adaptiveCard/action":
                return self._press(heard)
            case "invoke", "task/fetch":
                return self._fetch(heard)
            case "invoke", "task/submit":
                return self._submit(heard)
            case "conversationUpdate", _ if heard.activity.get("membersAdded"):
                self.voice.later(self.joined)
            case "installationUpdate", _ if word(heard.activity, "action") in {"add", "add-upgrade"}:
                self._welcome(heard)
        return None

    def _speaker(self, heard: Heard) -> Speaker:
        return self.who(heard.native_id)

    def _welcome(self, heard: Heard) -> None:
        if heard.alone and heard.native_id:
            card = made(lambda: self.dialogue.home(self._speaker(heard)))
            self.voice.later(lambda: self.voice.tell(heard, card))

    # ---- what somebody writes ----

    def _message(self, heard: Heard) -> None:
        if not heard.native_id:
            return
        if heard.value:
            self._fallback(heard)
        elif heard.alone:
            if heard.files:
                self._kept(heard)
            if heard.text or not heard.files:
                self._answered(heard, _words(heard.text))
        elif (thread := self._thread(heard)) and _words(heard.text)[0] == "message":
            where = Where(heard.channel, thread, heard.carrier)
            self.dialogue.comment(self._speaker(heard), heard.text, where, f"{heard.channel}:{heard.id}")
        else:
            self.voice.later(lambda: self.voice.lead(heard))
            if heard.text:
                self._answered(heard, _words(heard.text), Where())

    def _thread(self, heard: Heard) -> str:
        """The thread in which somebody replies; nothing where a new one begins."""
        if heard.kind == GROUP:
            return self.thread(heard.channel)
        return heard.thread if heard.replied else ""

    def _kept(self, heard: Heard) -> None:
        """Files for a form that is sent soon; what is written beside them is another matter."""
        self.given(heard)
        names = ", ".join(one_line(file.name) for file in heard.files)
        words = _("I have {names}, for the form you send within the hour.", names=names)
        self._say(heard, Card(words), _UNTYPED)

    def _answered(self, heard: Heard, words: Words, where: Where | None = None) -> None:
        """Say it to the dialogue, and its answer to whoever spoke, in the chat with them."""

        def ask() -> Answer:
            if list(words) == ["message", HOME]:
                return self.dialogue.home(self._speaker(heard))
            return said(self.dialogue, self._speaker(heard), words, where or heard.where)

        self._say(heard, _safe(ask), words)

    def _say(self, heard: Heard, answer: Answer, words: Words) -> None:
        card, then = self._begun(answer, words)

        def speak() -> None:
            if card:
                self.voice.tell(heard, card)
            if then:
                self.voice.tell(heard, made(then))

        if card or then:
            self.voice.later(speak)

    @staticmethod
    def _begun(answer: Answer, words: Words) -> tuple[Card | None, Callable[[], Card] | None]:
        match answer:
            case Form():
                return once_more(words, _("Your form is ready.")), None
            case FormErrors(by_field):
                return Card(" ".join(by_field.values())), None
            case Later(card, then):
                return card, then
        return answer, None

    def _fallback(self, heard: Heard) -> None:
        """A press from a client that knows no better way: its answer comes as a message."""
        data = heard.data
        if word(data, "verb") in {SEND, FIND}:
            found = _safe(lambda: Dialogs(self.dialogue).sent(self._speaker(heard), data, self._files(heard)))
            words: Sequence[str] = ["form"]
            if isinstance(found, Drawn):
                found = FormErrors(dict(found.wrong) or {"": _("Please open the form with its button.")})
            self._say(heard, found, words)
        else:
            try:
                self._answered(heard, _pressed(data))
            except Refused as error:
                self._say(heard, Card(error.words), _UNTYPED)

    def _files(self, heard: Heard) -> tuple[File, ...]:
        return self.files(self._speaker(heard))

    # ---- what somebody presses ----

    def _press(self, heard: Heard) -> Json:
        data = heard.data
        if word(data, "verb") in {SEND, FIND}:
            return self._inline(heard)
        words: Words = _UNTYPED
        try:
            words = _pressed(data)
            answer = said(self.dialogue, self._speaker(heard), words, heard.where)
        except Refused as error:
            return told(_short(error.words))
        except Exception as error:  # noqa: BLE001 - whoever pressed hears of it, and the log does
            return told(apology(error))
        if isinstance(answer, Form) and word(data, "action") == AGAIN:  # where no dialog opened: it stands in the chat
            return replaced(dialog(Drawn(answer), inline=True))
        return self._below(heard, answer, words)

    def _below(self, heard: Heard, answer: Answer, words: Words) -> Json:
        """The answer below a card that stays; what is longer is said in the chat with who pressed."""
        card, then = self._begun(answer, words)
        if card is None:
            return told(_("Done."))
        if then or not is_short(card):
            self._say(heard, answer, words)
        return told(_short(card.text))

    def _inline(self, heard: Heard) -> Json:
        """A form that stands in a message instead of a dialog."""
        found = _safe(lambda: Dialogs(self.dialogue).sent(self._speaker(heard), heard.data, self._files(heard)))
        if isinstance(found, Drawn):
            return replaced(dialog(found, inline=True))
        if isinstance(found, Form):
            return replaced(dialog(Drawn(found), inline=True))
        card, then = self._begun(found, _UNTYPED)
        if then:
            self.voice.later(lambda: self.voice.tell(heard, made(then)))
        return replaced(adaptive(card or Card(_("Done.")), self.forms))

    # ---- dialogs ----

    def _fetch(self, heard: Heard) -> Json:
        words: Words = _UNTYPED
        if form := word(heard.data, "form"):  # a list that is too long for its card
            found = _safe(lambda: unpacked(form))
            return continued(found)

        def ask() -> Answer:
            nonlocal words
            words = _pressed(heard.data)
            return said(self.dialogue, self._speaker(heard), words, heard.where)

        return self._in_dialog(heard, _safe(ask), words)

    def _submit(self, heard: Heard) -> Json:
        data = heard.data
        if word(data, "verb") not in {SEND, FIND}:
            return self._fetch(heard)  # a button of a card that stands in a dialog
        opened = word(data, "opened")
        found = _safe(lambda: Dialogs(self.dialogue).sent(self._speaker(heard), data, self._files(heard)))
        if isinstance(found, Drawn):
            return continued(found, opened)
        if isinstance(found, Form):
            return continued(Drawn(found))
        if found is None:
            return ended("")
        card, then = self._begun(found, _UNTYPED)
        if then or (card and not is_short(card)):
            self._say(heard, found, _UNTYPED)
        return ended(_short(card.text) if card else "")

    def _in_dialog(self, heard: Heard, answer: Answer, words: Words) -> Json:
        if isinstance(answer, Form):
            return continued(Drawn(answer))
        card, then = self._begun(answer, words)
        if then:
            self.voice.later(lambda: self.voice.tell(heard, made(then)))
        return continued(card) if card else ended("")


def _safe(ask: Callable[[], T]) -> T | Card:
    """What comes of it, or in words why nothing does."""
    try:
        return ask()
    except Refused as error:
        return Card(error.words)
    except Exception as error:  # noqa: BLE001 - whoever waits for it hears of it, and the log does
        return Card(apology(error))


def _words(text: str) -> Words:
    """A command where the first word is one, with a slash or without; else what was written."""
    first, _space, rest = text.partition(" ")
    command = first.lower().lstrip("/")
    if command in COMMANDS:
        return ["command", f"/{command}", rest.strip()]
    return ["message", text.lower() if text.lower().lstrip("/") == HOME else text]


def _pressed(data: Json) -> Words:
    """What a button or a menu says. Raises Refused for what we did not make."""
    menu = word(data, "menu")
    chosen = word(data, menu) if menu else ""
    if menu and not chosen:
        raise Refused(_("Choose something from the list first."))
    if not word(data, "action"):
        raise Refused(_("I do not know this button."), hint=_("It may come from an older message."))
    return words_of(word(data, "action"), word(data, "value"), chosen)


def _short(text: str) -> str:
    return clipped(one_line(said_here(text)), _TOLD, escape=False)


def key_of(heard: Heard) -> str:
    """What names a delivery: the same in every repetition. Nothing where a repetition has no effect."""
    effects = heard.type == "message" or heard.name in {"adaptiveCard/action", "task/submit"}
    named = hashlib.sha256(f"{heard.channel} {heard.thread} {heard.id}".encode("utf-8", "surrogatepass")).hexdigest()
    return f"teams:{named}" if effects and heard.id else ""
