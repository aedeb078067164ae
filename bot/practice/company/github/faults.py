"""What GitHub does on a bad day, each made by one function: `server.ledger.faults.append(faults.throttled("DELETE"))`.

`match` is a pattern for the call (`DELETE /orgs/.*/memberships`), `times` how many calls it hits (0: until cleared).
Over HTTP the same: `POST /_/faults {"kind": "throttled", "match": "DELETE", "seconds": 7}`.
"""

from __future__ import annotations

import copy
import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from io import BytesIO
from typing import Any

from werkzeug.wrappers import Request, Response

from bot.practice.company.github.api import JSON, token_of
from bot.practice.company.github.state import Org
from bot.practice.company.wire import Application, Fault

SECONDARY = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
LAST_OWNER = "You can't remove the last owner of the organization."


def operation(request: Request) -> str:
    """The name of a call for a log and for a fault; all of GraphQL has one path, so its kind is named too."""
    name = f"{request.method} {request.path}"
    if request.path != "/graphql":
        return name
    told = request.get_json(force=True, silent=True)
    query = str(told.get("query", "")) if isinstance(told, dict) else ""
    return f"{name} {'mutation' if query.lstrip().startswith('mutation') else 'query'}"


def is_write(name: str) -> bool:
    """Whether a call of this name changes something."""
    return not name.startswith(("GET ", "HEAD ")) and not name.endswith("/graphql query")


def throttled(match: str = "", *, seconds: int = 60, times: int = 1) -> Fault:
    """429 with Retry-After."""
    return Fault(match, status=429, retry_after=seconds, times=times, says=SECONDARY)


def secondary(match: str = "", *, seconds: int = 60, times: int = 1) -> Fault:
    """GitHub's other limit: 403, told from a missing permission by its words and by Retry-After."""
    return Fault(match, status=403, retry_after=seconds, times=times, says=SECONDARY)


def broken(match: str = "", *, status: int = 500, times: int = 1) -> Fault:
    """One internal error; nothing is done."""
    return Fault(match, status=status, times=times, says="Server Error")


def answer_lost(match: str = "", *, seconds: float = 0.0, times: int = 1) -> Fault:
    """The work is done, and the connection closes after `seconds` without an answer."""
    return Fault(match, lost=True, delay=seconds, times=times)


def seen_later(match: str = "", *, seconds: float = 3600.0, times: int = 1) -> Fault:
    """The write is answered at once, and every read shows the time before it for `seconds` (or until settle())."""
    return Fault(match, does="stale", seconds=seconds, times=times)


def done_later(match: str = "", *, seconds: float = 3600.0, times: int = 1) -> Fault:
    """202 with an empty object now; the write itself is done after `seconds` (or at settle())."""
    return Fault(match, does="queue", seconds=seconds, times=times)


def cut_short(match: str = "", *, times: int = 1) -> Fault:
    """Half of the JSON."""
    return Fault(match, does="cut", times=times)


def web_page(match: str = "", *, status: int = 0, times: int = 1) -> Fault:
    """A proxy's page instead of an answer; status 200 unless another is named."""
    return Fault(match, html=True, status=status, times=times)


def renamed(match: str = "", *, login: str, to: str, times: int = 1) -> Fault:
    """Somebody changed their login just before this call; somebody else may have taken the old one since."""
    return Fault(match, does="rename", about=login, to=to, times=times)


def last_owner(match: str = "DELETE", *, times: int = 1) -> Fault:
    """403: an organisation keeps one owner."""
    return Fault(match, status=403, times=times, says=LAST_OWNER)


def scope_lost(match: str = "", *, scope: str) -> Fault:
    """From this call on the token has the scope (or the app's permission) no more: GitHub answers 404 or 403."""
    return Fault(match, does="unscope", about=scope)


def slow(match: str = "", *, seconds: float, times: int = 1) -> Fault:
    """The answer comes after `seconds`."""
    return Fault(match, delay=seconds, times=times)


KINDS: Mapping[str, Callable[..., Fault]] = {
    each.__name__: each for each in (throttled, secondary, broken, answer_lost, seen_later, done_later, cut_short)
} | {each.__name__: each for each in (web_page, renamed, last_owner, scope_lost, slow)}


def made(told: Mapping[str, Any]) -> Fault:
    """A fault from what came over HTTP: a `kind` of these with its settings, or the fields of a plain fault."""
    settings = dict(told)
    kind = settings.pop("kind", "")
    return KINDS[kind](**settings) if kind else Fault(**settings)


@dataclass(slots=True)
class Moods:
    """What the calls of one GitHub go through: its past, its queue, and the faults that need either."""

    org: Org
    past: Org | None = None
    past_until: float = 0.0
    queue: list[tuple[float, Mapping[str, Any]]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, system: Application, request: Request, fault: Fault | None) -> Response:
        """Answer one call, in the mood the fault says."""
        self._work(system, time.monotonic())
        match fault.does if fault else "":
            case "queue":
                return self._queued(request, fault)
            case "stale":
                self._remember(fault)
            case "rename":
                self._rename(fault)
            case "unscope":
                self._unscope(request, fault)
        if self.past is not None and not is_write(operation(request)):
            request.environ["wsgi.input"].seek(0)
            return self._from_the_past(system, request)
        answer = Response.from_app(system, request.environ, buffered=True)
        if fault and fault.does == "cut":
            answer.data = answer.data[: len(answer.data) // 2]
        return answer

    def settle(self, system: Application) -> None:
        """Let everything happen that was put off: reads show the present, and the queue is worked off."""
        self.past = None
        self._work(system, float("inf"))

    def _work(self, system: Application, now: float) -> None:
        with self.lock:
            due = [environ for at, environ in self.queue if at <= now]
            self.queue = [one for one in self.queue if one[0] > now]
            if self.past is not None and now > self.past_until:
                self.past = None
        for environ in due:
            environ["wsgi.input"].seek(0)
            Response.from_app(system, dict(environ), buffered=True)

    def _queued(self, request: Request, fault: Fault | None) -> Response:
        kept = {key: value for key, value in request.environ.items() if not key.startswith("werkzeug.")}
        kept["wsgi.input"] = BytesIO(request.get_data())
        with self.lock:
            self.queue.append((time.monotonic() + (fault.seconds if fault else 0.0), kept))
        return Response(json.dumps({}), 202, content_type=JSON)

    def _remember(self, fault: Fault | None) -> None:
        """Keep how everything is before this write; reads are answered from it."""
        with self.org.lock:
            self.past = _copy(self.org)
        self.past_until = time.monotonic() + (fault.seconds if fault else 0.0)

    def _from_the_past(self, system: Application, request: Request) -> Response:
        """Serve one read with what was: the state is exchanged for the time of the call."""
        assert self.past is not None  # noqa: S101 -- asked by the caller
        with self.org.lock:
            present = _values(self.org)
            _fill(self.org, _values(self.past))
            try:
                return Response.from_app(system, request.environ, buffered=True)
            finally:
                _fill(self.org, present)

    def _rename(self, fault: Fault | None) -> None:
        with self.org.lock:
            for each in self.org.users.values():
                if fault and each.login == fault.about:
                    each.login = fault.to

    def _unscope(self, request: Request, fault: Fault | None) -> None:
        held = self.org.tokens.get(token_of(request.headers.get("Authorization", "")))
        if held and fault:
            held.scopes -= {fault.about}
            if held.permissions is not None:
                held.permissions = {key: how for key, how in held.permissions.items() if key != fault.about}


_APART = {"lock", "tokens", "later", "audit", "numbers"}


def _values(org: Org) -> dict[str, Any]:
    return {each.name: getattr(org, each.name) for each in fields(org) if each.name not in _APART}


def _fill(org: Org, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        setattr(org, name, value)


def _copy(org: Org) -> Org:
    past = Org(org.id, org.login, org.name)
    _fill(past, copy.deepcopy(_values(org)))
    return past
