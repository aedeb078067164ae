"""The ten things that go wrong at any call, put around any HTTP system as a WSGI application.

A fault is armed for one call, by its name or by its number; it stays until `clear`, which also does what was put off.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from io import BytesIO
from threading import RLock
from typing import Any, Protocol

from werkzeug.wrappers import Request, Response

from bot.practice.company.wire import HTML_PAGE, Application, Environ
from connectors.interface import Kind

PAUSE = 7  # seconds of Retry-After


class Fault(StrEnum):
    """What goes wrong; the value is the end of the sentence "the call meets …"."""

    THROTTLED = "429 with Retry-After"
    BROKEN = "one 500"
    LOST = "a time-out after it took effect"
    LATER = "a change that is seen later"
    QUEUED = "202, and the work done later"
    CUT = "half of the answer"
    PAGE = "a web page"
    RENAMED = "a login that changed just before"
    LAST_OWNER = "403, the last owner stays"
    DENIED = "a scope that is gone from here on"


WRITES_ONLY = frozenset({Fault.LATER, Fault.QUEUED, Fault.LAST_OWNER})
KINDS: dict[Fault, frozenset[Kind]] = {
    Fault.THROTTLED: frozenset({Kind.THROTTLED}),
    Fault.BROKEN: frozenset({Kind.TRANSIENT}),
    Fault.LOST: frozenset({Kind.TRANSIENT}),
    Fault.LATER: frozenset({Kind.TRANSIENT}),
    Fault.QUEUED: frozenset({Kind.TRANSIENT}),
    Fault.CUT: frozenset({Kind.TRANSIENT}),
    Fault.PAGE: frozenset({Kind.TRANSIENT}),
    Fault.RENAMED: frozenset({Kind.TRANSIENT, Kind.GONE}),
    Fault.LAST_OWNER: frozenset({Kind.PERMISSION, Kind.PERMANENT}),
    Fault.DENIED: frozenset({Kind.PERMISSION}),
}
"""The class of error a fault may end in; success is always allowed, and judged by what the server then holds."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call that reached the system, named as its vendor would."""

    name: str
    write: bool


@dataclass(slots=True)
class Armed:
    """A fault that waits for its call: the first of this name, or the one of this number since it was armed."""

    fault: Fault
    at: str | int
    met: bool = False


class Trouble(Protocol):
    """What a world offers: which calls there were, and faults at any of them."""

    knows: frozenset[Fault]
    calls: list[Call]

    def arm(self, *faults: Armed) -> None:
        """From now on these faults meet their calls; calls are counted from here."""
        ...

    def clear(self) -> None:
        """All is well again, and what was put off has happened."""
        ...


@dataclass(frozen=True, slots=True)
class Words:
    """How a vendor names a call, which of them change something, and how it says no (None: this call is not met)."""

    name: Callable[[Request], str]
    is_write: Callable[[str], bool]
    refuse: Callable[[Fault, Request], Response | None]


@dataclass(slots=True)
class Weather:
    """A WSGI application around a system: it counts calls and lets the armed faults happen."""

    system: Application
    words: Words
    rename: Callable[[bool], None]
    """Give the person another login (True), or the old one back."""
    knows: frozenset[Fault] = frozenset(Fault)
    calls: list[Call] = field(default_factory=list)
    armed: list[Armed] = field(default_factory=list)
    seen: dict[tuple[str, str, bytes], Response] = field(default_factory=dict)
    past: dict[tuple[str, str, bytes], Response] | None = None
    queue: list[Environ] = field(default_factory=list)
    denied: bool = False
    renamed: bool = False
    lock: RLock = field(default_factory=RLock)

    def arm(self, *faults: Armed) -> None:
        """From now on these faults meet their calls."""
        with self.lock:
            self.armed, self.calls = list(faults), []

    def clear(self) -> None:
        """All is well again."""
        with self.lock:
            self.armed, self.denied, self.past = [], False, None
            waiting, self.queue = self.queue, []
            if self.renamed:
                self.rename(False)
                self.renamed = False
            self.seen.clear()
        for environ in waiting:
            Response.from_app(self.system, environ, buffered=True)

    def __call__(self, environ: Environ, start: Callable[..., Any]) -> Iterable[bytes]:
        """Serve one call."""
        data = Request(environ).get_data()
        environ["wsgi.input"] = BytesIO(data)
        request = Request(environ)
        name = self.words.name(request)
        environ["wsgi.input"] = BytesIO(data)
        call = Call(name, self.words.is_write(name))
        return self._answer(request, call, self._met(call))(environ, start)

    def _met(self, call: Call) -> Fault | None:
        with self.lock:
            self.calls.append(call)
            for one in self.armed:
                here = one.at in {call.name, len(self.calls) - 1}
                if here and not one.met and (call.write or one.fault not in WRITES_ONLY):
                    one.met = True
                    return one.fault
        return None

    def _answer(self, request: Request, call: Call, fault: Fault | None) -> Response:
        with self.lock:  # what a fault does to the world must not meet another call half-way
            self._befalls(fault)
        said = self.words.refuse(Fault.DENIED, request) if self.denied else None
        if said is None and fault in {Fault.THROTTLED, Fault.BROKEN, Fault.LAST_OWNER}:
            said = self.words.refuse(fault, request)
        if said is not None:
            return said
        match fault:
            case Fault.PAGE:
                return Response(HTML_PAGE, mimetype="text/html")
            case Fault.QUEUED:
                return self._queued(request)
        answer = self._real(request, call)
        if fault is Fault.LOST:
            raise ConnectionAbortedError("the answer is lost")
        if fault is Fault.CUT:
            answer.set_data(answer.get_data()[: len(answer.get_data()) // 2])
        return answer

    def _befalls(self, fault: Fault | None) -> None:
        match fault:
            case Fault.DENIED:
                self.denied = True
            case Fault.RENAMED if not self.renamed:
                self.rename(True)
                self.renamed = True
            case Fault.LATER:
                self.past = dict(self.seen)

    def _real(self, request: Request, call: Call) -> Response:
        """What the system says; a read whose answer lies in the past is answered from there."""
        key = (request.method, request.full_path, request.environ["wsgi.input"].getvalue())
        if not call.write and self.past is not None and key in self.past:
            return _copy(self.past[key])
        answer = Response.from_app(self.system, request.environ, buffered=True)
        if call.write:
            self.seen.clear()
        else:
            self.seen[key] = _copy(answer)
        return answer

    def _queued(self, request: Request) -> Response:
        kept = {key: value for key, value in request.environ.items() if not key.startswith("werkzeug.")}
        self.queue.append({**kept, "wsgi.input": BytesIO(request.environ["wsgi.input"].getvalue())})
        return Response("{}", 202, content_type="application/json")


def _copy(answer: Response) -> Response:
    return Response(answer.get_data(), answer.status_code, list(answer.headers))
