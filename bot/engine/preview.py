"""What would happen: every reading is made, the plan is shown, and nothing is written, here or anywhere else."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from bot.domain.errors import Refused
from bot.domain.item import item_of
from bot.domain.lifecycle import RequestState, StepState
from bot.domain.model import Action, Person, PersonId, PlannedStep, RequestId, StepId, SystemKey, Trigger, Wave
from bot.domain.planning import Ruled, key_of, raise_if_unsafe
from bot.domain.policy import Crew, Policy
from bot.domain.reading import Reading
from bot.domain.request import Request, Step, StepKind, touched
from bot.domain.rules import misses
from bot.engine import auto, join, planned, search
from bot.engine.context import Engine, Scene
from bot.engine.plan import end_of, look_at
from bot.engine.retry import UNEXPECTED, Clock
from bot.engine.ruling import leaver_of, table
from bot.engine.search import Hers
from bot.engine.submit import YOURSELF, raise_if_not_allowed
from bot.engine.view import View
from bot.store import Tx, breakers, people
from connectors.interface import ConnectorError

log = structlog.get_logger()

AT_ONCE = 32  # systems
_NAME = RequestId("Preview")

Missed = Mapping[str, tuple[tuple[str, str], ...]]


@dataclass(frozen=True, slots=True)
class Intent:
    """What somebody thinks of asking for. Without `by` it is asked at the machine itself, by whoever runs Usher."""

    subject: PersonId
    starts_at: datetime
    by: PersonId | None = None
    voluntary: bool = True


@dataclass(frozen=True, slots=True)
class Preview:
    """What would be shown and asked; `auto` are the rules that would approve it by themselves.

    `missed` has for each item, by its key, the rules that did not fit, each with its first condition that fails.
    """

    view: View
    auto: tuple[str, ...]
    missed: Missed


def preview(engine: Engine, wanted: Intent, clock: Clock) -> Preview:
    """Read everything now and say what Usher would do. Raises Refused for whoever may not ask for it."""
    now = clock()
    with engine.db.look() as tx:
        request, around = _imagined(engine, tx, wanted, now)
        systems = [
            key for key, one in around.rules.policy.systems.items() if one.connector and key in engine.connectors
        ]
        hers = [search.known(tx, request, key) for key in systems]
        shut = {key: state.said for key in systems if (state := breakers.of(tx, key)).opened_at is not None}
    seen = _look(engine, request, hers, shut, clock)
    with engine.db.look() as tx:
        return _shown(engine, tx, request, around, seen, clock())


def raise_if_not_shown(policy: Policy, crew: Crew, wanted: Intent, now: datetime) -> Person:
    """The person, if the plan may be shown to whoever asks: exactly to those who may ask for it. Raises Refused."""
    person = crew.people.get(wanted.subject)
    if wanted.by:
        raise_if_not_allowed(policy, crew, wanted.by, now.date())
    if person is None:
        raise Refused("I do not know this person.", hint="Choose somebody from the list.", field="person")
    if person.id == wanted.by:
        raise Refused(YOURSELF, hint="Ask a colleague in HR to do it.", field="person")
    if person.id in policy.protected and wanted.by:
        raise Refused(
            f"{person.name} is protected by policy and cannot be offboarded from chat.",
            hint="Talk to security first.",
            field="person",
        )
    return person


def _imagined(engine: Engine, tx: Tx, wanted: Intent, now: datetime) -> tuple[Request, Scene]:
    """The request as it would be, stored nowhere, and the people and rules around it."""
    version, policy = engine.policy(tx)
    crew = people.crew(tx)
    person = raise_if_not_shown(policy, crew, wanted, now)
    request = Request(
        id=_NAME,
        trigger=Trigger.LEAVER,
        state=RequestState.PLANNING,
        requester=wanted.by or PersonId(""),
        subject=person.id,
        starts_at=max(now, wanted.starts_at),
        immediate=wanted.starts_at <= now,
        voluntary=wanted.voluntary,
        created_at=now,
        policy_version=version,
        runbook_version=engine.runbook(tx, Trigger.LEAVER),
    )
    return request, Scene(engine.rules(tx, request), crew, now.date())


def _look(
    engine: Engine, request: Request, hers: list[Hers], shut: Mapping[SystemKey, str], clock: Clock
) -> planned.Seen:
    """All systems side by side; one that fails, or is known to be away, is told and keeps no other back."""

    def one(known: Hers) -> tuple[Reading | None, str]:
        if known.system in shut:
            return None, shut[known.system]
        try:
            return look_at(engine, request, known, clock), ""
        except ConnectorError as error:
            return None, error.said
        except Exception:  # our mistake in one connector hides no other system
            log.exception("reading failed unexpectedly", system=known.system, request=request.id)
            return None, UNEXPECTED

    with ThreadPoolExecutor(max(1, min(AT_ONCE, len(hers))), thread_name_prefix="preview") as pool:
        return dict(zip((known.system for known in hers), pool.map(one, hers), strict=True))


def _shown(engine: Engine, tx: Tx, request: Request, around: Scene, seen: planned.Seen, now: datetime) -> Preview:
    """The plan of what was seen, with whoever would be asked."""
    seen = {key: (search.unlinked(tx, one) if one else None, said) for key, (one, said) in seen.items()}
    linked = join.linked(tx, request)
    missed: dict[str, tuple[tuple[str, str], ...]] = {}
    found = planned.sort(engine, tx, around, linked, seen)
    plan = end_of(engine, tx, request, around, found, _noting(around, request, now, missed))
    raise_if_unsafe(plan.steps, linked)
    reads = tuple(_read(request, -number, key, said) for number, (key, (_, said)) in enumerate(seen.items()))
    steps = tuple(join.stored(request, line) for line in plan.steps)
    rules = auto.approves(engine, tx, request, around, plan)
    decision = around.decide(request, touched((*steps, *reads)))
    asked = replace(request, approvers=() if rules else tuple(sorted(decision.approvers)), quorum=decision.quorum)
    view = View(
        now=now,
        request=replace(asked, state=RequestState.AWAITING_APPROVAL),
        steps=steps,
        reads=reads,
        approvals=(),
        evidence=(),
        readings={key: one for key, (one, _) in seen.items() if one},
        crew=around.crew,
        policy=around.rules.policy,
        runbook=around.rules.runbook,
        links=people.links(tx, request.subject),
        journal=(),
    )
    return Preview(view, rules, missed)


def _noting(around: Scene, request: Request, now: datetime, missed: dict[str, tuple[tuple[str, str], ...]]) -> Ruled:
    """The table of rules, noting beside which of them did not fit."""
    leaver, policy = leaver_of(around, request, now), around.rules.policy
    rules = table(around, request, now)

    def one(line: PlannedStep, action: Action, reading: Reading | None) -> PlannedStep:
        missed[key_of(line.system, action)] = misses(policy, leaver, item_of(line, action, reading), now)
        return rules(line, action, reading)

    return one


def _read(request: Request, number: int, system: SystemKey, said: str) -> Step:
    return Step(
        id=StepId(f"{request.id}/{number}"),
        request=request.id,
        number=number,
        kind=StepKind.READ,
        system=system,
        wave=Wave.CONTAIN,
        action=None,
        state=StepState.DROPPED if said else StepState.CONFIRMED,
        error=said,
    )
