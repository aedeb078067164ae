"""What an offboarding took, system by system, and what would give it back. Looking changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.domain.by_hand import kind_of
from bot.domain.errors import Refused
from bot.domain.model import Change, SystemKey
from bot.domain.reading import Reading
from bot.domain.request import Request, Step, StepKind
from bot.domain.restore import Preview, preview
from bot.engine.context import Engine
from bot.store import Tx, people, records, snapshots


@dataclass(frozen=True, slots=True)
class Undo:
    """One system: when it was seen before the first change, what gives it back, and what a person must do of that."""

    system: SystemKey
    name: str
    seen_at: datetime
    preview: Preview
    can: frozenset[type[Change]]

    def by_hand(self, change: Change) -> bool:
        """Whether a person must make this change."""
        return type(change) not in self.can


def undo(engine: Engine, request_id: str, now: datetime) -> tuple[str, tuple[Undo, ...]]:
    """Whom the request is about, and each system that was changed. Raises Refused for a request there is not."""
    with engine.db.look() as tx:
        request = records.get(tx, request_id)
        if request is None:
            raise Refused(f"There is no request {request_id}.")
        person = people.one(tx, request.subject)
        steps = [step for step in records.steps(tx, request.id) if step.kind is StepKind.APPLY]
        changed = {step.system for step in steps if step.first_tried_at is not None}
        rules = engine.rules(tx, request).policy
        found = [
            (key, rules.systems[key].name, *_seen(tx, request, key, steps)) for key in rules.systems if key in changed
        ]
    every = []
    for key, name, before, after in found:
        if before is not None and after is not None:  # read outside the transaction: a connector may have to be loaded
            declared = engine.connectors[key].spec.can if key in engine.connectors else frozenset[type[Change]]()
            can = frozenset(kind for kind in declared if kind_of(kind) not in before.cannot)
            every.append(Undo(key, name, before.at, preview(before, after, now), can))
    return (person.name if person else request.subject), tuple(every)


def _seen(tx: Tx, request: Request, system: SystemKey, steps: list[Step]) -> tuple[Reading | None, Reading | None]:
    """What the system said before the first change, and what it said last."""
    first = min(step.first_tried_at for step in steps if step.system == system and step.first_tried_at)
    return snapshots.snapshot(tx, request.id, system, first), records.last_reading(tx, request.id, system)
