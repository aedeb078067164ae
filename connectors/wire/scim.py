"""SCIM 2.0 as servers really speak it: lists to their last page, booleans written as text, PUT where PATCH is unknown.

Sources: RFC 7643 (resources) and RFC 7644 (protocol), by section in the comments.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from connectors.interface import ConnectorError, Kind
from connectors.wire.http import Answer, ask, client, garbled

Row = dict[str, Any]
MEDIA = "application/scim+json"  # RFC 7644 3.1
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
PAGE = 100
NO_SUCH_METHOD = frozenset({
    int(HTTPStatus.BAD_REQUEST), int(HTTPStatus.METHOD_NOT_ALLOWED), int(HTTPStatus.NOT_IMPLEMENTED)
})  # fmt: skip
READ_ONLY = frozenset({"groups", "meta"})  # RFC 7643 4.1.2 and 3.1: a server may refuse them in a PUT


@dataclass(frozen=True, slots=True)
class Scim:
    """One SCIM server, under the name people know it by."""

    http: httpx.Client = field(repr=False)
    name: str

    def get(self, path: str) -> Answer:
        """One resource; `found` is False where the server does not know it. Raises ConnectorError."""
        answer = ask(self.http, self.name, "GET", path, accept=frozenset({int(HTTPStatus.NOT_FOUND)}))
        if answer.found and not isinstance(answer.body, dict):
            raise garbled(self.name)
        return answer

    def every(self, path: str, where: str = "") -> tuple[Row, ...]:
        """All resources that match, to the last page. Raises ConnectorError, also when the list stays incomplete."""
        rows: dict[str, Row] = {}
        start = 1
        while True:
            total, page = self.page(path, where, start)
            rows.update((str(row.get("id")), row) for row in page)
            start += len(page)  # startIndex counts resources, not pages (RFC 7644 3.4.2.4)
            if start > total or not page:
                break
        if len(rows) < total:
            said = f"{self.name} showed only {len(rows)} of {total} entries of a list."
            raise ConnectorError(said, kind=Kind.TRANSIENT)
        return tuple(rows.values())

    def page(self, path: str, where: str = "", start: int = 1, count: int = PAGE) -> tuple[int, list[Row]]:
        """How many resources match, and some of them from the one numbered `start`. Raises ConnectorError."""
        params: dict[str, str | int] = {"startIndex": start, "count": count}
        if where:
            params["filter"] = where
        body = ask(self.http, self.name, "GET", path, params=params).body
        if not isinstance(body, dict) or not isinstance(body.get("totalResults"), int):
            raise garbled(self.name)
        return body["totalResults"], list(body.get("Resources") or ())

    def patch(self, path: str, *operations: Mapping[str, object], accept: frozenset[int] = frozenset()) -> Answer:
        """Change single attributes. Raises ConnectorError; statuses in `accept` return."""
        body = {"schemas": [PATCH], "Operations": list(operations)}
        return ask(self.http, self.name, "PATCH", path, json=body, accept=accept)

    def set_active(self, path: str, row: Row, *, active: bool) -> Answer:
        """Make an entry active or not, by PATCH, or by PUT of the whole entry where PATCH is refused."""
        operation = {"op": "replace", "path": "active", "value": active}
        answer = self.patch(path, operation, accept=NO_SUCH_METHOD)
        if answer.status not in NO_SUCH_METHOD:
            return answer
        whole = {name: value for name, value in row.items() if name not in READ_ONLY}
        return ask(self.http, self.name, "PUT", path, json={**whole, "active": active})


def server(url: str, token: str, name: str) -> Scim:
    """A SCIM server behind a bearer token; nothing is sent yet."""
    headers = {"Authorization": f"Bearer {token}", "Accept": MEDIA, "Content-Type": MEDIA}
    return Scim(client(url.rstrip("/"), headers), name)


def user_path(id: str) -> str:
    """Where a user stands."""
    return f"/Users/{quote(id, safe='')}"


def group_path(id: str) -> str:
    """Where a group stands."""
    return f"/Groups/{quote(id, safe='')}"


def equals(attribute: str, value: str) -> str:
    """A filter for one value; a filter's text is written as in JSON (RFC 7644 3.4.2.2)."""
    return f"{attribute} eq {json.dumps(value, ensure_ascii=False)}"


def is_active(row: Row) -> bool:
    """Whether an entry can act: only a plain no counts, also one written as text, as some servers do."""
    value = row.get("active")
    return value.strip().lower() != "false" if isinstance(value, str) else value is not False


def values(row: Row, attribute: str) -> tuple[str, ...]:
    """The values of an attribute that may have several."""
    held = row.get(attribute) or ()
    return tuple(str(one["value"]) for one in held if isinstance(one, dict) and one.get("value"))
