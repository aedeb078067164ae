"""A neutral card as Slack's Block Kit; every limit is kept here, and every word is escaped.

Buttons and menus always survive. When the words are too many, a sentence says how many lines are missing.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from bot.chat.plain_words import EMPTY, Json, cleaned, clipped, one_line, seen, size, unmarked
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
    Portrait,
    Rule,
    Small,
    Text,
    Tone,
)
from bot.chat.slack_words import bold, literal, marked, plain, spread

MESSAGE_BLOCKS = 50
VIEW_BLOCKS = 100
# Slack refuses a message whose blocks together pass about 13,200 characters (msg_blocks_too_long, undocumented:
# https://github.com/slackapi/bolt-js/issues/2509); views take far more.
MESSAGE_ROOM = 12_000
VIEW_ROOM = 100_000
PLAIN_TEXT = 4000
ROW = 25
LINK = "open"  # a button that only opens a page; nobody handles its press

_STYLES = {Tone.GOOD: "primary", Tone.DANGER: "danger"}
_WEB = re.compile(r"https?://\S{1,2900}")


@dataclass(frozen=True, slots=True)
class Row:
    """One block, how many lines a reader would miss without it, and whether it may not be left out."""

    block: Json
    lines: int = 1
    kept: bool = False


def message(card: Card) -> Json:
    """The `text` and `blocks` of a post; `text` is what notifications show and screen readers say."""
    text = clipped(cleaned(card.text).strip(), PLAIN_TEXT)
    return {"text": text if seen(text) else EMPTY, "blocks": fitted(card_rows(card), MESSAGE_BLOCKS, MESSAGE_ROOM)}


def home(card: Card) -> Json:
    """The view of a person's home tab."""
    return {"type": "home", "blocks": view_blocks(card_rows(card))}


def reading(card: Card) -> Json:
    """The card as a modal that asks for nothing."""
    title = next((piece.text for piece in card.pieces if isinstance(piece, Heading)), "Usher")
    blocks = view_blocks(card_rows(card))
    return {"type": "modal", "title": plain(title, 24), "close": plain("Close", 24), "blocks": blocks}


def view_blocks(found: Sequence[Row]) -> list[Json]:
    """The blocks of a view; rows of buttons keep their ids, so that a press fits although it was drawn again."""
    blocks = fitted(found, VIEW_BLOCKS, VIEW_ROOM)
    return [{"block_id": f"~{n}"} | block if block["type"] == "actions" else block for n, block in enumerate(blocks)]


def card_rows(card: Card) -> list[Row]:
    """The rows of a card; a card without pieces shows its text."""
    return piece_rows(card.pieces) or said(card.text)


def said(text: str) -> list[Row]:
    """The rows of a paragraph: at least one, whatever it says."""
    return piece_rows([Text(text)]) or [Row(_section(literal(EMPTY)))]


def piece_rows(pieces: Sequence[Piece]) -> list[Row]:
    """The rows of these pieces, in order."""
    return [row for number, piece in enumerate(pieces) for row in rows(piece, number)]


def rows(piece: Piece, number: int) -> Iterator[Row]:
    """The rows of one piece; `number` tells the menus of one message apart."""
    match piece:
        case Heading(text) if seen(cleaned(text)):
            yield Row({"type": "header", "text": plain(text, 150)})
        case Text(text, lead):
            yield from _paragraph(text, lead)
        case Lines(items, title):
            yield from _list(items, title)
        case Facts(pairs):
            yield from _facts(pairs)
        case Small(text):
            for part, lines in spread(cleaned(text).split("\n"), 2000):
                yield Row({"type": "context", "elements": [literal(part)]}, lines)
        case Rule():
            yield Row({"type": "divider"}, 0)
        case Portrait():
            yield from _portrait(piece)
        case Buttons(items):
            for start in range(0, len(items), ROW):
                yield Row(
                    {"type": "actions", "elements": [button(each) for each in items[start : start + ROW]]}, 0, True
                )
        case Menu():
            yield _menu(piece, number)
        case _:
            return


def _actions(elements: Sequence[Json]) -> Iterator[Row]:
    for start in range(0, len(elements), ROW):
        yield Row({"type": "actions", "elements": list(elements[start : start + ROW])}, 0, kept=True)


def _section(text: Json) -> Json:
    return {"type": "section", "text": text}


def _paragraph(text: str, lead: str) -> Iterator[Row]:
    if not seen(cleaned(lead)):
        yield from (Row(_section(literal(part)), lines) for part, lines in spread(cleaned(text).strip().split("\n")))
        return
    first = bold(lead)
    parts = spread(unmarked(text).strip().split("\n"), 3000 - size(first) - 1) or [("", 1)]
    yield Row(_section(marked(f"{first} {parts[0][0]}".strip())), parts[0][1])
    yield from (Row(_section(marked(part)), lines) for part, lines in parts[1:])


def _list(items: Sequence[str], title: str) -> Iterator[Row]:
    if seen(cleaned(title)):
        yield Row(_section(marked(bold(title))))
    for part, lines in spread(f"• {one_line(item)}" for item in items):
        yield Row(_section(literal(part)), lines)


def _facts(pairs: Sequence[tuple[str, str]]) -> Iterator[Row]:
    """Slack shows the fields of a section in two columns: the name at the left, the value beside it."""
    for start in range(0, len(pairs), 5):
        some = pairs[start : start + 5]
        fields = [text for name, value in some for text in (marked(bold(name)), plain(value, 2000))]
        yield Row({"type": "section", "fields": fields}, len(some))


def _portrait(piece: Portrait) -> Iterator[Row]:
    words = piece.text if seen(cleaned(piece.text)) else one_line(piece.alt)
    first, *rest = [Row(_section(literal(part)), lines) for part, lines in spread(cleaned(words).strip().split("\n"))]
    if _WEB.fullmatch(piece.url):
        alt = clipped(one_line(piece.alt, "Portrait"), 2000, escape=False)
        first.block["accessory"] = {"type": "image", "image_url": piece.url, "alt_text": alt}
    yield from (first, *rest)


def button(item: Button) -> Json:
    """One button. Raises ValueError for a value or an action that Slack could not carry whole."""
    link = _WEB.fullmatch(item.url) is not None
    made: Json = {"type": "button", "action_id": LINK if item.url else named(item.action)}
    made["text"] = plain(item.label, 75)
    if item.value:
        made["value"] = carried(item.value, 2000)
    if link:
        made["url"] = item.url
    if item.tone in _STYLES:
        made["style"] = _STYLES[item.tone]
    if item.confirm:
        made["confirm"] = _question(item)
    if item.hint:
        made["accessibility_label"] = clipped(f"{one_line(item.label)}, {one_line(item.hint)}", 75)
    return made


def _question(item: Button) -> Json:
    asked: Json = {"title": plain(item.label, 100), "text": plain(item.confirm, 300)}
    asked |= {"confirm": plain(item.label, 30), "deny": plain("Go back", 30)}
    return asked | ({"style": _STYLES[item.tone]} if item.tone in _STYLES else {})


def _menu(menu: Menu, number: int) -> Row:
    if not menu.options:
        return Row(_section(literal(clipped(f"{one_line(menu.label)}: nothing to choose", 3000))))
    element = {
        "type": "static_select",
        "action_id": identifier(menu.action, 200),
        "placeholder": plain(menu.label, 150),
    }
    element |= listed(menu.options)
    # A menu has no value of its own, so its context travels as the name of its block.
    block_id = carried(f"{number}~{menu.value}", 255)
    return Row({"type": "actions", "block_id": block_id, "elements": [element]}, 0, kept=True)


def option(item: Option) -> Json:
    """One choice. Raises ValueError for a value that Slack could not carry whole."""
    made: Json = {"text": plain(item.label, 75), "value": identifier(item.value, 75)}
    return made | ({"description": plain(item.detail, 75)} if seen(cleaned(item.detail)) else {})


def listed(items: Sequence[Option]) -> Json:
    """The choices of a list: one by one up to a hundred, in groups of a hundred beyond."""
    made = [option(item) for item in items]
    if len(made) <= 100:
        return {"options": made}
    hundreds = [made[start : start + 100] for start in range(0, min(len(made), 10_000), 100)]
    groups = [{"label": _span(items[n * 100], items[n * 100 + len(each) - 1])} for n, each in enumerate(hundreds)]
    return {"option_groups": [group | {"options": each} for group, each in zip(groups, hundreds, strict=True)]}


def _span(first: Option, last: Option) -> Json:
    return literal(f"{clipped(one_line(first.label), 35)} – {clipped(one_line(last.label), 35)}")


def identifier(text: str, limit: int) -> str:
    """A name of ours, unchanged. Raises ValueError if it is blank or longer than Slack takes: our bug."""
    if not text.strip():
        raise ValueError("a button, field or choice has no name")
    return carried(text, limit)


def named(text: str) -> str:
    """A name of an action or a field. Raises ValueError if it is blank, too long or holds a `~`, which is ours."""
    if "~" in text:
        raise ValueError(f"{text!r} holds a ~")
    return identifier(text, 100)


def carried(text: str, limit: int) -> str:
    """Something signed or compared later, unchanged: cutting it would break it. Raises ValueError if it is too long."""
    if size(text) > limit:
        raise ValueError(f"Slack carries {limit} characters here, not {size(text)}")
    return text


def fitted(found: Sequence[Row], blocks: int, room: int) -> list[Json]:
    """As many blocks as Slack takes: what may not be left out, then as much of the rest as fits, in order."""
    found = _packed(found, blocks)
    left = blocks - sum(row.kept for row in found)
    room -= sum(_weight(row) for row in found if row.kept)
    soft = [row for row in found if not row.kept]
    if not soft or (len(soft) <= left and sum(map(_weight, soft)) <= room):
        return _numbered(row.block for row in found)
    if left < 1:
        raise ValueError(f"Slack shows {blocks} blocks, and that many may not be left out")
    return _numbered(_cut(found, left - 1, room - 200))


def _cut(found: Sequence[Row], left: int, room: int) -> Iterator[Json]:
    missing = [number for number, row in enumerate(found) if not row.kept]
    for number in list(missing):
        left, room = left - 1, room - _weight(found[number])
        if left < 0 or room < 0:
            break
        missing.remove(number)
    lines = sum(found[number].lines for number in missing)
    for number, row in enumerate(found):
        if missing and number == missing[0] and lines:
            yield _section(literal(f"{lines} more {'line' if lines == 1 else 'lines'}: open the report"))
        if number not in missing:
            yield row.block


def _packed(found: Sequence[Row], blocks: int) -> list[Row]:
    """The rows; where buttons alone would fill everything, those share rows at the end."""
    if sum(row.kept for row in found) < blocks:
        return list(found)
    buttons = [row for row in found if row.block["type"] == "actions" and "block_id" not in row.block]
    pressed = [element for row in buttons for element in row.block["elements"]]
    return [row for row in found if row not in buttons] + list(_actions(pressed))


def _weight(row: Row) -> int:
    return size(json.dumps(row.block, ensure_ascii=False)) + 2


def _numbered(blocks: Iterable[Json]) -> list[Json]:
    """The blocks, where a second button with the same action in one row gets a number behind a `~`."""
    made = []
    for block in blocks:
        times: Counter[str] = Counter()
        for element in block.get("elements", ()) if block["type"] == "actions" else ():
            name = element["action_id"]
            times[name] += 1
            if times[name] > 1:
                element["action_id"] = f"{name}~{times[name]}"
        made.append(block)
    return made


def action_of(action_id: str) -> str:
    """The action behind an id that may carry a number."""
    return action_id.partition("~")[0]
