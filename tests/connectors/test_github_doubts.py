"""GitHub where it is tempting to believe too much: filters that are ignored, searches that are cut, calls that move."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from gzip import compress
from typing import Any

import pytest
from werkzeug.wrappers import Request, Response

from bot.domain.model import Disable
from bot.practice.company import github as practice
from bot.practice.company import hosting
from bot.practice.company.github import depth, seed
from bot.practice.company.wire import Application, Environ
from connectors import github
from connectors.interface import Connector, Kind, Result, Secrets
from connectors.wire import whole
from tests.connectors.contract import NOW, error_of, link_to
from tests.connectors.github_world import KEY, World


@contextmanager
def answering(say: Callable[[Request], Response]) -> Iterator[Connector]:
    """A GitHub that says this and nothing else."""
    server = hosting.host(Request.application(say), opened := hosting.listen())
    url = f"http://127.0.0.1:{opened.getsockname()[1]}"
    opened.close()
    try:
        yield github.connect(KEY, "GitHub", Secrets({"URL": url, "ORG": seed.LOGIN, "TOKEN": "tok"}))
    finally:
        server.shutdown()
        server.server_close()


def told(body: object, status: int = 200, **headers: str) -> Response:
    """An answer in JSON."""
    return Response(json.dumps(body), status, headers, mimetype="application/json")


def forgetful(system: Application) -> Application:
    """A server that does not know how to ask for one owner's tokens."""

    def answer(environ: Environ, start: Callable[..., Any]) -> Iterable[bytes]:
        asked = [one for one in environ["QUERY_STRING"].split("&") if not one.startswith("owner")]
        return system({**environ, "QUERY_STRING": "&".join(asked)}, start)

    return answer


def test_where_the_filter_for_an_owner_is_ignored_only_her_tokens_are_ended() -> None:
    """A server that shows everybody's fine-grained tokens gets nobody else's ended."""
    server = practice.start(around=forgetful)
    try:
        world = World(server)
        world.connector = world.as_app()
        token = next(one for one in world.read().credentials.items if one.native_id == "pat:fine-grained")
        assert token.label == "refund job"
        assert world.connector.apply(Disable(token)).result is Result.APPLIED
        assert {each.user for each in world.org.fine_grained} == {depth.BEN}
    finally:
        server.stop()


@pytest.mark.parametrize(
    "hits",
    [
        {"total_count": 0, "incomplete_results": True, "items": []},
        {"total_count": 140, "incomplete_results": False, "items": []},
        {"message": "odd"},
    ],
    ids=["ran out of time", "has more", "is none"],
)
def test_a_search_that_is_cut_is_no_empty_search(hits: object) -> None:
    """GitHub says that it did not look at everything: then nobody was not found."""
    with answering(lambda _request: told(hits)) as connector:
        assert error_of(lambda: connector.find("alice@lumen.example")).kind is Kind.TRANSIENT


@pytest.mark.parametrize("answer", [told({}, 202), Response("", 301, {"Location": "/user?page=9"})], ids=["202", "301"])
def test_a_question_is_asked_once_however_it_is_put_off(answer: Response) -> None:
    """The library would ask again for half an hour, or go on to the new place without what was asked."""
    asked: list[str] = []

    def say(request: Request) -> Response:
        asked.append(request.path)
        return answer

    with answering(say) as connector:
        assert error_of(lambda: connector.read(link_to(connector, "40004", "alice-m"), NOW)).kind is Kind.TRANSIENT
    assert len(asked) == len(set(asked))


def test_an_answer_without_measure_does_not_fill_the_memory() -> None:
    """A little that unpacks to more than any answer has is given up on the way."""
    bomb = compress(bytes(whole.LARGEST + 20_000_000))
    big = Response(bomb, headers={"Content-Encoding": "gzip"}, mimetype="application/json")
    with answering(lambda _request: big) as connector:
        assert error_of(lambda: connector.find("alice@lumen.example")).kind is Kind.TRANSIENT
