"""One person of a GitHub organisation with 500 repositories, read with 50 ms on every call.

Against the very same calls made again with none waiting for another, forty at the same time, after the two that
nothing can precede: the list of repositories, and its further pages. That is the longest chain within the limit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from io import BytesIO
from typing import Any

from werkzeug.wrappers import Request

from bot.cli.serve import now
from bot.domain.model import Link, PersonId, SystemKey
from bot.practice.company import github as practice
from bot.practice.company.github import crowd, seed
from bot.practice.company.wire import Application
from connectors import github
from connectors.github.signing import signing
from connectors.github.wire import Api
from connectors.interface import Secrets
from connectors.wire.together import side_by_side
from tests.bench.lines import Line, median_of
from tests.bench.load import elsewhere
from tests.bench.reading import _timed

LATENCY = 0.05
REPOSITORIES = 500
BEFORE = 2
KEY = SystemKey("github")
Call = tuple[str, str, Any]


def measure() -> Iterator[Line]:
    """How many calls a reading takes, and how long against its longest chain."""
    calls: list[Call] = []

    def kept(system: Application) -> Application:
        def one(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
            calls.append(_call(environ))
            return system(environ, start)

        return one

    server = practice.start(org=crowd.crowd(600, REPOSITORIES, teams=4), latency=LATENCY, around=kept)
    try:
        with elsewhere() as pool:
            pool.submit(once, server.url).result()
            same = tuple(calls)
            took, chain, alone = pool.submit(compared, server.url, same).result()
    finally:
        server.stop()
    yield Line("  calls for 500 repositories", len(same), "calls", limit=REPOSITORIES + 100)
    yield Line("  one call to github, alone", alone * 1000, "ms", peer=LATENCY * 1000)
    yield Line("github-500", took * 1000, "ms", peer=chain * 1000, ratio=1.2)


def _call(environ: dict[str, Any]) -> Call:
    request = Request(environ)
    body = request.get_json(silent=True, cache=False) if request.method == "POST" else None
    environ["wsgi.input"] = BytesIO(request.get_data()) if body is None else environ["wsgi.input"]
    environ["wsgi.input"].seek(0)
    query = request.query_string.decode()
    return request.method, f"{request.path}{'?' if query else ''}{query}", body


def reading(url: str) -> Callable[[], float]:
    """A call that reads one person and tells how many seconds it took."""
    values = {"URL": url, "ORG": seed.LOGIN, "TOKEN": seed.TOKEN}
    connector = github.connect(KEY, "GitHub", Secrets(values))
    link = Link(PersonId("P-1"), KEY, str(crowd.FIRST + 7), "person-7", "bench", "bench")
    return lambda: _timed(partial(connector.read, link, now()))


def once(url: str) -> float:
    """The seconds of one reading, with everything that a first time takes."""
    return reading(url)()


def compared(url: str, calls: tuple[Call, ...]) -> tuple[float, float, float]:
    """Median seconds of a reading, of its longest chain, and of one call; in turn, so that all see the same machine."""
    read = reading(url)
    read()  # modules and connections of a first time
    secrets = Secrets({"TOKEN": seed.TOKEN})
    api = Api(signing(url, seed.LOGIN, secrets), seed.LOGIN, github.SPEC.concurrency)

    def send(call: Call) -> None:
        api.send(call[0], call[1], call[2], accept=frozenset({403, 404, 422}))

    def many() -> None:
        side_by_side(send, calls, at_once=api.at_once)

    many()
    alone = median_of(partial(_timed, partial(api.get, "/user")), 9)
    page = partial(api.send, "GET", f"{api.home}/repos", params={"per_page": 100, "page": 1})
    rounds = [(read(), _timed(many), _timed(page)) for _ in range(5)]
    took, bulk, first = (sorted(one)[2] for one in zip(*rounds, strict=True))
    return took, bulk + BEFORE * first, alone
