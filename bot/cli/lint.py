"""`app.py lint`: read a company's policy, runbooks and roster as strictly as Usher will, and say what is wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bot.cli.practice import ROOT
from bot.cli.serve import now

OURS = (ROOT / "bot" / "practice" / "company" / "files",)


def lint(
    folder: Annotated[Path | None, typer.Argument(help="The company's folder; none means our own examples.")] = None,
) -> None:
    """Check the files of a company; exit code 1 when something is wrong."""
    wrong = False
    for one in [folder] if folder else OURS:
        said = _problems(one)
        for line, serious in said:
            wrong = wrong or serious
            print(f"{'' if serious else 'Note: '}{line}")
        if not said:
            print(f"{one.name if folder else 'Our own examples'}: everything is in order.")
    if wrong:
        raise SystemExit(1)


def _problems(folder: Path) -> list[tuple[str, bool]]:
    from bot.runbooks import ROSTER, Mistakes, check, load, parse_roster, read_folder

    try:
        texts = read_folder(folder)
        rules = load(texts)
        people, bad = parse_roster(texts.get(ROSTER, ""), zone=rules.policy.zone) if ROSTER in texts else ((), ())
        found = check(rules.policy, rules.runbooks, people, today=now().date(), texts=texts)
    except Mistakes as error:
        return [(str(mistake), not mistake.warning) for mistake in error.mistakes]
    rows = [(f"{ROSTER} line {row.line}: {row.reason}", True) for row in bad]
    return [*rows, *((str(mistake), not mistake.warning) for mistake in found)]
