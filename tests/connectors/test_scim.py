"""The SCIM connector on the practice wiki: a real SCIM server, and the oddities of others put in front of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from werkzeug.wrappers import Request, Response

from bot.domain.model import Account, Assign, Delete, Grant, Resume, Revoke, Suspend, SystemKey, inverse
from bot.domain.reading import Completeness
from bot.domain.verify import Verdict, judge
from bot.practice.company import hosting, scim
from bot.practice.company.hosting import NativeLink
from bot.practice.company.wire import Application, Environ, Fault, Recorded
from connectors.interface import Kind, Result, Secrets
from connectors.scim import SPEC, connect
from connectors.scim.application import ScimApplication
from connectors.wire.scim.rows import equals, is_active
from tests.connectors import servers
from tests.connectors.contract import NOW, Contract, error_of, link_to, removals

PERMISSIONS = json.loads((Path(__file__).parents[2] / "connectors/scim/permissions.json").read_text())
EMAIL = "alice.martin@lumen.example"


@dataclass
class Oddities:
    """What stands between us and the server: an answer of its own, a word changed in every answer, a path forgotten."""

    system: Application
    answer: Callable[[Request], Response | None] = lambda _request: None
    rewrite: Callable[[str, Any], Any] = lambda _path, body: body
    forgets: str = ""
    seen: list[str] = field(default_factory=list)

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Serve one call."""
        request = Request(environ)
        self.seen.append(f"{request.method} {request.path}?{request.query_string.decode()}")
        own = self.answer(request)
        if own is not None:
            return own(environ, start_response)
        if self.forgets and self.forgets in request.path:
            environ["QUERY_STRING"] = ""
        given = Response.from_app(self.system, environ, buffered=True)
        if str(given.mimetype).endswith("json") and given.get_data():
            given.set_data(json.dumps(self.rewrite(request.path, json.loads(given.get_data()))))
        return given(environ, start_response)


@dataclass
class ScimHarness:
    """The wiki; Alice is an editor."""

    url: str
    recorded: Recorded
    odd: Oddities
    links: tuple[NativeLink, ...]
    secrets: tuple[str, ...] = (scim.TOKEN,)

    def __post_init__(self) -> None:
        self.connector = self.with_settings()
        self.link = link_to(self.connector, self.id_of(EMAIL), EMAIL)
        self.unlinked = link_to(self.connector, "left-long-ago", "left@lumen.example")
        self.admin = httpx.Client(base_url=self.url, headers={"Authorization": f"Bearer {scim.TOKEN}"})

    def with_settings(self, **changed: str) -> ScimApplication:
        """The connector with some settings changed."""
        given = {"URL": self.url, "TOKEN": scim.TOKEN, **changed}
        return connect(SystemKey("atlas"), "Atlas wiki", Secrets(given))

    def id_of(self, email: str) -> str:
        """The id of somebody's account."""
        return next(link.native_id for link in self.links if link.label == email)

    def rows(self, path: str) -> dict[str, Any]:
        """Everything of one kind, by id."""
        return {row["id"]: row for row in self.admin.get(path, params={"count": 200}).json()["Resources"]}

    def others(self) -> dict[str, object]:
        """Everybody else's entry, and who else is in which group."""
        users = {id: row for id, row in self.rows("/Users").items() if id != self.link.native_id}
        return {**users, **{id: self._members(row) for id, row in self.rows("/Groups").items()}}

    def _members(self, row: dict[str, Any]) -> list[str]:
        return sorted(one["value"] for one in row.get("members", ()) if one["value"] != self.link.native_id)

    def accept(self) -> None:
        """Nothing in SCIM waits for the person."""

    def refused(self) -> ScimApplication:
        """A token nobody issued."""
        return self.with_settings(TOKEN="wrong-token")

    def unreachable(self) -> ScimApplication:
        """An address where nobody listens."""
        with hosting.listen() as opened:
            return self.with_settings(URL=f"http://127.0.0.1:{opened.getsockname()[1]}/v2")

    def garbled(self) -> AbstractContextManager[None]:
        """A maintenance page."""
        return servers.web_page(self.recorded)

    def writes(self) -> list[str]:
        """The writes that reached the server so far."""
        return [write.operation for write in self.recorded.ledger.changes()]


@contextmanager
def wiki() -> Iterator[ScimHarness]:
    """The wiki on its first day."""
    system = scim.application()
    links = scim.fill(system)
    odd = Oddities(system)
    recorded = Recorded(odd, actor=scim.actor, reply=scim.fail)
    with servers.served(recorded) as url:
        made = ScimHarness(f"{url}/v2", recorded, odd, links)
        try:
            yield made
        finally:
            made.admin.close()


@pytest.fixture
def harness() -> Iterator[ScimHarness]:
    """A fresh wiki."""
    with wiki() as made:
        yield made
        paths = {row["call"] for row in PERMISSIONS["calls"]}
        assert {_call(seen, made) for seen in made.odd.seen} <= paths


def _call(seen: str, harness: ScimHarness) -> str:
    method, _, rest = seen.partition(" ")
    path = rest.partition("?")[0].removeprefix("/v2").strip("/")
    kind, _, id = path.partition("/")
    return f"{method} /{kind}/{{id}}" if id else f"{method} /{kind}"


class TestScim(Contract):
    """What every connector owes: also that nobody but the leaver loses anything (S1-1, S0-34)."""


def alice(harness: ScimHarness) -> Account:
    """Alice's account as her link knows it."""
    return Account(SystemKey("atlas"), harness.link.native_id, EMAIL)


def editors(harness: ScimHarness) -> Grant:
    """Alice's membership as it was read."""
    (grant,) = harness.connector.read(harness.link, NOW).grants.items
    return grant


def test_hr_reads_that_an_inactive_account_is_inactive_however_it_is_written(harness: ScimHarness) -> None:
    """Some servers answer "False" as text; that is a no, and a second Suspend has nothing to do."""
    harness.odd.rewrite = lambda _path, body: _spoken(body)
    assert harness.connector.apply(Suspend(alice(harness))).result is Result.APPLIED
    assert harness.connector.read(harness.link, NOW).account.items[0].active is False
    assert harness.connector.apply(Suspend(alice(harness))).result is Result.ALREADY
    assert [is_active({"active": value}) for value in ("False", " false ", "True", None, True)] == [
        False,
        False,
        *[True] * 3,
    ]


def _spoken(body: Any) -> Any:
    return {**body, "active": str(body["active"])} if isinstance(body, dict) and "active" in body else body


def test_a_boolean_is_sent_and_not_a_word(harness: ScimHarness) -> None:
    """Servers that take words are read, never imitated."""
    harness.connector.apply(Suspend(alice(harness)))
    (write,) = (one for one in harness.recorded.ledger.changes() if one.operation.startswith("PATCH"))
    assert write.body["Operations"] == [{"op": "replace", "path": "active", "value": False}]


@pytest.mark.parametrize("status", [400, 405, 501])
def test_where_patch_is_unknown_the_whole_entry_is_written(harness: ScimHarness, status: int) -> None:
    """Nothing but `active` changes by it, and it can be undone."""
    before = harness.admin.get(f"/Users/{harness.link.native_id}").json()
    harness.recorded.ledger.faults.append(Fault("PATCH", status, times=0))
    assert harness.connector.apply(Suspend(alice(harness))).result is Result.APPLIED
    after = harness.admin.get(f"/Users/{harness.link.native_id}").json()
    assert {**after, "meta": None} == {**before, "meta": None, "active": False}
    assert harness.connector.apply(Resume(alice(harness))).result is Result.APPLIED
    assert harness.connector.read(harness.link, NOW).account.items[0].active


def test_a_success_that_changed_nothing_is_contradicted_by_the_next_reading(harness: ScimHarness) -> None:
    """A server may say yes and do nothing; only the reading counts."""
    harness.odd.answer = lambda request: Response("{}", 200) if request.method == "PATCH" else None
    change = Suspend(alice(harness))
    assert harness.connector.apply(change).result is Result.APPLIED
    assert judge(change, harness.connector.read(harness.link, NOW)) is Verdict.CONTRADICTED


def test_only_alice_leaves_the_group(harness: ScimHarness) -> None:
    """Everybody else stays an editor, and she can come back."""
    before, grant = harness.others(), editors(harness)
    assert harness.connector.apply(Revoke(grant)).said == "Group Editors taken away."
    assert not harness.connector.read(harness.link, NOW).grants.items
    assert harness.others() == before
    assert harness.connector.apply(Assign(grant)).result is Result.APPLIED
    assert editors(harness) == grant


def test_a_server_that_cannot_search_groups_is_read_group_by_group(harness: ScimHarness) -> None:
    """Also one whose lists leave the members out."""
    harness.odd.answer = lambda request: Response("{}", 400) if "filter" in request.args else None
    harness.odd.rewrite = lambda path, body: _without_members(body) if path.endswith("/Groups") else body
    assert editors(harness).entitlement.label == "Group Editors"


def _without_members(body: Any) -> Any:
    rows = [{name: value for name, value in row.items() if name != "members"} for row in body["Resources"]]
    return {**body, "Resources": rows}


def test_a_server_that_ignores_the_search_gives_nobody_a_right(harness: ScimHarness) -> None:
    """It answers with every group; only those that really have her count. Nor is everybody a candidate for a link."""
    harness.odd.forgets = "/"
    assert editors(harness).entitlement.label == "Group Editors"
    assert [one.native_id for one in harness.connector.find(EMAIL)] == [harness.link.native_id]


def test_a_server_that_hides_members_leaves_the_question_open(harness: ScimHarness) -> None:
    """No visible member is not the same as no member."""
    harness.odd.forgets = "/Groups"
    harness.odd.rewrite = lambda path, body: _hidden(body) if "/Groups" in path else body
    part = harness.connector.read(harness.link, NOW).grants
    assert part.seen is Completeness.PARTIAL
    assert "who is in a group" in part.why


def _hidden(body: Any) -> Any:
    return _without_members(body) if "Resources" in body else {k: v for k, v in body.items() if k != "members"}


def test_groups_told_by_the_account_itself_count_but_not_those_inside_others(harness: ScimHarness) -> None:
    """She leaves an indirect group by leaving the direct one."""
    direct = {"value": "g1", "display": "Owners", "type": "direct"}
    indirect = {"value": "g2", "display": "Everybody", "type": "indirect"}
    harness.odd.rewrite = lambda path, body: {**body, "groups": [direct, indirect]} if "/Users/" in path else body
    held = {
        grant.entitlement.native_id: grant.entitlement
        for grant in harness.connector.read(harness.link, NOW).grants.items
    }
    assert "group:g2" not in held
    assert held["group:g1"].privileged
    assert len(held) == 2


def test_an_application_without_groups_is_told_so(harness: ScimHarness) -> None:
    """Nothing is open about a list that does not exist; one that is refused stays open."""
    harness.recorded.ledger.faults.append(Fault("/Groups|/ResourceTypes", 404, times=0))
    assert harness.connector.read(harness.link, NOW).grants.seen is Completeness.NOT_APPLICABLE
    assert harness.connector.check().ready
    harness.recorded.ledger.faults.clear()
    harness.recorded.ledger.faults.append(Fault("/Groups", 403, times=0))
    assert harness.connector.read(harness.link, NOW).grants.seen is Completeness.NOT_PERMITTED
    assert not harness.connector.check().ready


def test_lists_are_read_to_their_last_page(harness: ScimHarness) -> None:
    """Pages are counted in entries, and each is read once."""
    harness.odd.answer = _three_at_most
    assert len(harness.connector._scim.every("/Users")) == len(harness.links)  # noqa: SLF001  the list itself
    starts = [seen.partition("startIndex=")[2].partition("&")[0] for seen in harness.odd.seen if "startIndex" in seen]
    assert starts == [str(start) for start in range(1, len(harness.links) + 1, 3)]


def _three_at_most(request: Request) -> None:
    query = request.query_string.decode().replace("count=100", "count=3")
    request.environ["QUERY_STRING"] = query


def test_a_list_that_stays_short_is_an_error(harness: ScimHarness) -> None:
    """A silently cut list would hide people."""
    harness.odd.rewrite = lambda _path, body: {**body, "totalResults": 99} if "totalResults" in body else body
    assert "of 99 entries" in error_of(lambda: harness.connector._scim.every("/Users")).said  # noqa: SLF001


def test_an_account_under_her_old_name_is_refused(harness: ScimHarness) -> None:
    """Her id is gone and somebody else has the name: nothing is written."""
    stranger = replace(harness.link, native_id="older-alice")
    assert error_of(lambda: harness.connector.read(stranger, NOW)).kind is Kind.GONE
    before = harness.writes()
    assert error_of(
        lambda: harness.connector.apply(Suspend(replace(alice(harness), native_id="older-alice")))
    ).said == ("The Atlas wiki name of this account now belongs to another account.")
    assert harness.writes() == before


def test_taking_from_somebody_who_is_gone_is_done_and_giving_is_impossible(harness: ScimHarness) -> None:
    """One 404 proves nothing; that the list of accounts answers without her does."""
    gone = Account(SystemKey("atlas"), harness.unlinked.native_id, harness.unlinked.label)
    assert harness.connector.apply(Suspend(gone)).result is Result.ALREADY
    assert error_of(lambda: harness.connector.apply(Resume(gone))).kind is Kind.GONE


def test_a_group_that_is_gone_has_nobody_in_it(harness: ScimHarness) -> None:
    """Leaving it is done; joining it is impossible."""
    grant = editors(harness)
    harness.admin.delete(f"/Groups/{grant.entitlement.native_id.removeprefix('group:')}")
    harness.odd.seen.clear()
    assert harness.connector.apply(Revoke(grant)).result is Result.ALREADY
    assert error_of(lambda: harness.connector.apply(Assign(grant))).kind is Kind.GONE


def test_usher_does_not_touch_the_account_of_its_own_token(harness: ScimHarness) -> None:
    """Where the server knows whose token it is."""
    me = Response(json.dumps({"id": harness.link.native_id}), 200, mimetype="application/scim+json")
    harness.odd.answer = lambda request: me if request.path.endswith("/Me") else None
    assert "Usher itself" in error_of(lambda: harness.connector.apply(Suspend(alice(harness)))).said


def test_an_answer_that_was_lost_is_found_again(harness: ScimHarness) -> None:
    """The account was made inactive, the answer never came: the next attempt looks and is satisfied."""
    harness.recorded.ledger.faults.append(Fault("PATCH", lost=True))
    assert error_of(lambda: harness.connector.apply(Suspend(alice(harness)))).retry
    assert harness.connector.apply(Suspend(alice(harness))).result is Result.ALREADY


def test_it_finds_alice_by_her_address_and_not_her_look_alike(harness: ScimHarness) -> None:
    """By user name or by address, in any case."""
    assert [one.label for one in harness.connector.find("Alice.Martin@lumen.example")] == [EMAIL]
    assert harness.connector.find("nobody@lumen.example") == ()


def test_a_quote_in_a_name_does_not_end_the_filter() -> None:
    """Names are data, never part of the question."""
    assert equals("userName", 'a" or userName pr') == 'userName eq "a\\" or userName pr"'


def test_the_permissions_we_ask_for_are_those_we_use(harness: ScimHarness) -> None:
    """Everything Usher can do here takes every call of the list, so nothing is in there without need."""
    assert harness.connector.check().ready
    harness.connector.find(EMAIL)
    changes = removals(harness.connector.read(harness.link, NOW), SPEC.can)
    for change in (*changes, *(back for change in changes if (back := inverse(change)))):
        harness.connector.apply(change)
    harness.recorded.ledger.faults.append(Fault("PATCH", 405, times=0))
    harness.connector.apply(Revoke(editors(harness)))
    harness.connector.apply(Suspend(alice(harness)))
    harness.connector.apply(Delete(alice(harness)))
    assert {_call(seen, harness) for seen in harness.odd.seen} == {row["call"] for row in PERMISSIONS["calls"]}


def test_a_right_of_another_kind_is_refused(harness: ScimHarness) -> None:
    """Nothing is guessed from an id nobody wrote."""
    grant = editors(harness)
    other = replace(grant, entitlement=replace(grant.entitlement, native_id="team:owner"))
    assert error_of(lambda: harness.connector.apply(Revoke(other))).kind is Kind.PERMANENT


def test_an_answer_of_another_shape_is_no_answer(harness: ScimHarness) -> None:
    """JSON that is neither an entry nor a list may pass, like a web page."""
    harness.odd.rewrite = lambda path, _body: (
        ["maintenance"] if path.endswith(("/Users", harness.link.native_id)) else {}
    )
    assert error_of(lambda: harness.connector.read(harness.link, NOW)).retry
    assert error_of(lambda: harness.connector.find(EMAIL)).retry


def test_other_failures_of_the_search_are_not_taken_for_an_empty_answer(harness: ScimHarness) -> None:
    """A fault of the server is waited for, not read as "in no group"."""
    harness.recorded.ledger.faults.append(Fault("/Groups", 503, times=0))
    assert error_of(lambda: harness.connector.read(harness.link, NOW)).kind is Kind.TRANSIENT
