"""The real connectors on systems that answer badly: the class of each answer, and no thread held by a trickle."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta

import boto3
import pytest
import requests
from botocore.config import Config
from botocore.exceptions import BotoCoreError

from bot.domain.model import Account, Entitlement, Grant, Link, PersonId, Revoke, SystemKey
from connectors import aws, github
from connectors.github import sending
from connectors.interface import Connector, ConnectorError, Kind, Secrets
from connectors.wire import http
from connectors.wire.whole import WholeAnswers
from tests.connectors.contract import NOW, error_of

CODE, CLOUD = SystemKey("github"), SystemKey("aws")
TEAM = Revoke(Grant(Account(CODE, "40004", "alice-m"), Entitlement("team:6", "team", "payments")))
JSON = "Content-Type: application/json\r\n"


@contextmanager
def answering(answer: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server that treats every connection so."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        over = threading.Event()

        def serve() -> None:
            while not over.is_set():
                with suppress(OSError):
                    caller, _ = server.accept()
                    threading.Thread(target=_one, args=(caller, answer), daemon=True).start()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}"
        finally:
            over.set()
            server.shutdown(socket.SHUT_RDWR)
            thread.join(5)


def _one(caller: socket.socket, answer: Callable[[socket.socket], None]) -> None:
    with caller, suppress(OSError):
        caller.recv(65_536)
        answer(caller)


def says(status: str, body: str, headers: str = "", length: int | None = None) -> Callable[[socket.socket], None]:
    """One whole answer; with `length`, one that promises more than it holds."""
    size = len(body) if length is None else length
    text = f"HTTP/1.1 {status}\r\n{JSON}{headers}Content-Length: {size}\r\nConnection: close\r\n\r\n{body}"
    return lambda caller: caller.sendall(text.encode())


def code_host(url: str) -> Connector:
    """The connector of GitHub at this address."""
    return github.connect(CODE, "GitHub", Secrets({"URL": url, "ORG": "lumen-works", "TOKEN": "tok"}))


def cloud(url: str) -> Connector:
    """The connector of AWS at this address."""
    keys = {"ACCESS_KEY_ID": "AKIAPRACTICE", "SECRET_ACCESS_KEY": "practice", "REGION": "us-east-1"}
    return aws.connect(CLOUD, "AWS", Secrets({**keys, "ENDPOINT_URL": url}))


@pytest.mark.parametrize(
    ("body", "headers", "kind", "after"),
    [
        ('{"message": "Must have admin rights to Repository."}', "", Kind.PERMISSION, None),
        ('{"message": "Resource not accessible by personal access token"}', "", Kind.PERMISSION, None),
        (
            '{"message": "You have exceeded a secondary rate limit. Please wait a few minutes."}',
            "Retry-After: 61\r\n",
            Kind.THROTTLED,
            timedelta(seconds=61),
        ),
        ('{"message": "You have exceeded a secondary rate limit."}', "", Kind.THROTTLED, None),
        (
            '{"message": "API rate limit exceeded for user ID 1."}',
            "X-RateLimit-Remaining: 0\r\nX-RateLimit-Reset: 1795262460\r\nDate: Sat, 21 Nov 2026 12:00:00 GMT\r\n",
            Kind.THROTTLED,
            timedelta(seconds=60),
        ),
    ],
)
def test_fault_21_a_missing_scope_and_a_limit_are_told_apart(
    body: str, headers: str, kind: Kind, after: timedelta | None
) -> None:
    """GitHub says 403 to both: one names the permission for a person, the other the pause for all of us."""
    with answering(says("403 Forbidden", body, headers)) as url:
        error = error_of(lambda: code_host(url).apply(TEAM))
    assert (error.kind, error.after) == (kind, after)
    assert ("admin:org" in error.said) is (kind is Kind.PERMISSION)


@pytest.mark.parametrize(
    "answer",
    [
        says("200 OK", "<!DOCTYPE html><html><body>We will be right back</body></html>"),
        says("200 OK", '{"id": 1, "login": "ush'),
        says("200 OK", '{"id": 1}', length=4000),
        says("200 OK", ""),
        says("200 OK", "null"),
    ],
)
@pytest.mark.parametrize("connect", [code_host, cloud])
def test_fault_28_a_web_page_or_half_an_answer_proves_nothing(
    answer: Callable[[socket.socket], None], connect: Callable[[str], Connector]
) -> None:
    """200 and HTML, JSON cut off, less than was promised: nothing is believed, and it is tried again."""
    with answering(answer) as url:
        connector = connect(url)
        link = Link(PersonId("P-4"), connector.spec.key, "40004", "alice-m", "test", "test")
        assert error_of(lambda: connector.read(link, NOW)).kind in {Kind.TRANSIENT, Kind.PERMISSION}


def trickle(head: bytes) -> Callable[[socket.socket], None]:
    """An answer that never ends, a byte now and then."""

    def send(caller: socket.socket) -> None:
        caller.sendall(head)
        while True:
            time.sleep(0.02)
            caller.sendall(b"x")

    return send


def _httpx(url: str) -> object:
    with http.client(url, {}) as client:
        client.timeout = 0.1
        return http.ask(client, "The wiki", "GET", "/Users")


def _requests(url: str) -> object:
    session = sending._Http("127.0.0.1").session  # noqa: SLF001 - what PyGithub speaks through, with our time-outs
    return session.get(url, timeout=(1, 0.1)).content


def _boto(url: str) -> object:
    config = Config(read_timeout=0.1, retries={"total_max_attempts": 1})
    session = boto3.session.Session("AKIAPRACTICE", "practice", region_name="us-east-1")
    return session.client("iam", endpoint_url=url, config=config).get_user(UserName="alice")


@pytest.mark.parametrize("head", [b"HTTP/1.1 200 OK\r\nX-Slow: ", b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n"])
@pytest.mark.parametrize("ask", [_httpx, _requests, _boto])
def test_no_answer_that_trickles_holds_a_worker(head: bytes, ask: Callable[[str], object]) -> None:
    """Head or body, a byte at a time: cut off after six times the time-out of a part, whatever library reads it."""
    took = [0.0]
    with answering(trickle(head)) as url:
        while took[-1] < 0.5 and len(took) < 20:  # a busy machine pauses by itself, and a part is late
            began = time.monotonic()
            with pytest.raises((ConnectorError, requests.RequestException, BotoCoreError)) as caught:
                ask(url)
            took.append(time.monotonic() - began)
            assert getattr(caught.value, "kind", Kind.TRANSIENT) is Kind.TRANSIENT
    assert 0.5 < took[-1] < 60


def test_both_kinds_of_connection_to_github_have_a_deadline() -> None:
    """With TLS and without."""
    for made, scheme in ((sending._Http("github.example"), "http://"), (sending._Https("github.example"), "https://")):  # noqa: SLF001
        assert isinstance(made.session.get_adapter(f"{scheme}github.example"), WholeAnswers)
