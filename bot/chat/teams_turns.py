"""Teams: what somebody did, passed to the dialogue: what they write here, what they press in `teams_presses`."""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import dataclass

from bot.chat.cards.words import _
from bot.chat.plain_words import Json, one_line
from bot.chat.port import Answer, Card, Dialogue, Speaker, Where
from bot.chat.presses import OPENS
from bot.chat.saying import Words, made, said
from bot.chat.teams_files import Brought, beside
from bot.chat.teams_heard import GROUP, Heard, word
from bot.chat.teams_presses import Presses
from bot.chat.teams_voice import UNTYPED, Voice
from bot.chat.teams_words import COMMANDS

HOME = "home"


def _nothing(_heard: Heard) -> None:
    return None


def _nobody() -> None:
    return None


def _no_thread(_channel: str) -> str:
    return ""


def _no_files(_who: Speaker) -> tuple[Brought, ...]:
    return ()


@dataclass(frozen=True)
class Turns:
    """Everything Teams can bring, in `hear`; the answer is the body of an invoke, or None.

    `who` knows the person behind a directory id; `placed` hears where we are and where we are not any more; `given`
    keeps the files that somebody sends; `thread` is that of a group chat, in which a message names none; `joined`
    looks who reads along, after somebody came in; `files` and `forms` are for `Presses`.
    """

    dialogue: Dialogue
    who: Callable[[str], Speaker]
    voice: Voice
    placed: Callable[[Heard], object] = _nothing
    given: Callable[[Heard], object] = _nothing
    files: Callable[[Speaker], tuple[Brought, ...]] = _no_files
    thread: Callable[[str], str] = _no_thread
    joined: Callable[[], object] = _nobody
    forms: Container[str] = OPENS

    @property
    def presses(self) -> Presses:
        """What hears everything that is not written."""
        return Presses(self.dialogue, self.who, self.voice, self.files, self.forms)

    def hear(self, heard: Heard) -> Json | None:
        """The answer to one activity. Raises nothing that a person caused."""
        self.placed(heard)
        match heard.type:
            case "message" if heard.native_id:
                self._message(heard)
            case "invoke":
                return self.presses.answer(heard)
            case "conversationUpdate" if heard.activity.get("membersAdded"):
                self.voice.later(self.joined)
            case "installationUpdate" if word(heard.activity, "action") in {"add", "add-upgrade"}:
                self._welcome(heard)
        return None

    def _welcome(self, heard: Heard) -> None:
        if heard.alone and heard.native_id:
            card = made(lambda: self.dialogue.home(self.who(heard.native_id)))
            self.voice.later(lambda: self.voice.tell(heard, card))

    def _message(self, heard: Heard) -> None:
        words = _words(heard.text)
        if heard.value:
            self.presses.by_message(heard)
        elif heard.alone:
            if heard.files:
                self._kept(heard)
            if heard.text or not heard.files:
                self._answered(heard, words, heard.where)
        elif (thread := self._thread(heard)) and words[0] == "message":
            where = Where(heard.channel, thread, heard.carrier)
            text = beside(heard.text, heard.files, hidden=heard.hidden)
            if text:  # not our name alone
                self.dialogue.comment(self.who(heard.native_id), text, where, f"{heard.channel}:{heard.id}")
        else:
            self.voice.later(lambda: self.voice.lead(heard))
            if heard.text:
                self._answered(heard, words, Where())

    def _thread(self, heard: Heard) -> str:
        """The thread in which somebody replies; nothing where a new one begins."""
        if heard.kind == GROUP:
            return self.thread(heard.channel)
        return heard.thread if heard.replied else ""

    def _kept(self, heard: Heard) -> None:
        """Files for a form that is opened soon; what is written beside them is another matter."""
        self.given(heard)
        names = ", ".join(one_line(file.name) for file in heard.files)
        words = _("I have {names}. Open the form it belongs to within the hour, and tick it there.", names=names)
        self.voice.say(heard, Card(words), UNTYPED)

    def _answered(self, heard: Heard, words: Words, where: Where) -> None:
        """Say it to the dialogue, and its answer to whoever spoke, in the chat with them."""

        def ask() -> Answer:
            who = self.who(heard.native_id)
            return self.dialogue.home(who) if words == ["message", HOME] else said(self.dialogue, who, words, where)

        self.voice.say(heard, made(ask), words)


def _words(text: str) -> Words:
    """A command where the first word is one, with a slash or without; else what was written."""
    first, _space, rest = text.partition(" ")
    command = first.lower().lstrip("/")
    if command in COMMANDS:
        return ["command", f"/{command}", rest.strip()]
    return ["message", HOME if command == HOME and not rest else text]
