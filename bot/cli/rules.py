"""`app.py rules`: the company's table of rules as people read it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bot.cli.lint import OURS


def rules(
    folder: Annotated[Path | None, typer.Argument(help="The company's folder; none means our own examples.")] = None,
) -> None:
    """Show the rules for single items in the order in which they are tried; exit code 1 when the files are wrong."""
    from bot.runbooks import Mistakes, load, read_folder
    from bot.runbooks.rule_table import table

    try:
        policy = load(read_folder(folder or OURS[0])).policy
    except Mistakes as error:
        print("\n".join(map(str, error.mistakes)))
        raise SystemExit(1) from None
    if not policy.rules:
        print("This policy has no rules for single items: people approve every plan, and nothing waits.")
        return
    print(table(policy))
