"""What is wrong in the files a company writes: all of it at once, each with its line."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing to correct. Lines count from 1, 0 is the whole file; a `warning` leaves the rules usable."""

    file: str
    line: int
    words: str
    warning: bool = False

    def __str__(self) -> str:
        """The sentence a person reads: `policy.yaml line 12: there is no person P-099 in the roster`."""
        place = f"{self.file} line {self.line}" if self.line else self.file
        return f"{place}: {'(warning) ' if self.warning else ''}{self.words}"


class Mistakes(Exception):
    """Files that cannot be used, with every mistake found in them, in the order of the files."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = tuple(dict.fromkeys(sorted(mistakes, key=lambda one: (one.file, one.line))))
        super().__init__("\n".join(map(str, self.mistakes)))
