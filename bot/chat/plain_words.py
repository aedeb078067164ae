"""Words for any chat: cleaned of what deceives the eye, and never longer than there is room."""

from __future__ import annotations

import html
import re
import unicodedata
from typing import Any

Json = dict[str, Any]

EMPTY = "–"

_BREAKS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
# Controls, zero-width fillers and halves of characters; the embeddings, overrides and isolates that let a name
# turn the words around it (https://www.unicode.org/reports/tr9/#Explicit_Directional_Embeddings).
_DECEITFUL = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\u200b\u2060\u2061-\u2064\u202a-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff]"
)
_MARK = re.compile(r"(?<![A-Za-z0-9])[*_~](?=\S)|`")
_QUOTE = re.compile(r"^(\s*)>", re.MULTILINE)
_EMOJI = re.compile(r":(?=[a-z0-9_+'-]*[a-z+-][a-z0-9_+'-]*:)")
_LOOKS_LIKE = str.maketrans(
    {"*": "\N{ASTERISK OPERATOR}", "_": "\N{FULLWIDTH LOW LINE}", "~": "\N{TILDE OPERATOR}", "`": "\N{PRIME}"}
)


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
    """The length in UTF-16 units, as chats count it: never less than the number of characters."""
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


def unmarked(text: str) -> str:
    """The cleaned text with look-alikes for whatever a chat would read as a mark, a quotation or an emoji."""
    text = _MARK.sub(lambda found: found[0].translate(_LOOKS_LIKE), cleaned(text))
    return _EMOJI.sub("\N{RATIO}", _QUOTE.sub("\\1\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}", text))
