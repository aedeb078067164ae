"""What applications do differently, put around the same third-party SCIM server: nothing here is the standard.

Each quirk is a switch; a set of them plays one application. They are written from the vendors' pages, by themselves:
they know nothing of the connector that has to cope with them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from urllib.parse import urlencode

from werkzeug.wrappers import Request, Response

from bot.practice.company.wire import Application, Environ

_ONE = re.compile(r'^\s*([\w.]+) eq "([^"]*)"\s*$', re.IGNORECASE)
_BOTH = re.compile(r'^\s*id eq "([^"]*)" and ([\w.]+) eq "([^"]*)"\s*$', re.IGNORECASE)
_MEMBER = re.compile(r'^members\[value eq "([^"]*)"\]$')
_SCIM = "application/scim+json"
EVERYTHING = frozenset({"*"})


@dataclass(frozen=True, slots=True)
class Quirks:
    """What an application does differently.

    `inactive`: "deletes" the account, or only makes it inactive ("keeps"); `delete`: "deactivates" instead of deleting.
    `words`: booleans are written as text. `case`: "lower" or "upper" first letters of names. `empty`: a change is
    answered with 204 and nothing. `patch`: False where there is none; `operations`: how many a PATCH may have.
    `people_by`, `groups_by`: what may be searched for; `wrong`: what happens to another search: it is "refused" or
    "ignored", or "nothing" is found. `aliases`: other names of what is searched for. `members`: whether groups show
    them; `leave`: how one is removed: by "path", by "value", or "path-only", where a value beside it is not read.
    `groups_told`: whether an account names its groups. `groups`: whether there are any. `cursor`: pages by cursor only.
    `most`: entries of a page. `about`: whether the server says anything of itself.
    """

    inactive: str = "keeps"
    delete: str = "deletes"
    words: bool = False
    case: str = ""
    empty: bool = False
    patch: bool = True
    operations: int = 99
    people_by: frozenset[str] = EVERYTHING
    groups_by: frozenset[str] = EVERYTHING
    wrong: str = "refused"
    aliases: tuple[tuple[str, str], ...] = ()
    members: bool = True
    leave: str = "path"
    groups_told: bool = False
    groups: bool = True
    cursor: bool = False
    most: int = 100
    about: bool = True


QUIRKS = {
    "standard": Quirks(),
    "slack": Quirks(delete="deactivates", empty=True),
    "notion": Quirks(
        inactive="deletes",
        people_by=frozenset({"email"}),
        groups_by=frozenset({"displayname"}),
        aliases=(("email", "userName"),),
    ),
    "atlassian": Quirks(
        delete="deactivates",
        people_by=frozenset({"username", "externalid"}),
        groups_by=frozenset({"displayname"}),
        groups_told=True,
    ),
    "aws-identity-center": Quirks(
        people_by=frozenset({"username", "externalid"}),
        groups_by=frozenset({"displayname", "members"}),
        aliases=(("members", "members.value"),),
        operations=1,
        members=False,
        leave="value",
        cursor=True,
        empty=True,
    ),
    "github-enterprise": Quirks(
        people_by=frozenset({"username", "externalid", "id", "displayname"}),
        groups_by=frozenset({"externalid", "id", "displayname"}),
        groups_told=True,
    ),
    "github-organization": Quirks(
        inactive="deletes",
        people_by=frozenset({"username", "emails", "externalid", "id"}),
        aliases=(("emails", "emails.value"),),
        groups=False,
        about=False,
    ),
    "gitlab-group": Quirks(inactive="deletes", groups=False, most=20, empty=True, about=False),
    "gitlab": Quirks(delete="deactivates", groups=False, most=20, empty=True, about=False),
    "pagerduty": Quirks(inactive="deletes", operations=1),
}


@dataclass
class Bent:
    """A WSGI application around a SCIM server, with the quirks of one application."""

    system: Application
    quirks: Quirks

    def __call__(self, environ: Environ, start: Callable[..., Any]) -> Iterable[bytes]:
        """Serve one call."""
        request = Request(environ)
        _, _, path = request.path.partition("/v2/")
        return self._answer(request, *path.partition("/")[::2])(environ, start)

    def _answer(self, request: Request, kind: str, id: str) -> Response:
        quirks = self.quirks
        if (kind == "Groups" and not quirks.groups) or (kind in _ABOUT and not quirks.about):
            return _error(404)
        if kind in _ABOUT:
            return self._about(request)
        if request.method == "GET":
            return self._got(request, kind, id)
        return self._written(request, kind, id)

    def _about(self, request: Request) -> Response:
        told = self._pass(request)
        if request.path.endswith("/ServiceProviderConfig") and told.status_code == 200:
            body = json.loads(told.get_data())
            told.set_data(json.dumps({**body, "patch": {"supported": self.quirks.patch}}))
        return told

    # ---- reading ----

    def _got(self, request: Request, kind: str, id: str) -> Response:
        if id:
            return self._shown(request, self._pass(request))
        query = self._searched(kind, dict(request.args))
        if query is None:
            return _error(400, "invalidFilter")
        if query.get("filter") == "nothing":
            return _answer({"totalResults": 0, "Resources": [], "startIndex": 1, "itemsPerPage": 0})
        return self._shown(request, self._page(request, query))

    def _searched(self, kind: str, query: dict[str, str]) -> dict[str, str] | None:
        """The query as the server behind understands it; None where this application refuses the search."""
        where = query.get("filter", "")
        one, both = _ONE.match(where), _BOTH.match(where)
        if not where:
            return query
        known = self.quirks.people_by if kind == "Users" else self.quirks.groups_by
        attribute = both[2] if both else one[1] if one else ""
        if known != EVERYTHING and attribute.lower() not in known:
            return {"refused": None, "ignored": {**query, "filter": ""}, "nothing": {**query, "filter": "nothing"}}[
                self.quirks.wrong
            ]
        real = dict(self.quirks.aliases).get(attribute, attribute)
        value = both[3] if both else one[2] if one else ""
        found = f'{real} eq "{value}"' + (f' and id eq "{both[1]}"' if both else "")
        return {**query, "filter": found if attribute else where}

    def _page(self, request: Request, query: dict[str, str]) -> Response:
        count = min(int(query.pop("count", self.quirks.most)), self.quirks.most)
        start = int(query.get("startIndex", 1))
        cursor = query.pop("cursor", None)
        if self.quirks.cursor:
            start = int(cursor or 1)
        whole = {name: value for name, value in {**query, "startIndex": start, "count": count}.items() if value != ""}
        told = self._pass(request, query=whole)
        if not self.quirks.cursor or told.status_code != 200:
            return told
        body = json.loads(told.get_data())
        more = start + len(body.get("Resources", ())) <= body["totalResults"]
        if cursor is not None:
            kept = {name: value for name, value in body.items() if name not in {"totalResults", "startIndex"}}
            body = {**kept, **({"nextCursor": str(start + count)} if more else {})}
        told.set_data(json.dumps(body))
        return told

    def _shown(self, request: Request, told: Response) -> Response:
        if told.status_code != 200 or not told.get_data():
            return told
        body = json.loads(told.get_data())
        rows = body.get("Resources", [] if "totalResults" in body else [body])
        for row in rows:
            self._dress(request, row)
        told.set_data(json.dumps(_renamed(body, self.quirks.case)))
        return told

    def _dress(self, request: Request, row: dict[str, Any]) -> None:
        if self.quirks.words and "active" in row:
            row["active"] = str(row["active"])
        if not self.quirks.members and "userName" not in row:
            row["members"] = []
        if self.quirks.groups_told and "userName" in row:
            query = {"filter": f'members.value eq "{row["id"]}"', "count": 100}
            found = json.loads(self._pass(request, path="/v2/Groups", query=query).get_data()).get("Resources", ())
            row["groups"] = [{"value": one["id"], "display": one["displayName"]} for one in found]

    # ---- writing ----

    def _written(self, request: Request, kind: str, id: str) -> Response:
        sent = request.get_json(force=True, silent=True) or {}
        operations = sent.get("Operations", [])
        if request.method == "PATCH" and not self.quirks.patch:
            return _error(501)
        if len(operations) > self.quirks.operations:
            return _error(400)
        if kind == "Users" and _switches_off(sent) and self.quirks.inactive == "deletes":
            return self._pass(request, method="DELETE", body=b"")
        if kind == "Users" and request.method == "DELETE" and self.quirks.delete == "deactivates":
            operations = [{"op": "replace", "path": "active", "value": False}]
            sent, method = {"schemas": [_PATCH], "Operations": operations}, "PATCH"
            return self._ended(self._pass(request, method=method, body=json.dumps(sent).encode()))
        if kind == "Groups" and request.method == "PATCH":
            sent = {**sent, "Operations": [self._leaving(one) for one in operations]}
            if not all(sent["Operations"]):
                return _error(400, "invalidPath")
        return self._ended(self._pass(request, body=json.dumps(sent).encode() if sent else b""))

    def _leaving(self, operation: dict[str, Any]) -> dict[str, Any]:
        """How the server behind removes a member; empty where this application does not understand it."""
        if str(operation.get("op")).lower() != "remove":
            return operation
        path, by_path = str(operation.get("path")), _MEMBER.match(str(operation.get("path")))
        if self.quirks.leave == "value":
            ids = [one["value"] for one in operation.get("value") or ()]
            return {"op": "remove", "path": f'members[value eq "{ids[0]}"]'} if path == "members" and ids else {}
        if self.quirks.leave == "path-only" and not by_path:
            return {"op": "remove", "path": path}  # the value is not read, and everybody leaves
        return operation

    def _ended(self, told: Response) -> Response:
        return Response(status=204) if self.quirks.empty and told.status_code < 300 else told

    def _pass(
        self,
        request: Request,
        *,
        method: str = "",
        path: str = "",
        query: dict[str, Any] | None = None,
        body: bytes | None = None,
    ) -> Response:
        kept = {key: value for key, value in request.environ.items() if not key.startswith("werkzeug.")}
        environ = {**kept, "REQUEST_METHOD": method or request.method, "PATH_INFO": path or request.path}
        if query is not None:
            environ["QUERY_STRING"] = urlencode(query)
        data = request.get_data() if body is None else body
        environ |= {"wsgi.input": BytesIO(data), "CONTENT_LENGTH": str(len(data)), "CONTENT_TYPE": _SCIM}
        return Response.from_app(self.system, environ, buffered=True)


_ABOUT = frozenset({"ServiceProviderConfig", "ResourceTypes", "Schemas"})
_PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


def _switches_off(sent: dict[str, Any]) -> bool:
    operations = [one for one in sent.get("Operations", ()) if str(one.get("op")).lower() in {"replace", "add"}]
    told = [one.get("value") for one in operations if one.get("path") == "active"]
    told += [one["value"].get("active") for one in operations if isinstance(one.get("value"), dict)]
    return any(str(one).lower() == "false" for one in [*told, sent.get("active")])


def _renamed(body: Any, case: str) -> Any:
    if not case:
        return body
    if isinstance(body, dict):
        return {_cased(name, case): _renamed(value, case) for name, value in body.items()}
    return [_renamed(one, case) for one in body] if isinstance(body, list) else body


def _cased(name: str, case: str) -> str:
    return name.lower() if case == "lower" else name[:1].upper() + name[1:]


def _answer(body: dict[str, Any], status: int = 200) -> Response:
    return Response(json.dumps(body), status, mimetype=_SCIM)


def _error(status: int, kind: str = "") -> Response:
    error = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": str(status), "scimType": kind}
    return _answer(error, status)
