"""The words of a plan that only engineers know, said in plain ones: whoever decides need not ask what they mean."""

from __future__ import annotations

import re
from collections.abc import Iterable

from bot.chat.cards.words import _

_WORDS = {
    "access key": "a password that programs use",
    "access token": "a password that programs use",
    "SSH key": "a file on a computer that opens the door without a password",
    "deploy key": "a key that a program uses, not a person",
    "single sign-on": "one sign-in for many systems",
    "second factor": "a code or a device, asked for beside the password",
    "console": "the web page of the system",
    "session": "a sign-in that is still open",
    "repository": "a place where source code is kept",
    "production": "what customers use",
    "private fork": "a copy of source code, for one person alone",
    "powerful": "can do great harm, or reach what matters most",
    "by hand": "a person does it, and says so",
    "by eye": "a person looks, for no program can",
}


def said(lines: Iterable[str]) -> str:
    """What the words in these lines mean, in the order above; empty where there is nothing to explain."""
    text = "\n".join(lines)
    found: dict[str, list[str]] = {}
    for word, means in _WORDS.items():
        if re.search(rf"\b{word}s?\b", text, re.IGNORECASE):
            found.setdefault(_(means), []).append(_(word))
    return " · ".join(_("{words}: {means}", words=", ".join(some), means=means) for means, some in found.items())
