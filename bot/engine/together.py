"""What a batch looks like now: how far it is, what all its plans come to, a few of them whole."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from bot.domain.batch import Batch, Member, Sum, spread
from bot.domain.errors import Refused
from bot.domain.model import PersonId, Power, SystemKey
from bot.domain.policy import Crew, Policy
from bot.domain.request import StepKind
from bot.engine.context import Engine
from bot.engine.view import View, view
from bot.store import Tx, batches, people


@dataclass(frozen=True, slots=True)
class Together:
    """A batch with all that its cards say. `sample` are views of requests whose plans are shown whole."""

    batch: Batch
    members: tuple[Member, ...]
    sum: Sum
    states: dict[str, int]
    crew: Crew
    policy: Policy
    sample: tuple[View, ...] = ()

    @property
    def left_out(self) -> tuple[Member, ...]:
        """People for whom no request could be made."""
        return tuple(one for one in self.members if one.request is None and one.refused)


def together(engine: Engine, key: str, now: datetime, *, sampled: bool = False) -> Together:
    """A batch as it stands. Raises Refused when there is none of this name."""
    with engine.db.look() as tx:
        batch = batches.get(tx, key)
        if batch is None:
            raise Refused(f"There is no list {key}.")
        found = Together(
            batch,
            batches.members(tx, key),
            _sum(tx, key),
            batches.states(tx, key),
            people.crew(tx),
            engine.policy(tx)[1],
        )
    shown = tuple(view(engine, request, now) for request in found.sum.sample) if sampled else ()
    return Together(found.batch, found.members, found.sum, found.states, found.crew, found.policy, shown)


def seen_by(engine: Engine, key: str, person: PersonId, now: datetime) -> Together:
    """The same, for whoever may see it: who asked, HR, security, admins; nobody who stands on it. Raises Refused."""
    found = together(engine, key, now)
    may = person == found.batch.requester or found.crew.may(person, Power.HR, Power.SECURITY, Power.ADMIN)
    if not may or any(one.person == person for one in found.members):
        raise Refused(f"There is no list {key}.")
    return found


def _sum(tx: Tx, key: str) -> Sum:
    sizes, lines = batches.plans(tx, key)
    systems: Counter[SystemKey] = Counter()
    for (system, _kind), count in lines.items():
        systems[system] += count
    by_hand = sum(count for (_system, kind), count in lines.items() if kind == StepKind.TASK.value)
    ordered = sorted(sizes, key=lambda request: (sizes[request], request))
    sample = tuple(ordered[at] for at in spread(len(ordered)))
    return Sum(len(sizes), sum(lines.values()) - by_hand, by_hand, tuple(systems.most_common()), sample)
