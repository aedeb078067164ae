"""`app.py batch`: a long list of people who leave together, from a file; the running Usher does the rest."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.accounts import engine_of
from bot.cli.opening import open_or_exit, settings_or_exit
from bot.cli.serve import now

if TYPE_CHECKING:
    from bot.domain.model import Person
    from bot.engine.context import Engine


def batch(
    file: Annotated[Path, typer.Argument(help="One person a line: roster id or work e-mail, in the first column.")],
    by: Annotated[str, typer.Option(help="Your own id in the roster; you may start an offboarding.")],
    at: Annotated[str, typer.Option(help="When the access ends, in the company's zone: 2027-03-31T17:00, or now.")],
    against_their_will: Annotated[bool, typer.Option(help="What is dangerous ends as soon as it is approved.")] = False,
    reason: Annotated[str, typer.Option(help="Seen by HR only.")] = "",
    so_many: Annotated[int, typer.Option(help="How many people the list names, typed: without it nothing begins.")] = 0,
) -> None:
    """Show who is on a list, then offboard them together: one question, a request for each of them."""
    from bot.domain.batch import read_list
    from bot.domain.errors import Refused
    from bot.engine.lookup import around

    settings = settings_or_exit()
    with closing(open_or_exit(settings)) as db:
        try:
            engine = engine_of(db, settings)
            found, bad = read_list(file.read_text(encoding="utf-8-sig"), around(engine).crew.people)
            for one in bad:
                print(f"{file.name} line {one.line}: “{one.text}”: {one.why}")
            print(f"{len(found)} people are on the list, {len(bad)} lines name nobody for certain.")
            if bad or not so_many:
                print(f"Nothing was begun. {_what_next(len(found), bad=bool(bad))}")
                raise SystemExit(1 if bad else 0)
            name = _begin(engine, found, by, at, str(so_many), reason, voluntary=not against_their_will)
        except (Refused, ValueError, OSError) as error:
            words = f"{error.words} {error.hint}" if isinstance(error, Refused) else f"This cannot be read: {error}."
            print(f"Nothing was begun. {words}".rstrip())
            raise SystemExit(1) from None
    print(f"{name}: {len(found)} people. The running Usher reads what they can reach, then asks those who decide.")


def _what_next(count: int, *, bad: bool) -> str:
    return "Put these lines right first." if bad else f"If this is right, add: --so-many {count}"


def _begin(
    engine: Engine, found: tuple[Person, ...], by: str, at: str, typed: str, reason: str, *, voluntary: bool
) -> str:
    from bot.chat.offboard import instant
    from bot.domain.model import PersonId
    from bot.engine.batch import begin
    from bot.engine.lookup import policy_in_force

    immediate = at == "now"
    day, _, time = at.partition("T")
    moment: datetime = now() if immediate else instant(day, time, policy_in_force(engine).zone)
    made = begin(
        engine,
        PersonId(by),
        found,
        starts_at=moment,
        immediate=immediate,
        voluntary=voluntary,
        reason=reason,
        note="",
        typed=typed,
        now=now(),
    )
    return made.id
