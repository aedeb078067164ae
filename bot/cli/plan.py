"""`app.py plan alice`: what Usher would do if she left, and which rule says so; reads everything, writes nothing."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.accounts import engine_of
from bot.cli.opening import open_or_exit, settings_or_exit
from bot.cli.serve import now

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.chat.port import Piece
    from bot.domain.model import Person
    from bot.domain.request import Step
    from bot.engine.context import Engine
    from bot.engine.preview import Preview

_NEVER_HELD = "What ends at once, waits for a successor, or is done by hand waits for no rule."
MISSED = {
    "systems": "it is in another system",
    "kinds": "it is of another kind",
    "tags": "it carries none of its tags",
    "sensitive": "sensitive does not fit",
    "privileged": "how powerful it is does not fit",
    "last_used": "its last use does not fit",
    "account_used": "the last use of the account does not fit",
    "contracts": "the contract is another one",
    "voluntary": "how the person leaves does not fit",
    "titles": "the title is another one",
    "departments": "the department is another one",
    "days": "the access ends on another day",
    "hours": "the access ends at another hour",
    "open_pull_requests": "whether pull requests are open does not fit",
    "running_pipelines": "whether a pipeline runs does not fit",
}
_WHEN = ["%Y-%m-%d", "%Y-%m-%d %H:%M"]


def plan(
    person: Annotated[str, typer.Argument(help="Who would leave: an id, an e-mail or a name.")],
    why: Annotated[bool, typer.Option("--why", help="Say for each item which rule decides, or why none does.")] = False,
    at: Annotated[
        datetime | None, typer.Option(formats=_WHEN, help="When, where the person works; without it, now.")
    ] = None,
    not_by_choice: Annotated[bool, typer.Option(help="As if the person left against their will.")] = False,
) -> None:
    """Show what would happen if somebody left. Makes every reading, and changes nothing anywhere."""
    from bot.domain.errors import Refused
    from bot.engine.preview import Intent, preview

    settings = settings_or_exit()
    with closing(open_or_exit(settings)) as db:
        try:
            engine = engine_of(db, settings)
            who = found(engine, person)
            wanted = Intent(who.id, _moment(who, at), voluntary=not not_by_choice)
            print("\n".join(lines(preview(engine, wanted, now), why=why)))
        except Refused as error:
            print(f"{error.words} {error.hint}".rstrip())
            raise SystemExit(1) from None


def found(engine: Engine, typed: str) -> Person:
    """The one person who is meant. Raises Refused with those it may be."""
    from bot.domain.errors import Refused
    from bot.domain.model import PersonId
    from bot.engine import lookup

    everybody = lookup.around(engine).crew.people
    if PersonId(typed) in everybody:
        return everybody[PersonId(typed)]
    matches = [one for one, _beyond in lookup.search(engine, typed)]
    if len(matches) != 1:
        names = ", ".join(f"{one.name} ({one.id})" for one in matches)
        raise Refused(f"{len(matches)} people match “{typed}”{': ' if names else '.'}{names}")
    return matches[0]


def lines(seen: Preview, *, why: bool) -> Iterator[str]:
    """The whole plan as text, with whoever would be asked."""
    from bot.chat.cards.preview import asked, pieces, title

    yield title(seen.view)
    yield asked(seen)
    for piece in pieces(seen):
        yield from _plain(piece)
    if why:
        yield from _reasons(seen)


def _plain(piece: Piece) -> Iterator[str]:
    from bot.chat.port import Heading, Lines, Small, Text

    match piece:
        case Heading(text):
            yield from ("", text.upper())
        case Lines(items, title):
            yield from (title, *(f"  - {item}" for item in items))
        case Text(text) | Small(text):
            yield text


def _reasons(seen: Preview) -> Iterator[str]:
    """For each item the rule that decides, or what kept every rule from fitting."""
    from bot.chat.cards.steps import what

    yield from ("", "WHICH RULE")
    for step in seen.view.steps:
        yield f"  {seen.view.system(step.system)}: {what(step, seen.view)}"
        yield from (f"      {said}" for said in _reason(seen, step))


def _reason(seen: Preview, step: Step) -> Iterator[str]:
    from bot.chat.cards.rules import because, reason
    from bot.domain.planning import key_of

    missed = seen.missed.get(key_of(step.system, step.action), ()) if step.action else ()
    for rule, condition in missed:
        yield f"not “{rule}”: {MISSED[condition]}"
    if not step.rule:
        yield "no rule fits: people approve it" if seen.view.policy.rules else "there are no rules: people approve it"
    elif said := because(step, seen.view):
        yield said
    else:
        yield f"“{step.rule}” fits, because {reason(step, seen.view)}. {_NEVER_HELD}"


def _moment(person: Person, at: datetime | None) -> datetime:
    from zoneinfo import ZoneInfo

    return at.replace(tzinfo=ZoneInfo(person.zone)) if at else now()
