"""Words for Slack: cleaned of what deceives the eye, escaped, and never longer than Slack takes."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Json = dict[str, Any]

SECTION = 3000
EMPTY = "–"

_BREAKS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
# Controls, zero-width fillers and halves of characters; the embeddings, overrides and isolates that let a name
# turn the words around it (https://www.unicode.org/reports/tr9/#Explicit_Directional_Embeddings).
_DECEITFUL = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\u200b\u2060\u2061-\u2064\u202a-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff]"
)
_WORD = re.compile(r"\S{1,200}\s?|\s")
_MARK = re.compile(r"(?<![A-Za-z0-9])[*_~](?=\S)|`")
_QUOTE = re.compile(r"^(\s*)>", re.MULTILINE)
_EMOJI = re.compile(r":(?=[a-z0-9_+'-]*[a-z+-][a-z0-9_+'-]*:)")
_LOOKS_LIKE = str.maketrans(
    {"*": "\N{ASTERISK OPERATOR}", "_": "\N{FULLWIDTH LOW LINE}", "~": "\N{TILDE OPERATOR}", "`": "\N{PRIME}"}
)

_MENTION = re.compile(r"<@([UW][A-Z0-9]+)\|[^>]*>")
_CHANNEL = re.compile(r"<#[A-Z0-9]+\|([^>]*)>")
_SPECIAL = re.compile(r"<!([^>|^]+)[^>]*>")
_LINK = re.compile(r"<((?:https?|mailto):[^>|]+)(?:\|[^>]*)?>")


def cleaned(text: str) -> str:
    """The text without what cannot be seen or turns the writing around; every line break is a plain one."""
    return _DECEITFUL.sub("", _BREAKS.sub("\n", text)).replace("\t", " ")


def seen(text: str) -> bool:
    """Whether a reader would see anything at all."""
    return any(unicodedata.category(letter)[0] not in "ZC" for letter in text)


def one_line(text: str, otherwise: str = EMPTY) -> str:
    """The text on one line; `otherwise` if there is nothing to see."""
    line = " ".join(cleaned(text).split())
    return line if seen(line) else otherwise


def size(text: str) -> int:
    """The length as Slack's own programs count it, in UTF-16 units: never less than the number of characters."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def clipped(text: str, limit: int, *, escape: bool = True) -> str:
    """The text, escaped, with an ellipsis where it had to be cut; no escape is cut in two."""
    written = html.escape(text, quote=False) if escape else text
    if size(written) <= limit:
        return written
    kept, room = [], limit - 1
    for letter in text:
        part = html.escape(letter, quote=False) if escape else letter
        room -= size(part)
        if room < 0:
            break
        kept.append(part)
    return "".join(kept).rstrip() + "…"


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


def unmarked(text: str) -> str:
    """The cleaned text with look-alikes for whatever Slack would read as a mark, a quotation or an emoji."""
    text = _MARK.sub(lambda found: found[0].translate(_LOOKS_LIKE), cleaned(text))
    return _EMOJI.sub("\N{RATIO}", _QUOTE.sub("\\1\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}", text))


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
