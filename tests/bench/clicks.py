"""From the click to the acknowledgement: Usher as it is served, over signed HTTP, each press committed before it."""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from itertools import cycle, islice
from pathlib import Path

from bot.chat.links import seal
from bot.cli.serve import now
from bot.domain.model import Person, PersonId
from bot.domain.request import Request
from bot.engine.context import Engine
from bot.engine.inline import Inline
from bot.engine.setup import keep_people
from bot.engine.submit import Asked, submit
from bot.store import Database, outbox, records
from tests.bench.lines import Line, percentile
from tests.bench.load import Press, at_rate, elsewhere, one_by_one
from tests.bench.reading import connectors_of
from tests.bench.site import SECRET, Site, answers, port, site, until

SLOW = 0.3  # seconds every call to a system takes while people press
ROUNDS = 5
PRESSES = 100  # of one round, one after the other
PER_SECOND = 50
SECONDS = 12
HANNA, INES = PersonId("P-002"), PersonId("P-005")
BOTH = ("U003", "U005")  # Marco and Ines, who decide about Alice
LEAVING = PersonId("P-004")
WAITING = 200  # requests that wait for a decision, each about somebody else who reports to Ines


def measure() -> Iterator[Line]:
    """The two promises about a click, and the peer's own figure."""
    with tempfile.TemporaryDirectory(prefix="usher-bench-") as name, site(Path(name), latency=SLOW) as here:
        decisions, leaver = waiting_for_decisions(here)
        ours, theirs = port(), port()
        environment = here.environment(ours, http=True)
        here.start(["-m", "tests.bench.hello", str(theirs)], environment)
        here.start(["-m", "tests.bench.served"], environment)
        for number in (ours, theirs):
            until(partial(answers, f"http://127.0.0.1:{number}/healthz"))
        with elsewhere() as pool:
            secret = environment["SLACK_SIGNING_SECRET"]
            run = _Run(pool, secret, f"http://127.0.0.1:{ours}", f"http://127.0.0.1:{theirs}", changes(decisions))
            yield from _alone(run, here)
            yield from _busy(run, here, leaver)
            yield from _decided(run, here)


@dataclass
class _Run:
    """The load process, the two addresses it presses at, and what Ines presses: she changes her mind all day."""

    pool: ProcessPoolExecutor
    secret: str
    ours: str
    theirs: str
    changes: Iterator[tuple[str, str]]

    def notes(self, here: Site, count: int) -> list[Press]:
        """Presses that store one row each."""
        reply = here.reply(BOTH[1])
        return [Press(BOTH[1], "note", str(number), reply) for number in range(count)]

    def decisions(self, here: Site, count: int) -> list[Press]:
        """The next decisions, each with an address for its answer that still counts."""
        return [Press(BOTH[1], action, value, here.reply(BOTH[1])) for action, value in islice(self.changes, count)]


def changes(decisions: Sequence[Request]) -> Iterator[tuple[str, str]]:
    """What Ines presses, each button with its value, for as long as anybody likes."""
    yes = [("approve", seal(SECRET, "approve", request.id, request.digest)) for request in decisions]
    back = [("take_back", seal(SECRET, "take_back", request.id)) for request in decisions]
    return cycle([*yes, *back])


def waiting_for_decisions(here: Site) -> tuple[list[Request], Request]:
    """Requests that wait for their decision, made before the server starts; what they would say is taken as said."""
    db = Database(here.database)
    engine = Engine(db, connectors_of(here.practice.environment()), Inline())
    crowd = [Person(PersonId(f"P-{1000 + number}"), f"Person {number}", "", manager=INES) for number in range(WAITING)]
    keep_people(db, crowd, now())
    leavers = ((LEAVING, "Alice Martin"), *((one.id, one.name) for one in crowd))
    for number, (subject, name) in enumerate(leavers):  # one in two hours: more are held for others to look at
        asked = Asked(HANNA, subject, now(), immediate=True, voluntary=True, typed_name=name)
        submit(engine, asked, now() - number * timedelta(hours=2))
    Inline().drain(engine, now)
    with db.begin() as tx:
        while waiting := outbox.waiting(tx, now()):
            for notice in waiting:
                outbox.sent(tx, notice.id, now())
        found = {request.subject: request for request in records.open_requests(tx)}
    db.close()
    leaver = found.pop(LEAVING)
    return list(found.values()), leaver


def _alone(run: _Run, here: Site) -> Iterator[Line]:
    mine, peers = [], []
    for _ in range(ROUNDS):
        presses = run.notes(here, PRESSES)
        peers += run.pool.submit(one_by_one, run.theirs, run.secret, presses).result()
        mine += run.pool.submit(one_by_one, run.ours, run.secret, presses).result()
    p50, peer = statistics.median(mine) * 1000, statistics.median(peers) * 1000
    yield Line("click-to-ack p50, a row stored", p50, "ms", peer=peer, ratio=0.5)


def _busy(run: _Run, here: Site, leaver: Request) -> Iterator[Line]:
    yes = seal(SECRET, "approve", leaver.id, leaver.digest)
    start = [Press(user, "approve", yes, here.reply(user)) for user in BOTH]
    run.pool.submit(one_by_one, run.ours, run.secret, start).result()
    took = run.pool.submit(at_rate, run.ours, run.secret, run.notes(here, PER_SECOND * SECONDS), PER_SECOND).result()
    worked = sum(len(here.practice.company.log(key)) for key in ("github", "aws", "atlas"))
    yield Line("click-to-ack p50, 50/s, leaver runs", percentile(took, 0.5) * 1000, "ms")
    yield Line("click-to-ack p99, 50/s, leaver runs", percentile(took, 0.99) * 1000, "ms", limit=150)
    yield Line("  changes to systems meanwhile", worked, "n")


def _decided(run: _Run, here: Site) -> Iterator[Line]:
    """A whole decision: every rule looked at, approval, journal and redrawings of all cards committed together."""
    took = run.pool.submit(at_rate, run.ours, run.secret, run.decisions(here, 60), 5).result()
    yield Line("  a whole decision p50, 5/s", percentile(took, 0.5) * 1000, "ms")
    yield Line("  a whole decision p95, 5/s", percentile(took, 0.95) * 1000, "ms")
