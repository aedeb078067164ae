"""What stands between Usher and the chat: it lets a call through, or does to it what networks and vendors do."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

Rule = Callable[[str], str]  # the name of a method → what happens to this call of it


@dataclass
class Wall:
    """A door with a guard: `rule` says for each call "pass", "swallow", "hang", "500", "slow", "429 30" or an error.

    "swallow" lets Slack do it and loses the answer; "slow" gives the answer late.
    """

    behind: str
    rule: Rule = lambda _method: "pass"
    calls: list[str] = field(default_factory=list)
    open: threading.Event = field(default_factory=threading.Event)
    url: str = ""

    def of(self, method: str) -> int:
        """How often a method was called."""
        return self.calls.count(method)


@contextmanager
def wall(behind: str) -> Iterator[Wall]:
    """A wall in front of a workspace."""
    made = Wall(behind)

    class Door(_Door):
        guard = made

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    server.daemon_threads = True
    made.url = f"http://127.0.0.1:{server.server_port}/api/"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield made
    finally:
        made.open.set()
        server.shutdown()
        thread.join()
        server.server_close()


class _Door(BaseHTTPRequestHandler):
    guard: Wall

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def _serve(self) -> None:
        method = urlsplit(self.path).path.rpartition("/")[2]
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        self.guard.calls.append(method)
        fate = self.guard.rule(method)
        match fate.split():
            case ["pass"]:
                self._answer(*self._through(body))
            case ["slow"]:
                status, found, headers = self._through(body)
                time.sleep(0.3)
                self._answer(status, found, headers)
            case ["swallow"]:
                self._through(body)
                self.close_connection = True
            case ["hang"]:
                self.guard.open.wait(40)
                self.close_connection = True
            case ["429", seconds]:
                said = {"ok": False, "error": "ratelimited"}
                self._answer(429, json.dumps(said).encode(), {"Retry-After": seconds})
            case ["500"]:
                self._answer(500, b"<html>Server Error</html>", {"Content-Type": "text/html"})
            case _:
                self._answer(200, json.dumps({"ok": False, "error": fate}).encode(), {})

    def _through(self, body: bytes) -> tuple[int, bytes, dict[str, str]]:
        connection = http.client.HTTPConnection(urlsplit(self.guard.behind).netloc, timeout=60)
        headers = {name: value for name, value in self.headers.items() if name.lower() != "host"}
        connection.request(self.command, self.path, body, headers)
        answer = connection.getresponse()
        found = answer.read()
        connection.close()
        kept = {n: v for n, v in answer.getheaders() if n.lower() in {"content-type", "retry-after", "x-oauth-scopes"}}
        return answer.status, found, kept

    def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in ({"Content-Type": "application/json"} | headers).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name the library gives
        """Say nothing."""
