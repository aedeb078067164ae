"""The roster comes from another program; a row that cannot be trusted is named, and the others still count."""

from __future__ import annotations

from datetime import date

import pytest

from bot.domain.model import Person, PersonId
from bot.practice.company.people import FILES
from bot.runbooks import BadRow, Mistakes, parse_roster
from bot.runbooks.roster import COLUMNS

HEADER = ",".join(COLUMNS)
GRACE = "P-001,Grace Oduya,grace@lumen.example,Chief executive,Management,,Europe/London,employee,2015-03-02,,P-001.svg"
PRIYA = "P-011,Priya Shah,priya@x.example,,,P-001,Asia/Kolkata,contractor,2026-01-12,2027-03-31,"


def test_the_practice_roster_has_thirteen_people_and_no_bad_row() -> None:
    """What we ship is what we accept."""
    people, bad = parse_roster((FILES / "roster.csv").read_text(encoding="utf-8"))
    assert (len(people), bad) == (13, ())
    priya = next(person for person in people if person.id == "P-011")
    assert (priya.contract, priya.manager, priya.ends) == ("contractor", "P-003", date(2027, 3, 31))


def test_a_small_roster_is_enough() -> None:
    """Id, name and e-mail; the rest has defaults, and the zone is the company's."""
    people, bad = parse_roster("id,name,email\nP-001,Grace Oduya,grace@lumen.example\n", zone="Europe/Paris")
    assert people == (Person(PersonId("P-001"), "Grace Oduya", "grace@lumen.example", zone="Europe/Paris"),)
    assert bad == ()


def test_a_spreadsheet_of_half_europe_is_read_too() -> None:
    """Semicolons, a byte order mark, Windows line ends and capitals in the header are no mistakes."""
    people, bad = parse_roster("\ufeffID;Name;Email\r\nP-001;Oduya, Grace;grace@lumen.example\r\n\r\n")
    assert [person.name for person in people] == ["Oduya, Grace"]
    assert bad == ()


def test_names_are_kept_in_one_spelling() -> None:
    """An accent typed as two characters is the accent typed as one."""
    people, _ = parse_roster("id,name,email\nP-1,Zoe\u0308,zoe@lumen.example\n")
    assert people[0].name == "Zo\u00eb"


@pytest.mark.parametrize(
    "old, new, reason",
    [
        ("P-011", "P-001", "the id P-001 is already in line 2"),
        ("P-011", "", "the id is missing, has spaces, or is longer than 64 characters"),
        ("priya@x.example", "Grace@lumen.example", "the e-mail address Grace@lumen.example is already in line 2"),
        ("priya@x.example", "priya", '"priya" is no e-mail address'),
        ("Priya Shah", "", "the name is missing"),
        ("Priya Shah", "Pri\u202eya", "name holds an invisible character (U+202E)"),
        ("Priya Shah", "P" * 201, "name is longer than 200 characters"),
        (",P-001,", ",P-099,", 'the manager "P-099" is not in the roster'),
        (",P-001,", ",P-011,", "P-011 is their own manager"),
        ("Asia/Kolkata", "Calcutta", '"Calcutta" is no time zone; write one like Europe/Paris'),
        ("contractor", "friend", 'the contract is "friend"; write employee or contractor'),
        ("2026-01-12", "12.1.2026", 'must be a date like 2027-02-01, and not "12.1.2026"'),
        ("2027-03-31", "2027-02-29", 'must be a date like 2027-02-01, and not "2027-02-29"'),
        ("2027-03-31", "2025-03-31", "the last day 2025-03-31 is before the first day 2026-01-12"),
        ("2027-03-31,", "2027-03-31,../../secret", "the portrait must be the name of a file"),
        ("2027-03-31,", "2027-03-31", "there are 10 cells, and 11 columns"),
    ],
)
def test_a_bad_row_is_named_and_the_others_count(old: str, new: str, reason: str) -> None:
    """Line and reason; Grace is still there."""
    people, bad = parse_roster(f"{HEADER}\n{GRACE}\n{PRIYA.replace(old, new, 1)}\n")
    assert [person.id for person in people] == ["P-001"]
    assert [row.line for row in bad] == [3]
    assert reason in bad[0].reason


def test_a_manager_with_a_bad_row_does_not_take_the_team_along() -> None:
    """One typo in the row of the chief executive must not empty the company."""
    people, bad = parse_roster(f"{HEADER}\n{GRACE.replace('2015-03-02', 'long ago')}\n{PRIYA}\n")
    assert [person.id for person in people] == ["P-011"]
    assert [row.line for row in bad] == [2]


def test_lines_are_counted_as_an_editor_counts_them() -> None:
    """A cell of two lines and an empty line count as what they are."""
    _, bad = parse_roster('id,name,email\nP-1,"Gra\nce",grace@lumen.example\n\nP-2,Ben,nothing\n')
    assert bad == (
        BadRow(2, "name holds an invisible character (U+000A)"),
        BadRow(5, '"nothing" is no e-mail address'),
    )


@pytest.mark.parametrize(
    "text, told",
    [
        ("", "roster.csv: the file is empty"),
        ("id,name\nP-1,Grace\n", "roster.csv line 1: the column email is missing"),
        ("id,name,email,end\n", 'roster.csv line 1: there is no column "end"; did you mean ends?'),
        ("id,name,email,id\n", 'roster.csv line 1: the column "id" stands here twice'),
        ('id,name,email\nP-1,"Grace,x@y\n', "roster.csv: this is not readable as a table"),
    ],
)
def test_a_file_that_is_no_roster_is_refused_whole(text: str, told: str) -> None:
    """A misspelt column would silently lose every last day."""
    with pytest.raises(Mistakes) as refused:
        parse_roster(text)
    assert told in str(refused.value)
