"""A small server on this machine, for whoever is to be called or must not be."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


class Door(BaseHTTPRequestHandler):
    """Answers as its subclass says, and logs nothing."""

    def say(self, status: int, body: bytes = b"", **headers: str) -> None:
        """The whole answer."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name the library gives
        """Say nothing."""


@contextmanager
def opened(door: type[Door]) -> Iterator[str]:
    """The address at which this door answers."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), door)
    thread = Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
