"""The page for whoever sets GitHub up says what the code needs: the same names, the same levels, nothing else."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import graphql
import pytest

from bot.domain.model import Revoke, inverse
from bot.practice.company import github as practice
from bot.practice.company.github import depth, editions, seed, state
from bot.practice.company.github.things import Event
from bot.practice.company.wire import Application
from connectors.github import approvals, bulk, enterprise, membership, seats, work
from connectors.github.rights import RIGHTS
from connectors.interface import Connector, ConnectorError, Lists
from tests.connectors.contract import NOW, link_to, removals
from tests.connectors.github_world import World, world
from tests.tools import published

__all__ = ["world"]

TOP = Path(__file__).parents[2]
PAGE = (TOP / "docs/connectors/github.md").read_text()
PERMISSIONS = json.loads((TOP / "connectors/github/permissions.json").read_text())


def _highest() -> dict[str, str]:
    """The level of each permission that some ability needs."""
    found: dict[str, str] = {}
    for one in RIGHTS:
        found[one.title] = "write" if "write" in {one.level, found.get(one.title)} else one.level
    return found


def test_the_table_of_permissions_is_what_the_code_needs() -> None:
    """Neither grows alone."""
    rows = re.findall(r"^\| ([^|]+) \| (read|write) \|", PAGE, flags=re.MULTILINE)
    assert dict(rows) == _highest()


def test_what_is_needed_at_all_is_marked_so() -> None:
    """An admin who leaves one of these out reads beforehand that nothing will work."""
    for one in RIGHTS:
        row = next(line for line in PAGE.splitlines() if line.startswith(f"| {one.title} |"))
        if one.needed:
            assert "not ready" in row


def test_an_app_with_exactly_these_permissions_is_ready_and_has_none_too_many(world: World) -> None:
    """The list to paste works, against the practice company's GitHub."""
    world.org.installations[0].permissions = dict(PERMISSIONS["app"])
    check = world.as_app().check()
    assert check.ready
    assert not check.excessive
    assert not check.cannot
    assert not check.limits
    world.connector = world.as_app()
    assert all(part.complete for part in (world.read().grants, world.read().credentials, world.read().made))


def test_the_scopes_for_a_token_are_the_ones_it_is_ready_with(world: World) -> None:
    """Those that are needed make it ready; each further one is named on the page."""
    held = set(PERMISSIONS["token"]["classic"])
    world.org.tokens[seed.TOKEN].scopes = frozenset(held)
    assert world.connector.check().ready
    assert all(f"`{one.scope}`" in PAGE for one in RIGHTS if one.scope)


# ---- the list of calls, both ways ----

PLACES = (
    (r"/repos/[^/]+/[^/]+", "/repos/{repo}"),
    (r"/orgs/[^/]+", "/orgs/{org}"),
    (r"/teams/[^/]+", "/teams/{team}"),
    (r"/(memberships|members|collaborators|outside_collaborators|users)/(?!\d+$)[a-z][^/]*", r"/\1/{login}"),
    (r"/environments/[^/]+", "/environments/{name}"),
    (r"/(?:\d+|[0-9a-f]{16})(?=/|$)", "/{id}"),
)


def _written(method: str, path: str) -> str:
    """A call as the file writes it."""
    for pattern, place in PLACES:
        path = re.sub(pattern, place, path)
    return f"{method} {path}"


def _life(world: World, connector: Connector) -> None:
    """Read, take everything, give back what can be given: some of it only once she is in again."""
    reading = connector.read(world.link, NOW)
    changes = removals(reading, connector.spec.can)
    for change in changes:
        connector.apply(change)
    for change in (*reversed(changes), *reversed(changes)):
        world.accept()
        back = inverse(change)
        if back is not None and type(back) in connector.spec.can:
            with suppress(ConnectorError):
                connector.apply(back)


@contextmanager
def _recorded(edition: str) -> Iterator[tuple[World, set[str]]]:
    """Lumen Works with everything that a person can have there, and the calls that reach it."""
    org, calls = seed.company(), set[str]()
    org.edition = edition
    org.tokens[seed.TOKEN].scopes |= depth.SCOPES | {"site_admin"}

    def around(system: Application) -> Application:
        def one(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
            calls.add(_written(environ["REQUEST_METHOD"], environ["PATH_INFO"]))
            return system(environ, start)

        return one

    _more(org)
    server = practice.start(org=org, around=around)
    try:
        yield World(server), calls
    finally:
        server.stop()


def _more(org: state.Org) -> None:
    hooked = {"hook_id": 85002}
    org.audit.append(Event(1_790_000_000_000, "hook.create", seed.ALICE, hooked))
    org.rulesets[0].bypass.append(("User", seed.ALICE, "always"))
    org.repos["reports"].invited[seed.ALICE] = "write"


def test_every_call_is_on_the_list_and_everything_on_the_list_is_called() -> None:
    """A token, an app and an administrator of a server, through the life of a leaver: none unnamed, none too many."""
    calls: set[str] = set()
    for edition in (editions.CLOUD, editions.SERVER):
        with _recorded(edition) as (world, made):
            connectors = [world.connector] if edition == editions.SERVER else [world.connector, world.as_app()]
            for connector in connectors:
                connector.check()
                connector.find("alice.martin@lumen.example")
                assert isinstance(connector, Lists)
                list(connector.accounts())
                _life(world, connector)
            outside = world.connector.read(link_to(world.connector, str(seed.PRIYA), "priya-shah"), NOW)
            world.connector.apply(Revoke(outside.grants.items[0]))
            grants = connectors[0].read(world.link, NOW).grants.items
            member = next((one for one in grants if one.entitlement.native_id.startswith("org:")), None)
            if edition == editions.CLOUD and member is not None:
                world.connector.apply(Revoke(member))
                world.connector.apply(membership.reinstatement(member))
            calls |= made
    listed = {one["call"] for one in PERMISSIONS["calls"]}
    assert sorted(calls - listed) == []
    assert sorted(listed - calls) == []


def test_every_question_in_graphql_is_one_that_github_publishes() -> None:
    """Each field, argument and variable, against the whole schema."""
    if not published.there():
        pytest.skip(published.MISSING)
    text = (published.KEPT / "schema.graphql").read_text(encoding="utf-8")
    schema = graphql.build_schema(text, assume_valid=True)
    questions = (
        *(bulk.DIRECT, approvals.APPROVALS, seats.BRANCH, seats.CHANGE, enterprise.MEMBERS, enterprise.REMOVE),
        *(work.REACHED, work.OPEN),
    )
    for question in questions:
        assert [one.message for one in graphql.validate(schema, graphql.parse(question))] == []
