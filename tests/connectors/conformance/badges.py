"""The smallest system and the smallest connector that pass the suite: who may open which door of a house.

Read it before you write a connector. `test_the_suite_itself.py` makes it lie, to see that the suite notices.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx
from werkzeug.wrappers import Request, Response

from bot.domain.model import Account, Assign, Change, Entitlement, Grant, Link, Revoke, SystemKey
from bot.domain.reading import Part, Reading, absent
from bot.practice.company.wire import Recorded
from connectors.interface import Check, ConnectorError, Ground, Kind, Outcome, Result, Spec, unsupported
from connectors.wire.http import Answer, ask, client, garbled
from tests.connectors import servers
from tests.connectors.conformance.faults import PAUSE, Fault, Weather, Words
from tests.connectors.conformance.world import Opened, World
from tests.connectors.contract import link_to

KEY = SystemKey("badges")
SPEC = Spec(KEY, "Badges", frozenset({Revoke, Assign}), ("URL",))
FOUND = frozenset({int(HTTPStatus.NOT_FOUND)})
PAGE = 2


# ---- the system ----


@dataclass
class House:
    """The doors and who may open them; people are known by a number, and their names may change."""

    names: dict[str, str] = field(default_factory=lambda: {"7": "alice", "8": "ben"})
    doors: dict[str, set[str]] = field(default_factory=lambda: {"lab": {"8"}, "roof": {"8"}, "vault": {"7"}})

    def __call__(self, environ: dict[str, Any], start: Any) -> Any:
        """Serve one call."""
        request = Request(environ)
        match request.method, request.path.strip("/").split("/"):
            case "GET", ["people", number]:
                answer = _said({"id": number, "name": self.names[number]}) if number in self.names else _said({}, 404)
            case "GET", ["doors"]:
                first = int(request.args.get("from", "0"))
                rows = [{"door": door, "people": sorted(self.doors[door])} for door in sorted(self.doors)]
                answer = _said({"count": len(rows), "rows": rows[first : first + PAGE]})
            case "PUT" | "DELETE" as method, ["doors", door, number] if door in self.doors:
                self.doors[door] = self.doors[door] | {number} if method == "PUT" else self.doors[door] - {number}
                answer = _said({}, 200)
            case _:
                answer = _said({}, 404)
        return answer(environ, start)


def _said(body: object, status: int = 200) -> Response:
    return Response(json.dumps(body), status, content_type="application/json")


# ---- the connector ----


@dataclass
class Badges:
    """The doors of one house."""

    http: httpx.Client = field(repr=False)
    spec: Spec = SPEC

    def check(self) -> Check:
        """Whether the doors can be listed. Never raises."""
        try:
            self.doors()
        except ConnectorError as error:
            return Check(ready=False, missing=(error.said,))
        return Check(ready=True)

    def read(self, link: Link, now: datetime) -> Reading:
        """Every door this person opens; the list of doors is the control. Raises ConnectorError."""
        doors = self.doors()
        nothing: dict[str, Any] = dict.fromkeys(
            ("credentials", "assets", "made", "sessions"), absent("A door knows nobody's keys but the badge itself.")
        )
        found = self.person(link.native_id)
        if not found.found:
            return Reading(KEY, now, "the list of doors", **nothing)
        who = Account(KEY, link.native_id, str(found.body["name"]), active=True)
        grants = tuple(
            Grant(who, Entitlement(f"door:{door}", "door", f"Door {door}"))
            for door, people in doors.items()
            if who.native_id in people
        )
        return Reading(KEY, now, "the list of doors", Part((who,)), Part(grants), **nothing)

    def apply(self, change: Change) -> Outcome:
        """Open a door to somebody, or close it. Raises ConnectorError."""
        match change:
            case Revoke(grant) | Assign(grant):
                return self._open(grant, wanted=isinstance(change, Assign))
        raise unsupported(self.spec, change)

    def find(self, email: str) -> tuple[Account, ...]:
        """Nobody: a door knows no addresses."""
        return ()

    def doors(self) -> dict[str, tuple[str, ...]]:
        """Who may open which door, to the last page. Raises ConnectorError."""
        found: dict[str, tuple[str, ...]] = {}
        while True:
            page = self.list(len(found)).body
            if not isinstance(page, dict) or not isinstance(page.get("rows"), list):
                raise garbled(self.spec.name)
            found |= {row["door"]: tuple(row["people"]) for row in page["rows"]}
            if len(found) >= page["count"]:
                return found
            if not page["rows"]:
                raise garbled(self.spec.name)

    def list(self, first: int) -> Answer:
        """One page of the doors. Raises ConnectorError."""
        return ask(self.http, self.spec.name, "GET", "/doors", params={"from": first})

    def person(self, number: str) -> Answer:
        """Somebody, or an answer that says not found. Raises ConnectorError."""
        found = ask(self.http, self.spec.name, "GET", f"/people/{quote(number, safe='')}", accept=FOUND)
        if found.found and not isinstance(found.body, dict):
            raise garbled(self.spec.name)
        return found

    def _open(self, grant: Grant, *, wanted: bool) -> Outcome:
        door = grant.entitlement.native_id.partition(":")[2]
        people = self.doors().get(door)
        if people is None and wanted:
            raise ConnectorError(f"{grant.entitlement.label} no longer exists.", kind=Kind.GONE)
        if people is None or (grant.account.native_id in people) is wanted:
            return Outcome(Result.ALREADY, "It was so already.")
        path = f"/doors/{quote(door, safe='')}/{quote(grant.account.native_id, safe='')}"
        ask(self.http, self.spec.name, "PUT" if wanted else "DELETE", path)
        return Outcome(Result.APPLIED, "The door is open now." if wanted else "The door is closed now.")


# ---- the world ----

STATUS = {Fault.THROTTLED: 429, Fault.BROKEN: 500, Fault.LAST_OWNER: 403, Fault.DENIED: 403}


def refuse(fault: Fault, _request: Request) -> Response | None:
    """The house says no."""
    answer = _said({}, STATUS[fault])
    if fault is Fault.THROTTLED:
        answer.headers["Retry-After"] = str(PAUSE)
    return answer


WORDS = Words(lambda request: f"{request.method} {request.full_path}", lambda name: not name.startswith("GET"), refuse)


def opened_by(make: type[Badges]) -> Opened:
    """The world of this connector, or of one that lies."""

    @contextmanager
    def opened() -> Iterator[World]:
        house = House()

        def rename(away: bool) -> None:
            house.names["7"] = "alice elsewhere" if away else "alice"

        def holds(change: Change) -> bool | None:
            right = change.grant.entitlement.native_id if isinstance(change, Revoke | Assign) else ""
            return "7" in house.doors[right.partition(":")[2]]

        weather = Weather(house, WORDS, rename)
        with servers.served(Recorded(weather)) as url, client(url, {}) as http:
            connector = make(http)
            yield World(connector, link_to(connector, "7", "alice"), weather, holds, frozenset({Ground.OURS}))

    return opened
