"""GitHub on a bad day, on demand: each fault as a test asks for it, and over HTTP as a demonstration does."""

from __future__ import annotations

import json

import httpx
import pytest

from bot.practice.company.github import GitHub, depth, faults, seed
from bot.practice.company.wire import Fault
from tests.company.clients import app_token, rest

ORG = "/orgs/lumen-works"
ALICE = f"{ORG}/memberships/alice-m"


@pytest.mark.parametrize(
    ("fault", "status", "said"),
    [
        (faults.throttled("DELETE", seconds=7), 429, "secondary rate limit"),
        (faults.secondary("DELETE", seconds=7), 403, "secondary rate limit"),
        (faults.broken("DELETE"), 500, "Server Error"),
        (faults.broken("DELETE", status=502), 502, "Server Error"),
        (faults.last_owner(), 403, "last owner"),
    ],
)
def test_a_refusal_happens_once_and_changes_nothing(github: GitHub, fault: Fault, status: int, said: str) -> None:
    """The membership is still there afterwards, and the next call goes through."""
    github.ledger.faults.append(fault)
    with rest(github.url) as api:
        told = api.delete(ALICE)
        assert (told.status_code, said in told.json()["message"]) == (status, True)
        assert told.headers.get("retry-after") == ("7" if fault.retry_after else None)
        assert told.headers["x-github-request-id"]
        assert api.get(ALICE).status_code == 200
        assert api.delete(ALICE).status_code == 204


def test_an_answer_is_lost_after_the_work_is_done(github: GitHub) -> None:
    """The caller waits in vain; the membership has ended."""
    github.ledger.faults.append(faults.answer_lost("DELETE", seconds=0.1))
    with rest(github.url) as api:
        with pytest.raises(httpx.TransportError):
            api.delete(ALICE)
        assert api.get(ALICE).status_code == 404


def test_a_change_is_seen_later(github: GitHub) -> None:
    """The write is answered; reads, GraphQL too, show what was before it, until GitHub has settled."""
    ask = {"query": '{ organization(login: "lumen-works") { membersWithRole(first: 1) { totalCount } } }'}
    github.ledger.faults.append(faults.seen_later("DELETE"))
    with rest(github.url) as api:

        def members() -> int:
            counted: int = api.post("/graphql", json=ask).json()["data"]["organization"]["membersWithRole"][
                "totalCount"
            ]
            return counted

        assert api.delete(ALICE).status_code == 204
        assert (api.get(ALICE).json()["state"], members()) == ("active", 8)
        assert api.delete(ALICE).status_code == 404  # a write meets the present
        github.settle()
        assert (api.get(ALICE).status_code, members()) == (404, 7)


def test_a_change_that_is_seen_later_is_seen_by_itself_in_the_end(github: GitHub) -> None:
    """After the time that was said, nobody has to settle anything."""
    github.ledger.faults.append(faults.seen_later("DELETE", seconds=0.0))
    with rest(github.url) as api:
        api.delete(ALICE)
        assert api.get(ALICE).status_code == 404


def test_a_change_is_accepted_now_and_done_later(github: GitHub) -> None:
    """202 with nothing in it, and the work is in a queue."""
    github.ledger.faults.append(faults.done_later("DELETE /repos"))
    with rest(github.url) as api:
        path = "/repos/lumen-works/payments-api/collaborators/alice-m"
        told = api.delete(path)
        assert (told.status_code, told.json()) == (202, {})
        assert seed.ALICE in github.org.repos["payments-api"].direct
        github.settle()
        assert seed.ALICE not in github.org.repos["payments-api"].direct


def test_an_answer_is_cut_or_is_a_page_of_a_proxy(github: GitHub) -> None:
    """Half of the JSON, or HTML with status 200 or 503: neither is an empty list."""
    github.ledger.faults += [faults.cut_short("GET"), faults.web_page("GET"), faults.web_page("GET", status=503)]
    with rest(github.url) as api:
        with pytest.raises(json.JSONDecodeError):
            api.get(f"{ORG}/teams").json()
        pages = [api.get(f"{ORG}/teams") for _ in range(2)]
        assert [page.status_code for page in pages] == [200, 503]
        assert all(page.headers["content-type"].startswith("text/html") for page in pages)
        assert len(api.get(f"{ORG}/teams").json()) == 4


def test_a_login_changes_between_two_calls(github: GitHub) -> None:
    """The old name is nobody's; the number is still hers."""
    github.ledger.faults.append(faults.renamed("GET /orgs", login="alice-m", to="alice-the-great"))
    with rest(github.url) as api:
        assert api.get("/users/alice-m").json()["id"] == seed.ALICE
        assert api.get(ALICE).status_code == 404
        assert api.get(f"/user/{seed.ALICE}").json()["login"] == "alice-the-great"


def test_a_token_loses_a_scope_in_the_middle(github: GitHub) -> None:
    """From the second removal on what was allowed is not found; an app is told that it may not."""
    app = app_token(github)
    github.ledger.faults.append(faults.scope_lost("DELETE /orgs/[^/]+/memberships/bokafor", scope="admin:org"))
    with rest(github.url, depth.FULL_TOKEN) as api:
        assert [api.delete(f"{ORG}/memberships/{one}").status_code for one in ("alice-m", "bokafor")] == [204, 404]
        assert api.delete(f"{ORG}/memberships/ytanaka").status_code == 404
        assert "admin:org" not in api.get("/user").headers["x-oauth-scopes"].split(", ")
    github.ledger.faults.append(faults.scope_lost("GET .*/memberships", scope="members"))
    with rest(github.url, app) as api:
        assert api.get(f"{ORG}/memberships/bokafor").status_code == 200  # reading a membership needs no right
        assert api.delete(f"{ORG}/memberships/bokafor").status_code == 403


def test_a_demonstration_switches_faults_over_http(github: GitHub) -> None:
    """By the same names; a name nobody knows is refused, and clearing ends them all."""
    asked = {"kind": "throttled", "match": "GET /user", "seconds": 9, "times": 0}
    with rest(github.url) as api:
        assert api.post("/_/faults", json=asked).json()["faults"][0]["retry_after"] == 9
        assert [api.get("/user").headers["retry-after"] for _ in range(2)] == ["9", "9"]
        assert api.post("/_/faults", json={"kind": "earthquake"}).status_code == 422
        assert api.delete("/_/faults").json()["faults"] == []
        assert api.get("/user").status_code == 200
