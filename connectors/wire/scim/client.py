"""One SCIM server: lists to their last page, single changes, PUT where PATCH is unknown.

Sources: RFC 7643 (resources), RFC 7644 (protocol) and RFC 9865 (cursors), by section in the comments.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx

from connectors.interface import ConnectorError, Kind
from connectors.wire.http import Answer, ask, client, garbled
from connectors.wire.scim.profile import STANDARD, Profile
from connectors.wire.scim.rows import Row, spelled, version

MEDIA = "application/scim+json"  # RFC 7644 3.1
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
GONE = frozenset({int(HTTPStatus.NOT_FOUND), int(HTTPStatus.GONE)})
NO_SUCH_METHOD = frozenset({
    int(HTTPStatus.BAD_REQUEST), int(HTTPStatus.METHOD_NOT_ALLOWED), int(HTTPStatus.NOT_IMPLEMENTED)
})  # fmt: skip
MOST_PAGES = 100_000  # of one list: ten million accounts
_DIGITS = 18  # of a number of entries
READ_ONLY = frozenset({"groups", "meta"})  # RFC 7643 4.1.2 and 3.1: a server may refuse them in a PUT


@dataclass(frozen=True, slots=True)
class Scim:
    """One SCIM server, under the name people know it by."""

    http: httpx.Client = field(repr=False)
    name: str
    profile: Profile = STANDARD

    def get(self, path: str) -> Answer:
        """One resource; `found` is False where the server does not know it. Raises ConnectorError."""
        answer = self._ask("GET", path, accept=GONE)
        if answer.status in GONE:
            return replace(answer, status=int(HTTPStatus.NOT_FOUND), body={})
        if not isinstance(answer.body, dict):
            raise garbled(self.name)
        return answer

    def page(self, path: str) -> Any:
        """What stands there, of whatever shape. Raises ConnectorError."""
        return self._ask("GET", path).body

    def entry(self, path: str, id: str) -> Answer:
        """One resource that must carry this id: an answer about another proves nothing. Raises ConnectorError."""
        answer = self.get(path)
        if answer.found and str(answer.body.get("id")).casefold() != id.casefold():
            raise garbled(self.name)
        return answer

    def every(self, path: str, where: str = "") -> tuple[Row, ...]:
        """All resources that match. Raises ConnectorError, also when the list stays incomplete."""
        return tuple(row for page in self.pages(path, where) for row in page)

    def pages(self, path: str, where: str = "") -> Iterator[list[Row]]:
        """All resources that match, page by page, each once; only the page before is remembered.

        Raises ConnectorError, also in the middle: a list whose pages do not add up to its total is no list.
        """
        at = _Place(self.name, self.profile.most, cursor=self.profile.cursor)
        while at.more:
            params = {**at.params, **({"filter": where} if where else {})}
            yield at.turned(self._list(path, params, at))
        at.add_up()

    def first(self, path: str, where: str = "", count: int = 1) -> list[Row]:
        """Some entries of a list, to see that it answers. Raises ConnectorError."""
        at = _Place(self.name, count, cursor=self.profile.cursor)
        return at.turned(self._list(path, {**at.params, **({"filter": where} if where else {})}, at))

    def _list(self, path: str, params: Mapping[str, str | int], at: _Place) -> Row:
        """One page as the server gave it; one that says nothing beyond the end of the list is empty."""
        try:
            body = self._ask("GET", path, params=params).body
        except ConnectorError as error:
            if at.beyond and error.kind in {Kind.PERMANENT, Kind.GONE}:
                return {"totalResults": at.total, "Resources": []}
            raise
        if not isinstance(body, dict):
            raise garbled(self.name)
        return body

    def patch(self, path: str, operation: Mapping[str, object], *, accept: frozenset[int] = frozenset()) -> Answer:
        """Change one thing: several operations in one request are more than some servers do. Raises ConnectorError."""
        return self._ask("PATCH", path, json={"schemas": [PATCH], "Operations": [operation]}, accept=accept | GONE)

    def put(self, path: str, row: Row, **changed: object) -> Answer:
        """Write a whole entry with some attributes changed, if it is still as we read it. Raises ConnectorError."""
        whole = {name: value for name, value in row.items() if name not in READ_ONLY}
        headers = {"If-Match": version(row)} if version(row) else None
        return self._ask("PUT", path, json={**whole, **changed}, accept=GONE, headers=headers)

    def delete(self, path: str) -> Answer:
        """Remove an entry. Raises ConnectorError."""
        return self._ask("DELETE", path, accept=GONE)

    def job(self, location: str) -> Answer:
        """How work stands that the server took on; one it refused has a status below 500. Raises ConnectorError."""
        refused = frozenset({400, 409, 422})
        return self._ask("GET", location, accept=GONE | refused)

    def within(self, location: str) -> str:
        """An address that the server named, if it is one of its own: our token goes nowhere else."""
        base = str(self.http.base_url)
        try:
            whole = urljoin(base, location) if location else ""
            return whole if urlsplit(whole)[:2] == urlsplit(base)[:2] else ""
        except ValueError:  # it is no address at all
            return ""

    def _ask(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str | int] | None = None,
        json: object = None,
        accept: frozenset[int] = frozenset(),
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        answer = ask(self.http, self.name, method, path, params=params, json=json, accept=accept, headers=headers)
        try:
            return replace(answer, body=spelled(answer.body))
        except RecursionError:
            raise garbled(self.name) from None


@dataclass(slots=True)
class _Place:
    """Where a list is being read, and whether its pages add up."""

    name: str
    count: int
    cursor: bool = False
    start: int = 1
    mark: str = ""
    total: int | None = None
    seen: int = 0
    more: bool = True
    beyond: bool = False
    before: frozenset[str] = frozenset()
    marks: set[int] = field(default_factory=set)
    turns: int = 0

    @property
    def params(self) -> dict[str, str | int]:
        if self.cursor or self.mark:
            return {"count": self.count, "cursor": self.mark}  # RFC 9865 2: an empty one begins
        return {"count": self.count, "startIndex": self.start}  # counts entries, not pages (RFC 7644 3.4.2.4)

    def turned(self, body: Row) -> list[Row]:
        """The entries of this page that are new; the place moves on. Raises ConnectorError where something is off."""
        rows = self._rows(body)
        mark = str(body.get("nextCursor") or "")
        self._count(body, mark)
        fresh = {id: row for id, row in rows.items() if id not in self.before}
        if fresh and self.beyond:
            raise self._wrong("has more entries than it says")
        if rows and not fresh and not self.beyond:  # beyond its end a server without pages shows all of them again
            raise self._wrong("shows the same entries again")
        self._turn(mark)
        self.before, self.seen, self.mark = frozenset(rows), self.seen + len(fresh), mark
        self._move(len(rows))
        return list(fresh.values())

    def _turn(self, mark: str) -> None:
        """Raises ConnectorError where the pages go round in a circle, or have no end."""
        self.turns += 1
        if mark and hash(mark) in self.marks:
            raise self._wrong("does not turn the page")
        if self.turns > MOST_PAGES:
            raise self._wrong("has no end")
        if mark:
            self.marks.add(hash(mark))

    def _move(self, shown: int) -> None:
        self.start += shown
        if self.mark or self.total is None:
            self.more = bool(self.mark)
        elif self.start <= self.total:
            self.more = bool(shown)
        else:  # a full page may be all that the server counted: one that follows must be empty
            self.more, self.beyond = shown >= self.count > 1 and not self.beyond, True

    def add_up(self) -> None:
        """Raises ConnectorError where entries are missing, or where their number cannot be believed."""
        if self.total is not None and self.seen != self.total:
            raise self._wrong(f"showed {self.seen} of {self.total} entries")

    def _rows(self, body: Row) -> dict[str, Row]:
        listed = body.get("Resources") or []
        if not isinstance(listed, list) or not all(isinstance(row, dict) and row.get("id") for row in listed):
            raise garbled(self.name)
        return {str(row["id"]): row for row in listed}

    def _count(self, body: Row, mark: str) -> None:
        told = body.get("totalResults")
        total = int(told) if isinstance(told, str) and told.isdecimal() and len(told) <= _DIGITS else told
        if isinstance(total, bool) or not isinstance(total, int):
            if (self.cursor or mark or self.mark) and "Resources" in body:
                return  # pages by cursor need no total (RFC 9865 2.2)
            raise garbled(self.name)
        if self.total is not None and total < self.total:  # what went missing moved the others, one to a page we read
            raise self._wrong("became shorter while it was read")
        self.total = total

    def _wrong(self, what: str) -> ConnectorError:
        return ConnectorError(f"A list of {self.name} {what}. Half a list is no list.", kind=Kind.TRANSIENT)


def server(url: str, token: str, name: str, profile: Profile = STANDARD) -> Scim:
    """A SCIM server behind a bearer token; nothing is sent yet."""
    headers = {"Authorization": f"Bearer {token}", "Accept": MEDIA, "Content-Type": MEDIA, "User-Agent": "Usher"}
    return Scim(client(url.rstrip("/"), headers), name, profile)
