"""A system that answers for ever, or without end, holds up nobody."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from gzip import compress
from threading import Event, Thread

import httpx
import pytest

from connectors.interface import ConnectorError, Kind
from connectors.wire.http import ask, evidence
from connectors.wire.scim.client import Scim
from connectors.wire.whole import LARGEST


@pytest.fixture
def trickle() -> Iterator[str]:
    """A server that sends a letter of its answer every fiftieth of a second, and never the last one."""
    listener, over = socket.create_server(("127.0.0.1", 0)), Event()

    def serve() -> None:
        line, _address = listener.accept()
        with line, suppress(OSError):
            line.recv(65536)
            line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
            while not over.wait(0.02):
                line.sendall(b" ")

    thread = Thread(target=serve)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        over.set()
        thread.join()
        listener.close()


def test_an_answer_that_trickles_is_cut_off_and_asked_for_again(trickle: str) -> None:
    """No pause is long enough for a time-out, but the whole is: the removal is tried again instead of hanging."""
    began = time.monotonic()
    with (
        httpx.Client(base_url=trickle, timeout=0.2) as http,
        pytest.raises(ConnectorError, match="did not answer in time") as error,
    ):
        ask(http, "A system", "GET", "/")
    assert error.value.kind is Kind.TRANSIENT
    assert time.monotonic() - began < 60


def test_an_answer_without_end_does_not_fill_the_memory() -> None:
    """Reading stops at the largest answer that any system gives."""

    def endless() -> Iterator[bytes]:
        sent = 0
        while True:
            sent += 1_000_000
            assert sent < LARGEST + 5_000_000
            yield b" " * 1_000_000

    flood = httpx.MockTransport(lambda _request: httpx.Response(200, content=endless()))
    with httpx.Client(transport=flood, base_url="http://127.0.0.1") as http, pytest.raises(ConnectorError) as error:
        ask(http, "A system", "GET", "/")
    assert error.value.retry


def test_an_answer_packed_twice_does_not_fill_the_memory() -> None:
    """A few bytes that unpack to a few more, and those to more than there is memory."""
    bomb = compress(compress(bytes(30_000_000)))
    headers = {"content-encoding": "gzip, gzip"}
    answer = httpx.MockTransport(lambda _request: httpx.Response(200, headers=headers, stream=httpx.ByteStream(bomb)))
    with httpx.Client(base_url="http://wiki.example", transport=answer) as http, pytest.raises(ConnectorError) as error:
        ask(http, "The wiki", "GET", "/Users")
    assert error.value.kind is Kind.TRANSIENT


def test_an_id_that_echoes_our_token_is_no_evidence() -> None:
    """Whatever stands there is kept for years and shown to auditors."""
    secret = "ghp_16C7e42F292c6912E7710c838347Ae178B4a"
    kept = evidence({"X-Request-Id": f"Bearer {secret}", "Request-Id": "a" * 5000})
    assert secret not in " ".join(kept)
    assert max(map(len, kept)) < 300


@pytest.mark.parametrize("depth", [200, 900, 5000])
def test_an_answer_that_is_deeper_than_we_can_follow_is_no_answer(depth: int) -> None:
    """However many lists stand in each other, it is told as an answer that is none."""
    text = '{"id": "1", "x": ' + "[" * depth + "]" * depth + "}"
    transport = httpx.MockTransport(lambda _request: httpx.Response(200, text=text))
    scim = Scim(httpx.Client(base_url="http://wiki.example", transport=transport), "The wiki")
    with suppress(ConnectorError):
        scim.get("/Users/1")
