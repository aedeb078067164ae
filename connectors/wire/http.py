"""What every connector that speaks HTTP shares: time-outs, the class of an error, how long to wait, evidence ids."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from json import loads
from typing import Any

import httpx

from bot.domain.redaction import redacted
from connectors.interface import ConnectorError, Kind
from connectors.wire.whole import LARGEST, PATIENCE, whole

CONNECT_SECONDS = 3.0
READ_SECONDS = 10.0
LONGEST_WAIT = timedelta(hours=1)  # a vendor that asks for more is asked again after this
_DIGITS = 11  # of a moment in seconds: year 5138
_ID = 200  # characters of a vendor's id of a call; none is as long
EVIDENCE_HEADERS = ("x-github-request-id", "x-amzn-requestid", "x-request-id", "x-correlation-id", "request-id")


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of a system; its repr never shows the body, which may hold somebody's data."""

    status: int
    body: Any = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    evidence: tuple[str, ...] = ()

    @property
    def found(self) -> bool:
        """Whether the thing asked for exists, for callers that accept a 404."""
        return self.status != HTTPStatus.NOT_FOUND


def client(url: str, headers: Mapping[str, str]) -> httpx.Client:
    """A client with our time-outs, no retries and no redirects (a redirect could carry the token elsewhere)."""
    timeout = httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS)
    return whole(httpx.Client(base_url=url, headers=dict(headers), timeout=timeout, follow_redirects=False))


def ask(  # noqa: PLR0913  a request has that many parts
    http: httpx.Client,
    system: str,
    method: str,
    path: str,
    *,
    params: Mapping[str, str | int] | None = None,
    json: object = None,
    needs: str = "",
    accept: frozenset[int] = frozenset(),
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """Send one request, return its JSON; statuses in `accept` return too. Raises ConnectorError that names `needs`.

    A system that lets its answer trickle is cut off: the client's time-out only limits the pause between two parts.
    """
    try:
        with http.stream(method, path, params=params, json=json, headers=headers) as response:
            content = _content(system, response, time.monotonic() + PATIENCE * (http.timeout.read or READ_SECONDS))
    except httpx.TimeoutException:
        raise silent(system) from None
    except (httpx.HTTPError, httpx.InvalidURL):  # its text can hold the address and what we sent
        raise unreachable(system) from None
    if not response.is_success and response.status_code not in accept:
        raise refusal(system, response.status_code, response.headers, needs=needs)
    return Answer(response.status_code, _json(system, response, content), response.headers, evidence(response.headers))


def _content(system: str, response: httpx.Response, until: float) -> bytes:
    """The body, if it is whole by then and no larger than any answer is. Raises ConnectorError."""
    if "," in response.headers.get("content-encoding", ""):  # packed twice, some bytes can be more than all our memory
        raise garbled(system)
    read = bytearray()
    for part in response.iter_bytes():
        read += part
        if time.monotonic() > until:
            raise silent(system)
        if len(read) > LARGEST:
            raise garbled(system)
    return bytes(read)


def _json(system: str, response: httpx.Response, content: bytes) -> Any:
    if not content:
        return None
    try:
        return loads(content)
    except (ValueError, RecursionError):
        if not response.is_success:
            return None  # an accepted error status says enough without its words
        raise garbled(system) from None


def refusal(system: str, status: int, headers: Mapping[str, str], *, needs: str = "") -> ConnectorError:
    """The error that an HTTP status stands for, in words, without the body."""
    if status == HTTPStatus.TOO_MANY_REQUESTS or (status == HTTPStatus.FORBIDDEN and _limited(headers)):
        return ConnectorError(f"{system} asks us to slow down.", kind=Kind.THROTTLED, after=wait(headers))
    if status == HTTPStatus.UNAUTHORIZED:
        return rejected(system)
    if status == HTTPStatus.FORBIDDEN:
        lacking = f" It needs {needs}." if needs else ""
        return ConnectorError(f"{system} does not allow us to do this.{lacking}", kind=Kind.PERMISSION)
    if status in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
        return ConnectorError(f"{system} does not know what we asked for.", kind=Kind.GONE)
    if status in {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.CONFLICT, HTTPStatus.PRECONDITION_FAILED, HTTPStatus.LOCKED}:
        return ConnectorError(f"{system} was busy with the same thing.", kind=Kind.TRANSIENT)
    if status == HTTPStatus.NOT_IMPLEMENTED:
        return ConnectorError(f"{system} does not offer this.", kind=Kind.PERMANENT)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return ConnectorError(f"{system} has a fault of its own ({status}).", kind=Kind.TRANSIENT, after=wait(headers))
    if status < HTTPStatus.BAD_REQUEST:
        return garbled(system)
    return ConnectorError(f"{system} did not understand us ({status}).", kind=Kind.PERMANENT)


def rejected(system: str) -> ConnectorError:
    """The error of a token, key or password that does not open the door."""
    said = f"{system} does not accept our credentials: they are wrong, expired or revoked."
    return ConnectorError(said, kind=Kind.CREDENTIAL)


def silent(system: str) -> ConnectorError:
    """The error of a time-out: nobody knows whether the change was made."""
    return ConnectorError(f"{system} did not answer in time.", kind=Kind.TRANSIENT)


def unreachable(system: str) -> ConnectorError:
    """The error of a connection that could not be made or broke."""
    return ConnectorError(f"{system} cannot be reached.", kind=Kind.TRANSIENT)


def garbled(system: str) -> ConnectorError:
    """The error of an answer that is a web page or cut off: mostly a proxy or a maintenance page, so it may pass."""
    said = f"{system} answered with something that is not its usual format, such as the web page of a proxy."
    return ConnectorError(said, kind=Kind.TRANSIENT)


def _limited(headers: Mapping[str, str]) -> bool:
    lower = {name.lower(): value for name, value in headers.items()}
    return "retry-after" in lower or lower.get("x-ratelimit-remaining") == "0"


def wait(headers: Mapping[str, str]) -> timedelta | None:
    """How long the system asked us to wait (RFC 9110 10.2.3, or X-RateLimit-Reset); None when it did not say."""
    lower = {name.lower(): str(value) for name, value in headers.items()}
    asked = _seconds(lower.get("retry-after", ""), lower)
    if asked is None and lower.get("x-ratelimit-remaining") == "0":
        asked = _until(lower.get("x-ratelimit-reset", ""), lower)
    return None if asked is None else min(max(asked, timedelta(0)), LONGEST_WAIT)


def _seconds(value: str, headers: Mapping[str, str]) -> timedelta | None:
    if value.strip().isdecimal():
        return _longest(value)
    moment = _moment(value)
    return None if moment is None else moment - _answered(headers)


def _longest(digits: str) -> timedelta:
    """So many seconds, or a day for a number that no clock knows: the caller waits shorter than that anyway."""
    return timedelta(seconds=int(digits)) if len(digits.strip()) <= _DIGITS else timedelta(days=1)


def _until(epoch: str, headers: Mapping[str, str]) -> timedelta | None:
    if not epoch.strip().isdecimal():
        return None
    if len(epoch.strip()) > _DIGITS:  # no moment of any calendar
        return timedelta(days=1)
    return datetime.fromtimestamp(int(epoch), UTC) - _answered(headers)


def _answered(headers: Mapping[str, str]) -> datetime:
    """When the answer was written, by the system's own clock: its other times are by that clock too."""
    return _moment(headers.get("date", "")) or datetime.now(UTC)


def _moment(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def evidence(headers: Mapping[str, str]) -> tuple[str, ...]:
    """The vendor's own ids of this answer, as `header value`, by which its support finds the call again."""
    lower = {name.lower(): str(value) for name, value in headers.items()}
    return tuple(f"{name} {redacted(lower[name])[:_ID]}" for name in EVIDENCE_HEADERS if lower.get(name))
