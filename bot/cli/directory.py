"""`app.py import-directory`: who is who in Teams, from the list of users that Microsoft Entra ID lets one download."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.opening import open_or_exit, settings_or_exit
from bot.cli.serve import now
from bot.domain.chats import TEAMS

if TYPE_CHECKING:
    from bot.engine.directory import Entry

# https://learn.microsoft.com/entra/identity/users/users-bulk-download names the columns; elsewhere the id is “id”.
_IDS = ("objectId", "id")
_ADDRESSES = ("mail", "userPrincipalName")


def import_directory(
    file: Annotated[Path, typer.Argument(help="The CSV of Entra ID's “Download users”.")],
    by: Annotated[str, typer.Option(help="Your own id in the roster: you confirm these links.")],
    yes: Annotated[bool, typer.Option("--yes", help="Take the links over; without this they are only shown.")] = False,
) -> None:
    """Show whose account in Teams is whose, then link it. Where two people or two accounts match, nobody is linked."""
    from bot.domain.model import SystemKey
    from bot.engine.directory import match, roster
    from bot.engine.setup import keep_links

    entries = tuple(_entries(file))
    with closing(open_or_exit(settings_or_exit())) as db:
        known = roster(db)
        if by not in known:
            raise _sorry(f"Nothing was changed: there is no person {by} in the roster.")
        found = match(known, entries, SystemKey(TEAMS), by)
        for link in found.links if not yes else ():
            print(f"{link.person} {known[link.person].name}: {link.native_id} ({link.label})")
        for doubt in found.doubts:
            print(f"Not linked, because it is not clear who is meant: {doubt}")
        print(
            f"{len(found.links)} people match, {len(found.doubts)} are in doubt, {found.missing} are not in the list."
        )
        if not yes:
            print("Nothing was changed. Add --yes to link them.")
            return
        try:
            keep_links(db, found.links, now())
        except ValueError as error:
            raise _sorry(f"Nothing was changed: {error}.") from error
    print(f"{len(found.links)} links are stored, confirmed by {by}.")


def _entries(file: Path) -> Iterator[Entry]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as rows:
            for row in csv.DictReader(rows):
                yield _entry(row)
    except ValueError as error:
        raise _sorry(f"{file.name} is not Entra ID's list of users: {error}.") from error
    except OSError as error:
        raise _sorry(f"{file} cannot be read: {error.__class__.__name__}.") from error


def _entry(row: Mapping[str, str]) -> Entry:
    """One row. Raises ValueError for a row that has not the columns of such a list."""
    from bot.engine.directory import Entry, is_directory_id

    key = next((row[name].strip().lower() for name in _IDS if row.get(name)), "")
    if not is_directory_id(key):
        raise ValueError("a row has no objectId, or one that is no id of a directory")
    addresses = (row.get(name) or "" for name in _ADDRESSES)
    works = (row.get("accountEnabled") or "true").strip().lower() == "true"
    return Entry(
        key, frozenset(one.strip().lower() for one in addresses if "@" in one), row.get("displayName") or "", works
    )


def _sorry(words: str) -> SystemExit:
    print(words)
    return SystemExit(1)
