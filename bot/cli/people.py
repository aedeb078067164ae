"""`app.py import-roster`, `import-links`, `first-admin`: who exists, whose account is whose, who begins."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.serve import now, settings_or_exit


def import_roster(
    file: Annotated[Path, typer.Argument(help="The roster as CSV: id,name,email,title,…")],
    yes: Annotated[bool, typer.Option("--yes", help="Take it over; without this it is only shown.")] = False,
) -> None:
    """Show what a roster says, then take it over. People it does not name stay: absence never means that they left."""
    from bot.engine.setup import keep_people
    from bot.runbooks import parse_roster
    from bot.store import Database

    people, bad = parse_roster(file.read_text(encoding="utf-8-sig"), file.name)
    for row in bad:
        print(f"{file.name} line {row.line}: left out, {row.reason}")
    print(f"{len(people)} people can be taken over, {len(bad)} rows cannot.")
    if not yes:
        print("Nothing was changed. Add --yes to take them over.")
        return
    db = Database(settings_or_exit().database)
    keep_people(db, people, now())
    db.close()
    print("Done.")


def import_links(
    file: Annotated[
        Path, typer.Argument(help="CSV: person,system,native_id,label. You confirm every row by importing it.")
    ],
    by: Annotated[str, typer.Option(help="Your own id in the roster: you confirm these links.")],
) -> None:
    """Say whose account is whose, by the ids of the systems (chat users as system “slack”)."""
    from bot.domain.model import Link, PersonId, SystemKey
    from bot.engine.setup import keep_links
    from bot.store import Database

    with file.open(encoding="utf-8-sig", newline="") as rows:
        links = [
            Link(PersonId(row["person"]), SystemKey(row["system"]), row["native_id"], row["label"], "import", by)
            for row in csv.DictReader(rows)
        ]
    db = Database(settings_or_exit().database)
    try:
        keep_links(db, links, now())
    except ValueError as error:
        print(f"Nothing was changed: {error}.")
        raise SystemExit(1) from None
    finally:
        db.close()
    print(f"{len(links)} links are stored, confirmed by {by}.")


def first_admin(person: Annotated[str, typer.Argument(help="Id in the roster, such as P-002.")]) -> None:
    """Name the first admin. Works once: every later role is given in chat, with a second approval."""
    from bot.domain.model import PersonId, Power
    from bot.engine.setup import first_power, has_admin
    from bot.store import Database

    db = Database(settings_or_exit().database)
    try:
        if has_admin(db):
            print("There is an admin already. Roles are given in chat: /usher role")
            raise SystemExit(1)
        first_power(db, PersonId(person), Power.ADMIN, now())
        # A second approval needs a second person: until one exists, HR's first member can be named here too.
    except ValueError as error:
        print(f"Nothing was changed: {error}.")
        raise SystemExit(1) from None
    finally:
        db.close()
    print(f"{person} is the first admin of Usher.")
