"""GitHub: how many calls one person takes, how many of them wait for another, and how much memory an organisation."""

from __future__ import annotations

import json
import re
import threading
import tracemalloc
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import pytest
from werkzeug.wrappers import Request, Response

from bot.practice.company import github as practice
from bot.practice.company import hosting
from bot.practice.company.github import crowd, seed
from bot.practice.company.wire import Application
from connectors.github import facts, work
from connectors.github.signing import TokenSigning
from connectors.github.wire import Api
from connectors.interface import Lists
from connectors.wire.together import side_by_side
from tests.connectors.github_world import World

QUIET = 0.25  # seconds without a new call after which a round is full


class Rounds:
    """Answers the calls in rounds: those that could be made at the same time are let through together."""

    def __init__(self, system: Application) -> None:
        self.system = system
        self.count = 0
        self._waiting: list[threading.Event] = []
        self._changed = threading.Condition()
        threading.Thread(target=self._open, daemon=True).start()

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        """One call: it waits for its round."""
        go = threading.Event()
        with self._changed:
            self._waiting.append(go)
            self._changed.notify()
        assert go.wait(60)
        return self.system(environ, start)

    def _open(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting)
                while self._changed.wait(QUIET):
                    pass
                self.count += 1
                for go in self._waiting:
                    go.set()
                self._waiting.clear()


def test_reading_a_person_takes_four_rounds_of_calls() -> None:
    """The organisation; what is hers; what follows from that; a page more where a list is long. Stragglers only add."""
    gates: list[Rounds] = []

    def gated(system: Application) -> Application:
        gates.append(Rounds(system))
        return gates[0]

    server = practice.start(around=gated)
    try:
        world = World(server)
        taken = []
        for _ in range(10):
            before = gates[0].count
            world.read()
            taken.append(gates[0].count - before)
            if taken[-1] <= 4:
                break
        assert min(taken) <= 4, taken
    finally:
        server.stop()


def test_500_repositories_take_one_call_each_and_a_few_for_all() -> None:
    """Lists of people and of deploy keys would mostly say nothing: fifty repositories are one question instead."""
    asked: Counter[str] = Counter()

    def counted(system: Application) -> Application:
        def one(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
            path = str(environ["PATH_INFO"])
            name = re.sub(r"^/repos/[^/]+/[^/]+/", "", path)
            asked[name if name != path else re.sub(r"/teams/[^/]+", "/teams/any", path)] += 1
            return system(environ, start)

        return one

    server = practice.start(org=crowd.crowd(members=600, repos=500, teams=4), around=counted)
    try:
        reading = World(server).read(str(crowd.FIRST + 7))
    finally:
        server.stop()
    assert "repo:2000007:admin" in {one.entitlement.native_id for one in reading.grants.items}
    assert reading.grants.complete
    assert asked["invitations"] == 505
    assert asked["/graphql"] == 2 * 11 + 2
    assert asked["actions/runs"] == 2 * work.MOST  # what goes on is asked of the few with the newest pushes
    assert asked["keys"] <= 2
    assert asked["collaborators"] <= 10  # of the one repository that is theirs, with its hundreds of readers
    assert asked.total() < 505 + 120, asked


# ---- memory ----


@contextmanager
def endless(members: int, repos: int) -> Iterator[str]:
    """A GitHub of any size that keeps nothing: each page is made when it is asked for."""

    def rows(request: Request) -> list[dict[str, object]]:
        total = {"members": members, "repos": repos}.get(request.path.rsplit("/", 1)[1], 0)
        if "role" in request.args:
            return [{"id": 1, "login": "usher-bot"}]
        first = 100 * (request.args.get("page", 1, int) - 1)
        some = range(first, min(first + 100, total))
        if request.path.endswith("/repos"):
            return [{"id": n, "name": f"r{n}", "private": True, "description": "x" * 2000} for n in some]
        return [{"id": n + 10, "login": f"person-{n}", "type": "User"} for n in some]

    def say(request: Request) -> Response:
        if request.path == "/user":
            return Response('{"id": 1, "login": "usher-bot"}', mimetype="application/json")
        if request.path.endswith("/audit-log"):
            return Response('{"message": "Not Found"}', 404, mimetype="application/json")
        found, page = rows(request), request.args.get("page", 1, int)
        links = {"Link": f'<{request.base_url}?page={page + 1}>; rel="next"'} if len(found) == 100 else {}
        return Response(json.dumps(found), 200, links, mimetype="application/json")

    server = hosting.host(Request.application(say), opened := hosting.listen())
    port = opened.getsockname()[1]
    opened.close()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.shutdown()
        server.server_close()


def peak(call: Callable[[], int]) -> tuple[int, int]:
    """What a call returns, and the most memory (bytes) that was held meanwhile beyond what was there."""
    tracemalloc.start()
    try:
        return call(), tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def counted_accounts(url: str) -> int:
    """How many accounts the connector names at this address."""
    found = World.connect_to(url)
    assert isinstance(found, Lists)
    return sum(1 for _ in found.accounts())


def test_memory_does_not_grow_with_the_members() -> None:
    """Twenty thousand members take no more of it than three hundred: nothing is kept of a page but the last names."""
    with endless(20_001, 0) as many, endless(301, 0) as few:
        counted_accounts(few)  # what a first time loads
        small, least = peak(lambda: counted_accounts(few))
        large, most = peak(lambda: counted_accounts(many))
    assert (small, large) == (301, 20_001)
    assert most < least + 500_000, (least, most)


def test_ten_thousand_repositories_are_kept_without_their_descriptions() -> None:
    """Of a row of several thousand characters the names stay: less than a kilobyte each, ten megabytes for all."""

    def held(url: str) -> int:
        api = Api(TokenSigning(url, "tok"), seed.LOGIN, 2)
        return len(api.every(f"{api.home}/repos", keep=facts.slim))

    with endless(0, 3_001) as many, endless(0, 301) as few:
        held(few)
        least, most = (peak(lambda url=url: held(url))[1] for url in (few, many))  # type: ignore[misc]
    assert most - least < 2_700 * 1_000, (least, most)


class Kept(BaseHTTPRequestHandler):
    """GitHub as it is behind TLS: it keeps connections, and somebody counts them."""

    protocol_version = "HTTP/1.1"
    connections: ClassVar[set[object]]
    paths: ClassVar[list[str]]

    def do_GET(self) -> None:
        """One user."""
        self.connections.add(self.connection)
        self.paths.append(self.path)
        self.send_response(200)
        self.send_header("Content-Length", "7")
        self.end_headers()
        self.wfile.write(b'{"a":1}')

    def log_message(self, *_said: object) -> None:
        """Silent."""


@contextmanager
def keeping() -> Iterator[tuple[str, type[Kept]]]:
    """The address of such a server, and what it saw."""

    class Mine(Kept):
        connections: ClassVar[set[object]] = set()
        paths: ClassVar[list[str]] = []

    with ThreadingHTTPServer(("127.0.0.1", 0), Mine) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", Mine
        server.shutdown()


def closed(*apis: Api) -> None:
    """Leave nothing open."""
    for requester in [api._idle.get_nowait() for api in apis for _ in range(api._idle.qsize())]:  # noqa: SLF001
        if requester is not None:
            requester.close()


def test_calls_one_after_the_other_share_one_connection() -> None:
    """Nobody shakes hands with GitHub forty times to read one person; two calls at once have two connections."""
    with keeping() as (url, seen):
        api = Api(TokenSigning(url, "t"), "lumen", 1)
        for _ in range(5):
            assert api.get("/user").body == {"a": 1}
        assert len(seen.connections) == 1
        side = Api(TokenSigning(url, "t"), "lumen", 4)
        assert len(side_by_side(lambda _: side.get("/user"), range(8), at_once=4)) == 8
        assert 1 < len(seen.connections) <= 5
        closed(api, side)


def test_a_proxy_that_the_environment_names_is_used_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is looked up once for a connection, not for every call; what it excepts is reached directly."""
    with keeping() as (proxy, seen):
        monkeypatch.setenv("http_proxy", proxy)
        api = Api(TokenSigning("http://api.github.invalid", "t"), "lumen", 1)
        api.get("/user")
        assert seen.paths == ["http://api.github.invalid:80/user"]
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        direct = Api(TokenSigning(proxy, "t"), "lumen", 1)
        direct.get("/user")
        assert seen.paths[1:] == ["/user"]
        closed(api, direct)
