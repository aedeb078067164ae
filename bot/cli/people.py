"""`app.py import-roster`, `import-links`, `first-admin`: who exists, whose account is whose, who begins."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.opening import connect, settings_or_exit
from bot.cli.serve import now
from bot.domain.chats import TEAMS

if TYPE_CHECKING:
    from bot.domain.model import Person
    from bot.store import Database


def import_roster(
    file: Annotated[Path, typer.Argument(help="The roster as CSV: id,name,email,title,…")],
    yes: Annotated[bool, typer.Option("--yes", help="Take it over; without this it is only shown.")] = False,
    so_many: Annotated[int, typer.Option("--yes-so-many", help="The number of people it ends or misses, typed.")] = 0,
    by: Annotated[str, typer.Option(help="With --yes-so-many: your own id in the roster; you are an admin.")] = "",
) -> None:
    """Show what a roster says, then take it over. People it does not name stay: absence never means that they left."""
    from bot.runbooks import Mistakes, parse_roster

    try:
        people, bad = parse_roster(file.read_text(encoding="utf-8-sig"), file.name)
    except Mistakes as error:
        raise _sorry("\n".join(str(mistake) for mistake in error.mistakes)) from error
    except (OSError, UnicodeDecodeError) as error:
        raise _sorry(f"{file} cannot be read: {error.__class__.__name__}.") from error
    for row in bad:
        print(f"{file.name} line {row.line}: left out, {row.reason}")
    print(f"{len(people)} people can be taken over, {_rows(len(bad))} cannot.")
    with closing(_database()) as db:
        _take_over(db, people, len(bad), so_many, by, yes=yes or bool(so_many))


def _take_over(db: Database, roster: tuple[Person, ...], bad: int, so_many: int, by: str, *, yes: bool) -> None:
    """Say what it ends or misses; half a roster is never taken over by accident."""
    from bot.domain.errors import Refused
    from bot.domain.model import PersonId
    from bot.engine.roster import agree, weight
    from bot.engine.setup import keep_people

    found = weight(db, roster, now())
    for words, some in (("get a last day that is near", found.ended), ("are not in this file", found.missing)):
        if some:
            print(f"{len(some)} of {found.working} people {words}: {_some(some)}")
    if not yes:
        print("Nothing was changed. Add --yes to take them over.")
        return
    if found.heavy and not so_many:
        why = f"{_rows(bad)} cannot be read. " if bad else ""
        raise _sorry(
            f"Nothing was changed. {why}Is the file whole? {found.count} people at once are more than {found.most}. "
            f"If it is right, an admin adds: --yes-so-many {found.count} --by and their own id"
        )
    if found.heavy:
        try:
            agree(db, found, PersonId(by), so_many, now())
        except Refused as refused:
            raise _sorry(f"Nothing was changed. {refused.words}") from refused
    keep_people(db, roster, now())
    print("Done.")


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count} rows"


def _some(people: tuple[str, ...], most: int = 10) -> str:
    rest = f" and {len(people) - most} more" if len(people) > most else ""
    return ", ".join(sorted(people)[:most]) + rest


def import_links(
    file: Annotated[
        Path, typer.Argument(help="CSV: person,system,native_id,label. You confirm every row by importing it.")
    ],
    by: Annotated[str, typer.Option(help="Your own id in the roster: you confirm these links.")],
) -> None:
    """Say whose account is whose, by the ids of the systems (chat users as system “slack” or “teams”)."""
    from bot.domain.model import Link, PersonId, SystemKey
    from bot.engine.setup import keep_links

    try:
        with file.open(encoding="utf-8-sig", newline="") as rows:
            links = [
                Link(PersonId(row["person"]), SystemKey(row["system"]), _id(row), row["label"], "import", by)
                for row in csv.DictReader(rows)
            ]
    except KeyError as error:
        raise _sorry(f"{file.name} has no column {error}. It needs: person,system,native_id,label.") from error
    except OSError as error:
        raise _sorry(f"{file} cannot be read: {error.__class__.__name__}.") from error
    except ValueError as error:
        raise _sorry(f"Nothing was changed: {error}.") from error
    with closing(_database()) as db:
        try:
            keep_links(db, links, now())
        except ValueError as error:
            raise _sorry(f"Nothing was changed: {error}.") from error
    print(f"{len(links)} links are stored, confirmed by {by}.")


def _id(row: Mapping[str, str]) -> str:
    """The id of a row. Raises ValueError where a person of Teams is not named by the id of the directory."""
    from bot.engine.directory import is_directory_id

    if row["system"] != TEAMS:
        return row["native_id"]
    found = row["native_id"].strip().lower()
    if not is_directory_id(found):
        raise ValueError(f"“{row['native_id']}” is no object id of Entra ID, by which people of Teams are known")
    return found


def first_admin(
    person: Annotated[str, typer.Argument(help="Id in the roster of the first admin, such as P-002.")],
    security: Annotated[str, typer.Argument(help="Id of somebody else: security, who agrees to every role given.")],
) -> None:
    """Name the first admin, and the second person without whom no role is given. Works once."""
    from bot.domain.model import PersonId, Power
    from bot.engine.setup import first_powers, has_admin

    if person == security:
        raise _sorry("Two different people are needed: one gives a role, the other agrees.")
    with closing(_database()) as db:
        if has_admin(db):
            raise _sorry("There is an admin already. Roles are given in chat: /usher role")
        try:
            first_powers(db, [(PersonId(security), Power.SECURITY), (PersonId(person), Power.ADMIN)], now())
        except ValueError as error:
            raise _sorry(f"Nothing was changed: {error}.") from error
    print(f"{person} is the first admin of Usher; {security} agrees to the roles they give, as security.")


def _database() -> Database:
    """The database, or a sentence when it is not ready."""
    from bot.store import DatabaseError

    db = connect(settings_or_exit())
    try:
        if db.migrated():
            return db
    except DatabaseError as error:
        db.close()
        raise _sorry(f"The database does not answer: {type(error).__name__}.") from error
    db.close()
    raise _sorry("The database is not migrated. Run: python app.py migrate")


def _sorry(words: str) -> SystemExit:
    print(words)
    return SystemExit(1)
