"""Payloads that Slack accepts, to be spoilt one property at a time."""

from __future__ import annotations

from typing import Any

from bot.chat.blocks_lint import Problem

Json = dict[str, Any]


def plain(text: str = "Fine") -> Json:
    """A plain text object."""
    return {"type": "plain_text", "text": text}


def marked(text: str = "*Fine*") -> Json:
    """A text object with marks."""
    return {"type": "mrkdwn", "text": text}


def option(number: int = 1, **more: Any) -> Json:
    """One option of a list."""
    return {"text": plain(f"Option {number}"), "value": f"v{number}", **more}


def options(count: int) -> list[Json]:
    """That many options."""
    return [option(number) for number in range(count)]


def element(kind: str, **more: Any) -> Json:
    """An element of this kind that Slack accepts."""
    needed: dict[str, Json] = {
        "button": {"text": plain()},
        "image": {"image_url": "https://x.example/a.png", "alt_text": "A cat"},
        "static_select": {"options": options(2)},
        "multi_static_select": {"options": options(2)},
        "overflow": {"options": options(2)},
        "radio_buttons": {"options": options(2)},
        "checkboxes": {"options": options(2)},
    }
    named = {} if kind == "image" else {"action_id": "a"}
    return {"type": kind, **named, **needed.get(kind, {}), **more}


def section(**more: Any) -> Json:
    """A section with words."""
    return {"type": "section", "text": marked(), **more}


def actions(*elements: Json) -> Json:
    """A row of these elements."""
    return {"type": "actions", "elements": list(elements)}


def asked(element_: Json, **more: Any) -> Json:
    """A field that asks with this element."""
    return {"type": "input", "label": plain(), "element": element_, **more}


def modal(*blocks: Json, **more: Any) -> Json:
    """A modal with these blocks and a submit button."""
    return {
        "type": "modal",
        "title": plain(),
        "submit": plain("Go on"),
        "blocks": list(blocks) or [{"type": "divider"}],
        **more,
    }


def confirm(**more: Any) -> Json:
    """A question before the act."""
    return {"title": plain(), "text": marked(), "confirm": plain(), "deny": plain(), **more}


def said(found: list[Problem]) -> list[str]:
    """The problems as Slack writes them."""
    return [str(problem) for problem in found]


def less(high: int) -> str:
    """What Slack says of a text that is longer than this."""
    return f"must be less than {high + 1} characters"
