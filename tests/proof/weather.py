"""Everything outside that can go wrong, by chance and within bounds: refusals, silences, outages, and our own death."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import timedelta

from bot.chat.port import ChatError
from connectors.interface import ConnectorError, Kind
from tests.proof.ports import Died

KINDS = tuple(Kind)


@dataclass
class Trouble:
    """How likely each trouble is, from 0 to 1, a call or a point; `over` ends all of it."""

    chance: random.Random
    refusal: float
    silence: float
    death: float
    away: dict[str, int] = field(default_factory=dict)
    over: bool = False
    deaths: int = 0

    def call(self, who: str, what: str, before: bool) -> None:
        """A call sets out (or its answer comes back) and may not arrive."""
        if self.over:
            return
        # Whoever may not look for an earlier message may post it twice: that is known and written in the log.
        if before and self._is_away(who):
            raise self._error(who, Kind.TRANSIENT, "The system does not answer.", lost=what == "find")
        if before and self.chance.random() < self.refusal:
            raise self._error(who, self.chance.choice(KINDS), "The system says no.", lost=what == "find")
        if not before and self.chance.random() < self.silence:
            raise self._error(who, Kind.TRANSIENT, "The answer got lost.", lost=True)

    def point(self, _number: int, _name: str) -> None:
        """A commit or a call: the process may die on either side of it."""
        if not self.over and self.chance.random() < self.death:
            self.deaths += 1
            raise Died

    def outage(self, who: str) -> None:
        """A system, or the chat, is away for the next calls."""
        self.away[who] = self.chance.randint(1, 12)

    def _is_away(self, who: str) -> bool:
        self.away[who] = max(0, self.away.get(who, 0) - 1)
        return self.away[who] > 0

    def _error(self, who: str, kind: Kind, said: str, *, lost: bool = False) -> Exception:
        after = self.chance.choice([0, 0, 1, 30])
        if who == "chat":
            return ChatError(said, after=after, unknown=lost)
        return ConnectorError(said, kind=kind, after=timedelta(seconds=after) if after else None)
