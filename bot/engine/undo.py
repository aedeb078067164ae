"""What an offboarding took, system by system, and what would give it back. Looking changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from bot.domain.by_hand import kind_of
from bot.domain.errors import Refused
from bot.domain.model import Assign, Change, Revoke, SystemKey, Trigger
from bot.domain.planning import key_of
from bot.domain.policy import System
from bot.domain.reading import Reading
from bot.domain.request import Request
from bot.domain.restore import BY_PERSON, LEFT, Lost, Preview, before, gives, joined, meanwhile, named, only, preview
from bot.engine.context import Engine
from bot.engine.taken import Taken, family, taken
from bot.store import Tx, people, records, snapshots
from connectors.interface import Connector, Returns

_LENT = "It was lent until a time, and ended with the offboarding. It can be asked for anew with /access ({id})."


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


@dataclass(frozen=True, slots=True)
class Seen:
    """What is stored of one system: how it stood, how it stands, what was taken in between, and what was only lent."""

    system: System
    was: Reading
    now: Reading
    taken: Taken
    fresh: bool
    lent: Mapping[str, str]


def undo(engine: Engine, request_id: str, now: datetime) -> tuple[str, tuple[Undo, ...]]:
    """Whom the request is about, and each system that was changed. Raises Refused for a request there is not."""
    with engine.db.look() as tx:
        request = records.get(tx, request_id)
        if request is None:
            raise Refused(f"There is no request {request_id}.")
        person = people.one(tx, request.subject)
        every = seen(engine, tx, request, {})
    # Outside of the transaction: a connector may have to be loaded.
    return (person.name if person else request.subject), tuple(weighed(engine, one, now) for one in every)


def seen(engine: Engine, tx: Tx, request: Request, fresh: Mapping[SystemKey, Reading]) -> list[Seen]:
    """Every system that this offboarding changed; `fresh` is what a system said just now, else what it said last."""
    systems = engine.rules(tx, request).policy.systems
    lent = _lent(tx, request)
    found = []
    for key, mine in taken(tx, request.id).items():
        every = tuple(one for part in family(tx, request.id) for one in snapshots.readings(tx, part.id, key))
        every = tuple(sorted(every, key=lambda one: one.at))
        was = before(every, mine.first.items()) if mine.first else _up_to(every, mine.by_people)
        start = next((one for one in every if request.started_at and one.at >= request.started_at), None)
        was = joined(was, start, mine.keys) if was and start else was
        if was is not None and key in systems:
            found.append(Seen(systems[key], was, fresh.get(key, every[-1]), mine, key in fresh, lent))
    order = list(systems)
    return sorted(found, key=lambda one: order.index(one.system.key))


def _up_to(every: tuple[Reading, ...], at: datetime | None) -> Reading | None:
    return next((one for one in reversed(every) if at is None or one.at <= at), None)


def _lent(tx: Tx, request: Request) -> Mapping[str, str]:
    """What was lent when the offboarding began: its end came with it, and nothing revives it."""
    found = {}
    for other in records.about(tx, request.subject):
        over = other.closed_at is not None and request.started_at is not None and other.closed_at < request.started_at
        if other.trigger is not Trigger.ACCESS or other.started_at is None or over:
            continue
        for step in records.steps(tx, other.id):
            if isinstance(step.action, Assign):
                found[key_of(step.system, Revoke(step.action.grant))] = other.id
    return found


def weighed(engine: Engine, one: Seen, now: datetime) -> Undo:
    """What gives one system back, and what does not come back, what people must do, and what is left alone."""
    key = one.system.key
    connector = engine.connectors.get(key)
    cannot = one.now.cannot if one.fresh else one.was.cannot
    declared = connector.spec.can if connector else frozenset[type[Change]]()
    can = frozenset(kind for kind in declared if kind_of(kind) not in cannot)
    found = only(key, _not_lent(key, preview(one.was, one.now, now), one.lent), one.taken.keys)
    lost = [*found.lost, *(meanwhile(one.was, one.now, one.taken.changes) if one.fresh else ())]
    if connector is not None:
        lost += _with_a_person(connector, found)
    return Undo(key, one.system.name, one.was.at, replace(found, lost=tuple(dict.fromkeys(lost))), can)


def _not_lent(system: SystemKey, found: Preview, lent: Mapping[str, str]) -> Preview:
    stays, lost = [], list(found.lost)
    for give in found.gives:
        who = lent.get(key_of(system, Revoke(give.grant)), "") if isinstance(give, Assign) else ""
        if who and gives(give):
            lost.append(Lost(named(give), _LENT.format(id=who), LEFT))
        else:
            stays.append(give)
    return Preview(tuple(stays), tuple(lost))


def _with_a_person(connector: Connector, found: Preview) -> list[Lost]:
    """What only begins when a person does something, in the words of its system."""
    if not isinstance(connector, Returns):
        return []
    words = [(give, connector.comes_back(give)) for give in found.gives]
    return [Lost(named(give), said, BY_PERSON) for give, said in words if said]
