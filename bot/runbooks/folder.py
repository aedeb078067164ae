"""The folder of a company: `policy.yaml`, `runbooks/*.yaml` and `roster.csv`, outside the program."""

from __future__ import annotations

import errno
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.domain.model import Trigger
from bot.domain.policy import Policy, Runbook
from bot.runbooks.checking import POLICY, file_of
from bot.runbooks.mistakes import Mistake, Mistakes
from bot.runbooks.schema import parse_policy, parse_runbook

ROSTER = "roster.csv"

Texts = Mapping[str, str]

_LARGEST = 50_000_000  # bytes; a roster of a hundred thousand people has twenty million


@dataclass(frozen=True, slots=True)
class Rules:
    """Everything a company wrote, as frozen values."""

    policy: Policy
    runbooks: Mapping[Trigger, Runbook]


def read_folder(folder: Path) -> Texts:
    """The texts of a company's folder by name, as `runbooks/leaver.yaml`; the roster only where there is one.

    Raises Mistakes for a file that is missing, unreadable, or no UTF-8.
    """
    names = [POLICY, *([ROSTER] if (folder / ROSTER).exists() else [])]
    names += [f"runbooks/{path.name}" for path in sorted(folder.glob("runbooks/*.y*ml"))]
    texts: dict[str, str] = {}
    wrong: list[Mistake] = []
    for name in names:
        try:
            texts[name] = _text(folder / name)
        except FileNotFoundError:
            wrong.append(Mistake(name, 0, f"there is no such file in {folder}"))
        except UnicodeDecodeError:
            wrong.append(Mistake(name, 0, "this is no UTF-8 text; save it as UTF-8"))
        except OSError as error:
            wrong.append(Mistake(name, 0, f"the file cannot be read: {error.strerror}"))
    if wrong:
        raise Mistakes(wrong)
    return texts


def load(texts: Texts) -> Rules:
    """Policy and runbooks from their texts. Raises Mistakes with every mistake of every file."""
    wrong: list[Mistake] = []
    policy: Policy | None = None
    runbooks: dict[Trigger, Runbook] = {}
    try:
        policy = parse_policy(texts.get(POLICY, ""), POLICY)
    except Mistakes as found:
        wrong += found.mistakes
    written = [name for name in texts if name.startswith("runbooks/")]
    if not written:
        wrong.append(Mistake("runbooks", 0, "there is no runbook; begin with runbooks/leaver.yaml"))
    for name in written:
        try:
            runbook = _runbook(texts[name], name)
            runbooks[runbook.trigger] = runbook
        except Mistakes as found:
            wrong += found.mistakes
    if wrong or policy is None:
        raise Mistakes(wrong)
    return Rules(policy, runbooks)


def _runbook(text: str, name: str) -> Runbook:
    runbook = parse_runbook(text, name)
    expected = file_of(runbook.trigger)
    if name != expected:
        raise Mistakes([Mistake(name, 0, f"the runbook of {runbook.trigger.value} must be called {expected}")])
    return runbook


def _text(path: Path) -> str:
    with path.open("rb") as file:
        found = file.read(_LARGEST + 1)
    if len(found) > _LARGEST:
        raise OSError(errno.EFBIG, "it is too large")
    return found.decode("utf-8")
