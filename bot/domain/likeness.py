"""Names that are not what they seem: letters of another script, letters nobody sees, writing that turns around."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from enum import StrEnum

# What looks like a Latin letter or figure in the usual fonts; https://www.unicode.org/reports/tr39/ lists many more.
_LIKE = str.maketrans(
    "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458\u0455\u04bb\u0501\u051b\u051d\u044c\u0432\u043a\u043c\u043d\u0442\u0433"
    "\u03b1\u03bf\u03c1\u03c5\u03bd\u03b9\u03ba\u03c7\u03c4\u03b3\u0578\u057d\u0585\u0570\u0261\u0131\u0269\u01c0\u0251",
    "aeopcyxijshdqwbbkmhtr"
    "aopuvikxtynuohgiila",
)  # fmt: skip
_FIGURES = (("rn", "m"), ("vv", "w"), ("0", "o"), ("1", "l"), ("i", "l"), ("|", "l"))
_SCRIPTS = ("LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "HEBREW", "ARABIC", "CHEROKEE")


class Doubt(StrEnum):
    """Why a name alone does not tell who somebody is."""

    UNSEEN = "unseen"
    TURNED = "turned"
    MIXED = "mixed"
    TWIN = "twin"


def skeleton(name: str) -> str:
    """What a reader sees: names with the same skeleton can be taken for each other."""
    plain = unicodedata.normalize("NFKD", name).casefold().translate(_LIKE)
    seen = "".join(c for c in plain if unicodedata.category(c) not in {"Mn", "Me", "Cf", "Cc", "Cs"})
    for figure, letter in _FIGURES:
        seen = seen.replace(figure, letter)
    return " ".join(seen.split())


def doubts(name: str, others: Iterable[str] = ()) -> frozenset[Doubt]:
    """Everything that is odd about a name, beside the names of other people; empty for nearly everybody."""
    found = set()
    if any(unicodedata.category(c) in {"Cf", "Cc", "Cs", "Co", "Cn"} for c in name):
        found.add(Doubt.UNSEEN)
    if any(
        unicodedata.bidirectional(c) in {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"} for c in name
    ):
        found.add(Doubt.TURNED)
    if any(len(_scripts(word)) > 1 for word in name.split()):
        found.add(Doubt.MIXED)
    mine = skeleton(name)
    if any(skeleton(other) == mine for other in others):
        found.add(Doubt.TWIN)
    return frozenset(found)


def _scripts(word: str) -> set[str]:
    """The alphabets of the letters of one word; the name of a letter begins with its script."""
    names = (unicodedata.name(c, "").partition(" ")[0] for c in word if c.isalpha())
    return {name for name in names if name in _SCRIPTS}
