"""The neutral dialogue: cards and forms without a word of Slack or Teams, and what a chat platform must be able to do.

Every string in a card is plain text. Adapters escape it; only the parts below carry structure.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol, runtime_checkable

from bot.domain.model import PersonId


class Tone(StrEnum):
    """How a button or a line wants to be seen; the words must say it too."""

    PLAIN = "plain"
    GOOD = "good"
    DANGER = "danger"


@dataclass(frozen=True, slots=True)
class Heading:
    """A short title line."""

    text: str


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph; `lead` is shown bold before it."""

    text: str
    lead: str = ""


@dataclass(frozen=True, slots=True)
class Lines:
    """A list, one entry a line; `title` is shown bold above it. Adapters may spread it over several blocks."""

    items: tuple[str, ...]
    title: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """Pairs of a name and a value."""

    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Small:
    """Small print."""

    text: str


@dataclass(frozen=True, slots=True)
class Rule:
    """A line between two thoughts."""


@dataclass(frozen=True, slots=True)
class Portrait:
    """A picture with its words, shown beside `text`."""

    url: str
    alt: str
    text: str


@dataclass(frozen=True, slots=True)
class Button:
    """Something to press. `action` names the handler, `value` is opaque and signed; a `url` button only opens a page.

    `confirm` is a question asked before the press counts. `hint` is what a screen reader says beyond the label.
    """

    label: str
    action: str
    value: str = ""
    tone: Tone = Tone.PLAIN
    url: str = ""
    confirm: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Buttons:
    """A row of buttons."""

    items: tuple[Button, ...]


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of a list."""

    value: str
    label: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Menu:
    """A list to choose one from, in a card; choosing calls the handler `action` with `value` as its signed context."""

    label: str
    action: str
    value: str
    options: tuple[Option, ...]


Piece = Heading | Text | Lines | Facts | Small | Rule | Portrait | Buttons | Menu


@dataclass(frozen=True, slots=True)
class Card:
    """One message. `text` stands alone: it is what notifications show and screen readers say."""

    text: str
    pieces: tuple[Piece, ...] = ()


# ---- forms ----


@dataclass(frozen=True, slots=True)
class TextField:
    """A line or a paragraph of text."""

    name: str
    label: str
    hint: str = ""
    value: str = ""
    long: bool = False
    optional: bool = False
    placeholder: str = ""


@dataclass(frozen=True, slots=True)
class PersonField:
    """A person, found by typing: options come from the handler `source`. `live`: choosing redraws the form."""

    name: str
    label: str
    source: str
    hint: str = ""
    value: Option | None = None
    live: bool = False
    optional: bool = False


@dataclass(frozen=True, slots=True)
class ChoiceField:
    """One of a few, all visible."""

    name: str
    label: str
    options: tuple[Option, ...]
    value: str = ""
    hint: str = ""
    live: bool = False
    optional: bool = False


@dataclass(frozen=True, slots=True)
class SelectField:
    """One of many, in a list."""

    name: str
    label: str
    options: tuple[Option, ...]
    value: str = ""
    hint: str = ""
    optional: bool = False


@dataclass(frozen=True, slots=True)
class DateField:
    """A day, as YYYY-MM-DD."""

    name: str
    label: str
    value: str = ""
    hint: str = ""
    optional: bool = False


@dataclass(frozen=True, slots=True)
class TimeField:
    """A time of day, as HH:MM."""

    name: str
    label: str
    value: str = ""
    hint: str = ""
    optional: bool = False


@dataclass(frozen=True, slots=True)
class FileField:
    """Files to attach."""

    name: str
    label: str
    hint: str = ""
    optional: bool = True


Field = TextField | PersonField | ChoiceField | SelectField | DateField | TimeField | FileField


@dataclass(frozen=True, slots=True)
class Form:
    """A dialog. `handler` gets what was filled in; `context` comes back with it, signed where it matters."""

    title: str
    handler: str
    submit: str
    fields: tuple[Field | Piece, ...]
    context: str = ""


@dataclass(frozen=True, slots=True)
class File:
    """A file a person attached: the platform's id, or where it lies, and its name. It stays there; we keep no copy."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Filled:
    """What came back from a form: values by field name (dates and times as text), files, and the form's context."""

    values: dict[str, str]
    files: dict[str, tuple[File, ...]] = field(default_factory=dict)
    context: str = ""


@dataclass(frozen=True, slots=True)
class FormErrors:
    """What is wrong, by field name, in plain words."""

    by_field: dict[str, str]


@dataclass(frozen=True, slots=True)
class Sent:
    """Where a message lives, so that it can be updated."""

    channel: str
    ts: str
    link: str = ""


@dataclass(frozen=True, slots=True)
class Speaker:
    """The verified human behind what the platform sent: a native id, never a name. `person` is None when unknown."""

    native_id: str
    person: PersonId | None


class ChatError(Exception):
    """The platform said no or nothing. `after`: seconds it asked us to wait; `gone`: the place is not there.

    `unknown`: it may have happened all the same. `dead`: it lets us in no more, whatever we ask.
    """

    def __init__(
        self, said: str, *, after: float = 0.0, gone: bool = False, unknown: bool = False, dead: bool = False
    ) -> None:
        super().__init__(said)
        self.said = said
        self.after = after
        self.gone = gone
        self.unknown = unknown
        self.dead = dead


@dataclass(frozen=True, slots=True)
class Pace:
    """How often the platform takes something: once `every` so often, and so many at once after a silence."""

    every: timedelta
    burst: int = 1


class Chat(Protocol):
    """What every platform must offer to deliver cards. Channels and people are its own ids. All raise ChatError."""

    name: str
    posting: Pace | None  # in one channel
    updating: Pace | None  # everywhere together

    def send(self, channel: str, card: Card, *, thread: str = "", key: str = "") -> Sent:
        """Post a card; where the platform `Finds`, it does so by `key`."""
        ...

    def update(self, sent: Sent, card: Card) -> None:
        """Replace a posted card."""
        ...

    def link(self, sent: Sent) -> str:
        """The address of a posted card, for people to open."""
        ...

    def direct(self, native_id: str) -> str:
        """The channel of the direct conversation with one person."""
        ...

    def room(self, name: str, members: Sequence[str]) -> str:
        """The private channel of this name that is ours, made if need be, with these people in it; its id."""
        ...

    def invite(self, channel: str, members: Sequence[str]) -> None:
        """Let those of these people into a channel who are not in it yet."""
        ...

    def members(self, channel: str) -> frozenset[str]:
        """Who can read a channel."""
        ...

    def find_channel(self, name: str) -> str:
        """The id of the channel with this name. Raises ChatError(gone=True) when the bot cannot see it."""
        ...

    def check(self) -> None:
        """Nothing, while the platform lets us in."""
        ...


@runtime_checkable
class Finds(Protocol):
    """A chat in which we can look for what we wrote; elsewhere a message whose arrival is not known is sent again."""

    def find(self, channel: str, key: str, *, thread: str = "", since: datetime) -> Sent | None:
        """Our own card with this key, posted after that instant, if it is there."""
        ...


@runtime_checkable
class Attaches(Protocol):
    """A chat whose threads take our files; elsewhere the button of a card opens what would be attached."""

    def upload(self, channel: str, name: str, content: bytes, *, thread: str = "", title: str = "") -> None:
        """Attach a file to a thread."""
        ...

    def attached(self, channel: str, name: str, *, thread: str = "", since: datetime) -> bool:
        """Whether we attached a file of this name after that instant."""
        ...


# ---- what people do, as the platform tells it: the adapters call these, engine calls follow ----


@dataclass(frozen=True, slots=True)
class Where:
    """Where something was typed or pressed: the channel, the thread in it, and the message that carried the button."""

    channel: str = ""
    thread: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class Later:
    """A card at once, and another when `then` has made it, which may take half a minute; it may raise Refused."""

    card: Card
    then: Callable[[], Card]


Answer = Form | Card | FormErrors | Later | None


class Dialogue(Protocol):
    """Everything a person can say to Usher. No call takes long: no network, at most one short transaction.

    An answer that is a Form opens (or, inside a form, replaces it); a Card is shown to this person alone;
    Later shows its card, and beside it what comes of it, after everything else that this call asks for;
    FormErrors mark the fields; None means that there is nothing to say. `Refused` is turned into a Card or
    FormErrors by the adapter (`field` names the field).
    """

    def command(self, who: Speaker, command: str, text: str, where: Where) -> Answer:
        """A slash command or its equivalent; mentions in `text` arrive as `<@native id>`."""
        ...

    def press(self, who: Speaker, action: str, value: str, chosen: str, where: Where) -> Answer:
        """A button (`chosen` empty) or a menu (`chosen` is the option's value)."""
        ...

    def redraw(self, who: Speaker, handler: str, filled: Filled) -> Form:
        """A live field of an open form changed."""
        ...

    def submit(self, who: Speaker, handler: str, filled: Filled, delivery: str) -> Answer:
        """A form was sent; `delivery` names this sending so that a repeated one changes nothing."""
        ...

    def options(self, who: Speaker, source: str, typed: str) -> tuple[Option, ...]:
        """What a PersonField offers for the letters typed so far."""
        ...

    def home(self, who: Speaker) -> Card:
        """The person's home view."""
        ...

    def message(self, who: Speaker, text: str) -> Answer:
        """Something written to Usher in a direct conversation."""
        ...

    def comment(self, who: Speaker, text: str, where: Where, key: str) -> None:
        """A human reply in a thread; kept when the thread is a request's."""
        ...
