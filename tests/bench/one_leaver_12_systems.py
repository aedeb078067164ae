"""One leaver, twelve systems, 48 calls at 50 ms, by the real dispatcher: from the last yes to all seen gone.

Every system is read, two things are taken away there, and it is looked at again: a chain of three calls, each claimed
from a queue that is looked at every 0.1 s. The peer is a script that makes the same 48 calls one after the other. A
second leaver meets a 429, a server error and a time-out.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from bot.cli.serve import swift
from bot.domain.lifecycle import RequestState
from bot.domain.model import Revoke, SystemKey
from bot.engine.approve import approve
from bot.engine.context import Engine
from bot.engine.dispatch import POLL_SECONDS, Dbos
from bot.engine.run import run_step
from bot.engine.submit import Asked, submit
from bot.engine.view import View, view
from bot.store import Database
from connectors.interface import ConnectorError, Kind
from tests.bench.lines import Line
from tests.bench.stage import ASKER, BOSS, OWNER, database, held, link, now, people, person
from tests.bench.vast import SYSTEMS, Vast, vast

LATENCY, EACH, PEOPLE = 0.05, 2, 3
AFTER = timedelta(seconds=1)
TIME_OUT = 1.0
# What the three faults may add: the longest of their own waits (a retry after up to 2 s), and one claim and call more.
FAULTS = TIME_OUT + 2.0 + POLL_SECONDS + LATENCY


def measure() -> Iterator[Line]:
    """The reading, T3 and T4 of one leaver; T3 of another one with three faults; the script."""
    with database("sqlite") as url:
        systems = vast(latency=LATENCY, holds=EACH)
        db = Database(url)
        people(db, PEOPLE)
        dispatcher = Dbos(db)
        engine = Engine(db, systems, dispatcher)
        for key in systems:
            dispatcher.add(key)
        swift()
        dispatcher.launch(lambda step, attempt: run_step(engine, step, attempt, now))
        time.sleep(2.5)  # the queues are found once a second
        _leaves(engine, 0)  # what only a first time costs
        clean = _leaves(engine, 1)
        _break(systems)
        faulty = _leaves(engine, 2)
        dispatcher.close()
        db.close()
    hop = POLL_SECONDS + LATENCY
    script = _script()
    yield Line("one-leaver-12-systems, reading", clean["read"], "s", peer=hop, ratio=3.5)
    yield Line("  all applied (T3)", clean["applied"], "s", peer=2 * hop, ratio=6)
    yield Line("  all seen gone (T4)", clean["gone"], "s", peer=3 * hop, ratio=5)
    yield Line("  a script, times as long", script / clean["gone"], "x", limit=1.2, least=True)
    yield Line("  all applied, three faults", faulty["applied"], "s", limit=clean["applied"] + FAULTS)


def _break(systems: Mapping[SystemKey, Vast]) -> None:
    """Three systems fail once each, from the next change on."""
    systems[SYSTEMS[0]].faults = [ConnectorError("Too many requests.", kind=Kind.THROTTLED, after=AFTER)]
    systems[SYSTEMS[1]].faults = [ConnectorError("The system failed: 500.")]
    systems[SYSTEMS[2]].faults = [ConnectorError("The system did not answer in time.")]
    systems[SYSTEMS[2]].hangs = TIME_OUT


def _leaves(engine: Engine, number: int) -> dict[str, float]:
    asked = Asked(ASKER, person(number), now(), immediate=True, voluntary=True, typed_name=f"Person {person(number)}")
    began = now()
    request = submit(engine, asked, now())
    planned = _until(engine, request.id, RequestState.AWAITING_APPROVAL)
    read = max(step.ended_at for step in planned.reads if step.ended_at)
    for who in (BOSS, OWNER):
        approve(engine, request.id, planned.request.digest, who, now(), yes=True)
    over = _until(engine, request.id, RequestState.CLOSED)
    steps = [step for step in over.steps if isinstance(step.action, Revoke)]
    start = over.request.started_at or began
    return {
        "read": (read - began).total_seconds(),
        "applied": _after(start, (step.applied_at for step in steps)),
        "gone": _after(start, (step.ended_at for step in steps)),
    }


def _after(start: datetime, moments: Iterator[datetime | None]) -> float:
    return max((moment - start).total_seconds() for moment in moments if moment)


def _until(engine: Engine, request: str, state: RequestState) -> View:
    over = time.monotonic() + 40
    while time.monotonic() < over:
        found = view(engine, request, now())
        if found.request.state is state:
            return found
        time.sleep(0.05)
    raise TimeoutError(request)


def _script() -> float:
    """What somebody would write first: for each system read, take away, look again."""
    systems = vast(latency=LATENCY, holds=EACH)
    began = time.perf_counter()
    for key, system in systems.items():
        system.read(link(0, key), now())
        for which in range(EACH):
            system.apply(Revoke(held(0, key, which)))
        system.read(link(0, key), now())
    return time.perf_counter() - began
