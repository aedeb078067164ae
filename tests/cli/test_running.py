"""A served Usher seen from outside: alive, ready, measured; and one that only works, or only talks."""

from __future__ import annotations

import json
import re
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from bot.chat.acks import Acks
from bot.cli.demo import furnish
from bot.engine.figures import measure
from bot.metrics import page
from bot.practice.company.hosting import free_port
from bot.store import Database
from bot.web import health_routes
from tests.cli.hands import app, asked, serving
from tests.fakes.town import Town
from tests.stories.acts import approved
from tests.tools.postgres import Cluster

TOKEN = "a token of this test, long enough"


def health(*missing: str, token: str = "", here: str = "127.0.0.1") -> TestClient:
    """The routes of health in front of somebody who asks from `here`."""
    return TestClient(Starlette(routes=health_routes(lambda: missing, lambda: b"figures", token)), client=(here, 5))


def test_readiness_names_what_is_missing_and_nothing_else() -> None:
    """Whoever spreads people over replicas reads the status, whoever repairs reads the words."""
    ready = health().get("/readyz")
    assert (ready.status_code, ready.json()) == (200, {"ready": True, "missing": []})
    red = health("database", "chat").get("/readyz")
    assert (red.status_code, red.json()) == (503, {"ready": False, "missing": ["database", "chat"]})


@pytest.mark.parametrize(
    ("token", "here", "headers", "status"),
    [
        ("", "127.0.0.1", {}, 200),
        ("", "::1", {}, 200),
        ("", "10.0.0.7", {}, 403),
        ("", "testclient", {}, 403),
        ("", "127.0.0.1", {"X-Forwarded-For": "10.0.0.7"}, 403),
        ("", "127.0.0.1", {"Via": "1.1 proxy"}, 403),
        (TOKEN, "10.0.0.7", {"Authorization": f"Bearer {TOKEN}"}, 200),
        (TOKEN, "10.0.0.7", {"Authorization": "Bearer wrong"}, 403),
        (TOKEN, "10.0.0.7", {"Authorization": "Bearer ü".encode()}, 403),
        (TOKEN, "127.0.0.1", {}, 403),
    ],
)
def test_figures_are_for_this_machine_or_for_who_has_the_token(
    token: str, here: str, headers: dict[str, str], status: int
) -> None:
    """They tell how many people leave and which systems there are; that is nobody else's business."""
    assert health(token=token, here=here).get("/metrics", headers=headers).status_code == status


def test_figures_count_the_work_and_name_nobody(db: Database) -> None:
    """States, systems and ages are there after a story; no name, no id of a person, no request, no reason is."""
    town = approved(Town(db), reason="a reason of this test")
    acks = Acks()
    with acks.answering("E1"):
        pass
    text = page(lambda: measure(db, town.now), acks, {"version": "0"}, ready=True).decode()
    assert re.search(r'^usher_steps\{state="confirmed",system="github"\} [1-9]', text, re.MULTILINE)
    assert re.search(r"^usher_ack_seconds_count 1\.0$", text, re.MULTILINE)
    assert re.search(r"^usher_overdue_revocation_seconds 0\.0$", text, re.MULTILINE)
    for name in ("usher_outbox_depth", "usher_outbox_age_seconds", "usher_build_info", "usher_ready"):
        assert re.search(rf"^{name}\b", text, re.MULTILINE), name
    labels = set(re.findall(r'="([^"]*)"', text))
    assert not [label for label in labels if re.search(r"P-0|OFF-|alice|reason|@", label, re.IGNORECASE)]


def test_what_should_be_gone_and_is_not_is_measured_by_its_age(db: Database) -> None:
    """A leaver whose hour has come and whose request nobody started: the alarm rings by this figure."""
    town = Town(db)
    town.offboard()
    town.work()
    with db.begin() as tx:
        tx.exec_driver_sql("UPDATE requests SET state = 'scheduled'")
    late = measure(db, town.now.replace(hour=11)).overdue
    assert late > 3000


def test_an_answer_that_takes_long_is_counted_where_it_belongs() -> None:
    """Three seconds are a bound of their own, because Slack waits no longer."""
    moments = iter([0, 0.005, 10, 10.3, 20, 22.5, 30, 37])
    acks = Acks(steady=lambda: next(moments))
    for _ in range(4):
        with acks.answering("E1"):
            pass
    text = page(lambda: None, acks, {}, ready=True).decode()
    assert 'usher_ack_seconds_bucket{le="3.0"} 3.0' in text
    assert 'usher_ack_seconds_bucket{le="+Inf"} 4.0' in text


def test_one_process_does_everything_on_sqlite(furnished: dict[str, str]) -> None:
    """Two halves on one file would not know of each other."""
    ended = app("serve", "--role", "web", **furnished)
    assert ended.returncode == 2
    assert ended.stderr == "Usher cannot start: with SQLite one process does everything. Use PostgreSQL.\n"


@pytest.mark.postgres
@pytest.mark.timeout(180)
def test_a_worker_has_no_ear_and_a_web_has_no_hands(
    settings: dict[str, str], postgres: Cluster, migrated_postgres: str, tmp_path: Path
) -> None:
    """Both say that they live and are ready; only the one that talks shows pages, and each names its role."""
    name = postgres.create(migrated_postgres)
    settings |= {"USHER_DATABASE_URL": postgres.url(name)}
    with closing(Database(settings["USHER_DATABASE_URL"])) as db:
        furnish(db, Path(settings["USHER_COMPANY"]))
    ports = {role: str(free_port()) for role in ("web", "worker")}
    web = {**settings, "USHER_PORT": ports["web"]}
    worker = {**settings, "USHER_PORT": ports["worker"]}
    with (
        serving(web, tmp_path / "web.log", "--role", "web") as talking,
        serving(worker, tmp_path / "worker.log", "--role", "worker") as working,
    ):
        talking.until_ready(ports["web"])
        working.until_ready(ports["worker"])
        pages = {role: asked(port, "report/nonsense") for role, port in ports.items()}
        assert {role: page.headers["content-type"][:9] for role, page in pages.items() if page} == {
            "web": "text/html",
            "worker": "text/plai",
        }
        figures = asked(ports["worker"], "metrics")
        assert figures
        assert 'usher_replicas{role="web"} 1.0' in figures.text
        assert 'usher_replicas{role="worker"} 1.0' in figures.text
        lines = [json.loads(line) for line in working.said().splitlines() if line.startswith('{"replica"')]
        assert {line["role"] for line in lines} == {"worker"}
    postgres.drop(name)


def test_a_database_that_hangs_is_a_missing_one() -> None:
    """Whoever asks /readyz is answered within seconds, however often, and /healthz stays what it was."""
    over = threading.Event()

    def hangs() -> tuple[str, ...]:
        over.wait(120)
        return ()

    with TestClient(Starlette(routes=health_routes(hangs, lambda: b"", ""))) as client:
        began = time.monotonic()
        for _ in range(3):
            answer = client.get("/readyz")
            assert (answer.status_code, answer.json()["missing"]) == (503, ["database"])
        assert time.monotonic() - began < 60
        over.set()
