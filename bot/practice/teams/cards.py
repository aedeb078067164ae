"""An Adaptive Card as a client of Teams sees it: what can be read, filled in and pressed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

Json = dict[str, Any]
WRONG = "Attention"  # the colour of what is wrong


def elements(card: Json) -> Iterator[Json]:
    """Every element, however deep and whether it is shown or not."""
    yield from _below(card.get("body", ()))
    if card.get("actions"):
        yield {"type": "ActionSet", "actions": card["actions"], "isVisible": True}


def _below(found: Iterable[Json], *, hidden: bool = False) -> Iterator[Json]:
    for element in found:
        away = hidden or element.get("isVisible") is False
        yield element | {"isVisible": not away}
        for inner in ("items", "columns"):
            yield from _below(element.get(inner, ()), hidden=away)


def actions(card: Json) -> Iterator[Json]:
    """Every button, also one that appears only after another was pressed."""
    for element in elements(card):
        yield from element.get("actions", ())


def inputs(card: Json) -> Iterator[Json]:
    """Everything one can fill in or choose."""
    return (element for element in elements(card) if str(element["type"]).startswith("Input."))


def field(card: Json, name: str) -> Json | None:
    """The input of this name."""
    return next((one for one in inputs(card) if one.get("id") == name), None)


def values(card: Json, filled: Mapping[str, str]) -> dict[str, str]:
    """What a client sends along: what the card came with, and what was filled in."""
    known = {str(one["id"]): str(one.get("value", "")) for one in inputs(card)}
    return known | {name: value for name, value in filled.items() if name in known}


def wrong(card: Json) -> list[str]:
    """What is said in the colour of mistakes."""
    return [words(element) for element in elements(card) if element["type"] == "RichTextBlock" and _red(element)]


def _red(element: Json) -> bool:
    return any(isinstance(run, dict) and run.get("color") == WRONG for run in element.get("inlines", ()))


def lines(card: Json) -> Iterator[str]:
    """What stands there, line by line; a button in brackets."""
    for element in elements(card):
        if not element["isVisible"]:
            continue
        yield from (line for line in words(element).splitlines() if line.strip())
        yield from (f"[{action.get('title', '')}]" for action in element.get("actions", ()))


def words(element: Json) -> str:
    """The text of one element."""
    match element["type"]:
        case "TextBlock":
            return str(element.get("text", ""))
        case "RichTextBlock":
            return "".join(run if isinstance(run, str) else str(run.get("text", "")) for run in element["inlines"])
        case "FactSet":
            return "\n".join(f"{fact['title']}  {fact['value']}" for fact in element["facts"])
        case kind if kind.startswith("Input."):
            return str(element.get("label", ""))
    return ""


def opens_dialog(action: Json) -> bool:
    """Whether pressing it asks the bot for a dialog."""
    data = action.get("data") or {}
    return action["type"] == "Action.Submit" and (data.get("msteams") or {}).get("type") == "task/fetch"
