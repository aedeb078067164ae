"""Who works at Lumen Works: the same thirteen people in every system, in the chat and in the roster file."""

from __future__ import annotations

import csv
import shutil
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from bot.practice.company import portraits

COMPANY = "Lumen Works"
FILES = Path(__file__).parent / "files"


@dataclass(frozen=True, slots=True)
class Human:
    """One row of the roster; `manager` is an id, dates are ISO, `ends` is empty for people who stay."""

    id: str
    name: str
    email: str
    title: str
    department: str
    manager: str
    zone: str
    contract: str
    starts: str
    ends: str
    portrait: str

    @property
    def chat_id(self) -> str:
        """Their user id in the practice workspace."""
        return f"U{self.id[-3:]}"

    @property
    def directory_id(self) -> str:
        """Their id in the directory of the company, and so in Teams."""
        return f"d12ec700-0000-4000-8000-{int(self.id[-3:]):012d}"

    @property
    def handle(self) -> str:
        """Their @handle: the first name, and for the second Alice one letter more."""
        first, last = self.name.lower().split()
        shared = min(human.id for human in humans() if human.name.lower().startswith(first + " ")) != self.id
        return first + last[0] if shared else first


@cache
def humans() -> tuple[Human, ...]:
    """Everybody, in the order of the roster file."""
    with (FILES / "roster.csv").open(encoding="utf-8", newline="") as rows:
        return tuple(Human(**row) for row in csv.DictReader(rows))


def person(key: str) -> Human:
    """The person with this roster id, handle, chat id or e-mail; KeyError when nobody has it."""
    for human in humans():
        if key in {human.id, human.handle, human.chat_id, human.email}:
            return human
    raise KeyError(key)


def portrait(human: Human) -> str:
    """Their portrait as an SVG document."""
    return portraits.draw(human.id, human.name)


def write_files(folder: Path) -> Path:
    """Copy what a company would keep (roster, policy, runbooks, portraits) to `folder`; returns that folder."""
    shutil.copytree(FILES, folder, dirs_exist_ok=True)
    faces = folder / "portraits"
    faces.mkdir(exist_ok=True)
    for human in humans():
        (faces / human.portrait).write_text(portrait(human), encoding="utf-8")
    return folder


def end_a_contract(roster: str, day: date) -> str:
    """The roster with another end of the one contract in it, Priya Shah's: a practice company is always of today."""
    ends = {human.ends for human in humans() if human.ends}
    for known in ends:
        roster = roster.replace(f",{known},", f",{day:%Y-%m-%d},")
    return roster
