"""SCIM on a bad day: work that is only taken on, answers that prove nothing, and servers that contradict themselves."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from werkzeug.wrappers import Request, Response

from bot.domain.model import Assign, Delete, EndSessions, Resume, Revoke, Suspend
from bot.domain.reading import Completeness
from bot.domain.verify import Verdict, judge
from bot.practice.company import scim
from bot.practice.company.scim_quirks import QUIRKS, Quirks
from bot.practice.company.wire import Application, Environ, Fault
from connectors.interface import Guides, Kind, Lists, Polls, Result, Secrets
from connectors.scim import connect
from tests.connectors.contract import NOW, error_of
from tests.connectors.scim_place import KEY, Place, place

JSON = "application/scim+json"


@dataclass
class Interposed:
    """An answer before the application's own, where there is one."""

    system: Application
    answer: Callable[[Request], Response | None]

    def __call__(self, environ: Environ, start: Callable[..., Any]) -> Iterable[bytes]:
        """Serve one call."""
        own = self.answer(Request(environ))
        return self.system(environ, start) if own is None else own(environ, start)


def between(where: Place, answer: Callable[[Request], Response | None]) -> None:
    """From now on this answers first."""
    where.recorded.system = Interposed(where.recorded.system, answer)


def told(body: Any, status: int = 200, **headers: str) -> Response:
    """An answer in JSON."""
    return Response(json.dumps(body), status, headers, mimetype=JSON)


# ---- work that was only taken on ----


@dataclass
class Later:
    """A server that takes writes on and does them when it is told to."""

    where: Place
    location: str = ""
    status: int = 202
    waiting: list[Environ] | None = None

    def __call__(self, request: Request) -> Response | None:
        """Take a write on; say how the work stands."""
        if request.path.endswith("/jobs/7"):
            return told({}, self.status)
        if request.method in {"GET", "HEAD"}:
            return None
        data = request.get_data()
        kept = {key: value for key, value in request.environ.items() if not key.startswith("werkzeug.")}
        self.waiting = [*(self.waiting or []), {**kept, "body": data}]
        return Response("", 202, {"Location": self.location} if self.location else {})

    def work(self) -> None:
        """Do what was taken on."""
        for kept in self.waiting or ():
            self.where.client.open(
                kept["PATH_INFO"], method=kept["REQUEST_METHOD"], data=kept["body"], content_type=JSON,
                headers={"Authorization": f"Bearer {scim.TOKEN}"},
            )  # fmt: skip
        self.status = 200


@pytest.mark.parametrize("location", ["", "/v2/jobs/7", "own"])
def test_what_was_only_taken_on_is_pending_until_it_is_seen(location: str) -> None:
    """With or without an address to ask; what counts is what is so in the end."""
    with place() as where:
        assert isinstance(where.connector, Polls)
        later = Later(where, f"{where.url}/jobs/7" if location == "own" else location)
        between(where, later)
        grant = where.grant()
        for change in (Suspend(where.account), Resume(where.account), Revoke(grant), Assign(grant)):
            outcome = where.connector.apply(change)
            assert outcome.result is Result.PENDING
            assert where.connector.poll(outcome.handle).result is Result.PENDING
            later.work()
            assert where.connector.poll(outcome.handle).result is Result.APPLIED
            later.waiting, later.status = [], 202


def test_a_deletion_that_was_taken_on_is_pending_until_the_account_is_gone() -> None:
    """And gone is what the list of accounts bears out."""
    with place("notion") as where:
        later = Later(where)
        between(where, later)
        outcome = where.connector.apply(Delete(where.account))
        assert where.connector.poll(outcome.handle).result is Result.PENDING
        later.work()
        assert where.connector.poll(outcome.handle).result is Result.APPLIED


def test_work_that_was_given_up_is_told_as_failed() -> None:
    """Then it is made again."""
    with place() as where:
        later = Later(where, "/v2/jobs/7", status=422)
        between(where, later)
        outcome = where.connector.apply(Suspend(where.account))
        assert where.connector.poll(outcome.handle).result is Result.FAILED


def test_the_token_goes_to_no_other_address_than_its_own() -> None:
    """A server that names somebody else's is asked for the account instead."""
    with place() as where:
        between(where, Later(where, "https://elsewhere.invalid/jobs/7"))
        handle = where.connector.apply(Suspend(where.account)).handle
        assert "elsewhere" not in handle
        assert where.connector.poll(handle).result is Result.PENDING


# ---- answers that prove nothing ----


@pytest.mark.parametrize("status", [404, 410])
def test_not_found_on_a_write_proves_nothing(status: int) -> None:
    """The account is still there and active: it is tried again, and never called done."""
    with place() as where:
        grant = where.grant()
        where.recorded.ledger.faults.append(Fault("PATCH|DELETE|PUT", status, times=0))
        for change in (Suspend(where.account), Revoke(grant)):
            error = error_of(lambda change=change: where.connector.apply(change))  # type: ignore[misc]
            assert error.retry
            assert "still shows it" in error.said
            assert judge(change, where.connector.read(where.link, NOW)) is Verdict.CONTRADICTED


def test_a_deletion_that_deleted_nothing_is_not_believed() -> None:
    """204, and the account is still there."""
    with place("notion") as where:
        between(where, lambda request: Response("", 204) if request.method == "DELETE" else None)
        assert "still there" in error_of(lambda: where.connector.apply(Delete(where.account))).said
        assert where.user()


def test_an_account_that_is_not_found_in_an_empty_list_is_not_gone() -> None:
    """The address may be that of another directory: nothing is proven by a place where nobody is."""
    with place() as where:
        empty = {"totalResults": 0, "Resources": []}
        between(where, lambda request: told(empty) if request.path.endswith("/Users") else None)
        gone = replace(where.link, native_id="left-long-ago", label="left@lumen.example")
        error = error_of(lambda: where.connector.read(gone, NOW))
        assert error.kind is Kind.PERMISSION
        assert "Check URL" in error.said


def test_an_account_that_is_listed_and_not_known_is_looked_at_again() -> None:
    """Two servers behind one name do not always agree at once."""
    with place() as where:
        path = f"/Users/{where.link.native_id}"
        between(where, lambda request: told({}, 404) if request.path.endswith(path) else None)
        assert error_of(lambda: where.connector.read(where.link, NOW)).kind is Kind.TRANSIENT


def test_an_answer_about_somebody_else_is_no_answer() -> None:
    """A cache that mixes people up must not get the wrong one locked out."""
    with place() as where:
        other = {**where.user(), "id": "somebody-else"}
        between(where, lambda request: told(other) if "/Users/" in request.path else None)
        assert error_of(lambda: where.connector.read(where.link, NOW)).retry
        assert error_of(lambda: where.connector.apply(Suspend(where.account))).retry
        assert where.writes() == []


def test_a_changed_name_is_followed_and_a_taken_one_refused() -> None:
    """The number decides; whoever has the old name now is not touched."""
    with place() as where:
        body = {**where.user(), "userName": "alice.elsewhere@lumen.example"}
        headers = {"Authorization": f"Bearer {scim.TOKEN}"}
        where.client.put(f"/v2/Users/{where.link.native_id}", json=body, content_type=JSON, headers=headers)
        assert where.connector.read(where.link, NOW).account.items[0].label == "alice.elsewhere@lumen.example"
        assert where.connector.apply(Suspend(where.account)).result is Result.APPLIED
        where.client.post(
            "/v2/Users", json={**body, "id": None, "userName": where.link.label}, content_type=JSON, headers=headers
        )
        where.client.delete(f"/v2/Users/{where.link.native_id}", headers=headers)
        error = error_of(lambda: where.connector.read(where.link, NOW))
        assert error.kind is Kind.GONE
        assert "another account" in error.said


def test_a_token_that_loses_a_right_in_the_middle_leaves_the_part_open() -> None:
    """The account is read, its groups are not: the reading says so and nothing looks clean."""
    with place("atlassian") as where:
        where.recorded.ledger.faults.append(Fault("/Groups", 403, times=0))
        part = where.connector.read(where.link, NOW).grants
        assert part.complete  # this application names the groups with the account
        assert part.items
    with place() as where:
        where.recorded.ledger.faults.append(Fault("/Groups", 403, times=0))
        assert where.connector.read(where.link, NOW).grants.seen is Completeness.NOT_PERMITTED


def test_a_limit_is_told_with_the_time_to_wait_and_nothing_is_tried_again_by_itself() -> None:
    """Reading or writing, with the seconds the application asked for."""
    with place("slack") as where:
        assert where.connector.spec.rate == 3.0
        where.recorded.ledger.faults.append(Fault("PATCH", 429, times=0, retry_after=30))
        error = error_of(lambda: where.connector.apply(Suspend(where.account)))
        assert (error.kind, error.after) == (Kind.THROTTLED, timedelta(seconds=30))
        assert where.recorded.ledger.faults[0].hits == 1


def test_a_search_that_shows_everything_proves_no_membership() -> None:
    """Where groups hide their members, and the search for one is ignored, the question stays open."""
    quirks = replace(QUIRKS["aws-identity-center"], groups_by=frozenset(), wrong="ignored")
    with place("aws-identity-center", quirks) as where:
        part = where.connector.read(where.link, NOW).grants
        assert part.seen is Completeness.PARTIAL
        assert part.items == ()


def test_an_empty_group_is_no_proof_where_members_are_hidden() -> None:
    """The change is made, and not called done before."""
    with place() as known, place("standard", Quirks(members=False, groups_by=frozenset())) as where:
        grant = replace(known.grant(), account=where.account)
        (same,) = [id for id in _groups(where) if where.said(f"/Groups/{id}")["displayName"] == "Editors"]
        grant = replace(grant, entitlement=replace(grant.entitlement, native_id=f"group:{same}"))
        assert where.connector.apply(Revoke(grant)).result is Result.APPLIED
        assert where.link.native_id not in where.members(grant)


def _groups(where: Place) -> list[str]:
    listed = where.client.get("/v2/Groups", headers={"Authorization": f"Bearer {scim.TOKEN}"}).json
    return [str(row["id"]) for row in (listed or {})["Resources"]]


def test_a_whole_group_is_never_written_where_we_do_not_see_who_is_in_it() -> None:
    """Everybody we do not see would leave it."""
    with place() as known, place("standard", Quirks(members=False, groups_by=frozenset(), patch=False)) as where:
        (same,) = [id for id in _groups(where) if where.said(f"/Groups/{id}")["displayName"] == "Editors"]
        read = known.grant()
        grant = replace(read, account=where.account, entitlement=replace(read.entitlement, native_id=f"group:{same}"))
        before = where.members(grant)
        assert "does not show who is in it" in error_of(lambda: where.connector.apply(Revoke(grant))).said
        assert where.members(grant) == before


def test_a_group_that_somebody_else_changed_meanwhile_is_not_overwritten() -> None:
    """Written as a whole it carries the version we read; the server refuses another, and we read again."""
    with place("standard", Quirks(patch=False)) as where:
        grant = where.grant()
        where.recorded.ledger.faults.append(Fault("PUT", 412))
        assert error_of(lambda: where.connector.apply(Revoke(grant))).retry
        assert where.connector.apply(Revoke(grant)).result is Result.APPLIED


def test_what_cannot_be_done_here_is_told_to_a_person_step_by_step() -> None:
    """With the account's number, the vendor's page, and what to attach."""
    with place("notion") as where:
        assert isinstance(where.connector, Guides)
        assert isinstance(where.connector, Lists)
        for change in (Suspend(where.account), Resume(where.account), Revoke(where.grant()), Delete(where.account)):
            guide = where.connector.by_hand(change)
            assert guide is not None
            assert "notion.com/help" in guide.how
            assert guide.evidence
            assert isinstance(change, Resume) or where.account.native_id in guide.how
        assert where.connector.by_hand(EndSessions(where.account)) is None
    with place("gitlab") as where:
        said = [where.connector.by_hand(change) for change in (Suspend(where.account), Resume(where.account))]
        assert [bool(guide and "do not delete it" in guide.how.lower()) for guide in said] == [True, False]


@pytest.mark.parametrize("bad", ["soon", ""])
def test_a_setting_that_is_no_number_stops_this_system_with_one_sentence(bad: str) -> None:
    """Nothing else is stopped by it."""
    given = Secrets({"URL": "https://wiki.invalid", "TOKEN": "y", "SETTLE_SECONDS": bad})
    assert error_of(lambda: connect(KEY, "Wiki", given)).kind is Kind.CREDENTIAL
