"""How a system of the company is hosted: a loopback socket, a threaded server, and an end nobody has to clean up after.

A system in its own process says `{"ready": true, "links": [...]}` on its standard output. Attached to a parent it ends
when its standard input closes, which happens however the parent ends.
"""

from __future__ import annotations

import argparse
import io
import json
import signal
import socket
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from secrets import choice
from typing import Any, NamedTuple

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from bot.practice.company.wire import Application

_PART, _HUGE = 65_536, 10_000_000
_ASKED_FOR = range(20_000, 32_000)  # below those that systems hand out by themselves: 32768 and up, 49152 and up


class NativeLink(NamedTuple):
    """Which account in one system belongs to which person of the roster."""

    person_id: str
    system: str
    native_id: str
    label: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where a system of its own process runs: a port, or an open socket handed over by the parent."""

    port: int
    fd: int
    latency: float
    folder: str
    attached: bool

    def open(self) -> socket.socket:
        """The listening socket."""
        return socket.socket(fileno=self.fd) if self.fd >= 0 else listen(self.port)


class _Small(io.BufferedReader):
    """What a caller sends. After each answer werkzeug asks for what is left, with room for ten million bytes."""

    def read(self, size: int | None = -1, /) -> bytes:
        """Some bytes, or as many as a call says that it has."""
        return super().read(_PART if size is not None and size >= _HUGE else size)


class _Quiet(WSGIRequestHandler):
    """A handler that says nothing, and closes the connection of an answer that got lost."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def setup(self) -> None:
        """Read in small parts."""
        super().setup()
        self.rfile = _Small(self.rfile.detach())

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Stay silent: the ledger tells more."""

    def log_error(self, format: str, *args: Any) -> None:  # noqa: A002 -- the standard library names it so
        """Stay silent: a fault on purpose is not an error."""

    def connection_dropped(self, error: BaseException, environ: dict[str, Any] | None = None) -> None:
        """End the connection instead of waiting for its next call."""
        self.close_connection = True


def listen(port: int = 0) -> socket.socket:
    """A listening socket on the loopback address: calls made before a system is ready wait in its queue."""
    opened = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    opened.bind(("127.0.0.1", port))
    opened.listen(128)
    return opened


def host(application: Application, opened: socket.socket) -> BaseWSGIServer:
    """A threaded server of `application` on a copy of this socket, already serving in a thread of its own."""
    address, port = opened.getsockname()
    server = make_server(address, port, application, threaded=True, request_handler=_Quiet, fd=opened.fileno())
    threading.Thread(target=server.serve_forever, args=(0.05,), name=f"practice-{port}", daemon=True).start()
    return server


def place() -> Place:
    """Where this process was told to run, from its command line."""
    parser = argparse.ArgumentParser(description="One system of the practice company, on the loopback address.")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--fd", type=int, default=-1, help="an open listening socket instead of a port")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds per call")
    parser.add_argument("--folder", default="", help="where files may be kept")
    parser.add_argument("--attached", action="store_true", help="end when the standard input closes")
    return Place(**vars(parser.parse_args()))


def say_ready(links: Sequence[NativeLink], **facts: object) -> None:
    """Tell the parent, or the person at the terminal, that the system is up and whose accounts are whose."""
    sys.stdout.write(json.dumps({"ready": True, "links": links, **facts}) + "\n")
    sys.stdout.flush()


def wait_for_end(*, attached: bool) -> None:
    """Return when the parent is gone, or on SIGTERM or SIGINT."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _leave)
    try:
        if attached:
            sys.stdin.buffer.read()
        else:
            threading.Event().wait()
    except SystemExit:
        return


def _leave(_number: int, _frame: object) -> None:
    raise SystemExit


def free_port() -> int:
    """A port nobody listens on now, and that no other program is given by chance before it is used."""
    while True:
        port = choice(_ASKED_FOR)
        with suppress(OSError), listen(port):
            return port
