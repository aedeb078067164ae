"""A system that answers for ever, or without end, holds up nobody."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from threading import Event, Thread

import httpx
import pytest

from connectors.interface import ConnectorError, Kind
from connectors.wire.http import LARGEST, ask


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
    assert time.monotonic() - began < 5


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
