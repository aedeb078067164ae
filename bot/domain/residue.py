"""What a later look finds of somebody who left: whether it came back, is new, or never went; in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from enum import StrEnum

from bot.domain.by_hand import asked_whose
from bot.domain.model import (
    Action,
    Change,
    Credential,
    Disable,
    EndSessions,
    HandOver,
    PlannedStep,
    Revoke,
    Suspend,
    Wave,
    inverse,
)
from bot.domain.model import Task as ByHand
from bot.domain.planning import key_of
from bot.domain.reading import Reading


class Came(StrEnum):
    """How something of hers comes to be there, by what was seen before."""

    NEW = "new"
    BACK = "back"
    SWITCHED_ON = "switched on"
    STAYED = "stayed"
    ALIKE = "alike"


_WORDS = {
    ("suspend", Came.NEW): "it was not known before, so it was made after this person left",
    ("suspend", Came.BACK): "it was gone and was made again",
    ("suspend", Came.SWITCHED_ON): "it was locked and works again",
    ("suspend", Came.STAYED): "it still worked when it was looked at the last time",
    ("disable", Came.NEW): "it is new: nobody saw it before",
    ("disable", Came.BACK): "it was gone and is there again",
    ("disable", Came.SWITCHED_ON): "it was switched off and works again",
    ("disable", Came.STAYED): "it still worked when it was looked at the last time",
    ("revoke", Came.NEW): "it is new: it was given after this person left",
    ("revoke", Came.BACK): "it was taken away and is there again",
    ("revoke", Came.STAYED): "it was still there when it was looked at the last time",
    ("hand-over", Came.NEW): "nobody saw it before",
    ("hand-over", Came.BACK): "somebody else looked after it too, and now nobody does",
    ("hand-over", Came.STAYED): "it was so when it was looked at the last time",
    ("end-sessions", Came.NEW): "somebody is signed in",
}
_THROUGH = "it comes {path}, and comes back for as long as that stands"
_ALIKE = "it looks like this person's, and nobody has said whose it is"
_SAID_DONE = "a person said that this was done"


def came(action: Change, earlier: Sequence[Reading]) -> Came:
    """How it comes to be there. `earlier` is what its system said before, the oldest first."""
    last = earlier[-1] if earlier else None
    if last is not None and _holds(action, last):
        return Came.STAYED
    if last is not None and _off(action, last):
        return Came.SWITCHED_ON
    return Came.BACK if any(_there(action, one) for one in earlier) else Came.NEW


def in_words(action: Action, earlier: Sequence[Reading], *, said_done: bool = False) -> str:
    """Why a finding is one, for whoever decides about it. `said_done`: a person vouched for its end."""
    if isinstance(action, ByHand):
        words = _ALIKE if asked_whose(action) else ""
    elif isinstance(action, EndSessions):
        words = _WORDS["end-sessions", Came.NEW]
    else:
        words = _WORDS.get((action.kind, came(action, earlier)), "")
    path = action.grant.path if isinstance(action, Revoke) else "direct"
    through = _THROUGH.format(path=path) if path != "direct" else ""
    return "; ".join(filter(None, (words, through, _SAID_DONE if said_done else "")))


def left(lines: Iterable[PlannedStep], settled: frozenset[str]) -> tuple[PlannedStep, ...]:
    """The lines of a leaver's plan that are something of hers, numbered anew; not those that people settled (keys).

    What only says that somebody should look, or collect a laptop, was asked when she left.
    """
    return numbered(line for line in lines if _is_hers(line) and key_of(line.system, line.action) not in settled)


def numbered(lines: Iterable[PlannedStep]) -> tuple[PlannedStep, ...]:
    """These lines, numbered from 1; they wait for each other, and for no line that is not among them."""
    every = tuple(lines)
    number = {line.number: at for at, line in enumerate(every, start=1)}
    return tuple(
        replace(
            line,
            number=number[line.number],
            after=tuple(number[n] for n in line.after if n in number),
            after_done=tuple(number[n] for n in line.after_done if n in number),
        )
        for line in every
    )


def at_once(line: PlannedStep, kinds: frozenset[str]) -> bool:
    """Whether it needs no yes: it contains, can be undone, and its kind was approved before; or it only asks."""
    if is_question(line):
        return True
    contains = line.wave is Wave.CONTAIN and line.reversible and not line.held
    made = not isinstance(line.action, ByHand) and (inverse(line.action) is not None or _harmless(line.action))
    return contains and made and line.action.kind in kinds


def is_question(line: PlannedStep) -> bool:
    """Whether it only asks a person whose an account is."""
    return isinstance(line.action, ByHand) and bool(asked_whose(line.action))


def _harmless(action: Action) -> bool:
    return isinstance(action, EndSessions)


def _is_hers(line: PlannedStep) -> bool:
    if not isinstance(line.action, ByHand):
        return True
    return bool(asked_whose(line.action)) or line.action.target.startswith(f"{line.system}|")


def _credentials(seen: Reading) -> tuple[Credential, ...]:
    return (*seen.credentials.items, *seen.made.items)


def _holds(action: Change, seen: Reading) -> bool:
    match action:
        case Suspend(account):
            return any(one.active is not False for one in seen.account.items if one.native_id == account.native_id)
        case Disable(credential):
            return any(one.active for one in _credentials(seen) if one.native_id == credential.native_id)
        case Revoke(grant):
            return any(one.key == grant.key for one in seen.grants.items)
        case HandOver(asset):
            return any(one.sole_admin for one in seen.assets.items if one.native_id == asset.native_id)
        case _:
            return False


def _off(action: Change, seen: Reading) -> bool:
    """Seen, and not at work: a locked account, a key that was switched off."""
    match action:
        case Suspend(account):
            return any(one.active is False for one in seen.account.items if one.native_id == account.native_id)
        case Disable(credential):
            return any(not one.active for one in _credentials(seen) if one.native_id == credential.native_id)
        case _:
            return False


def _there(action: Change, seen: Reading) -> bool:
    match action:
        case Suspend(account):
            return any(one.native_id == account.native_id for one in seen.account.items)
        case Disable(credential):
            return any(one.native_id == credential.native_id for one in _credentials(seen))
        case Revoke(grant):
            return any(one.key == grant.key for one in seen.grants.items)
        case HandOver(asset):
            return any(one.native_id == asset.native_id for one in seen.assets.items)
        case _:
            return False
