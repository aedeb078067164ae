"""One person and fifteen practice systems, 50 ms on every call: from the form that is sent to the plan that is shown.

Five GitHubs, five AWS accounts and five wikis, each with a connector of its own, read through the real dispatcher by a
process of its own. Against the same fifteen readings side by side with no database and no queue: no plan can be faster.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import connectors
from bot.cli.serve import now, swift
from bot.domain.lifecycle import RequestState
from bot.domain.model import Link, PersonId, Power, SystemKey
from bot.domain.request import Request
from bot.engine.context import Engine
from bot.engine.control import cancel
from bot.engine.dispatch import Dbos
from bot.engine.run import run_step
from bot.engine.submit import Asked, submit
from bot.engine.view import View, view
from bot.practice.company.people import FILES
from bot.runbooks import parse_roster
from bot.store import Database, records, versions
from bot.store import people as rows
from connectors.interface import Connector
from tests.bench.lines import Line, median_of
from tests.bench.load import elsewhere
from tests.bench.reading import ALICE, LATENCY, MODULES, NAMES, all_at_once, links_of, secrets_of
from tests.bench.site import site
from tests.bench.stage import database

EACH, ROUNDS = 5, 3
HANNA = PersonId("P-002")


def measure() -> Iterator[Line]:
    """Submit to plan, and the readings alone."""
    with (
        tempfile.TemporaryDirectory(prefix="usher-bench-") as name,
        site(Path(name), latency=LATENCY) as here,
        database("sqlite") as url,
        elsewhere() as pool,
    ):
        took, bare, lines = pool.submit(_planned, here.practice.environment(), links_of(here), url).result()
    yield Line("  plan-15: lines of the plan", lines, "lines")
    yield Line("plan-15: submit to plan", took, "s", limit=2.0, peer=bare, ratio=2.5)


def _planned(environment: Mapping[str, str], hers: Mapping[SystemKey, Link], url: str) -> tuple[float, float, int]:
    """Median seconds from submit to plan, seconds of the readings alone, and how long the plan is."""
    with fifteen(environment, hers, url) as (engine, systems, links):
        rounds = [once(engine) for _ in range(ROUNDS + 1)][1:]  # connections and models of a first time
        bare = median_of(lambda: all_at_once(systems, links))
    return sorted(took for took, _ in rounds)[ROUNDS // 2], bare, rounds[0][1]


@contextmanager
def fifteen(
    environment: Mapping[str, str], hers: Mapping[SystemKey, Link], url: str
) -> Iterator[tuple[Engine, Mapping[SystemKey, Connector], Mapping[SystemKey, Link]]]:
    """Usher at work on fifteen systems, its connectors, and her account in each."""
    systems, links = _fifteen(environment, hers)
    with closing(Database(url)) as db:
        _settle(db, links)
        dispatcher = Dbos(db)
        engine = Engine(db, systems, dispatcher)
        for key in systems:
            dispatcher.add(key)
        swift()
        dispatcher.launch(lambda step, attempt: run_step(engine, step, attempt, now))
        time.sleep(2.5)  # the queues are found once a second
        try:
            yield engine, systems, links
        finally:
            dispatcher.close()


def asked(engine: Engine) -> Request:
    """The form is sent."""
    return submit(engine, Asked(HANNA, ALICE, now(), immediate=True, voluntary=True, typed_name="Alice Martin"), now())


def once(engine: Engine) -> tuple[float, int]:
    """One request, from the form to the plan; then it is cancelled, and the next one may begin."""
    began = time.perf_counter()
    request = asked(engine)
    found = until(engine, request.id, planned)
    took = time.perf_counter() - began
    unread = [one.error for one in found.reads if one.error]
    if unread:
        raise RuntimeError(unread)
    cancel(engine, request.id, HANNA, now())
    return took, len(found.steps)


def until(engine: Engine, key: str, there: Callable[[Request], bool]) -> View:
    """Look every 20 ms until the request is there. Raises TimeoutError after 40 s."""
    over = time.monotonic() + 40
    while time.monotonic() < over:
        with engine.db.look() as tx:
            found = records.get(tx, key)
        if found is not None and there(found):
            return view(engine, key, now())
        time.sleep(0.02)
    raise TimeoutError(key)


def planned(request: Request) -> bool:
    """Whether its plan is there."""
    return request.state is RequestState.AWAITING_APPROVAL


def _fifteen(
    environment: Mapping[str, str], hers: Mapping[SystemKey, Link]
) -> tuple[dict[SystemKey, Connector], dict[SystemKey, Link]]:
    """Five systems of each kind, each a connector of its own, and her account in each."""
    systems: dict[SystemKey, Connector] = {}
    links: dict[SystemKey, Link] = {}
    for kind, module in MODULES.items():
        for number in range(EACH):
            key = SystemKey(f"{kind}{number}")
            systems[key] = connectors.load(module, key, f"{NAMES[kind]} {number}", secrets_of(environment, kind))
            links[key] = replace(hers[SystemKey(kind)], system=key, confirmed_by="set-up")
    return systems, links


def _settle(db: Database, links: Mapping[SystemKey, Link]) -> None:
    """The people of the practice company, and a policy with these systems."""
    roster, _bad = parse_roster((FILES / "roster.csv").read_text(encoding="utf-8"))
    text = (FILES / "policy.yaml").read_text(encoding="utf-8")
    lines = "".join(f"  {key}:\n    name: {key}\n    owner: P-005\n    connector: github\n" for key in links)
    with db.begin() as tx:
        versions.keep(tx, "policy.yaml", f"{text[: text.index('systems:')]}systems:\n{lines}", now())
        versions.keep(tx, "runbooks/leaver.yaml", (FILES / "runbooks/leaver.yaml").read_text(encoding="utf-8"), now())
        rows.put(tx, roster)
        rows.give(tx, HANNA, Power.HR, now(), by="set-up")
        for link in links.values():
            rows.link(tx, link, now())
