"""Lists of SCIM servers: to their last page, never cut in silence, and in memory that does not grow with them."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Callable
from itertools import count
from typing import Any

import httpx
import pytest
from werkzeug.wrappers import Request, Response

from bot.domain.model import Account, Link, PersonId, SystemKey
from connectors.interface import ConnectorError, Kind, Lists
from connectors.scim import SPEC
from connectors.scim.application import ScimApplication
from connectors.wire.scim.client import Scim
from connectors.wire.scim.profile import AWS, STANDARD, Profile
from tests.connectors.contract import NOW, error_of

Body = dict[str, Any]


def user(number: int) -> Body:
    """Somebody of a large company."""
    name = f"person{number}@lumen.example"
    emails = [{"value": name, "type": "work", "primary": True}]
    return {"id": f"u{number}", "userName": name, "displayName": f"Person {number}", "emails": emails, "active": True}


def large(people: int, bend: Callable[[Body, int], Body] = lambda body, _start: body) -> Scim:
    """A server of so many people, inside this process; `bend` has the last word on every page."""
    return _served(lambda request: bend(_by_index(people, request), int(request.args.get("startIndex", 1))))


def _served(answer: Callable[[Request], Body], profile: Profile = STANDARD) -> Scim:
    def application(environ: Any, start: Any) -> Any:
        told = Response(json.dumps(answer(Request(environ))), mimetype="application/scim+json")
        return told(environ, start)

    transport = httpx.WSGITransport(application)
    return Scim(httpx.Client(base_url="http://127.0.0.1/v2", transport=transport), "Wiki", profile)


def _by_index(people: int, request: Request) -> Body:
    start, count = int(request.args["startIndex"]), int(request.args["count"])
    rows = [user(number) for number in range(start, min(start + count, people + 1))]
    return {"totalResults": people, "startIndex": start, "itemsPerPage": len(rows), "Resources": rows}


def _by_cursor(people: int, request: Request) -> Body:
    start, count = int(request.args["cursor"] or 1), int(request.args["count"])
    rows = [user(number) for number in range(start, min(start + count, people + 1))]
    more = {"nextCursor": str(start + count)} if start + count <= people else {}
    return {"itemsPerPage": len(rows), "Resources": rows, **more}


def application(scim: Scim) -> ScimApplication:
    """The connector on it."""
    return ScimApplication(SPEC, scim)


@pytest.mark.parametrize("people", [1, 99, 100, 101, 250])
def test_everybody_is_listed_once_whatever_the_size_of_the_last_page(people: int) -> None:
    """Also where the last page is full."""
    connector = application(large(people))
    assert isinstance(connector, Lists)
    found = list(connector.accounts())
    assert [one.native_id for one in found] == [f"u{number}" for number in range(1, people + 1)]
    assert found[0].last_active is None
    assert found[0].system == SystemKey("scim")


@pytest.mark.parametrize("people", [1, 100, 250])
def test_pages_that_follow_a_cursor_are_read_to_the_last(people: int) -> None:
    """They have no total (RFC 9865); the page that names no other is the last."""
    scim = _served(lambda request: _by_cursor(people, request), AWS)
    assert len(list(application(scim).accounts())) == people


def test_twenty_thousand_accounts_take_no_more_memory_than_two_thousand() -> None:
    """They stream: at no time is more than a page or two of them there."""

    def answer(environ: Any, start: Any) -> Any:
        """Written by hand: what the server needs itself is not what is measured."""
        asked = Request(environ).args
        first, last = (
            int(asked["startIndex"]),
            min(int(asked["startIndex"]) + int(asked["count"]), int(asked["of"]) + 1),
        )
        rows = ",".join(
            f'{{"id":"u{n}","userName":"person{n}@lumen.example","active":true}}' for n in range(first, last)
        )
        body = f'{{"totalResults":{asked["of"]},"Resources":[{rows}]}}'
        return Response(body, mimetype="application/scim+json")(environ, start)

    def most(people: int) -> int:
        http = httpx.Client(
            base_url="http://127.0.0.1/v2", transport=httpx.WSGITransport(answer), params={"of": people}
        )
        accounts = application(Scim(http, "Wiki")).accounts()
        tracemalloc.start()
        try:
            assert sum(1 for _ in accounts) == people
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    most(100)  # what is imported and cached on first use
    few, many = most(2_000), most(20_000)
    assert many < few * 1.5 + 500_000
    assert many < 10_000_000


def _short(body: Body, start: int) -> Body:
    return {**body, "Resources": body["Resources"][:-1]} if start > 200 else body


def _cut(body: Body, start: int) -> Body:
    return {**body, "Resources": []} if start > 100 else body


def _again(body: Body, _start: int) -> Body:
    return {**body, "Resources": [user(number) for number in range(1, 101)]}


def _low(body: Body, _start: int) -> Body:
    return {**body, "totalResults": 100}


def _from_zero(body: Body, start: int) -> Body:
    return {**body, "Resources": [user(number) for number in range(start + 1, min(start + 101, 251))]}


def _shrinks(body: Body, start: int) -> Body:
    return {**body, "totalResults": 249} if start > 100 else body


def _nameless(body: Body, _start: int) -> Body:
    return {**body, "Resources": [{"userName": "somebody"}]}


def _no_total(body: Body, _start: int) -> Body:
    return {name: value for name, value in body.items() if name != "totalResults"}


def _fewer_than_shown(body: Body, _start: int) -> Body:
    return {**body, "totalResults": 3, "Resources": [user(number) for number in range(1, 6)]}


def _no_rows(body: Body, _start: int) -> Body:
    return {"totalResults": body["totalResults"]}


@pytest.mark.parametrize(
    "bend",
    [_short, _cut, _again, _low, _from_zero, _shrinks, _nameless, _no_total, _fewer_than_shown, _no_rows],
    ids=lambda bend: bend.__name__.strip("_").replace("_", " "),
)
def test_pages_that_do_not_add_up_are_no_list(bend: Callable[[Body, int], Body]) -> None:
    """Half a list would hide people: it ends in an error that may pass, never in silence."""
    error = error_of(lambda: list(application(large(250, bend)).accounts()))
    assert error.kind is Kind.TRANSIENT


def test_a_cursor_that_does_not_move_is_no_list() -> None:
    """Otherwise we would read for ever."""
    rows = iter(range(1, 100))
    scim = _served(lambda _request: {"Resources": [user(next(rows))], "nextCursor": "same"}, AWS)
    assert "does not turn the page" in error_of(lambda: list(application(scim).accounts())).said


def test_a_cursor_that_goes_round_in_a_circle_is_no_list() -> None:
    """Two pages that name each other would be read for ever."""
    turns = count()

    marks = iter(("a", "b", "a", "b", "a", "b"))
    scim = _served(lambda _request: {"Resources": [user(next(turns) % 2)], "nextCursor": next(marks)}, AWS)
    assert "does not turn the page" in error_of(lambda: list(application(scim).accounts())).said


def test_a_total_that_no_list_has_is_no_total() -> None:
    """Five thousand figures are no number of entries."""
    scim = _served(lambda _request: {"totalResults": "9" * 5000, "Resources": []})
    assert error_of(lambda: list(application(scim).accounts())).kind is Kind.TRANSIENT


def test_a_server_that_knows_no_pages_and_shows_all_is_believed() -> None:
    """It shows the same again when asked for more, and its total is what it showed."""
    everybody = {"totalResults": "250", "Resources": [user(number) for number in range(1, 251)]}
    assert len(list(application(_served(lambda _request: everybody)).accounts())) == 250


def test_somebody_who_arrives_while_the_list_is_read_does_no_harm() -> None:
    """The pages shift by one, and nobody is lost or counted twice."""

    def grows(body: Body, start: int) -> Body:
        late = start > 100
        rows = [user(number) for number in range(start - late, min(start - late + 100, 251))]
        return {**body, "totalResults": 250 + late, "Resources": [*([user(0)] if not late else []), *rows][:100]}

    found = list(application(large(250, grows)).accounts())
    assert len({one.native_id for one in found}) == len(found) == 251


def test_a_token_that_is_lost_in_the_middle_of_a_list_is_told() -> None:
    """What came before is not taken for all there is."""
    shown = 0

    def answer(environ: Any, start: Any) -> Any:
        nonlocal shown
        shown += 1
        if shown > 1:
            return Response("", 401)(environ, start)
        return Response(json.dumps(_by_index(250, Request(environ))), mimetype="application/scim+json")(environ, start)

    http = httpx.Client(base_url="http://127.0.0.1/v2", transport=httpx.WSGITransport(answer))
    accounts = application(Scim(http, "Wiki")).accounts()
    found: list[Account] = []
    with pytest.raises(ConnectorError) as lost:
        found.extend(accounts)
    assert lost.value.kind is Kind.CREDENTIAL
    assert shown == 2


def test_an_account_whose_name_is_not_its_address_is_found_where_addresses_cannot_be_searched_for() -> None:
    """Identity Center searches for names only: then everybody is looked at, and she is not missed."""

    def answer(request: Request) -> Body:
        where = request.args.get("filter", "")
        body = _by_cursor(150, request)
        rows = [{**row, "userName": str(row["userName"]).partition("@")[0]} for row in body["Resources"]]
        return {**body, "Resources": [row for row in rows if f'"{row["userName"]}"' in where] if where else rows}

    scim = _served(answer, AWS)
    assert [one.native_id for one in application(scim).find("person120@lumen.example")] == ["u120"]
    assert list(application(scim).find("nobody@lumen.example")) == []


def test_proving_that_somebody_is_gone_does_not_read_everybody() -> None:
    """Where names can be searched for, two pages are enough in a company of twenty thousand."""
    asked: list[str] = []

    def answer(environ: Any, start: Any) -> Any:
        request = Request(environ)
        asked.append(request.full_path)
        where = request.args.get("filter", "")
        if "/Users/" in request.path:
            return Response("{}", 404, mimetype="application/scim+json")(environ, start)
        if "emails" in where or "members" in where:
            return Response("{}", 400, mimetype="application/scim+json")(environ, start)
        body = _by_index(20_000, request)
        if where:
            rows = [row for row in (user(1), user(2)) if row["userName"] in where]
            body = {"totalResults": len(rows), "Resources": rows}
        return Response(json.dumps(body), mimetype="application/scim+json")(environ, start)

    http = httpx.Client(base_url="http://127.0.0.1/v2", transport=httpx.WSGITransport(answer))
    gone = Link(PersonId("P-004"), SystemKey("scim"), "u0", "left@lumen.example", "test")
    assert application(Scim(http, "Wiki")).read(gone, NOW).account.items == ()
    assert len(asked) < 8


def test_a_search_that_is_ignored_is_noticed_on_its_first_page() -> None:
    """Twenty thousand people are no answer to a question about one; then the list is read to find her."""
    asked: list[str] = []

    def answer(request: Request) -> Body:
        asked.append(request.args.get("filter", ""))
        return _by_index(20_000 if request.args.get("filter") else 150, request)

    (found,) = application(_served(answer)).find("person120@lumen.example")
    assert found.native_id == "u120"
    assert len(asked) < 6
