"""A drawn card, read again as whoever looks at it reads it: what was not drawn is not there any more."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from typing import Any

from bot.chat import blocks_lint, teams_lint
from bot.chat.port import (
    Button,
    Buttons,
    Card,
    Facts,
    Heading,
    Lines,
    Menu,
    Option,
    Piece,
    Rule,
    SelectField,
    Small,
    Text,
)
from bot.chat.presses import OPENS
from bot.chat.slack_blocks import action_of, message
from bot.chat.teams_cards import adaptive, summary
from bot.chat.teams_forms import filled
from bot.chat.teams_packed import choice, unpacked

Json = dict[str, Any]
_LEAD = re.compile(r"\*([^*\n]+)\*[ \n]?")


def in_teams(card: Card) -> Card:
    """The card as somebody in Teams reads it. Asserts that Teams takes it."""
    drawn = adaptive(card, OPENS)
    assert teams_lint.problems(drawn, "message") == [], card.text
    return Card(summary(card), tuple(_elements(drawn["body"])))


def _elements(found: Iterable[Json]) -> Iterator[Piece]:
    listed: Json = {}
    for one in found:
        match one["type"]:
            case "TextBlock":
                yield Heading(one["text"])
            case "RichTextBlock":
                yield _line(one["inlines"])
            case "Container":
                yield from _elements(one["items"])
            case "ColumnSet":
                yield from (piece for column in one["columns"] for piece in _elements(column["items"]))
            case "Input.ChoiceSet":
                listed = one
            case "ActionSet":
                yield from _actions(one["actions"], listed)


def _line(inlines: list[Json]) -> Piece:
    first, text = inlines[0], inlines[-1]["text"]
    if len(inlines) > 1:
        return Text(text, first["text"].strip())
    return Small(text) if first.get("isSubtle") else Text(text)


def _actions(actions: list[Json], listed: Json) -> Iterator[Piece]:
    buttons = []
    for one in actions:
        data = one.get("data", {})
        if one["type"] == "Action.OpenUrl":
            buttons.append(Button(one["title"], "", url=one["url"]))
        elif "menu" in data:
            assert data["menu"] == listed["id"]
            options = tuple(_option(each) for each in listed["choices"])
            yield Menu(listed["label"], data["action"], data["value"], options)
        elif "form" in data:
            yield _long_menu(data["form"])
        elif "action" in data:
            buttons.append(Button(one["title"], data["action"], data["value"], hint=one.get("tooltip", "")))
    if buttons:
        yield Buttons(tuple(buttons))


def _option(choice: Json) -> Option:
    label, _between, detail = choice["title"].partition(" – ")
    return Option(choice["value"], label, detail)


def _long_menu(form: str) -> Menu:
    drawn = unpacked(form)
    (field,) = drawn.form.fields
    assert isinstance(field, SelectField)
    action, value, _chosen = choice(filled(drawn, {}))
    return Menu(field.label, action, value, field.options)


def in_slack(card: Card) -> Card:
    """The card as somebody in Slack reads it. Asserts that Slack takes it."""
    drawn = message(card)
    assert blocks_lint.message_problems(drawn) == [], card.text
    return Card(html.unescape(drawn["text"]), tuple(piece for block in drawn["blocks"] for piece in _block(block)))


def _block(block: Json) -> Iterator[Piece]:
    match block["type"]:
        case "header":
            yield Heading(html.unescape(block["text"]["text"]))
        case "section" if "fields" in block:
            said = [html.unescape(one["text"]).strip("*") for one in block["fields"]]
            yield Facts(tuple(zip(said[::2], said[1::2], strict=True)))
        case "section":
            yield _section(block["text"])
        case "context":
            yield Small("\n".join(html.unescape(one["text"]) for one in block["elements"]))
        case "divider":
            yield Rule()
        case "actions":
            yield from _pressed(block)


def _words(part: Json, name: str = "text") -> str:
    return html.unescape(part[name]["text"]) if name in part else ""


def _section(text: Json) -> Piece:
    words = html.unescape(text["text"])
    lead = _LEAD.match(words) if text["type"] == "mrkdwn" else None
    if lead and lead.end() == len(words):
        return Lines((), lead[1])
    return Text(words[lead.end() :], lead[1]) if lead else Text(words)


def _pressed(block: Json) -> Iterator[Piece]:
    buttons = []
    for one in block["elements"]:
        if one["type"] == "button":
            name = "" if "url" in one else action_of(one["action_id"])
            hint = one.get("accessibility_label", "")
            made = Button(
                html.unescape(one["text"]["text"]), name, one.get("value", ""), url=one.get("url", ""), hint=hint
            )
            buttons.append(made)
        else:
            groups = one.get("option_groups") or [one]
            options = tuple(
                Option(each["value"], _words(each), _words(each, "description"))
                for group in groups
                for each in group["options"]
            )
            label = html.unescape(one["placeholder"]["text"])
            yield Menu(label, action_of(one["action_id"]), block["block_id"].partition("~")[2], options)
    if buttons:
        yield Buttons(tuple(buttons))
