"""Slack's Block Kit limits as data, for the blocks and elements this product uses and no others.

Source of every number: https://docs.slack.dev/reference/block-kit (and /surfaces, /views).
Where Slack's own documents disagree the smaller number stands.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

PLAIN = frozenset({"plain_text"})
ANY_TEXT = frozenset({"plain_text", "mrkdwn"})


@dataclass(frozen=True)
class Words:
    """A string of at least `low` and at most `high` characters, one of `among` if that is given."""

    high: int
    low: int = 0
    among: frozenset[str] | None = None
    pattern: str | None = None


@dataclass(frozen=True)
class Whole:
    """A whole number from `low` to `high`."""

    low: int
    high: int


@dataclass(frozen=True)
class Flag:
    """True or false."""


@dataclass(frozen=True)
class Phrase:
    """A text object of one of `kinds`, with 1 to `high` characters."""

    high: int
    kinds: frozenset[str] = PLAIN


@dataclass(frozen=True)
class Several:
    """A list of `low` to `high` things that all follow one rule."""

    of: Rule
    high: int
    low: int = 1


@dataclass(frozen=True)
class Shape:
    """An object with these properties and no others."""

    properties: Mapping[str, Rule]
    required: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Kinds:
    """An object whose `type` says which shape it has."""

    shapes: Mapping[str, Shape]


@dataclass(frozen=True)
class Ours:
    """An object of our own, which the platform carries and does not read."""


Rule: TypeAlias = Words | Whole | Flag | Phrase | Several | Shape | Kinds | Ours

BLOCKS_PER = {"message": 50, "modal": 100, "home": 100}
TEXT_MAX = 40_000  # chat.postMessage truncates beyond this
TEXT_ADVISED = 4_000

IDENTIFIER = Words(255, low=1)
WEB = Words(3000, low=1, pattern=r"(https?|mailto):.+")
IMAGE_WEB = Words(3000, low=1, pattern=r"https?://.+")
DATE = Words(10, pattern=r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")
CLOCK = Words(5, pattern=r"([01]\d|2[0-3]):[0-5]\d")


def _shape(required: str, **properties: Rule) -> Shape:
    return Shape({"type": Words(255), **properties}, frozenset(required.split()) | {"type"})


CONFIRM = Shape(
    {
        "title": Phrase(100),
        "text": Phrase(300, ANY_TEXT),
        "confirm": Phrase(30),
        "deny": Phrase(30),
        "style": Words(16, among=frozenset({"primary", "danger"})),
    },
    frozenset({"title", "text", "confirm", "deny"}),
)


def _option(kinds: frozenset[str], extra: Mapping[str, Rule] | None = None) -> Shape:
    # The reference page allows 150 characters in `value`, Slack's own type definitions say 75.
    properties: dict[str, Rule] = {
        "text": Phrase(75, kinds),
        "value": Words(75, low=1),
        "description": Phrase(75, kinds),
    }
    return Shape(properties | dict(extra or {}), frozenset({"text", "value"}))


OPTION = _option(PLAIN)
MARKED_OPTION = _option(ANY_TEXT)
LINK_OPTION = _option(PLAIN, {"url": WEB})
OPTION_GROUP = Shape({"label": Phrase(75), "options": Several(OPTION, 100)}, frozenset({"label", "options"}))
DISPATCH = Shape(
    {
        "trigger_actions_on": Several(
            Words(32, among=frozenset({"on_enter_pressed", "on_character_entered"})),
            2,
        )
    }
)

_ID: dict[str, Rule] = {"action_id": IDENTIFIER}
_ASK: dict[str, Rule] = {**_ID, "confirm": CONFIRM, "focus_on_load": Flag()}
_PICK: dict[str, Rule] = {**_ASK, "placeholder": Phrase(150)}
_LISTED: dict[str, Rule] = {**_PICK, "options": Several(OPTION, 100), "option_groups": Several(OPTION_GROUP, 100)}

IMAGE_ELEMENT = _shape(
    "alt_text",
    image_url=IMAGE_WEB,
    alt_text=Words(2000, low=1),
    slack_file=Shape({"id": IDENTIFIER, "url": IMAGE_WEB}),
)
ELEMENTS: Mapping[str, Shape] = {
    "button": _shape(
        "text",
        **_ID,
        text=Phrase(75),
        url=WEB,
        value=Words(2000),
        style=Words(16, among=frozenset({"primary", "danger"})),
        confirm=CONFIRM,
        accessibility_label=Words(75),
    ),
    "overflow": _shape("options", **_ID, options=Several(LINK_OPTION, 5), confirm=CONFIRM),
    "static_select": _shape("", **_LISTED, initial_option=OPTION),
    "multi_static_select": _shape(
        "", **_LISTED, initial_options=Several(OPTION, 100), max_selected_items=Whole(1, 100)
    ),
    "external_select": _shape("", **_PICK, initial_option=OPTION, min_query_length=Whole(0, 255)),
    "users_select": _shape("", **_PICK, initial_user=IDENTIFIER),
    "datepicker": _shape("", **_PICK, initial_date=DATE),
    "timepicker": _shape("", **_PICK, initial_time=CLOCK, timezone=IDENTIFIER),
    "radio_buttons": _shape("options", **_ASK, options=Several(MARKED_OPTION, 10), initial_option=MARKED_OPTION),
    "checkboxes": _shape(
        "options", **_ASK, options=Several(MARKED_OPTION, 10), initial_options=Several(MARKED_OPTION, 10)
    ),
    "plain_text_input": _shape(
        "",
        **_ID,
        focus_on_load=Flag(),
        placeholder=Phrase(150),
        initial_value=Words(3000),
        multiline=Flag(),
        min_length=Whole(0, 3000),
        max_length=Whole(1, 3000),
        dispatch_action_config=DISPATCH,
    ),
    "file_input": _shape("", **_ID, filetypes=Several(Words(32, low=1), 100), max_files=Whole(1, 10)),
    "image": IMAGE_ELEMENT,
}


def _among(names: str) -> Kinds:
    return Kinds({name: ELEMENTS[name] for name in names.split()})


_CHOICES = "static_select external_select users_select datepicker timepicker radio_buttons checkboxes"
ACCESSORY = _among(f"button overflow multi_static_select image {_CHOICES}")
ACTION = _among(f"button overflow {_CHOICES}")
ASKED = _among(f"plain_text_input multi_static_select file_input {_CHOICES}")
CONTEXT = Kinds(
    {
        "image": IMAGE_ELEMENT,
        "plain_text": _shape("text", text=Words(3000, low=1), emoji=Flag()),
        "mrkdwn": _shape("text", text=Words(3000, low=1), verbatim=Flag()),
    }
)
BLOCKS = Kinds(
    {
        "section": _shape(
            "",
            block_id=IDENTIFIER,
            text=Phrase(3000, ANY_TEXT),
            fields=Several(Phrase(2000, ANY_TEXT), 10),
            accessory=ACCESSORY,
            expand=Flag(),
        ),
        "header": _shape("text", block_id=IDENTIFIER, text=Phrase(150)),
        "context": _shape("elements", block_id=IDENTIFIER, elements=Several(CONTEXT, 10)),
        "actions": _shape("elements", block_id=IDENTIFIER, elements=Several(ACTION, 25)),
        "divider": _shape("", block_id=IDENTIFIER),
        "image": _shape(
            "alt_text",
            block_id=IDENTIFIER,
            image_url=IMAGE_WEB,
            slack_file=Shape({"id": IDENTIFIER, "url": IMAGE_WEB}),
            alt_text=Words(2000, low=1),
            title=Phrase(2000),
        ),
        "input": _shape(
            "label element",
            block_id=IDENTIFIER,
            label=Phrase(2000),
            element=ASKED,
            hint=Phrase(2000),
            optional=Flag(),
            dispatch_action=Flag(),
        ),
    }
)
_VIEW: dict[str, Rule] = {
    "blocks": Several(BLOCKS, 100),
    "private_metadata": Words(3000),
    "callback_id": Words(255),
    "external_id": Words(255),
}
VIEWS: Mapping[str, Shape] = {
    "home": _shape("blocks", **_VIEW),
    "modal": _shape(
        "title blocks",
        **_VIEW,
        title=Phrase(24),
        submit=Phrase(24),
        close=Phrase(24),
        clear_on_close=Flag(),
        notify_on_close=Flag(),
    ),
}

COMMAND_NAME = r"/[a-z0-9_-]{1,31}"
# Slack answers "the slash command has an invalid name" for these.
# https://slack.com/help/articles/201259356-Use-built-in-slash-commands, older built-ins kept on the safe side.
RESERVED_COMMANDS = frozenset(
    """
    admin apps archive away call collapse deactivate debug dm dnd expand feed feedback invite invite_people invite_to
    join kick leave me msg mute open part people prefs pro remind remove rename search shortcuts shrug star status
    topic unarchive unmute who workflow
    """.split()  # noqa: SIM905 - forty quoted words are harder to read
)
COMMAND = Shape(
    {
        "command": Words(32, low=2, pattern=COMMAND_NAME),
        "description": Words(2000, low=1),
        "usage_hint": Words(1000),
        "should_escape": Flag(),
        "url": WEB,
    },
    frozenset({"command", "description"}),
)
SHORTCUT = Shape(
    {
        "type": Words(16, among=frozenset({"global", "message"})),
        "name": Words(24, low=1),
        "callback_id": IDENTIFIER,
        "description": Words(150, low=1),
    },
    frozenset({"type", "name", "callback_id", "description"}),
)
