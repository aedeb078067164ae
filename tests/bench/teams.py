"""From the press in Teams to its answer, and what Slack notices of it: Usher as it is served, for both chats."""

from __future__ import annotations

import http.client
import json
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bot.cli.serve import now
from bot.domain.model import Link, PersonId, SystemKey
from bot.engine.setup import keep_links
from bot.practice.company.people import humans
from bot.practice.teams.service import Service, activity, serve, sign
from bot.practice.teams.tenant import Human, Limits, Tenant
from bot.store import Database
from tests.bench.clicks import INES, changes, waiting_for_decisions
from tests.bench.lines import Line, percentile
from tests.bench.load import Press, at_rate, elsewhere
from tests.bench.site import Site, answers, port, site, until

PRESSES = 100
WARM = 10
PER_SECOND = 20  # presses in Slack while Teams has all it can bring
SECONDS = 10
HANDS = 12  # connections of Teams at the same time
DECIDES = "U005"  # Ines in Slack

Turn = tuple[bytes, str]  # an activity, and the token that came with it


@dataclass(frozen=True)
class _Ready:
    url: str
    secret: str
    decided: list[Turn]
    written: list[Turn]


def measure() -> Iterator[Line]:
    """The promise about a turn, and the one about Slack beside it."""
    with tempfile.TemporaryDirectory(prefix="usher-bench-") as name, site(Path(name)) as here:
        service = serve(Tenant(tuple(Human(one.directory_id, one.name) for one in humans()), limits=Limits(1_000_000)))
        try:
            ready = _served(here, service)
            with elsewhere() as pool, elsewhere() as other:
                yield from _alone(pool, ready)
                yield from _beside(pool, other, here, ready)
        finally:
            service.stop()


def _served(here: Site, service: Service) -> _Ready:
    decisions, _leaver = waiting_for_decisions(here)
    people = {one.id: one for one in humans()}
    db = Database(here.database)
    named = SystemKey("teams")
    keep_links(db, [Link(PersonId(h.id), named, h.directory_id, h.name, "set-up", "set-up") for h in humans()], now())
    db.close()
    tenant, number = service.tenant, port()
    environment = here.environment(number, http=True) | {
        "TEAMS_APP_ID": tenant.app_id,
        "TEAMS_APP_PASSWORD": tenant.password,
        "TEAMS_TENANT_ID": tenant.id,
        "TEAMS_CONNECTOR_URL": service.connector,
        "TEAMS_LOGIN_URL": service.login,
        "TEAMS_OPENID_URL": service.openid,
    }
    here.start(["-m", "tests.bench.served"], environment)
    url = f"http://127.0.0.1:{number}"
    until(partial(answers, f"{url}/healthz"))
    human = Human(people[INES].directory_id, people[INES].name)
    pressed = [_press(tenant, human, *one) for one in islice(changes(decisions), PRESSES + WARM)]
    written = [_brought(tenant, human, "message", text="offboard") for _ in range(PRESSES)]
    return _Ready(url, environment["SLACK_SIGNING_SECRET"], pressed, written)


def _press(tenant: Tenant, human: Human, action: str, value: str) -> Turn:
    execute = {"type": "Action.Execute", "verb": "press", "data": {"action": action, "value": value}}
    told = {"action": execute, "trigger": "manual"}
    return _brought(tenant, human, "invoke", name="adaptiveCard/action", value=told, replyToId="1")


def _brought(tenant: Tenant, human: Human, kind: str, **more: Any) -> Turn:
    made = activity(tenant, human, tenant.personal(human.id), kind, **more)
    return json.dumps(made).encode(), sign(tenant, made)


def _alone(pool: ProcessPoolExecutor, ready: _Ready) -> Iterator[Line]:
    took = pool.submit(brought, ready.url, ready.decided).result()[WARM:]
    yield Line("Teams: a decision p50, one by one", percentile(took, 0.5) * 1000, "ms", limit=60)
    yield Line("  the same p95", percentile(took, 0.95) * 1000, "ms")
    took = pool.submit(brought, ready.url, ready.written).result()
    yield Line("Teams: a message p50, one by one", percentile(took, 0.5) * 1000, "ms", limit=60)


def _beside(pool: ProcessPoolExecutor, other: ProcessPoolExecutor, here: Site, ready: _Ready) -> Iterator[Line]:
    """Slack, while Teams brings one thing after the other on a dozen connections."""
    took = pool.submit(at_rate, ready.url, ready.secret, _notes(here), PER_SECOND).result()
    yield Line("  Slack: click-to-ack p99, Teams idle", percentile(took, 0.99) * 1000, "ms")
    hammered = other.submit(hammer, ready.url, ready.written[:HANDS], SECONDS + 2)
    took = pool.submit(at_rate, ready.url, ready.secret, _notes(here), PER_SECOND).result()
    yield Line("Slack: click-to-ack p99, Teams full", percentile(took, 0.99) * 1000, "ms", limit=150)
    yield Line("  turns of Teams meanwhile", hammered.result() / (SECONDS + 2), "/s")


def _notes(here: Site) -> list[Press]:
    return [Press(DECIDES, "note", str(n), here.reply(DECIDES)) for n in range(PER_SECOND * SECONDS)]


def brought(url: str, turns: Sequence[Turn]) -> list[float]:
    """Bring one after the other on one connection; the seconds each answer took."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)
    return [_ask(connection, turn) for turn in turns]


def hammer(url: str, turns: Sequence[Turn], seconds: float) -> int:
    """Bring each again and again on a connection of its own, under a new name; how many were answered."""
    count = [0] * len(turns)
    end = time.monotonic() + seconds

    def hand(which: int) -> None:
        body, token = turns[which]
        whole = json.loads(body)
        connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)
        while time.monotonic() < end:
            _ask(connection, (json.dumps(whole | {"id": f"{which}-{count[which]}"}).encode(), token))
            count[which] += 1

    threads = [threading.Thread(target=hand, args=(which,)) for which in range(len(turns))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(count)


def _ask(connection: http.client.HTTPConnection, turn: Turn) -> float:
    body, token = turn
    began = time.perf_counter()
    connection.request("POST", "/api/messages", body, {"Content-Type": "application/json", "Authorization": token})
    answer = connection.getresponse()
    said = answer.read()
    if answer.status != 200:
        message = f"a turn was answered with {answer.status}: {said[:200]!r}"
        raise RuntimeError(message)
    return time.perf_counter() - began
