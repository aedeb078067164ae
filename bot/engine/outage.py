"""A system is down: the engineering contact of policy hears of it once, and whoever heard hears when it is back."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from bot.domain.model import PersonId
from bot.engine import chain
from bot.engine.context import Engine
from bot.store import Tx, escalations, outbox, people, stuck
from bot.store.breakers import Breaker
from bot.store.escalations import Told

_MOST = 1000  # steps that are counted


def begins(engine: Engine, tx: Tx, state: Breaker, now: datetime, besides: Collection[PersonId]) -> None:
    """Its breaker opened just now; `besides` hear it in other words."""
    _, policy = engine.policy(tx)
    waits = stuck.put_back(tx, state.system, now, _MOST)
    facts: dict[str, Any] = {
        "what": "down",
        "system": state.system,
        "said": state.said,
        "since": (state.opened_at or now).isoformat(),
        "steps": len(waits) + 1,
        "requests": len({step.request for step in waits}) or 1,
        "urgent": any(chain.urgent(step) for step in waits),
    }
    for person in chain.contacts(policy, people.crew(tx), now):
        if person not in besides and escalations.add(tx, Told(_about(state), person, 0, now)):
            outbox.tell(tx, "system", now, person=person, **facts)


def ends(tx: Tx, state: Breaker, now: datetime, besides: Collection[PersonId]) -> None:
    """It answers again."""
    since = (state.opened_at or now).isoformat()
    for one in escalations.told(tx, _about(state)):
        if one.person not in besides:
            outbox.tell(tx, "system", now, person=one.person, what="up", system=state.system, since=since)


def _about(state: Breaker) -> str:
    return f"system:{state.system}:{state.opened_at.isoformat() if state.opened_at else ''}"
