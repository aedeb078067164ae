"""`import-roster`, `import-links` and `first-admin`: who exists, whose account is whose, who begins."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.domain.model import PersonId, Power, SystemKey
from bot.practice.company.people import FILES
from bot.store import Database, people
from tests.cli.hands import ROOT, app

ROSTER = "id,name,email\nP-1,Hanna Lindqvist,hanna@lumen.example\nP-2,Sara Haddad,sara@lumen.example\n,Nobody,\n"


@pytest.fixture
def roster(tmp_path: Path) -> Path:
    """Two good rows and a bad one."""
    path = tmp_path / "roster.csv"
    path.write_text(ROSTER)
    return path


def known(settings: dict[str, str]) -> set[str]:
    """Everybody the database knows."""
    db = Database(settings["USHER_DATABASE_URL"])
    with db.look() as tx:
        found = {str(person) for person in people.every(tx)}
    db.close()
    return found


def test_a_roster_is_shown_before_it_is_taken_over(migrated: dict[str, str], roster: Path) -> None:
    """Bad rows are told with their line, and nothing happens without --yes (S1-4)."""
    shown = app("import-roster", str(roster), **migrated)
    assert "roster.csv line 4: left out" in shown.stdout
    assert "2 people can be taken over, 1 row cannot." in shown.stdout
    assert known(migrated) == set()
    assert app("import-roster", str(roster), "--yes", **migrated).returncode == 0
    assert known(migrated) == {"P-1", "P-2"}


def test_an_account_is_never_given_to_a_second_person(furnished: dict[str, str], tmp_path: Path) -> None:
    """The import says so and stores none of its rows (S0-34)."""
    first, second = tmp_path / "first.csv", tmp_path / "second.csv"
    first.write_text("person,system,native_id,label\nP-004,github,40004,alice-m\n")
    second.write_text("person,system,native_id,label\nP-009,github,40009,yuki\nP-010,github,40004,alice-m\n")
    assert app("import-links", str(first), "--by", "P-002", **furnished).returncode == 0
    refused = app("import-links", str(second), "--by", "P-002", **furnished)
    assert refused.returncode == 1
    assert refused.stdout.startswith("Nothing was changed:")
    db = Database(furnished["USHER_DATABASE_URL"])
    with db.look() as tx:
        assert people.owner_of(tx, SystemKey("github"), "40004") == "P-004"
        assert people.owner_of(tx, SystemKey("github"), "40009") is None
    db.close()


def test_the_first_admin_is_named_once(migrated: dict[str, str], roster: Path) -> None:
    """Afterwards no role is given without a second person (S2-22)."""
    app("import-roster", str(roster), "--yes", **migrated)
    unknown = app("first-admin", "P-9", "P-2", **migrated)
    assert "no person P-9" in unknown.stdout
    assert app("first-admin", "P-1", "P-1", **migrated).returncode == 1
    assert app("first-admin", "P-1", "P-2", **migrated).returncode == 0
    again = app("first-admin", "P-2", "P-1", **migrated)
    assert again.returncode == 1
    assert "There is an admin already" in again.stdout
    db = Database(migrated["USHER_DATABASE_URL"])
    with db.look() as tx:
        crew = people.crew(tx)
    db.close()
    assert crew.holding(Power.ADMIN) == {PersonId("P-1")}
    assert crew.holding(Power.SECURITY) == {PersonId("P-2")}


def test_a_long_list_is_shown_before_it_begins(furnished: dict[str, str], tmp_path: Path) -> None:
    """Lines that name nobody are told, the number is typed, and only then there is a list (S0-34)."""
    path = tmp_path / "leavers.csv"
    path.write_text("id\nP-004\nP-008\nnobody@nowhere.example\n")
    told = ("batch", str(path), "--by", "P-002", "--at", "now")
    refused = app(*told, **furnished)
    assert refused.returncode == 1
    assert "line 4" in refused.stdout
    path.write_text("id\nP-004\nP-008\n")
    assert "--so-many 2" in app(*told, **furnished).stdout
    wrong = app(*told, "--so-many", "20", **furnished)
    assert "The list names 2 people" in wrong.stdout
    begun = app(*told, "--so-many", "2", **furnished)
    assert begun.returncode == 0, begun.stdout + begun.stderr
    assert begun.stdout.splitlines()[-1].startswith("BAT-101: 2 people.")


def test_half_a_roster_is_refused_until_an_admin_types_the_number(furnished: dict[str, str], tmp_path: Path) -> None:
    """The commands of the guide: refused with the numbers, and taken over with the number and an admin's id."""
    page = (ROOT / "docs" / "triggers.md").read_text(encoding="utf-8")
    commands = re.findall(r"^\.venv/bin/python app\.py (import-roster) company/roster\.csv(.*)$", page, re.MULTILINE)
    assert [options.split() for _, options in commands] == [[], ["--yes"], ["--yes-so-many", "212", "--by", "P-002"]]
    half = tmp_path / "roster.csv"
    half.write_text("".join((FILES / "roster.csv").read_text().splitlines(keepends=True)[:4]))
    shown = app("import-roster", str(half), **furnished)
    assert "10 of 13 people are not in this file: P-004, P-005" in shown.stdout
    assert "Nothing was changed. Add --yes" in shown.stdout
    refused = app("import-roster", str(half), "--yes", **furnished)
    assert refused.returncode == 1
    assert "Is the file whole? 10 people at once are more than 5." in refused.stdout
    assert "--yes-so-many 10 --by" in refused.stdout
    for number, by in (("212", "P-002"), ("10", "P-004")):
        assert app("import-roster", str(half), "--yes-so-many", number, "--by", by, **furnished).returncode == 1
    assert app("import-roster", str(half), "--yes-so-many", "10", "--by", "P-002", **furnished).stdout.endswith(
        "Done.\n"
    )
    assert len(known(furnished)) == 13
