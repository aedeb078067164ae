"""What Teams would refuse or show as nothing, found before it is sent: an allow-list of the cards this product uses.

Teams answers a card it cannot read with an empty bubble or a dialog that does not open, so nobody would ever learn.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from bot.chat import teams_limits as limits
from bot.chat.blocks_lint import Found, Problem, against

Surface = Literal["message", "dialog"]
Json = Mapping[str, Any]
# Markdown that means something, and dates that a client computes
_OBEYED = re.compile(r"[*\[`<]|\{\{|(?<![A-Za-z0-9])[_~](?=\S)|^\s*(?:\d+[.)]|[-+#>])\s")
_NESTED = ("body", "items", "columns", "actions", "inlines")


def problems(card: object, surface: Surface) -> list[Problem]:
    """Everything that is wrong with a card in a conversation or in a dialog; empty when all is well."""
    found = against(card, limits.CARDS[surface])
    if not isinstance(card, Mapping):
        return found
    if card.get("type") != "AdaptiveCard":
        found.append(Problem(f"unsupported type: {card.get('type')}", "/type"))
    return [
        *found,
        *_heavy(card),
        *_unique(card),
        *(one for at, part in parts(card) for one in _inside(part, at, card)),
    ]


def parts(card: Json, at: str = "") -> Iterator[tuple[str, Json]]:
    """Every element, action and run of text of a card, however deep, and where it stands."""
    for name in _NESTED:
        inside = card.get(name)
        for number, part in enumerate(inside if isinstance(inside, list) else ()):
            if isinstance(part, Mapping):
                yield f"{at}/{name}/{number}", part
                yield from parts(part, f"{at}/{name}/{number}")


def _heavy(card: Json) -> Found:
    try:
        weight = len(json.dumps(card, ensure_ascii=False).encode())
    except (TypeError, ValueError):
        yield Problem("cannot be sent as JSON", "")
        return
    if weight > limits.WEIGHT:
        yield Problem(f"must be less than {limits.WEIGHT + 1} bytes, not {weight}", "")


def _unique(card: Json) -> Found:
    """No two parts share a name, or what was entered in one would come back as the other's."""
    seen: set[str] = set()
    for at, part in parts(card):
        name = part.get("id")
        if isinstance(name, str) and name in seen:
            yield Problem(f'`id` "{name}" already exists', f"{at}/id")
        seen.add(str(name))


def _inside(part: Json, at: str, card: Json) -> Found:
    """The rules that tie two properties together."""
    match part.get("type"):
        case "Input.ChoiceSet" if part.get("value"):
            choices = part.get("choices")
            offered = choices if isinstance(choices, list) else []
            known = {one.get("value") for one in offered if isinstance(one, Mapping)}
            if set(_chosen(part)) - known:
                yield Problem("`value` must match one of the choices", f"{at}/value")
        case "Action.ToggleVisibility":
            targets, known = part.get("targetElements"), {str(one.get("id")) for _at, one in parts(card)}
            for number, name in enumerate(targets if isinstance(targets, list) else ()):
                if str(name) not in known:
                    yield Problem(f'there is no element "{name}"', f"{at}/targetElements/{number}")
        case "Action.Execute":
            fallback = part.get("fallback")
            if isinstance(fallback, Mapping) and fallback.get("data") != part.get("data"):
                yield Problem("an old client would send something else", f"{at}/fallback/data")
        case "TextBlock" if _OBEYED.search(str(part.get("text"))):
            yield Problem("a mark would be obeyed", f"{at}/text")
        case _:
            return


def _chosen(part: Json) -> list[str]:
    """What is chosen in a list: of several, with commas between them."""
    value = str(part["value"])
    return value.split(",") if part.get("isMultiSelect") else [value]
