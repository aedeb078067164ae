"""`import-directory`: who is who in Teams."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.domain.chats import TEAMS
from bot.domain.model import Person, PersonId, SystemKey
from bot.engine.directory import Entry, is_directory_id, match
from bot.store import Database, people
from tests.cli.hands import app

ONE, TWO, THREE = (f"0000000{n}-0000-4000-8000-00000000000{n}" for n in (1, 2, 3))
HEAD = "userPrincipalName,displayName,mail,objectId,accountEnabled\n"
VERA, BO = "vera@lumen.example", "bo@lumen.example"
DIRECTORY = SystemKey(TEAMS)


def roster(*addresses: str) -> dict[PersonId, Person]:
    """People with these addresses, P-1 and so on."""
    keys = (PersonId(f"P-{n}") for n in range(1, len(addresses) + 1))
    return {key: Person(key, f"Person {key}", address) for key, address in zip(keys, addresses, strict=True)}


def entry(key: str, *addresses: str, works: bool = True) -> Entry:
    """An account with these addresses."""
    return Entry(key, frozenset(addresses), "Somebody", works)


def test_an_address_of_one_person_and_one_account_is_a_match() -> None:
    """Capital letters do not matter; accounts that cannot sign in and addresses of nobody match nothing."""
    gone = entry(THREE, "vera@lumen.example", works=False)
    known = roster("Vera@Lumen.example", "bo@lumen.example", "")
    found = match(known, [entry(ONE, "vera@lumen.example"), gone], DIRECTORY, "P-2")
    assert [(one.person, one.system, one.native_id, one.confirmed_by) for one in found.links] == [
        ("P-1", DIRECTORY, ONE, "P-2")
    ]
    assert (found.doubts, found.missing) == ((), 2)


def test_two_accounts_with_one_address_are_a_doubt() -> None:
    """The account for the daily work and the one of an administrator share an address: nobody guesses which it is."""
    found = match(roster(VERA), [entry(ONE, VERA), entry(TWO, VERA)], DIRECTORY, "P-1")
    assert found.links == ()
    assert found.doubts == ("vera@lumen.example: P-1 in the roster, 2 accounts in the directory",)


def test_two_people_with_one_address_are_a_doubt() -> None:
    """An address that went from one person to the next links neither."""
    found = match(roster("hr@lumen.example", "HR@lumen.example"), [entry(ONE, "hr@lumen.example")], DIRECTORY, "P-1")
    assert found.links == ()
    assert found.doubts == ("hr@lumen.example: P-1 and P-2 in the roster, 1 account in the directory",)


def test_one_account_for_two_people_is_a_doubt() -> None:
    """An account whose sign-in name is one person's address, and whose mail is another's, is nobody's."""
    found = match(roster(VERA, BO), [entry(ONE, VERA, BO)], DIRECTORY, "P-1")
    assert found.links == ()
    assert found.doubts == (f"{ONE}: it has the addresses of P-1 and P-2",)


@pytest.mark.parametrize("text", ["", "vera@lumen.example", "29:1AbC", ONE.replace("-", ""), ONE + "0", ONE + "\n"])
def test_only_an_object_id_is_an_id_of_the_directory(text: str) -> None:
    """An address, the id of a bot's conversation and a long id are none."""
    assert is_directory_id(ONE)
    assert not is_directory_id(text)


def test_a_list_of_users_is_shown_before_it_is_taken_over(furnished: dict[str, str], tmp_path: Path) -> None:
    """Hanna and Marco match, the two Alices are told apart by their address, and nothing happens without --yes."""
    file = tmp_path / "users.csv"
    rows = [
        f"hanna@lumen.example,Hanna Lindqvist,,{ONE},True",
        f"marco@lumen.example,Marco Rossi,marco@lumen.example,{TWO},True",
        f"x@lumen.example,Marco's other,marco@lumen.example,{THREE},True",
    ]
    file.write_text(HEAD + "\n".join(rows) + "\n", encoding="utf-8-sig")
    shown = app("import-directory", str(file), "--by", "P-002", **furnished)
    assert f"P-002 Hanna Lindqvist: {ONE}" in shown.stdout
    assert "2 accounts in the directory" in shown.stdout
    assert linked(furnished) is None
    assert app("import-directory", str(file), "--by", "P-002", "--yes", **furnished).returncode == 0
    assert linked(furnished) == "P-002"


def linked(settings: dict[str, str]) -> PersonId | None:
    """Whose the first account is."""
    db = Database(settings["USHER_DATABASE_URL"])
    with db.look() as tx:
        found = people.owner_of(tx, SystemKey("teams"), ONE)
    db.close()
    return found


def test_a_link_to_teams_by_an_address_is_refused(furnished: dict[str, str], tmp_path: Path) -> None:
    """Whoever writes an e-mail address where the id of the directory belongs is told so, and nothing is stored."""
    file = tmp_path / "links.csv"
    file.write_text("person,system,native_id,label\nP-002,teams,hanna@lumen.example,hanna\n")
    refused = app("import-links", str(file), "--by", "P-002", **furnished)
    assert refused.returncode == 1
    assert "is no object id of Entra ID" in refused.stdout
