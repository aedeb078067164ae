"""Said beside a name that could be somebody else's: which person is meant is told by the id."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from bot.chat.cards.words import _
from bot.chat.cards.words import day as on_day
from bot.domain.likeness import Doubt, doubts, skeleton
from bot.domain.model import Person
from bot.domain.policy import Crew, Policy

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


def look_twice(person: Person, crew: Crew, today: date) -> str:
    """All that makes one look twice before this person is meant; nothing for nearly everybody."""
    every = crew.people.values()
    found = (warning(person, every), came_back(person, crew, today), _nearly(person, every))
    return " ".join(filter(None, found))


def _nearly(person: Person, everybody: Iterable[Person]) -> str:
    """Said where somebody else has an address that looks the same and is another one."""
    mine = skeleton(_address(person))
    for other in everybody:
        if other.id != person.id and mine and _address(other) != _address(person) and skeleton(_address(other)) == mine:
            return _(
                "! The address of {name} ({id}, {email}) looks the same, and is another. This is about {mine} alone.",
                name=other.name,
                id=other.id,
                email=other.email,
                mine=person.id,
            )
    return ""


def came_back(person: Person, crew: Crew, today: date) -> str:
    """Said where somebody else has, or had, the same address: the id tells whose accounts are meant."""
    same = [other for other in crew.people.values() if other.id != person.id and _address(other) == _address(person)]
    gone = [other for other in same if _address(person) and not crew.working(other.id, today)]
    here = [other for other in same if _address(person) and crew.working(other.id, today)]
    if gone:
        day = on_day(gone[0].ends) if gone[0].ends else _("a day the roster does not name")
        return _(
            "! Somebody with this address left on {day}: {name} ({id}). This is about {mine} alone; accounts that were "
            "theirs are not touched.",
            day=day,
            name=gone[0].name,
            id=gone[0].id,
            mine=person.id,
        )
    if here:
        return _(
            "! Somebody who works here has the same address: {name} ({id}). This is about {mine} alone.",
            name=here[0].name,
            id=here[0].id,
            mine=person.id,
        )
    return ""


def runs_usher(person: Person, policy: Policy) -> str:
    """Said where the leaver could read in Usher's own machine what nobody tells them."""
    if person.id not in policy.operators:
        return ""
    return _(
        "! {name} administers the machine on which Usher runs, and can read there what nobody tells them. "
        "Talk to security before you send this; where it is urgent, end that access first.",
        name=person.name,
    )


def _address(person: Person) -> str:
    return person.email.strip().casefold()
