"""SCIM servers of which it is tempting to believe too much: lists that are missing, empty, or cut."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from werkzeug.test import Client
from werkzeug.wrappers import Request, Response

from bot.domain.by_hand import by_hand, whose
from bot.domain.model import Account, Entitlement, Grant, PersonId, Revoke, Suspend
from bot.domain.policy import System
from bot.domain.verify import Verdict, judge
from bot.practice.company import scim
from bot.practice.company.scim_quirks import Quirks
from bot.practice.company.wire import Fault
from connectors.interface import Kind, Result
from tests.connectors.contract import NOW, error_of
from tests.connectors.scim_place import EMAIL, KEY, Place, place
from tests.connectors.test_scim_bad_days import between, told

Body = dict[str, Any]
ATLAS = System(KEY, "Atlas wiki", PersonId("iris"))


def with_role(where: Place) -> None:
    """Alice holds a role beside her group."""
    headers = {"Authorization": f"Bearer {scim.TOKEN}", "Content-Type": "application/scim+json"}
    operation = {"op": "add", "path": "roles", "value": [{"value": "editor", "display": "Editor"}]}
    body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [operation]}
    answer = where.client.patch(f"/v2/Users/{where.link.native_id}", data=json.dumps(body), headers=headers)
    assert answer.status_code < 300, answer.get_data()


def rewritten(
    where: Place, bend: Callable[[str, Body], Body], asks: Callable[[str], str] = lambda query: query
) -> None:
    """From now on every answer to a question is bent on its way, and what is asked for."""
    behind = Client(where.recorded.system)

    def answer(request: Request) -> Response | None:
        if request.method != "GET":
            return None
        headers = {"Authorization": request.headers.get("Authorization", "")}
        plain = behind.get(request.path, query_string=asks(request.query_string.decode()), headers=headers)
        body = json.loads(plain.get_data() or b"{}")
        return told(bend(request.path, body), plain.status_code)

    between(where, answer)


@pytest.mark.parametrize("about", [True, False], ids=["says that it has groups", "says nothing of itself"])
def test_a_list_of_groups_that_is_missing_today_proves_nothing(about: bool) -> None:
    """She keeps a role and the list of groups is not found: her group may still hold her, so nothing is confirmed."""
    with place(quirks=Quirks(about=about)) as where:
        with_role(where)
        group = next(one for one in where.connector.read(where.link, NOW).grants.items if "group:" in one.key[1])
        where.recorded.ledger.faults.append(Fault("/Groups", 404, times=0))
        seen = where.connector.read(where.link, NOW)
        assert [one.entitlement.kind for one in seen.grants.items] == ["role"]
        assert judge(Revoke(group), seen) is Verdict.UNSEEN


def test_where_there_are_no_groups_the_last_role_is_seen_gone() -> None:
    """An application without groups has roles all the same, and without one the account holds nothing."""
    with place("gitlab") as where:
        role = Grant(where.account, Entitlement("role:editor", "role", "Role Editor"))
        assert judge(Revoke(role), where.connector.read(where.link, NOW)) is Verdict.CONFIRMED
        with_role(where)
        assert judge(Revoke(role), where.connector.read(where.link, NOW)) is Verdict.CONTRADICTED


def test_an_empty_list_of_groups_in_every_account_is_no_proof() -> None:
    """Some servers write it into each account and never fill it: then the groups themselves are asked."""
    with place(quirks=Quirks(groups_by=frozenset())) as where:
        group = where.grant()
        rewritten(where, lambda path, body: {**body, "groups": []} if "/Users/" in path else body)
        seen = where.connector.read(where.link, NOW)
        assert [one.key for one in seen.grants.items] == [group.key]
        assert judge(Revoke(group), seen) is Verdict.CONTRADICTED


def test_a_number_in_other_letters_is_the_same_account_under_the_number_that_was_linked() -> None:
    """A server that reads numbers in any case and writes them its own way: her groups are found, and no plan fails."""
    with place(quirks=Quirks(members=True)) as where:
        small = where.link.native_id

        def bend(path: str, body: Body) -> Body:
            if "/Users/" in path and body.get("id") == small:
                return {**body, "id": small.upper()}
            return json.loads(json.dumps(body).replace(small, small.upper())) if "/Groups" in path else body

        rewritten(where, bend, lambda query: query.replace(small.upper(), small))
        seen = where.connector.read(where.link, NOW)
        assert [one.native_id for one in seen.account.items] == [small]
        assert [one.entitlement.label for one in seen.grants.items] == ["Group Editors"]
        assert {one.account.native_id for one in seen.grants.items} == {small}


def test_the_first_page_of_what_a_server_has_proves_no_lack_of_groups() -> None:
    """Two kinds of entries, one on each page: groups do not become tasks of a person by that."""
    with place() as where:
        cut = {"totalResults": 2, "Resources": [{"name": "User", "endpoint": "/Users"}]}
        rewritten(where, lambda path, body: cut if path.endswith("/ResourceTypes") else body)
        assert where.connector.check().cannot == {}


def test_work_that_was_named_on_another_server_is_not_asked_about() -> None:
    """The setting names another server since: our token does not follow an address that was kept."""
    with place() as where:
        asked = []

        def answer(request: Request) -> None:
            asked.append(request.path)

        between(where, answer)
        handle = json.dumps(["active", where.link.native_id, "", False, "http://127.0.0.1:9/jobs/7"])
        assert where.connector.poll(handle).result is Result.PENDING
        assert not [path for path in asked if "jobs" in path]


@pytest.mark.parametrize("location", ["https://elsewhere.example/jobs/7", "//elsewhere.example", ""])
def test_an_address_that_is_none_of_the_servers_stops_no_change(location: str) -> None:
    """The change was taken on; how it stands is asked of the account itself."""
    with place() as where:
        between(where, lambda request: None if request.method == "GET" else told({}, 202, Location=location))
        begun = where.connector.apply(Suspend(where.account))
        assert begun.result is Result.PENDING
        assert "elsewhere" not in begun.handle
        assert where.connector._scim.within("http://[") == ""  # noqa: SLF001  no server of ours can be made to say so
        assert where.connector.poll(begun.handle).result is Result.PENDING


def test_members_of_another_shape_are_not_written_back() -> None:
    """What we do not understand is nothing to write a whole group from: a person is asked."""
    with place(quirks=Quirks(patch=False, groups_by=frozenset())) as where:
        grant = where.grant()
        odd = [where.link.native_id, "u2"]
        rewritten(where, lambda path, body: {**body, "members": odd} if "/Groups/" in path else body)
        assert error_of(lambda: where.connector.apply(Revoke(grant))).kind is Kind.PERMANENT
        assert not [write for write in where.writes() if write.startswith("PUT")]


def test_a_name_that_speaks_to_people_stays_a_name() -> None:
    """Whoever chose it: on one line, not longer than a name, and not to be taken for words of ours."""
    with place() as where:
        loud = f"{EMAIL}\n\nApproved by Security.\nNothing to do: press Done." + " now" * 2000
        account = Account(KEY, "u1", loud)
        guide = where.connector.by_hand(Suspend(account))
        assert guide
        task = by_hand(ATLAS, Suspend(account), "", guide=(guide.how, guide.evidence))
        assert "\n" not in task.title + task.how
        assert len(task.how) <= 2500
        asked = whose(ATLAS, account)
        assert "“alice.martin@lumen.example Approved" in asked.title
        assert len(asked.title) < 200
        assert "\n" not in asked.title + asked.how


def test_two_accounts_with_one_number_in_other_letters_are_not_mixed_up() -> None:
    """An answer about somebody else is no answer, however alike the numbers are."""
    with place() as where:
        rewritten(where, lambda path, body: {**body, "id": "somebody-else"} if "/Users/" in path else body)
        assert error_of(lambda: where.connector.read(where.link, NOW)).kind is Kind.TRANSIENT
        assert error_of(lambda: where.connector.apply(Suspend(where.account))).kind is Kind.TRANSIENT
        assert where.writes() == []
