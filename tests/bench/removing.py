"""One leaver removed by the real dispatcher on SQLite, with 50 ms on every call: against the chain of its own steps.

The chain is told by the journal: how long each step took by itself, and which steps it had to wait for. Between two
steps of a chain lies one look of the dispatcher into its queue.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cache, partial
from pathlib import Path
from statistics import median

from bot.chat.links import seal
from bot.cli.serve import now
from bot.domain.model import PersonId, Task
from bot.domain.request import Step
from bot.engine.context import Engine
from bot.engine.dispatch import POLL_SECONDS
from bot.engine.inline import Inline
from bot.engine.submit import Asked, submit
from bot.engine.view import View, view
from bot.store import Database, people, records
from tests.bench.lines import Line
from tests.bench.load import Press, one_by_one
from tests.bench.reading import LATENCY, connectors_of
from tests.bench.site import SECRET, Site, answers, port, site, until

ROUNDS = 3
HANNA, ALICE = PersonId("P-002"), PersonId("P-004")


def measure() -> Iterator[Line]:
    """Medians of three leavers, each in a company of its own."""
    took, chains, seen = zip(*(_round() for _ in range(ROUNDS)), strict=True)
    yield Line("removing one leaver, all applied", median(took), "s", peer=median(chains), ratio=1.35)
    yield Line("  until all of it was seen gone", median(seen), "s")


def _round() -> tuple[float, float, float]:
    with tempfile.TemporaryDirectory(prefix="usher-bench-") as name, site(Path(name), latency=LATENCY) as here:
        db = Database(here.database)
        engine = Engine(db, connectors_of(here.practice.environment()), Inline())
        asked = Asked(HANNA, ALICE, now(), immediate=True, voluntary=True, typed_name="Alice Martin")
        request = submit(engine, asked, now())
        Inline().drain(engine, now)
        _approve(here, db, request.id)
        until(lambda: _quiet(view(engine, request.id, now())), 60)
        found = view(engine, request.id, now())
        db.close()
    began = found.request.started_at
    assert began is not None
    steps = _automatic(found).values()
    applied = max(step.applied_at for step in steps if step.applied_at)
    ended = max(step.ended_at for step in steps if step.ended_at)
    return _since(began, applied), _chain(found, began), _since(began, ended)


def _approve(here: Site, db: Database, request_id: str) -> None:
    """Usher is served, and everybody who was asked says yes."""
    number = port()
    environment = here.environment(number, http=True)
    here.start(["app.py", "serve"], environment)
    url = f"http://127.0.0.1:{number}"
    until(partial(answers, f"{url}/healthz"))
    time.sleep(4)  # it has begun its work when the first people come
    with db.look() as tx:
        request = records.get(tx, request_id)
        assert request is not None
        users = [
            link.native_id for one in request.approvers for link in people.links(tx, one) if link.system == "slack"
        ]
    yes = seal(SECRET, "approve", request.id, request.digest)
    presses = [Press(user, "approve", yes, here.reply(user)) for user in users[: request.quorum]]
    one_by_one(url, environment["SLACK_SIGNING_SECRET"], presses)


def _automatic(found: View) -> Mapping[int, Step]:
    """The steps that wait for no person, neither themselves nor through another one."""
    by_hand = {step.number for step in found.steps if isinstance(step.action, Task) or step.held}
    while more := {s.number for s in found.steps if by_hand & {*s.after, *s.after_done}} - by_hand:
        by_hand |= more
    return {step.number: step for step in found.steps if step.number not in by_hand}


def _quiet(found: View) -> bool:
    read = found.reads and all(step.ended for step in found.reads)
    return bool(read and found.request.started_at and all(step.ended for step in _automatic(found).values()))


def _chain(found: View, began: datetime) -> float:
    """Seconds of the longest chain: its reading, its own steps, and one look of the dispatcher before each."""
    steps = _automatic(found)
    own = {entry.facts["step"]: entry.at for entry in found.journal if entry.kind == "step.started"}
    done = {entry.facts["step"]: entry.at for entry in found.journal if entry.kind == "step.applied"}
    read = max(_since(began, e.at) for e in found.journal if e.kind == "system.read" and e.at > began)

    @cache
    def until_after(number: int) -> float:
        step = steps[number]
        took = _since(own[step.id], done[step.id]) if step.id in done else 0.0
        before = (until_after(one) for one in (*step.after, *step.after_done) if one in steps)
        return took + POLL_SECONDS + max(before, default=0.0)

    return read + max(until_after(number) for number in steps)


def _since(began: datetime, ended: datetime) -> float:
    return (ended - began).total_seconds()
