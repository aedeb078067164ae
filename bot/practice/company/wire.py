"""What all HTTP systems of the company share: a log of writes, faults on demand, and latency.

Beside its own API every system answers `GET /_/log` (calls and writes so far), `GET|POST|DELETE /_/faults`.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

from werkzeug.wrappers import Request, Response

Environ = dict[str, Any]
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]

HTML_PAGE = (
    "<!DOCTYPE html><html><head><title>Maintenance</title></head><body><h1>We will be right back</h1></body></html>"
)
_SECRET = re.compile(r"password|secret|token", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Write:
    """One write that reached a system: what was asked, by whom, and what was answered."""

    n: int
    at: str
    operation: str
    actor: str
    status: int
    body: Mapping[str, Any]

    @property
    def changed(self) -> bool:
        """Whether the system accepted it."""
        return self.status < 300


@dataclass(slots=True)
class Fault:
    """What to do to the next `times` calls whose operation matches the pattern `match`; 0 times means until cleared.

    `status` answers instead of the system, `retry_after` and `html` shape that answer, `delay` seconds pass first.
    `lost` lets the system do its work and then never answers: the connection closes after `delay` seconds.
    `says` is the message of a refusal. `does` names what only this system knows how to do,
    with `about`, `to` and `seconds`.
    """

    match: str
    status: int = 0
    times: int = 1
    delay: float = 0.0
    retry_after: int | None = None
    html: bool = False
    lost: bool = False
    says: str = ""
    does: str = ""
    about: str = ""
    to: str = ""
    seconds: float = 0.0
    hits: int = 0

    def takes(self, operation: str) -> bool:
        """Whether this call is one of the chosen ones; counts it when it is."""
        spent = self.times > 0 and self.hits >= self.times
        if spent or not re.search(self.match, operation):
            return False
        self.hits += 1
        return True


Operation = Callable[[Request], str]
Reply = Callable[[Fault], Response]
Perform = Callable[[Application, Request, Fault | None], Response]


def by_path(request: Request) -> str:
    """The name of a call in a log and for a fault: `DELETE /orgs/lumen-works/memberships/alice-m`."""
    return f"{request.method} {request.path}"


def json_reply(fault: Fault) -> Response:
    """The answer of a failing JSON system."""
    return Response(json.dumps({"message": f"Practice fault {fault.status}"}), mimetype="application/json")


def perform(system: Application, request: Request, _fault: Fault | None) -> Response:
    """What a system answers when nothing special is asked of it."""
    return Response.from_app(system, request.environ, buffered=True)


@dataclass(slots=True)
class Ledger:
    """Everything a system was asked, kept in memory and append-only; safe to read from any thread."""

    calls: int = 0
    writes: list[Write] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, operation: str, actor: str, status: int, body: Mapping[str, Any]) -> None:
        """Append one write."""
        with self.lock:
            at = datetime.now(UTC).isoformat(timespec="milliseconds")
            self.writes.append(Write(len(self.writes) + 1, at, operation, actor, status, body))

    def changes(self) -> tuple[Write, ...]:
        """The writes that the system accepted, oldest first."""
        with self.lock:
            return tuple(write for write in self.writes if write.changed)

    def next_fault(self, operation: str) -> Fault | None:
        """The first fault that wants this call, counted as used."""
        with self.lock:
            self.calls += 1
            return next((fault for fault in self.faults if fault.takes(operation)), None)


@dataclass(slots=True)
class Recorded:
    """A WSGI application around a system: it records, fails and delays as it was told."""

    system: Application
    ledger: Ledger = field(default_factory=Ledger)
    latency: float = 0.0
    operation: Operation = by_path
    is_write: Callable[[str], bool] = lambda operation: not operation.startswith(("GET ", "HEAD "))
    actor: Callable[[Request], str] = lambda _request: ""
    reply: Reply = json_reply
    perform: Perform = perform
    fault: Callable[[Mapping[str, Any]], Fault] = lambda told: Fault(**told)

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Serve one call."""
        environ["wsgi.input"] = BytesIO(_drain(environ))
        request = Request(environ)
        if request.path.startswith("/_/"):
            return self._control(request)(environ, start_response)
        operation = self.operation(request)
        fault = self.ledger.next_fault(operation)
        time.sleep(self.latency + (fault.delay if fault and not fault.lost else 0.0))
        if fault and (fault.status or fault.html):
            return self._fail(fault)(environ, start_response)
        environ["wsgi.input"].seek(0)
        answer = self._pass(request, operation, fault)
        if fault and fault.lost:
            time.sleep(fault.delay)
            message = "practice fault: the answer is lost"
            raise ConnectionAbortedError(message)
        return answer(environ, start_response)

    def _pass(self, request: Request, operation: str, fault: Fault | None) -> Response:
        body = _body(request)
        request.environ["wsgi.input"].seek(0)
        answer = self.perform(self.system, request, fault)
        if self.is_write(operation):
            self.ledger.add(operation, self.actor(request), answer.status_code, body)
        return answer

    def _fail(self, fault: Fault) -> Response:
        answer = Response(HTML_PAGE, mimetype="text/html") if fault.html else self.reply(fault)
        answer.status_code = fault.status or (200 if fault.html else 500)
        if fault.retry_after is not None:
            answer.headers["Retry-After"] = str(fault.retry_after)
        return answer

    def _control(self, request: Request) -> Response:
        if request.method != "GET" and "Origin" in request.headers:
            return _json({"ok": False, "error": "not from a web page"}, 403)
        match request.method, request.path:
            case "GET", "/_/log":
                return _json(self._told())
            case "POST", "/_/faults":
                try:
                    self.ledger.faults.append(self.fault(request.get_json()))
                except (KeyError, TypeError) as error:
                    return _json({"ok": False, "error": f"no such fault: {error}"}, 422)
            case "DELETE", "/_/faults":
                self.ledger.faults.clear()
            case "GET", "/_/faults":
                pass
            case _:
                return _json({"ok": False, "error": "unknown"}, 404)
        return _json({"ok": True, "faults": [asdict(fault) for fault in self.ledger.faults]})

    def _told(self) -> dict[str, Any]:
        with self.ledger.lock:
            return {"ok": True, "calls": self.ledger.calls, "log": [asdict(write) for write in self.ledger.writes]}


def _json(value: Mapping[str, Any], status: int = 200) -> Response:
    return Response(json.dumps(value), status=status, mimetype="application/json")


def _drain(environ: Environ) -> bytes:
    length = int(environ.get("CONTENT_LENGTH") or 0)
    body: bytes = environ["wsgi.input"].read(length) if length else b""
    return body


def _body(request: Request) -> dict[str, Any]:
    """The body of a call without its secrets."""
    if request.form:
        return {key: _hidden(key, value) for key, value in request.form.items()}
    sent = request.get_json(force=True, silent=True) if request.content_length else None
    return {key: _hidden(key, value) for key, value in sent.items()} if isinstance(sent, dict) else {}


def _hidden(key: str, value: Any) -> Any:
    return "***" if _SECRET.search(key) else value
