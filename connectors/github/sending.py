"""One call to GitHub: by PyGithub, without its sleeps, its retries and its objects that load themselves."""

from __future__ import annotations

import json
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


class _Http(HTTPRequestsConnectionClass):
    """A connection that gives up connecting sooner than it gives up reading; PyGithub knows one number for both."""

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.timeout = (CONNECT_SECONDS, READ_SECONDS)  # type: ignore[assignment]  # requests takes the pair
        self.session.mount("http://", WholeAnswers(max_retries=self.retry))

    def getresponse(self) -> Any:
        """The answer of one call. Raises requests.RequestException."""
        return _sure(self, super().getresponse())


class _Https(HTTPSRequestsConnectionClass):
    """The same with TLS."""

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.timeout = (CONNECT_SECONDS, READ_SECONDS)  # type: ignore[assignment]
        self.session.mount("https://", WholeAnswers(max_retries=self.retry))

    def getresponse(self) -> Any:
        """The answer of one call. Raises requests.RequestException."""
        return _sure(self, super().getresponse())


Requester.injectConnectionClasses(_Http, _Https)


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
