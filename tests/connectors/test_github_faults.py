"""GitHub on a bad day: every fault has its class, and nothing is believed gone."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from werkzeug.wrappers import Request, Response

from bot.domain.model import (
    Account,
    Entitlement,
    Grant,
    Revoke,
)
from bot.practice.company import github as practice
from bot.practice.company import hosting
from bot.practice.company.github import seed
from connectors import github
from connectors.interface import Connector, ConnectorError, Kind, Result, Secrets
from tests.connectors.contract import NOW, error_of
from tests.connectors.github_world import ALICE, KEY, World, world
from tests.tools.pace import slowness

__all__ = ["world"]


# ---- when GitHub is not well ----


@pytest.mark.parametrize(
    ("how", "kind"),
    [
        ({"status": 500}, Kind.TRANSIENT),
        ({"status": 502, "html": True}, Kind.TRANSIENT),
        ({"status": 409}, Kind.TRANSIENT),
        ({"status": 422}, Kind.PERMANENT),
        ({"status": 401}, Kind.CREDENTIAL),
        ({"status": 404}, Kind.PERMISSION),
        ({"html": True}, Kind.TRANSIENT),
        ({"lost": True}, Kind.TRANSIENT),
    ],
)
def test_every_fault_has_its_class(world: World, how: dict[str, object], kind: Kind) -> None:
    """On reading the teams, whatever GitHub does is told in its class; nothing reads as an empty list."""
    with world.fault("GET /orgs/lumen-works/teams$", **how):  # type: ignore[arg-type]
        assert error_of(world.read).kind is kind


@pytest.mark.parametrize("status", [403, 429])
def test_github_asking_for_a_pause_gets_it(world: World, status: int) -> None:
    """Retry-After is handed to the retry law, on a read and on a write, and we do not sleep ourselves."""
    team = world.grant("team:60001")
    started = time.monotonic()
    for match, call in (("GET /orgs", world.read), ("DELETE", lambda: world.connector.apply(Revoke(team)))):
        with world.fault(match, status=status, retry_after=77):
            error = error_of(call)
        assert (error.kind, error.after) == (Kind.THROTTLED, timedelta(seconds=77))
    assert time.monotonic() - started < 60


def test_a_removal_whose_answer_got_lost_is_already_so_at_the_next_try(world: World) -> None:
    """The effect happened, the answer did not arrive: the second attempt looks first and calls nothing."""
    for grant in (world.grant("team:60001"), world.grant("org:lumen-works")):
        with world.fault("DELETE", lost=True):
            assert error_of(lambda grant=grant: world.connector.apply(Revoke(grant))).kind is Kind.TRANSIENT  # type: ignore[misc]
        assert world.connector.apply(Revoke(grant)).result is Result.ALREADY
    assert len(world.changed()) == 2


def test_a_removal_that_somebody_else_made_meanwhile_is_already_so(world: World) -> None:
    """Between our look and our call another administrator was faster: GitHub says 404, a second look bears it out."""
    grant = world.grant("team:60001")
    with world.fault("DELETE", status=404, delay=0.4):
        threading.Timer(0.2, world.org.teams["payments"].members.pop, (seed.ALICE,)).start()
        assert world.connector.apply(Revoke(grant)).result is Result.ALREADY


ORG = "/orgs/lumen-works"
USER = {"id": seed.ALICE, "login": "alice-m"}
OWNED = {"/user": {"id": 1, "login": "usher-bot"}, "/user/40004": USER}


@contextmanager
def odd_github(answers: dict[str, object]) -> Iterator[Connector]:
    """A GitHub that says only this, for what the practice company never does; a string is a place to go instead."""

    def say(request: Request) -> Response:
        body = answers.get(request.path, {"message": "Not Found"})
        if isinstance(body, str):
            return Response(status=301, headers={"Location": body})
        status = 200 if request.path in answers else 404
        links = {"Link": f'<{request.base_url}?page=9999999>; rel="last"'} if body == [] else {}
        return Response(json.dumps(body), status, links, mimetype="application/json")

    server = hosting.host(Request.application(say), opened := hosting.listen())
    url = f"http://127.0.0.1:{opened.getsockname()[1]}"
    opened.close()
    try:
        yield github.connect(KEY, "GitHub", Secrets({"URL": url, "ORG": seed.LOGIN, "TOKEN": "tok"}))
    finally:
        server.shutdown()
        server.server_close()


def _held(native_id: str) -> Grant:
    return Grant(Account(KEY, ALICE, "alice-m"), Entitlement(native_id, "any", "Any"))


@pytest.mark.parametrize(
    ("native_id", "answers", "kind"),
    [
        (
            "org:lumen-works",
            {f"{ORG}/memberships/alice-m": {"state": "active", "role": "member", "direct_membership": False}},
            Kind.PERMANENT,
        ),
        (
            "org:lumen-works",
            {f"{ORG}/memberships/alice-m": {"user": {"id": 7}}, f"{ORG}/members": [OWNED["/user"]]},
            Kind.GONE,
        ),
        ("org:lumen-works", {f"{ORG}/memberships/alice-m": [1]}, Kind.TRANSIENT),
        ("org:lumen-works", {f"{ORG}/memberships/alice-m": "https://elsewhere.example/login"}, Kind.TRANSIENT),
        ("repo:5:admin", {"/repositories/5": {"owner": {"login": "others"}}}, Kind.PERMANENT),
        ("team:6", {f"{ORG}/teams": {"message": "odd"}}, Kind.TRANSIENT),
        ("team:6", {f"{ORG}/teams": []}, Kind.TRANSIENT),
        ("outside:lumen-works", {}, Kind.PERMISSION),
    ],
)
def test_what_github_says_seldom_is_understood_too(native_id: str, answers: dict[str, object], kind: Kind) -> None:
    """Enterprise teams, a name that changed hands between two calls, a moved repository, lists that are none."""
    with odd_github({**OWNED, **answers}) as connector:
        assert error_of(lambda: connector.apply(Revoke(_held(native_id)))).kind is kind


def test_a_token_that_may_not_write_is_told_which_permission_is_missing(world: World) -> None:
    """GitHub says 404 to a token without the scope; that is no proof that the membership is gone."""
    grants = world.read().grants.items
    reader = world.connect(token="practice-github-reader")
    for grant in grants[:2]:
        error = error_of(lambda grant=grant: reader.apply(Revoke(grant)))  # type: ignore[misc]
        assert error.kind is Kind.PERMISSION
        assert "admin:org" in error.said
    check = reader.check()
    assert not check.ready
    assert "admin:org" in check.missing[0]


def test_a_token_of_somebody_who_is_no_owner_reads_nothing_instead_of_half(world: World) -> None:
    """A member is not shown secret teams and keys; half a reading would look like a clean one."""
    alice = world.connect(token="practice-alice-token")
    error = error_of(lambda: alice.read(world.link, NOW))
    assert error.kind is Kind.PERMISSION
    assert any("not an owner" in line for line in alice.check().missing)


def test_a_token_that_may_do_more_than_it_must_is_told_so(world: World) -> None:
    """Least privilege is checked, not hoped for."""
    token = world.org.tokens[seed.TOKEN]
    token.scopes |= {"delete_repo", "write:discussion"}
    check = world.connector.check()
    assert check.ready
    assert len(check.excessive) == 2
    assert "delete repositories" in check.excessive[0]


def test_an_organisation_that_is_not_there_is_told_so(world: World) -> None:
    """A typo in the settings is found at the first check."""
    values = {"URL": world.server.url, "ORG": "lumen-typo", "TOKEN": seed.TOKEN}
    check = github.connect(KEY, "GitHub", Secrets(values)).check()
    assert "lumen-typo" in check.missing[0]


def test_candidates_are_members_who_show_this_address(world: World) -> None:
    """Found by the address people chose to show; strangers and look-alikes are not offered."""
    assert [one.native_id for one in world.connector.find("alice.martin@lumen.example")] == [ALICE]
    assert world.connector.find("nobody@lumen.example") == ()
    assert world.connector.find("priya@contractor.example") == ()


def test_settings_that_are_missing_are_named(world: World) -> None:
    """Before anybody is called."""
    with pytest.raises(ConnectorError, match="TOKEN"):
        github.connect(KEY, "GitHub", Secrets({"ORG": "lumen-works"}))


def test_reading_alice_waits_for_three_calls_after_each_other() -> None:
    """Some fifty calls, of which three depend on each other: where a call takes long it takes less than four would."""
    each, took = 1.0, list[float]()  # what the machine adds is small beside it
    server = practice.start(latency=each)
    try:
        world = World(server)
        with slowness() as machine:
            while len(took) < 3 and min(took, default=4 * each) >= 4 * each:
                took.append(_seconds(world))
        assert min(took) < 4 * each * machine.worst, took
        assert server.ledger.calls / len(took) < 60
    finally:
        server.stop()


def _seconds(world: World) -> float:
    started = time.monotonic()
    world.read()
    return time.monotonic() - started
