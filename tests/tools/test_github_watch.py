"""The watch around our GitHub sees what a client sends, and says at the end what was not as published."""

from __future__ import annotations

import httpx
import pytest

from bot.practice.company.github import depth
from tests.tools import published
from tests.tools.github_watch import watched

pytestmark = pytest.mark.skipif(not published.there(), reason=published.MISSING)


@pytest.mark.parametrize(
    ("method", "path", "body", "named"),
    [
        ("GET", "/orgs/lumen-works/teams?colour=red", None, "query parameter colour"),
        ("PUT", "/orgs/lumen-works/memberships/bokafor", {"role": "member", "why": "x"}, "property why"),
        ("PUT", "/orgs/lumen-works/memberships/bokafor", {"role": "boss"}, "'boss' is not one of"),
        ("GET", "/orgs/lumen-works/colours", None, "no such operation"),
    ],
)
def test_a_request_that_github_does_not_publish_fails_the_test_that_sent_it(
    method: str, path: str, body: dict[str, str] | None, named: str
) -> None:
    """A made-up parameter, property, value or call of a connector is found by the first test that uses it."""
    headers = {"Authorization": f"token {depth.FULL_TOKEN}"}
    with pytest.raises(AssertionError, match=named), watched() as server:
        httpx.request(method, server.url + path, json=body, headers=headers)


def test_an_answer_that_github_does_not_publish_fails_the_test_that_saw_it() -> None:
    """Our server cannot drift either."""
    with pytest.raises(AssertionError, match="role"), watched() as server:  # noqa: PT012 -- it fails as it ends
        server.org.members[40004].role = "king"
        headers = {"Authorization": f"token {depth.FULL_TOKEN}"}
        httpx.get(server.url + "/orgs/lumen-works/memberships/alice-m", headers=headers)
