"""The roster file: who works here, one person a row, as the HR system exports it."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from bot.domain.model import Person, PersonId
from bot.runbooks import fields
from bot.runbooks.letters import one_spelling, unseen_in
from bot.runbooks.mistakes import Mistake, Mistakes

NEEDED = ("id", "name", "email")
COLUMNS = (*NEEDED, "title", "department", "manager", "zone", "contract", "starts", "ends", "portrait")

_ID = re.compile(r"\S{1,64}")
_EMAIL = re.compile(r"[^\s@]+@[^\s@]+")
_PORTRAIT = re.compile(r"(?:https://\S+|[\w-][\w.-]*)?")

Row = dict[str, str]


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row nobody can be read from, and why. Its person keeps what was known of them before."""

    line: int
    reason: str


@dataclass(slots=True)
class _Seen:
    ids: dict[str, int] = field(default_factory=dict)
    emails: dict[str, list[tuple[int, date | None, date | None]]] = field(default_factory=dict)


def parse_roster(
    text: str, name: str = "roster.csv", *, zone: str = "UTC"
) -> tuple[tuple[Person, ...], tuple[BadRow, ...]]:
    """The people of a roster, and the rows that could not be used; `zone` is for rows that name none.

    Commas or semicolons part the columns. Raises Mistakes when the file is no table or has other columns.
    """
    try:
        header, rows = _table(one_spelling(text.removeprefix("\ufeff")), name)
    except csv.Error as error:
        raise Mistakes([Mistake(name, 0, f"this is not readable as a table: {error}")]) from error
    known = {cells[header.index("id")].strip() for _, cells in rows if len(cells) == len(header)}
    seen = _Seen()
    people: list[Person] = []
    bad: list[BadRow] = []
    for line, cells in rows:
        try:
            people.append(_person(_row(header, cells), line, known, seen, zone))
        except ValueError as error:
            bad.append(BadRow(line, str(error)))
    return tuple(people), tuple(bad)


def _table(text: str, name: str) -> tuple[list[str], list[tuple[int, list[str]]]]:
    first = text.split("\n", 1)[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=";" if ";" in first else ",", strict=True)
    rows = list(_numbered(reader))
    if not rows:
        raise Mistakes([Mistake(name, 0, "the file is empty")])
    line, header = rows[0][0], [cell.strip().lower() for cell in rows[0][1]]
    wrong = [f"the column {column} is missing" for column in NEEDED if column not in header]
    wrong += [
        f"there is no column {fields.shown(column)}{fields.nearest(column, set(COLUMNS))}"
        for column in header
        if column not in COLUMNS
    ]
    wrong += [
        f"the column {fields.shown(column)} stands here twice"
        for column in sorted(set(header))
        if header.count(column) > 1
    ]
    if wrong:
        raise Mistakes(Mistake(name, line, words) for words in wrong)
    return header, rows[1:]


def _numbered(reader: Iterator[list[str]]) -> Iterator[tuple[int, list[str]]]:
    before = 0
    for cells in reader:
        if any(cell.strip() for cell in cells):
            yield before + 1, cells
        before = reader.line_num  # type: ignore[attr-defined]  # a cell may hold several lines


def _row(header: list[str], cells: list[str]) -> Row:
    if len(cells) != len(header):
        raise ValueError(f"there are {len(cells)} cells, and {len(header)} columns")
    row = dict.fromkeys(COLUMNS, "") | {column: cell.strip() for column, cell in zip(header, cells, strict=True)}
    for column, cell in row.items():
        if hidden := unseen_in(cell):
            raise ValueError(f"{column} holds an invisible character ({hidden})")
        if len(cell) > 200:
            raise ValueError(f"{column} is longer than 200 characters")
    return row


def _person(row: Row, line: int, known: set[str], seen: _Seen, zone: str) -> Person:
    _only_once(row, line, seen)
    if not row["name"]:
        raise ValueError("the name is missing")
    if row["manager"] == row["id"]:
        raise ValueError(f"{row['id']} is their own manager")
    if row["manager"] and row["manager"] not in known:
        raise ValueError(f"the manager {fields.shown(row['manager'])} is not in the roster")
    if row["zone"] and row["zone"] not in fields.zones():
        raise ValueError(f"{fields.shown(row['zone'])} is no time zone; write one like Europe/Paris")
    if not _PORTRAIT.fullmatch(row["portrait"]):
        raise ValueError("the portrait must be the name of a file, or an address that begins with https://")
    starts, ends = (fields.day(row[column]) if row[column] else None for column in ("starts", "ends"))
    if starts and ends and ends < starts:
        raise ValueError(f"the last day {ends} is before the first day {starts}")
    _one_at_a_time(row, line, seen, starts, ends)
    return Person(
        id=PersonId(row["id"]),
        name=row["name"],
        email=row["email"],
        title=row["title"],
        department=row["department"],
        manager=PersonId(row["manager"]) if row["manager"] else None,
        zone=row["zone"] or zone,
        contract=_contract(row["contract"]),
        starts=starts,
        ends=ends,
        portrait=row["portrait"],
    )


def _only_once(row: Row, line: int, seen: _Seen) -> None:
    if not _ID.fullmatch(row["id"]):
        raise ValueError("the id is missing, has spaces, or is longer than 64 characters")
    if not _EMAIL.fullmatch(row["email"]):
        raise ValueError(f"{fields.shown(row['email'])} is no e-mail address")
    same_id = seen.ids.setdefault(row["id"], line)
    if same_id != line:
        raise ValueError(f"the id {row['id']} is already in line {same_id}")


def _one_at_a_time(row: Row, line: int, seen: _Seen, starts: date | None, ends: date | None) -> None:
    """An address belongs to one person at a time; who left may have had the address of who starts later."""
    known = seen.emails.setdefault(row["email"].casefold(), [])
    for other, since, until in known:
        apart = (ends is not None and since is not None and ends < since) or (
            until is not None and starts is not None and until < starts
        )
        if not apart:
            raise ValueError(f"the e-mail address {row['email']} is already in line {other}")
    known.append((line, starts, ends))


def _contract(word: str) -> Literal["employee", "contractor"]:
    match word.lower():
        case "" | "employee":
            return "employee"
        case "contractor":
            return "contractor"
    raise ValueError(f"the contract is {fields.shown(word)}; write employee or contractor")
