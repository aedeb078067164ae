"""`app.py requests`: every request, open and recent, for whoever may see them."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.accounts import engine_of
from bot.cli.opening import open_or_exit, settings_or_exit
from bot.cli.serve import now

if TYPE_CHECKING:
    from datetime import datetime

    from bot.cli.tabled import Table
    from bot.engine.listing import Listing


def requests(
    by: Annotated[str, typer.Option(help="Your own id in the roster; what is about yourself is not shown.")],
    late: Annotated[bool, typer.Option("--late", help="Only what is late.")] = False,
) -> None:
    """List every request: what is late, then what is open, then what ended in the last 30 days."""
    from bot.chat.cards.listing import counted
    from bot.cli.tabled import show
    from bot.domain.errors import Refused
    from bot.domain.model import PersonId
    from bot.engine.listing import listing

    settings, at = settings_or_exit(), now()
    with closing(open_or_exit(settings)) as db:
        try:
            found = listing(engine_of(db, settings), PersonId(by), at)
        except Refused as error:
            print(f"{error.words} {error.hint}".rstrip())
            raise SystemExit(1) from None
    head, *rows = _table(found, at, late=late)
    if rows:
        show([head, *rows], "All requests", {})
    print(counted(found))


def _table(found: Listing, at: datetime, *, late: bool) -> Table:
    from bot.chat.cards import listing as cards

    rows = [one for one in found.rows if one.late or not late]
    told = ((cards.state(one, found, at), cards.waits(one), cards.late(one, at)) for one in rows)
    lines = ((one.request.id, cards.kind(one), one.name, *said) for one, said in zip(rows, told, strict=True))
    return [("request", "kind", "person", "stands", "waits", "late"), *lines]
