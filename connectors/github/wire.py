"""How we speak to GitHub: by PyGithub, without its sleeps, its retries and its objects that load themselves."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import contextmanager
from http import HTTPStatus
from queue import LifoQueue
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import requests
from github import Auth, Github
from github.Requester import HTTPRequestsConnectionClass, HTTPSRequestsConnectionClass, Requester
from requests.utils import parse_header_links

from connectors.interface import ConnectorError, Kind
from connectors.wire.http import (
    CONNECT_SECONDS,
    READ_SECONDS,
    Answer,
    evidence,
    garbled,
    refusal,
    silent,
    unreachable,
    wait,
)
from connectors.wire.together import side_by_side
from connectors.wire.whole import WholeAnswers

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = "GitHub"
PUBLIC = "https://api.github.com"
OWNER = "the scope admin:org of an organisation owner"
REPOSITORY = "the scope repo and admin rights on the repository"
NOT_FOUND = frozenset({404})
MOST_PAGES = 1000

Row = Mapping[str, Any]


class _Http(HTTPRequestsConnectionClass):
    """A connection that gives up connecting sooner than it gives up reading; PyGithub knows one number for both."""

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.timeout = (CONNECT_SECONDS, READ_SECONDS)  # type: ignore[assignment]  # requests takes the pair
        self.session.mount("http://", WholeAnswers(max_retries=self.retry))


class _Https(HTTPSRequestsConnectionClass):
    """The same with TLS."""

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.timeout = (CONNECT_SECONDS, READ_SECONDS)  # type: ignore[assignment]
        self.session.mount("https://", WholeAnswers(max_retries=self.retry))


Requester.injectConnectionClasses(_Http, _Https)


class Api:
    """The calls about one organisation, at most `at_once` at the same time."""

    def __init__(self, url: str, token: str, org: str, at_once: int) -> None:
        self.org = org
        self.at_once = at_once
        # A PyGithub connection keeps the address of its current request in itself: two threads must never share one.
        self._idle: LifoQueue[Requester] = LifoQueue()
        for _ in range(at_once):
            self._idle.put(_requester(url, token))

    def send(
        self,
        method: str,
        path: str,
        body: Row | None = None,
        *,
        params: Row | None = None,
        needs: str = OWNER,
        accept: frozenset[int] = frozenset(),
    ) -> Answer:
        """Send one request, once. Raises ConnectorError, except for the statuses in `accept`."""
        with self._borrowed() as requester:
            status, headers, text = _request(requester, method, path, body, params)
        if status >= HTTPStatus.BAD_REQUEST and status not in accept:
            raise _refusal(status, headers, text, needs)
        return Answer(status, _parsed(status, text), headers, evidence(headers))

    def get(self, path: str, *, needs: str = OWNER, **params: str) -> Answer:
        """One object; `found` is False where GitHub says 404. Raises ConnectorError."""
        answer = self.send("GET", path, params=params, needs=needs, accept=NOT_FOUND)
        if answer.found and not isinstance(answer.body, dict):
            raise garbled(NAME)
        return answer

    def sure(self, path: str, *, needs: str = OWNER) -> Answer:
        """One object that must exist. Raises ConnectorError PERMISSION where GitHub says 404."""
        answer = self.get(path, needs=needs)
        if not answer.found:
            raise hidden(needs)
        return answer

    def every(self, path: str, *, needs: str = OWNER, **params: str) -> tuple[Row, ...]:
        """A whole list, to its last page. Raises ConnectorError: what could not be read is never an empty list."""

        def page(number: int) -> Answer:
            return self.send("GET", path, params={**params, "per_page": 100, "page": number}, needs=needs)

        pages = [page(1)]
        if _last_page(pages[0]) > MOST_PAGES:
            raise garbled(NAME)
        pages += side_by_side(page, range(2, _last_page(pages[0]) + 1), at_once=self.at_once)
        while _links(pages[-1]).get("next"):  # the list grew meanwhile, or GitHub did not say how long it is
            if len(pages) >= MOST_PAGES:
                raise garbled(NAME)
            pages.append(page(len(pages) + 1))
        return tuple(row for one in pages for row in _rows(one))

    @contextmanager
    def _borrowed(self) -> Iterator[Requester]:
        requester = self._idle.get()
        try:
            yield requester
        finally:
            self._idle.put(requester)


def _requester(url: str, token: str) -> Requester:
    return Github(
        auth=Auth.Token(token),
        base_url=url.rstrip("/"),
        user_agent="usher",
        retry=None,
        seconds_between_requests=0,
        seconds_between_writes=0,
    ).requester


def _request(
    requester: Requester, method: str, path: str, body: Row | None, params: Row | None
) -> tuple[int, Mapping[str, str], str]:
    try:
        return requester.requestJson(method, path, dict(params or {}), None, dict(body) if body is not None else None)
    except requests.Timeout:
        raise silent(NAME) from None
    except requests.RequestException:
        raise unreachable(NAME) from None
    except RuntimeError:  # PyGithub, of a redirect that leaves this server
        raise garbled(NAME) from None


def _refusal(status: int, headers: Mapping[str, str], text: str, needs: str) -> ConnectorError:
    """GitHub's limits differ from a missing permission by their words, and it hides what a token may not see."""
    words = text.lower()
    if status in {403, 429} and ("rate limit" in words or "abuse detection" in words):
        return ConnectorError(f"{NAME} asks us to slow down.", kind=Kind.THROTTLED, after=wait(headers))
    if status == HTTPStatus.NOT_FOUND:
        return hidden(needs)
    return refusal(NAME, status, headers, needs=needs)


def hidden(needs: str) -> ConnectorError:
    """The error of a 404 about something that must be there: GitHub answers so to tokens that may not see it."""
    return ConnectorError(f"{NAME} hides this from our token. It needs {needs}.", kind=Kind.PERMISSION)


def _parsed(status: int, text: str) -> Any:
    if not text:
        return None
    try:
        return json.loads(text)
    except ValueError:
        if status >= HTTPStatus.BAD_REQUEST:
            return None  # an accepted error status says enough without its words
        raise garbled(NAME) from None


def _rows(answer: Answer) -> tuple[Row, ...]:
    if not isinstance(answer.body, list) or not all(isinstance(row, dict) for row in answer.body):
        raise garbled(NAME)
    return tuple(answer.body)


def _links(answer: Answer) -> dict[str, str]:
    return {link.get("rel", ""): link["url"] for link in parse_header_links(answer.headers.get("link", ""))}


def _last_page(answer: Answer) -> int:
    """The number of the last page, where GitHub tells it; then the pages between can be read side by side."""
    number = parse_qs(urlsplit(_links(answer).get("last", "")).query).get("page", ["1"])[0]
    return int(number) if number.isdecimal() else 1
