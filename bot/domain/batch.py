"""Several people at once: who is on the list, and what one approval of all of them says."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.domain.model import Person, PersonId, SystemKey
from bot.domain.planning import canonical

SAMPLE = 5  # plans shown whole before somebody approves all of them
_HEADINGS = frozenset({"id", "person", "person id", "employee", "employee id", "email", "e-mail", "name"})


@dataclass(frozen=True, slots=True)
class Batch:
    """Several people who leave together: one list, one moment, one approval. Times are aware UTC."""

    id: str
    requester: PersonId
    starts_at: datetime
    immediate: bool
    voluntary: bool
    reason: str
    note: str
    at: datetime
    proposal: int | None = None
    closed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Member:
    """One person of a batch: the request that was made for them, or why there is none; `digest` is what was shown."""

    batch: str
    person: PersonId
    request: str | None = None
    refused: str = ""
    digest: str = ""
    told_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Unread:
    """A line that names nobody for certain, and why."""

    line: int
    text: str
    why: str


def read_list(text: str, people: Mapping[PersonId, Person]) -> tuple[tuple[Person, ...], tuple[Unread, ...]]:
    """One person a line, by roster id or work e-mail, alone or in the first cell of a table. Names do not count.

    Two people may have the same name, and an address that two people share names neither.
    """
    by_id = {key.casefold(): person for key, person in people.items()}
    by_mail: dict[str, list[Person]] = {}
    for person in people.values():
        by_mail.setdefault(person.email.casefold(), []).append(person)
    found: dict[PersonId, int] = {}
    bad: list[Unread] = []
    for number, line in enumerate(text.splitlines(), start=1):
        word = _first_cell(line)
        if not word or (number == 1 and word.casefold() in _HEADINGS):
            continue
        ones = [by_id[word.casefold()]] if word.casefold() in by_id else by_mail.get(word.casefold(), [])
        if len(ones) != 1:
            why = "several people have this address" if ones else "nobody in the roster has this id or e-mail"
            bad.append(Unread(number, word[:80], why))
        elif ones[0].id in found:
            bad.append(Unread(number, word[:80], f"this person stands in line {found[ones[0].id]} already"))
        else:
            found[ones[0].id] = number
    return tuple(people[key] for key in found), tuple(bad)


def _first_cell(line: str) -> str:
    try:
        cells = next(csv.reader([line], delimiter=";" if ";" in line else ","), [])
    except csv.Error:
        return line.strip()
    return cells[0].strip() if cells else ""


@dataclass(frozen=True, slots=True)
class Sum:
    """What all plans of a batch come to."""

    people: int
    changes: int
    tasks: int
    by_system: tuple[tuple[SystemKey, int], ...]  # the system with most lines first
    sample: tuple[str, ...] = ()  # requests whose plans are shown whole


def spread(items: int, most: int = SAMPLE) -> tuple[int, ...]:
    """Which of so many, in order of size, are shown: the smallest, the largest, and what lies evenly between."""
    if items <= most:
        return tuple(range(items))
    return tuple(dict.fromkeys(round(at * (items - 1) / (most - 1)) for at in range(most)))


def name_of(shown: Iterable[tuple[str, str]]) -> str:
    """The name of exactly these plans: a digest over every request and the digest of its plan."""
    return hashlib.sha256(canonical(sorted(shown)).encode()).hexdigest()
