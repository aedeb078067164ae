"""The Adaptive Card 1.5 of Teams as data, for the elements and actions this product uses and no others.

Source: https://adaptivecards.io/explorer, and what Teams makes of it:
https://learn.microsoft.com/microsoftteams/platform/task-modules-and-cards/cards/cards-reference. Neither gives the
lengths: those are ours, so that a card stays readable on a telephone and the whole of it within its weight.
"""

from __future__ import annotations

from collections.abc import Mapping

from bot.chat.blocks_limits import CLOCK, DATE, IMAGE_WEB, Flag, Kinds, Ours, Rule, Several, Shape, Whole, Words

WEIGHT = 28_000  # bytes: what Teams takes of a bot in one message, with all that stands around the card
OLDEST = 60  # people for whom a card may draw itself anew

VERSION = Words(3, low=1, among=frozenset({"1.5"}))
NAME = Words(255, low=1)
LABEL = Words(500, low=1)
COLOURS = Words(16, among=frozenset({"Default", "Dark", "Light", "Accent", "Good", "Warning", "Attention"}))
WEIGHTS = Words(16, among=frozenset({"Lighter", "Default", "Bolder"}))
SIZES = Words(16, among=frozenset({"Small", "Default", "Medium", "Large", "ExtraLarge"}))
SPACES = Words(16, among=frozenset({"None", "Small", "Default", "Medium", "Large", "ExtraLarge", "Padding"}))
PLACED: Mapping[str, Rule] = {"separator": Flag(), "spacing": SPACES, "isVisible": Flag(), "id": NAME}


def _shape(required: str, **properties: Rule) -> Shape:
    return Shape({"type": Words(255), **properties}, frozenset(required.split()) | {"type"})


def _element(required: str, **properties: Rule) -> Shape:
    return _shape(required, **PLACED, **properties)


LOOKS: Mapping[str, Rule] = {
    "title": Words(75, low=1),
    "tooltip": Words(255, low=1),
    "style": Words(16, among=frozenset({"default", "positive", "destructive"})),
    "isEnabled": Flag(),
}
SUBMIT = _shape("title data", **LOOKS, data=Ours())
EXECUTE = _shape("title data verb fallback", **LOOKS, verb=NAME, data=Ours(), fallback=Kinds({"Action.Submit": SUBMIT}))
OPEN = _shape("title url", **LOOKS, url=IMAGE_WEB)
TOGGLE = _shape("title targetElements", **LOOKS, targetElements=Several(NAME, 20))
IN_MESSAGES = Kinds(
    {
        "Action.Execute": EXECUTE,
        "Action.Submit": SUBMIT,
        "Action.OpenUrl": OPEN,
        "Action.ToggleVisibility": TOGGLE,
    }
)
# A dialog is sent with Submit alone:
# https://learn.microsoft.com/microsoftteams/platform/task-modules-and-cards/task-modules/task-modules-bots
IN_DIALOGS = Kinds({kind: shape for kind, shape in IN_MESSAGES.shapes.items() if kind != "Action.Execute"})

RUN = _shape(
    "text",
    text=Words(2000, low=1),
    color=COLOURS,
    weight=WEIGHTS,
    size=SIZES,
    isSubtle=Flag(),
)
CHOICE = Shape({"title": Words(160, low=1), "value": NAME}, frozenset({"title", "value"}))


def elements(actions: Kinds) -> Kinds:
    """What may stand in a card whose buttons are these."""
    found: dict[str, Shape] = {}
    inside = Several(Kinds(found), 500)
    column = Shape(
        {
            "type": Words(16, among=frozenset({"Column"})),
            "width": Words(16, among=frozenset({"auto", "stretch"})),
            "items": inside,
        },
        frozenset({"type", "items"}),
    )
    found |= {
        "TextBlock": _element(
            "text wrap",
            text=Words(150, low=1),
            wrap=Flag(),
            style=Words(16, among=frozenset({"default", "heading"})),
            size=SIZES,
            weight=WEIGHTS,
            color=COLOURS,
            isSubtle=Flag(),
        ),
        "RichTextBlock": _element("inlines", inlines=Several(Kinds({"TextRun": RUN}), 10)),
        "Container": _element(
            "items", items=inside, style=Words(16, among=frozenset({"default", "emphasis", "attention"}))
        ),
        "ColumnSet": _element("columns", columns=Several(column, 5)),
        "Image": _element(
            "url altText",
            url=IMAGE_WEB,
            altText=Words(200, low=1),
            size=Words(16, among=frozenset({"Auto", "Stretch", "Small", "Medium", "Large"})),
            style=Words(16, among=frozenset({"Default", "Person"})),
        ),
        # Six is what a client shows before the rest hides behind three dots.
        "ActionSet": _element("actions", actions=Several(actions, 6)),
        **_inputs(),
    }
    return Kinds(found)


def _inputs() -> Mapping[str, Shape]:
    asked: Mapping[str, Rule] = {"label": LABEL, "isRequired": Flag(), "errorMessage": LABEL}
    return {
        "Input.Text": _element(
            "id label",
            **asked,
            isMultiline=Flag(),
            maxLength=Whole(1, 3000),
            placeholder=Words(150, low=1),
            value=Words(3000),
        ),
        "Input.Date": _element("id label", **asked, value=DATE),
        "Input.Time": _element("id label", **asked, value=CLOCK),
        "Input.ChoiceSet": _element(
            "id label choices",
            **asked,
            choices=Several(CHOICE, 60),
            style=Words(16, among=frozenset({"compact", "expanded", "filtered"})),
            value=Words(255),
            placeholder=Words(150, low=1),
            wrap=Flag(),
            isMultiSelect=Flag(),
        ),
    }


REFRESH = Shape(
    {"action": Kinds({"Action.Execute": EXECUTE}), "userIds": Several(NAME, OLDEST)}, frozenset({"action", "userIds"})
)


def card(actions: Kinds) -> Shape:
    """A whole card whose buttons are these."""
    return _shape(
        "version body fallbackText",
        version=VERSION,
        body=Several(elements(actions), 500),
        fallbackText=Words(500, low=1),
        refresh=REFRESH,
        msteams=Shape({"width": Words(4, among=frozenset({"Full"}))}),
    )


CARDS = {"message": card(IN_MESSAGES), "dialog": card(IN_DIALOGS)}
