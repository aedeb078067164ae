"""What really happened outside of us, in order: an append-only file that no crash of ours and no rollback touches."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that reached a system or the chat.

    `journal` is the newest row of our trail that was committed at that moment: what we knew before we acted. `ends` is
    when what is given will be taken back, as it was committed then.
    """

    at: datetime
    who: str
    what: str
    thing: Any
    journal: int = 0
    ends: datetime | None = None


class Tape:
    """The lines so far; kept in a file where they must outlive a process."""

    def __init__(self, path: Path | None = None) -> None:
        self.lines: list[Line] = list(_read(path)) if path and path.exists() else []
        self._file = path.open("ab", buffering=0) if path else None

    def add(self, line: Line) -> None:
        """Write it down before anything else happens."""
        self.lines.append(line)
        if self._file:
            self._file.write(pickle.dumps(line))

    def of(self, who: str, *what: str) -> list[Line]:
        """What one system saw, oldest first."""
        return [line for line in self.lines if line.who == who and line.what in what]

    def close(self) -> None:
        """Give the file back."""
        if self._file:
            self._file.close()


def _read(path: Path) -> Iterator[Line]:
    with path.open("rb") as file:
        while True:
            try:
                yield pickle.load(file)  # noqa: S301 - our own file
            except EOFError:
                return
