"""What a play needs of a chat: people who type, press, fill in and read, in words that fit every chat."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

Json = dict[str, Any]
Found = TypeVar("Found")

UNHEARD = 60.0  # seconds for which a person tries again what nobody hears; a busy machine is slow


class StuckError(Exception):
    """What the play waits for did not come; the sentence says what."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One entry of a menu."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Button:
    """A button or a menu as somebody sees it; `about` is the same wherever it is drawn, `raw` is for its chat."""

    kind: str
    about: str
    hint: str = ""
    options: tuple[Choice, ...] = ()
    raw: Json = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Message:
    """A message or an open form, as somebody reads it: `by` whom, Usher aside; `private`: nobody else sees it."""

    id: str = ""
    title: str = ""
    lines: tuple[str, ...] = ()
    buttons: tuple[Button, ...] = ()
    by: str = ""
    private: bool = False
    raw: Json = field(default_factory=dict)


class Player(Protocol):
    """One person of the practice company in one chat. Channels and messages are the chat's own ids."""

    def channel(self, name: str) -> str:
        """The id of a channel this person sees. Raises StuckError."""
        ...

    def direct(self) -> str:
        """The conversation with the app."""
        ...

    def told(self, channel: str) -> str:
        """Where this person reads the answer to a command typed in a channel."""
        ...

    def messages(self, channel: str, thread: str = "") -> list[Message]:
        """What this person reads there, oldest first."""
        ...

    def typed(self, text: str) -> str:
        """A command as one types it in this chat; `text` is Slack's."""
        ...

    def ask(self, channel: str, text: str) -> None:
        """Type a command that is answered with words, where one types commands in this chat."""
        ...

    def command(self, channel: str, text: str) -> Message:
        """Type a command and wait for the form it opens."""
        ...

    def form(self) -> Message:
        """The form that is open. Raises StuckError when none opens, however slow the machine is."""
        ...

    def look_up(self, block: str, typed: str) -> str:
        """Type a few letters into a field that searches; the value of the first it offers."""
        ...

    def choose(self, block: str, option: str) -> Message:
        """Choose one of the options of the open form on which the rest depends; the form as it is then."""
        ...

    def options(self, block: str) -> list[str]:
        """The values one may choose in a field of the open form; nothing where it has no such field."""
        ...

    def submit(self, **filled: str) -> str:
        """Send the open form with what was filled in, again while nobody hears it; what is wrong, if anything."""
        ...

    def press(self, channel: str, message: Message, button: Button, option: str = "") -> bool:
        """Press a button of a message, or choose from its menu; False when the message changed meanwhile."""
        ...

    def report(self, channel: str, thread: str) -> str:
        """The page of the report that hangs in a thread; nothing while there is none."""
        ...

    def close(self) -> None:
        """Leave the chat."""
        ...


def until(what: str, look: Callable[[], Found | None], seconds: float = 30.0) -> Found:
    """Look again and again until there is something. Raises StuckError, naming what did not come."""
    over = time.monotonic() + seconds
    while time.monotonic() < over:
        found = look()
        if found:
            return found
        time.sleep(0.15)
    raise StuckError(f"waited {seconds:.0f} s in vain for {what}")
