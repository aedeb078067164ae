"""What a company writes: read strictly, told in plain words when something is wrong, frozen when all is right."""

from pathlib import Path

from bot.runbooks.checking import check, file_of
from bot.runbooks.folder import ROSTER, Rules, Texts, load, read_folder
from bot.runbooks.mistakes import Mistake, Mistakes
from bot.runbooks.roster import BadRow, parse_roster
from bot.runbooks.schema import parse_policy, parse_runbook

TEMPLATES = Path(__file__).parent / "templates"

__all__ = [
    "ROSTER",
    "TEMPLATES",
    "BadRow",
    "Mistake",
    "Mistakes",
    "Rules",
    "Texts",
    "check",
    "file_of",
    "load",
    "parse_policy",
    "parse_roster",
    "parse_runbook",
    "read_folder",
]
