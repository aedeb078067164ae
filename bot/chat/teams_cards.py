"""A neutral card as an Adaptive Card 1.5; every limit is kept here, and no word has a meaning.

People's words stand in runs of text, in which Markdown counts for nothing
(https://learn.microsoft.com/adaptive-cards/authoring-cards/text-features). Buttons and menus always survive; when the
words are too many, a sentence says how many lines are missing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from itertools import count

from bot.chat.cards.words import _
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
from bot.chat.teams_packed import chooser, packed
from bot.chat.teams_words import said_here

VERSION = "1.5"
ROOM = 22_000  # bytes of one card; a message of a bot holds 28 KB with everything around the card
ROW = 5  # buttons beside each other: a client shows no more than six
PRESS = "press"  # the verb of every button of a card
TITLE = 60
LINE = 2000
MANY = 60  # choices of one list; more are searched
LISTED = 6_000  # bytes of them
_STYLES = {Tone.GOOD: "positive", Tone.DANGER: "destructive", Tone.PLAIN: "default"}
_OBEYED = str.maketrans(
    {
        "*": "\N{ASTERISK OPERATOR}",
        "[": "\N{FULLWIDTH LEFT SQUARE BRACKET}",
        "]": "\N{FULLWIDTH RIGHT SQUARE BRACKET}",
        "<": "\N{SINGLE LEFT-POINTING ANGLE QUOTATION MARK}",
    }
)
_LIST = re.compile(r"^\s*(?:\d+[.)]|[-+#])(?=\s)")
_LISTS = str.maketrans(
    {
        ".": "\N{ONE DOT LEADER}",
        ")": "\N{FULLWIDTH RIGHT PARENTHESIS}",
        "-": "–",
        "+": "\N{FULLWIDTH PLUS SIGN}",
        "#": "\N{FULLWIDTH NUMBER SIGN}",
    }
)
_WEB = re.compile(r"https?://\S{1,2000}")


@dataclass(frozen=True, slots=True)
class Row:
    """One element, how many lines a reader would miss without it, and whether it may not be left out."""

    element: Json
    lines: int = 1
    kept: bool = False


class Drawing:
    """One card being drawn: which buttons open a form, and names that no two of its elements share."""

    def __init__(self, forms: Container[str] = ()) -> None:
        self.forms = forms
        self._numbers = count(1)

    def name(self, letter: str) -> str:
        """A name that is new in this card."""
        return f"{letter}{next(self._numbers)}"


def adaptive(card: Card, forms: Container[str] = ()) -> Json:
    """The card as Teams takes it. `forms`: the actions whose press opens a dialog, which Teams must know before."""
    drawing = Drawing(forms)
    found = list(rows(card.pieces, drawing)) or list(paragraph(card.text)) or [Row(runs(EMPTY))]
    return body(fitted(found, ROOM), card.text)


def summary(card: Card) -> str:
    """What notifications show and screen readers say first."""
    text = clipped(one_line(said_here(card.text)), 500, escape=False)
    return text if seen(text) else EMPTY


def body(elements: Sequence[Json], text: str) -> Json:
    """A whole card of these elements; `text` stands for it where it cannot be shown."""
    spoken = clipped(one_line(said_here(text), "Usher"), 500, escape=False)
    return {"type": "AdaptiveCard", "version": VERSION, "fallbackText": spoken, "body": list(elements)}


def rows(pieces: Sequence[Piece], drawing: Drawing) -> Iterator[Row]:
    """The rows of these pieces, in order; a rule is a line above the row that follows it."""
    ruled = False
    for piece in pieces:
        for row in _rows(piece, drawing):
            yield Row(row.element | {"separator": True}, row.lines, row.kept) if ruled else row
            ruled = False
        ruled |= isinstance(piece, Rule)


def _rows(piece: Piece, drawing: Drawing) -> Iterator[Row]:
    match piece:
        case Heading(text) if seen(cleaned(text)):
            words = clipped(one_line(unobeyed(text)), 150, escape=False)
            yield Row({"type": "TextBlock", "style": "heading", "wrap": True, "text": words})
        case Text(text, lead):
            yield from paragraph(text, lead)
        case Lines(items, title):
            if seen(cleaned(title)):
                yield Row(runs(one_line(title), bold=True), 0)
            yield from (Row(runs(f"• {one_line(item)}", close=True)) for item in items)
        case Facts(pairs):
            yield from (Row(runs(one_line(value), lead=one_line(name), close=True)) for name, value in pairs)
        case Small(text):
            yield from (Row(runs(line, small=True, close=True)) for line in lines_of(text))
        case Portrait(url, alt, text):
            yield _portrait(url, one_line(alt, _("Portrait")), text)
        case Buttons(items):
            yield from _buttons(items, drawing)
        case Menu():
            yield from _menu(piece, drawing)
        case _:
            return


def unobeyed(text: str) -> str:
    """The cleaned text with look-alikes for whatever a TextBlock would obey: marks, links, lists, computed dates.

    https://learn.microsoft.com/adaptive-cards/authoring-cards/text-features
    """
    line = unmarked(text).translate(_OBEYED).replace("{{", "{ {").replace("{{", "{ {")
    return _LIST.sub(lambda found: found[0].translate(_LISTS), line)


def paragraph(text: str, lead: str = "") -> Iterator[Row]:
    """A paragraph, one element for each of its lines, for a run of text knows no line break."""
    for number, line in enumerate(lines_of(text) or ([""] if seen(cleaned(lead)) else [])):
        first = one_line(lead) if number == 0 and seen(cleaned(lead)) else ""
        yield Row(runs(line, lead=first, close=number > 0))


def lines_of(text: str) -> list[str]:
    """The lines in which there is something to see."""
    return [one_line(line) for line in cleaned(text).split("\n") if seen(line)]


def runs(text: str, *, lead: str = "", bold: bool = False, small: bool = False, close: bool = False) -> Json:
    """One line of plain text; `lead` is bold before it, `close` brings it near to the line above."""
    style: Json = {"weight": "Bolder"} if bold else {"size": "Small", "isSubtle": True} if small else {}
    inlines = [{"type": "TextRun", "text": f"{clipped(lead, 200, escape=False)}  ", "weight": "Bolder"}] if lead else []
    if text or not inlines:
        inlines.append({"type": "TextRun", "text": clipped(said_here(text), LINE, escape=False) or EMPTY} | style)
    return {"type": "RichTextBlock", "inlines": inlines} | ({"spacing": "None"} if close else {})


def _portrait(url: str, alt: str, text: str) -> Row:
    words = lines_of(text) or [alt]
    told = [runs(line, close=True) for line in words]
    if not _WEB.fullmatch(url):
        return Row({"type": "Container", "items": told}, len(words))
    picture = {"type": "Image", "url": url, "altText": clipped(alt, 200, escape=False), "size": "Medium"}
    columns = [
        {"type": "Column", "width": "auto", "items": [picture | {"style": "Person"}]},
        {"type": "Column", "width": "stretch", "items": told},
    ]
    return Row({"type": "ColumnSet", "columns": columns}, len(words))


def _buttons(items: Sequence[Button], drawing: Drawing) -> Iterator[Row]:
    for start in range(0, len(items), ROW):
        asked: list[Json] = []
        actions = [_button(item, drawing, asked) for item in items[start : start + ROW]]
        yield Row({"type": "ActionSet", "actions": actions}, 0, kept=True)
        yield from (Row(question, 0, kept=True) for question in asked)


def _button(item: Button, drawing: Drawing, asked: list[Json]) -> Json:
    """One button; where it asks before it counts, it only shows the question, and the next button is the real one."""
    if item.url:
        return _page(item)
    real = press(item, drawing.forms)
    if not item.confirm:
        return real
    name = drawing.name("q")
    back: Json = {"type": "Action.ToggleVisibility", "title": _("Go back"), "targetElements": [name]}
    words = [row.element for row in paragraph(item.confirm)] or [runs(EMPTY)]
    question = {"type": "Container", "id": name, "isVisible": False, "style": "emphasis"}
    asked.append(question | {"items": [*words, {"type": "ActionSet", "actions": [real, back]}]})
    return {"type": "Action.ToggleVisibility", "targetElements": [name]} | _looks(item)


def _page(item: Button) -> Json:
    if _WEB.fullmatch(item.url):
        return {"type": "Action.OpenUrl", "url": item.url} | _looks(item)
    return {"type": "Action.Submit", "data": {}, "isEnabled": False} | _looks(item)


def _looks(item: Button) -> Json:
    made: Json = {"title": clipped(one_line(item.label), TITLE, escape=False), "style": _STYLES[item.tone]}
    if item.hint:
        hint = f"{one_line(item.label)}, {one_line(item.hint)}"
        made["tooltip"] = clipped(hint, 200, escape=False)
    return made


def press(item: Button, forms: Container[str], **more: str) -> Json:
    """What a press sends: an invoke that is answered, or a message from a client that knows none of it.

    A dialog opens only from a Submit that asks for it. Raises ValueError for a button without an action: our bug.
    """
    if not item.action.strip():
        raise ValueError("a button has no name")
    data: Json = {"action": item.action, "value": item.value, **more}
    if item.action in forms:
        return {"type": "Action.Submit", "data": data | {"msteams": {"type": "task/fetch"}}} | _looks(item)
    fallback = {"type": "Action.Submit", "data": data} | _looks(item)
    return {"type": "Action.Execute", "verb": PRESS, "data": data, "fallback": fallback} | _looks(item)


def _menu(menu: Menu, drawing: Drawing) -> Iterator[Row]:
    label = one_line(menu.label)
    if not menu.options:
        yield Row(runs(_("{label}: nothing to choose", label=label)))
        return
    if many(menu.options):
        data = {"form": packed(chooser(menu), {}), "msteams": {"type": "task/fetch"}}
        opens = {"type": "Action.Submit", "data": data} | _looks(Button(menu.label, menu.action))
        yield Row({"type": "ActionSet", "actions": [opens]}, 0, kept=True)
        return
    name = drawing.name("m")
    yield Row(choices(name, label, menu.options), 0, kept=True)
    chosen = press(Button(menu.label, menu.action, menu.value), drawing.forms, menu=name)
    yield Row({"type": "ActionSet", "actions": [chosen]}, 0, kept=True)


def many(options: Sequence[Option]) -> bool:
    """Whether a list is so long that it is searched and not shown."""
    return len(options) > MANY or sum(size(_choice(option)) + 40 for option in options) > LISTED


def choices(name: str, label: str, options: Sequence[Option], *, style: str = "compact", value: str = "") -> Json:
    """A list to choose one from. Raises ValueError for an option without a value: our bug."""
    if any(not option.value.strip() for option in options):
        raise ValueError("a choice has no name")
    made = [{"title": _choice(option), "value": option.value} for option in options]
    known = {"value": value} if any(option.value == value for option in options) else {}
    asked = {"type": "Input.ChoiceSet", "id": name, "label": clipped(label, 500, escape=False), "style": style}
    named: Json = {} if style == "expanded" else {"placeholder": _("Choose")}
    return asked | {"choices": made, "wrap": True} | named | known


def _choice(option: Option) -> str:
    label = clipped(one_line(option.label), 75, escape=False)
    detail = clipped(one_line(option.detail), 75, escape=False) if seen(cleaned(option.detail)) else ""
    return f"{label} – {detail}" if detail else label


def fitted(found: Sequence[Row], room: int) -> list[Json]:
    """As many elements as a message holds: what may not be left out, then as much of the rest as fits, in order."""
    room -= sum(weight(row.element) for row in found if row.kept)
    soft = [row for row in found if not row.kept]
    if sum(weight(row.element) for row in soft) <= room:
        return [row.element for row in found]
    return list(_cut(found, room - 200))


def _cut(found: Sequence[Row], room: int) -> Iterator[Json]:
    missing = [number for number, row in enumerate(found) if not row.kept]
    for number in list(missing):
        room -= weight(found[number].element)
        if room < 0:
            break
        missing.remove(number)
    lines = sum(found[number].lines for number in missing)
    for number, row in enumerate(found):
        if missing and number == missing[0] and lines:
            one = _("1 more line: open the report")
            yield runs(one if lines == 1 else _("{n} more lines: open the report", n=lines))
        if number not in missing:
            yield row.element


def weight(element: Json) -> int:
    """Bytes on the wire."""
    return len(json.dumps(element, ensure_ascii=False).encode("utf-8", "surrogatepass")) + 2
