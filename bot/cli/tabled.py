"""A table at a terminal, and in a file or a pipe."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence

Table = Sequence[tuple[str, ...]]


def show(table: Table, title: str, colours: Mapping[str, str]) -> None:
    """A table with lines and colours in a terminal, in plain columns anywhere else; its first row is the head."""
    if not sys.stdout.isatty():
        widths = [max(map(len, column)) for column in zip(*table, strict=True)]
        for row in table:
            print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
        print()
        return
    from rich.console import Console
    from rich.table import Table as Lines
    from rich.text import Text

    shown = Lines(*table[0], title=title)
    for row in table[1:]:
        shown.add_row(*(Text(cell, style=colours.get(cell, "")) for cell in row))
    Console().print(shown)
