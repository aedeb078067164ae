"""One call to GitHub: by PyGithub, without its sleeps, its retries and its objects that load themselves."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import requests
from github import Auth, Github
from github.Requester import HTTPRequestsConnectionClass, HTTPSRequestsConnectionClass, Requester

from connectors.interface import ConnectorError, Kind
from connectors.wire.http import CONNECT_SECONDS, READ_SECONDS, garbled, refusal, silent, unreachable, wait
from connectors.wire.whole import WholeAnswers

NAME = "GitHub"
GRAPHQL = "/graphql"
_RESTS = 30.0  # seconds

Row = Mapping[str, Any]


def _sure(connection: Any, answer: Any) -> Any:
    """The answer, unless PyGithub would go on from it by itself. Raises requests.RequestException.

    It follows a redirect without what was asked beside the path, and asks again for as long as it is told 202.
    """
    if answer.status == HTTPStatus.MOVED_PERMANENTLY:
        raise requests.TooManyRedirects
    if answer.status == HTTPStatus.ACCEPTED and connection.verb == "GET":
        raise requests.Timeout
    return answer


def _ours(connection: Any) -> None:
    """Our time-outs, our deadline for a whole answer, and what the environment says of proxies and authorities.

    PyGithub knows one time-out for connecting and reading; requests would search the environment at every call.
    """
    where = f"{connection.protocol}://{connection.host}:{connection.port}/"
    session: requests.Session = connection.session
    around = session.merge_environment_settings(where, {}, None, connection.verify, None)
    session.proxies, session.trust_env = dict(around["proxies"]), False
    session.mount(f"{connection.protocol}://", WholeAnswers(max_retries=connection.retry))
    connection.verify, connection.timeout = around["verify"], (CONNECT_SECONDS, READ_SECONDS)
    connection.used = time.monotonic()


def _awake(connection: Any) -> None:
    """A connection that rested long may be forgotten on its way: a new one is made."""
    now = time.monotonic()
    if now - connection.used > _RESTS:
        connection.session.close()
    connection.used = now


class _Http(HTTPRequestsConnectionClass):
    """A connection as we want it, without TLS."""

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        _ours(self)

    def getresponse(self) -> Any:
        """The answer of one call. Raises requests.RequestException."""
        _awake(self)
        return _sure(self, super().getresponse())


class _Https(HTTPSRequestsConnectionClass):
    """The same with TLS."""

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        _ours(self)

    def getresponse(self) -> Any:
        """The answer of one call. Raises requests.RequestException."""
        _awake(self)
        return _sure(self, super().getresponse())


Requester.injectConnectionClasses(_Http, _Https)
# For classes of somebody else PyGithub would make a new connection, and shake hands anew, for every single call.
Requester._Requester__persist = True  # type: ignore[attr-defined]  # noqa: SLF001


def requester(url: str, auth: Auth.Auth) -> Requester:
    """A connection that neither sleeps nor tries again; for one thread at a time."""
    return Github(
        auth=auth,
        base_url=url.rstrip("/"),
        user_agent="usher",
        retry=None,
        seconds_between_requests=0,
        seconds_between_writes=0,
    ).requester


def request(
    by: Requester, method: str, path: str, body: Row | None, params: Row | None
) -> tuple[int, Mapping[str, str], str]:
    """Status, headers and text of one call, made once. Raises ConnectorError where no whole answer came."""
    # An Enterprise Server answers REST under /api/v3 and GraphQL under /api/graphql.
    where = by.graphql_url if path == GRAPHQL else path
    try:
        return by.requestJson(method, where, dict(params or {}), None, dict(body) if body is not None else None)
    except requests.Timeout:
        raise silent(NAME) from None
    except (requests.TooManyRedirects, requests.exceptions.ContentDecodingError):
        raise garbled(NAME) from None
    except requests.RequestException:
        raise unreachable(NAME) from None


def refused(status: int, headers: Mapping[str, str], text: str, needs: str) -> ConnectorError:
    """GitHub's limits differ from a missing permission by their words, and it hides what a token may not see."""
    words = text.lower()
    if status in {403, 429} and ("rate limit" in words or "abuse detection" in words):
        return ConnectorError(f"{NAME} asks us to slow down.", kind=Kind.THROTTLED, after=wait(headers))
    if status == HTTPStatus.FORBIDDEN and "upgrade to" in words:
        said = f"{NAME} does not offer this on the organisation's plan."
        return ConnectorError(said, kind=Kind.GONE)
    if status == HTTPStatus.NOT_FOUND:
        return hidden(needs)
    return refusal(NAME, status, headers, needs=needs)


def hidden(needs: str) -> ConnectorError:
    """The error of a 404 about something that must be there: GitHub answers so to tokens that may not see it."""
    return ConnectorError(f"{NAME} hides this from our token. It needs {needs}.", kind=Kind.PERMISSION)


def parsed(status: int, text: str) -> Any:
    """The JSON of an answer. Raises ConnectorError TRANSIENT where it is none."""
    if not text:
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        if status >= HTTPStatus.BAD_REQUEST:
            return None  # an accepted error status says enough without its words
        raise garbled(NAME) from None
