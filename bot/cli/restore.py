"""`app.py restore-preview`: what would give back what an offboarding took, and what cannot come back."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.accounts import engine_of
from bot.cli.opening import open_or_exit, settings_or_exit
from bot.cli.serve import now

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.engine.undo import Undo


def restore_preview(request: Annotated[str, typer.Argument(help="The offboarding, such as OFF-142.")]) -> None:
    """Show what would give back what an offboarding took, and what cannot come back. Changes nothing."""
    from bot.domain.errors import Refused
    from bot.engine.undo import undo

    settings = settings_or_exit()
    with closing(open_or_exit(settings)) as db:
        try:
            name, systems = undo(engine_of(db, settings), request, now())
        except Refused as error:
            print(error.words)
            raise SystemExit(1) from None
    print(f"{request}, {name}: what gives back what was taken. Nothing is changed by looking.")
    if not systems:
        print("Nothing was taken so far.")
    for one in systems:
        print("\n".join(lines(one)))


def lines(one: Undo) -> Iterator[str]:
    """One system in words: what Usher can give back, what a person must, what stays lost."""
    from bot.domain.by_hand import order

    yield f"{one.name}, as it was seen on {one.seen_at:%d %b %Y, %H:%M} UTC before the first change:"
    for change in one.preview.gives:
        yield f"  {'By hand: ' if one.by_hand(change) else ''}{order(change)}"
    for lost in one.preview.lost:
        yield f"  {lost.how}: {lost.what}. {lost.why}"
    if not one.preview.gives and not one.preview.lost:
        yield "  Nothing is missing: everything is as it was."
