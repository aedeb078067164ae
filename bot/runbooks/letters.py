"""Which characters a company's files may hold: what people can see, in one spelling."""

from __future__ import annotations

import json
import unicodedata

_TURNS = frozenset("\u061c\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff")


def one_spelling(text: str) -> str:
    """The text in Unicode NFC, so that the same name is the same text however it was typed."""
    return unicodedata.normalize("NFC", text)


def unseen_in(text: str, allowed: str = "") -> str:
    """The first character that nobody sees or that turns the line around, by its number; empty when there is none."""
    if text.isprintable():
        return ""
    for letter in text:
        if letter not in allowed and (letter in _TURNS or unicodedata.category(letter) in {"Cc", "Cs", "Zl", "Zp"}):
            return f"U+{ord(letter):04X}"
    return ""


def quoted(text: str) -> str:
    """The text in quotes, short enough for a sentence, with everything invisible spelled out."""
    safe = json.dumps(text[:60], ensure_ascii=bool(unseen_in(text)))
    return safe if len(text) <= 60 else f'{safe[:-1]}…"'
