"""The calls about one organisation: single answers, whole lists, questions in GraphQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from copy import copy
from dataclasses import replace
from functools import partial
from http import HTTPStatus
from queue import LifoQueue
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import parse_qs, urlsplit

from requests.utils import parse_header_links

from connectors.github.sending import GRAPHQL, NAME, Row, hidden, parsed, refused, request
from connectors.interface import ConnectorError, Kind
from connectors.wire.http import Answer, evidence, garbled
from connectors.wire.together import side_by_side

if TYPE_CHECKING:
    from github.Requester import Requester

    from connectors.github.signing import Signing

__all__ = ["NAME", "NOT_FOUND", "OWNER", "PUBLIC", "REPOSITORY", "Api", "Row", "hidden", "permitted", "rows_of"]

PUBLIC = "https://api.github.com"
OWNER = "the scope admin:org of an organisation owner, or the app's permission Members: write"
REPOSITORY = "the scope repo and admin rights on the repository, or the app's permission Administration: write"
NOT_FOUND = frozenset({404})
MOST_PAGES = 1000

Got = TypeVar("Got")


class Api:
    """The calls about one organisation, at most `at_once` at the same time; `server`: not in the cloud.

    `enterprise` is the name of the enterprise around it, where one is set up.
    """

    def __init__(self, signing: Signing, org: str, at_once: int, *, server: bool = False, enterprise: str = "") -> None:
        self.org = org
        self.at_once = at_once
        self.server = server
        self.enterprise = enterprise
        self.signing = signing
        # A PyGithub connection keeps the address of its current request in itself: two threads must never share one.
        self._idle: LifoQueue[Requester | None] = LifoQueue()
        self._lock = Lock()
        self._own: Row | None = None
        self.called: dict[str, str] | None = None
        self.hidden = False
        for _ in range(at_once):
            self._idle.put(None)

    def anew(self) -> Api:
        """The same calls for one change, which keep who was `called` what, and whether anything was `hidden`."""
        made = copy(self)
        made.called, made.hidden = {}, False
        return made

    @property
    def home(self) -> str:
        """Where the calls about the organisation begin."""
        return f"/orgs/{self.org}"

    def own(self) -> Row:
        """The account that we act as, asked once: a credential never changes its owner. Raises ConnectorError."""
        with self._lock:
            if self._own is None:
                place = self.signing.place()
                app = {"id": 0, "login": f"{place.get('app_slug', '')}[bot]"} if place else None
                self._own = app or self.sure("/user").body
            return self._own

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
        self.signing.fresh()
        with self._borrowed() as requester:
            status, headers, text = request(requester, method, path, body, params)
        self.hidden |= status == HTTPStatus.NOT_FOUND
        if status >= HTTPStatus.BAD_REQUEST and status not in accept:
            raise refused(status, headers, text, needs)
        return Answer(status, parsed(status, text), headers, evidence(headers))

    def get(self, path: str, *, needs: str = OWNER, accept: frozenset[int] = NOT_FOUND, **params: str) -> Answer:
        """One object; `found` is False where GitHub says 404. Raises ConnectorError."""
        answer = self.send("GET", path, params=params, needs=needs, accept=accept)
        if answer.status not in accept and not isinstance(answer.body, dict):
            raise garbled(NAME)
        return answer

    def sure(self, path: str, *, needs: str = OWNER) -> Answer:
        """One object that must exist. Raises ConnectorError PERMISSION where GitHub says 404."""
        answer = self.get(path, needs=needs)
        if not answer.found:
            raise hidden(needs)
        return answer

    def every(
        self,
        path: str,
        *,
        needs: str = OWNER,
        under: str = "",
        keep: Callable[[Row], Row] = lambda row: row,
        **params: str,
    ) -> tuple[Row, ...]:
        """A whole list (`under`: its name in an object), to its last page; of each row what `keep` leaves of it.

        Raises ConnectorError: what could not be read is never an empty list.
        """

        def page(number: int) -> tuple[Answer, list[Row]]:
            answer = self.send("GET", path, params={**params, "per_page": 100, "page": number}, needs=needs)
            return replace(answer, body=None), [keep(row) for row in rows_of(answer, under)]

        pages = [page(1)]
        last = _last_page(pages[0][0])
        if last > MOST_PAGES:
            raise garbled(NAME)
        pages += side_by_side(page, range(2, last + 1), at_once=self.at_once)
        while _links(pages[-1][0]).get("next"):  # the list grew meanwhile, or GitHub did not say how long it is
            if len(pages) >= MOST_PAGES:
                raise garbled(NAME)
            pages.append(page(len(pages) + 1))
        return tuple(row for _, rows in pages for row in rows)

    def pages(self, path: str, **params: str) -> Iterator[tuple[Row, ...]]:
        """A list, one page after the other, each asked for when it is wanted. Raises ConnectorError in the middle."""
        at: dict[str, str] = {}
        for _ in range(MOST_PAGES):
            answer = self.send("GET", path, params={**params, "per_page": "100", **at})
            yield rows_of(answer)
            at = _next(answer)
            if not at:
                return
        raise garbled(NAME)

    def graphql(self, query: str, **variables: object) -> Row:
        """The data of one question. Raises ConnectorError, also where GitHub answers a part of it only."""
        data, hid = self._asked(query, variables)
        if hid or data is None:
            raise hidden(OWNER)
        return data

    def nodes(self, query: str, ids: Sequence[str], **variables: object) -> tuple[Row | None, ...] | None:
        """What GraphQL says of each of these objects; an object or a field of it that it hides is None.

        None where it does not answer this question at all: no permission, or a server that does not know a field.
        Raises ConnectorError for everything that waiting may cure, and for an answer that is none.
        """
        asked = permitted(partial(self._asked, query, {"ids": list(ids), **variables}))
        if asked is None or asked[0] is None:
            return None
        found = asked[0].get("nodes")
        if not isinstance(found, list) or len(found) != len(ids):
            raise garbled(NAME)
        return tuple(one if isinstance(one, dict) and one else None for one in found)

    def _asked(self, query: str, variables: Row) -> tuple[Row | None, bool]:
        """The data, and whether a part of it was refused. Raises ConnectorError for any other error inside."""
        body = self.send("POST", GRAPHQL, {"query": query, "variables": dict(variables)}).body
        if not isinstance(body, dict) or not isinstance(body.get("data"), dict | None):
            raise garbled(NAME)
        errors = body.get("errors") or ()
        _raise_unless_refused(errors)
        if body.get("data") is None and not errors:
            raise garbled(NAME)
        return body.get("data"), bool(errors)

    @contextmanager
    def _borrowed(self) -> Iterator[Requester]:
        requester = self._idle.get()
        try:
            requester = requester or self.signing.connection()
            yield requester
        finally:
            self._idle.put(requester)


def permitted(ask: Callable[[], Got]) -> Got | None:
    """The answer, or None where this one question is not permitted or its object is gone meanwhile."""
    try:
        return ask()
    except ConnectorError as error:
        if error.kind in {Kind.PERMISSION, Kind.GONE}:
            return None
        raise


# Of these GitHub's answer stays usable: the rest of it is true. The last two come from servers of another version.
_REFUSED = frozenset({"FORBIDDEN", "NOT_FOUND", "INSUFFICIENT_SCOPES"})
_UNKNOWN = frozenset({"undefinedField", "argumentNotAccepted", "undefinedType"})


def _raise_unless_refused(errors: Any) -> None:
    for one in errors:
        if not isinstance(one, dict):
            raise garbled(NAME)
        if one.get("type") == "RATE_LIMITED":
            raise ConnectorError(f"{NAME} asks us to slow down.", kind=Kind.THROTTLED)
        code = (one.get("extensions") or {}).get("code")
        if one.get("type") not in _REFUSED and code not in _UNKNOWN:
            raise garbled(NAME)


def rows_of(answer: Answer, under: str = "") -> tuple[Row, ...]:
    """The rows of a list (`under`: its name in an object). Raises ConnectorError TRANSIENT where it is none."""
    body = answer.body.get(under) if under and isinstance(answer.body, dict) else answer.body
    if not isinstance(body, list) or not all(isinstance(row, dict) for row in body):
        raise garbled(NAME)
    return tuple(body)


def _links(answer: Answer) -> dict[str, str]:
    return {link.get("rel", ""): link["url"] for link in parse_header_links(answer.headers.get("link", ""))}


def _next(answer: Answer) -> dict[str, str]:
    """How the next page is asked for: by its number, or by a cursor (`after`) where a list grows at its head."""
    asked = parse_qs(urlsplit(_links(answer).get("next", "")).query)
    return {name: asked[name][0] for name in ("after", "page") if name in asked}


def _last_page(answer: Answer) -> int:
    """The number of the last page, where GitHub tells it; then the pages between can be read side by side."""
    number = parse_qs(urlsplit(_links(answer).get("last", "")).query).get("page", ["1"])[0]
    return int(number) if number.isdecimal() else 1
