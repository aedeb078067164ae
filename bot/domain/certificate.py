"""What a later look proves: which systems were seen whole, which in part, and which nobody saw. It claims no more."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from bot.domain.model import Blind, SystemKey
from bot.domain.planning import ACCOUNTS, NO_ACCOUNT, Found, blind_parts

EVERYTHING = "everything"  # the part of which nothing was seen


@dataclass(frozen=True, slots=True)
class Certificate:
    """One look at everything of somebody who left, in which nothing of hers was found.

    `seen` were read whole, with the moment of each. In `searched` no account of hers was ever known, and a search by
    e-mail found none. `unseen` are systems and parts that could not be read. In `by_hand` nobody looked.
    `kept` are things that people decided to leave; they are still there.
    """

    at: datetime
    seen: tuple[tuple[SystemKey, datetime], ...] = ()
    searched: tuple[SystemKey, ...] = ()
    unseen: tuple[Blind, ...] = ()
    by_hand: tuple[SystemKey, ...] = ()
    kept: int = 0

    @property
    def whole(self) -> bool:
        """Whether every system that a program reaches was seen."""
        return not self.unseen

    @property
    def missing(self) -> tuple[SystemKey, ...]:
        """Systems that were not seen, or not whole, each once."""
        return tuple(dict.fromkeys(one.system for one in self.unseen))


def certify(found: Iterable[Found], at: datetime, kept: int = 0) -> Certificate:
    """What these readings prove, where nothing of hers is in them. A part that was not shown proves nothing."""
    seen: list[tuple[SystemKey, datetime]] = []
    searched: list[SystemKey] = []
    unseen: list[Blind] = []
    by_hand: list[SystemKey] = []
    for one in found:
        key = one.system.key
        if not one.system.connector:
            by_hand.append(key)
        elif one.reading is None:
            unseen.append(Blind(key, EVERYTHING, one.failure or one.unasked or "Nobody read it."))
        else:
            blind = tuple(blind_parts(one.reading))
            if all(part.part == ACCOUNTS and part.why == NO_ACCOUNT for part in blind) and blind:
                searched.append(key)
            elif blind:
                unseen.extend(blind)
            else:
                seen.append((key, one.reading.at))
    return Certificate(at, tuple(seen), tuple(searched), tuple(unseen), tuple(by_hand), kept)
