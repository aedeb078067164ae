"""Said in a form where the roster says something else: what, and a choice by which somebody means it all the same."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from bot.chat.cards.words import _
from bot.chat.cards.words import day as on_day
from bot.chat.port import ChoiceField, Field, Option, Piece, Text
from bot.domain.disagree import Odd
from bot.domain.model import Person

_WORDS = {
    Odd.UNNAMED: "! The newest roster does not name {name} any more. Nobody leaves because of that: "
    "look whether this is the right person.",
    Odd.LEFT: "! By the roster {name} left on {ends}. What is still there ends with this.",
    Odd.SOONER: "! By the roster {name} works here until {ends}, and this ends the access on {day}.",
    Odd.LATER: "! By the roster {name} works here until {ends}, and this lets the access last until {day}.",
}


def said(person: Person, day: date, found: Iterable[Odd]) -> str:
    """What does not agree, a sentence each; nothing where all of it does."""
    ends = on_day(person.ends) if person.ends else ""
    return " ".join(_(_WORDS[one], name=person.name, ends=ends, day=on_day(day)) for one in found)


def key(person: Person, day: date, found: Iterable[Odd]) -> str:
    """What somebody confirms: just this contradiction, and no other one."""
    return "/".join([*found, f"{person.ends or ''}", f"{day}"])


def fields(words: str, value: str, chosen: str) -> tuple[Field | Piece, ...]:
    """The contradiction, and the choice to go on; nothing where there is none."""
    if not words:
        return ()
    sure = (Option(value, _("I have checked it: the form is right")),)
    return (
        Text(words),
        ChoiceField("sure", _("The roster says something else"), sure, value=chosen if chosen == value else ""),
    )
