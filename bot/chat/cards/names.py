"""Said beside a name that could be somebody else's: which person is meant is told by the id."""

from __future__ import annotations

from collections.abc import Iterable

from bot.chat.cards.words import _
from bot.domain.likeness import Doubt, doubts
from bot.domain.model import Person

_WHY = {
    Doubt.TWIN: "somebody else has a name that looks the same",
    Doubt.MIXED: "it mixes letters of several alphabets",
    Doubt.TURNED: "it turns the direction of the writing",
    Doubt.UNSEEN: "it holds letters that nobody can see",
}


def warning(person: Person, everybody: Iterable[Person]) -> str:
    """Why this name alone does not tell who is meant, with the id that does; nothing for nearly everybody."""
    found = doubts(person.name, (other.name for other in everybody if other.id != person.id))
    why = "; ".join(_(words) for doubt, words in _WHY.items() if doubt in found)
    if not why:
        return ""
    return _("! Look twice at this name: {why}. I mean {id}, {email}.", why=why, id=person.id, email=person.email)
