"""Words for Slack: escaped, and never longer than Slack takes; and out of its notation again."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bot.chat.plain_words import EMPTY, Json, clipped, one_line, seen, size, unmarked

SECTION = 3000

_WORD = re.compile(r"\S{1,200}\s?|\s")
_MENTION = re.compile(r"<@([UW][A-Z0-9]+)\|[^>]*>")
_CHANNEL = re.compile(r"<#[A-Z0-9]+\|([^>]*)>")
_SPECIAL = re.compile(r"<!([^>|^]+)[^>]*>")
_LINK = re.compile(r"<((?:https?|mailto):[^>|]+)(?:\|[^>]*)?>")


def plain(text: str, limit: int = SECTION, otherwise: str = EMPTY) -> Json:
    """A text object of one line in which nothing has a meaning."""
    return literal(clipped(one_line(text, otherwise), limit))


def literal(escaped: str) -> Json:
    """A text object for words that are escaped already; names of emoji stay names."""
    return {"type": "plain_text", "text": escaped, "emoji": False}


def marked(escaped: str) -> Json:
    """A text object whose marks count, but where Slack looks for no links or names by itself."""
    return {"type": "mrkdwn", "text": escaped, "verbatim": True}


def bold(text: str, limit: int = 150) -> str:
    """One line in bold, escaped; marks inside it are replaced by characters that look like them."""
    return f"*{clipped(one_line(unmarked(text)), limit)}*"


def spread(lines: Iterable[str], limit: int = SECTION) -> list[tuple[str, int]]:
    """The lines, escaped, in as few parts of at most `limit` as needed; each with the number of lines begun in it."""
    parts: list[tuple[str, int]] = []
    now, begun = "", 0
    for line in lines:
        for number, piece in enumerate(_pieces(line, limit)):
            joint = "\n" if begun or now else ""
            if size(now) + len(joint) + size(piece) > limit:
                parts.append((now, begun))
                now, begun, joint = "", 0, ""
            now += joint + piece
            begun += number == 0
    return [(part, count) for part, count in [*parts, (now, begun)] if seen(part)]


def _pieces(line: str, limit: int) -> list[str]:
    """A line, escaped, broken between words where it is longer than `limit`."""
    pieces, now = [], ""
    for word in _WORD.findall(line):
        part = html.escape(word, quote=False)
        if size(now) + size(part) > limit:
            pieces.append(now)
            now = ""
        now += part
    return [*pieces, now]


def typed(text: str) -> str:
    """What a person typed, out of Slack's notation: mentions as `<@id>`, links as addresses, no escapes."""
    text = _LINK.sub(r"\1", _CHANNEL.sub(r"#\1", _MENTION.sub(r"<@\1>", text)))
    return html.unescape(_SPECIAL.sub(r"@\1", text)).strip()


def with_files(text: str, files: Sequence[Mapping[str, Any]]) -> str:
    """What a person wrote and the files they put beside it: each by its name and, where Slack tells it, its address."""
    names = [f"{one.get('name') or one.get('id')} {one.get('permalink') or ''}".strip() for one in files]
    return "\n".join(filter(None, (text, *(f"File: {name}" for name in names))))
