"""What every system answers when it is asked whether Usher could work: each on its own, none hides another."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from bot.domain.model import (
    Assign,
    Change,
    Delete,
    Disable,
    Enable,
    EndSessions,
    HandOver,
    Provision,
    Resume,
    Revoke,
    Suspend,
)
from bot.domain.redaction import redacted
from connectors.interface import Check, Connector, ConnectorError, Lists

if TYPE_CHECKING:
    from bot.domain.policy import Policy, System

Got = TypeVar("Got")

_AT_ONCE = 8
_SETTING = re.compile(r"(The setting )([A-Z][A-Z_]*)\b")
_WORDS: dict[type[Change], str] = {
    Suspend: "lock accounts",
    Resume: "unlock accounts",
    Disable: "switch keys off",
    Enable: "switch keys on",
    EndSessions: "end sessions",
    Revoke: "take access away",
    Assign: "give access",
    HandOver: "hand things over",
    Provision: "create accounts",
    Delete: "delete accounts",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What one system said: what it can and what holds now, or the one sentence that stops it."""

    system: System
    check: Check
    can: frozenset[type[Change]] = frozenset()
    lists: bool = False

    @property
    def trouble(self) -> tuple[str, ...]:
        """What must be repaired before Usher can work there."""
        missing = self.check.missing or (() if self.check.ready else ("It is not ready, and does not say why.",))
        return tuple(f"{self.system.name}: {_named(self, line)}" for line in missing)


def survey(policy: Policy, load: Callable[[System], Connector]) -> tuple[Answer, ...]:
    """The answer of every system that has a connector, in the order of the policy, all asked at once."""
    reached = [system for system in policy.systems.values() if system.connector]
    loaded = [(system, _guarded(partial(load, system), system)) for system in reached]
    with ThreadPoolExecutor(_AT_ONCE) as threads:  # loaded before, one after the other: imports wait for each other
        return tuple(threads.map(lambda one: _ask(*one), loaded))


def _ask(system: System, loaded: Connector | Answer) -> Answer:
    if isinstance(loaded, Answer):
        return loaded
    return _guarded(lambda: Answer(system, loaded.check(), loaded.spec.can, isinstance(loaded, Lists)), system)


def _guarded(ask: Callable[[], Got], system: System) -> Got | Answer:
    """What was asked for, or in one sentence why not: one connector's mistake stops that one alone."""
    try:
        return ask()
    except ConnectorError as error:
        said = error.said
    except ImportError as error:
        said = f"There is no connector {system.connector}, or a library of it is missing: {error.name}."
    except Exception as error:  # noqa: BLE001 - whatever it is
        said = f"Its connector failed unexpectedly ({type(error).__name__}). That is a mistake in it, please report it."
    return Answer(system, Check(ready=False, missing=(said,)))


def lines(answer: Answer) -> Iterator[str]:
    """One system in words: what works, what a person does, what works in part, what is too much."""
    name, found = answer.system.name, answer.check
    if answer.trouble:
        yield f"{name}: not ready. Its settings begin with {_prefix(answer)}."
    else:
        yield f"{name}: ready."
    works = [words for kind, words in _WORDS.items() if kind in answer.can - found.cannot.keys()]
    if works and found.ready:
        listing = ["list all accounts"] if answer.lists else []
        yield f"  Works by itself: {', '.join([*works, *listing])}."
    for kind, why in found.cannot.items():
        yield f"  A person must {_WORDS[kind]}: {redacted(why)}"
    for line in found.limits:
        yield f"  Works in part: {redacted(line)}"
    for line in found.missing:
        yield f"  To repair: {_named(answer, line)}"
    for line in found.excessive:
        yield f"  Too much: {redacted(line)}"


def _prefix(answer: Answer) -> str:
    return f"USHER_{answer.system.key.upper()}_"


def _named(answer: Answer, said: str) -> str:
    """A sentence of a connector, with a setting it names as it is written in the environment."""
    return redacted(_SETTING.sub(rf"\g<1>{_prefix(answer)}\g<2>", said))
