"""GitHub on every bad day, at every call: nothing else is ever raised, and nothing is ever called clean too early."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from bot.domain.model import Change, Revoke
from bot.domain.reading import Part, Reading
from bot.domain.verify import Verdict, judge
from bot.practice.company import github
from bot.practice.company.github import depth, faults, seed
from bot.practice.company.wire import Fault
from connectors.interface import ConnectorError, Outcome, Result
from tests.connectors.contract import NOW, removals
from tests.connectors.github_world import World

Made = Callable[[str], Fault]
ALICE = seed.ALICE
DAYS: dict[str, Made] = {
    "throttled": faults.throttled,
    "secondary": faults.secondary,
    "broken": faults.broken,
    "unavailable": lambda call: faults.broken(call, status=503),
    "lost": faults.answer_lost,
    "later": faults.seen_later,
    "queued": faults.done_later,
    "cut": faults.cut_short,
    "page": faults.web_page,
    "renamed": lambda call: faults.renamed(call, login="alice-m", to="alice-the-great"),
    "unscoped": lambda call: faults.scope_lost(call, scope="admin:org"),
    "hidden": lambda call: Fault(call, status=404, times=1),
    "forbidden": lambda call: Fault(call, status=403, times=1),
}
WRITES_ONLY = {"later", "queued"}  # of a read they say nothing


ORG = "/orgs/lumen-works"
REPO = "/repos/lumen-works/payments-api"
READS = (
    "^POST /graphql query$",
    *(f"^GET {path}$"
    for path in (
        f"/user/{ALICE}", "/user", ORG, f"{ORG}/teams", f"{ORG}/repos", f"{ORG}/members",
        f"{ORG}/outside_collaborators", f"{ORG}/invitations", f"{ORG}/organization-roles",
        f"{ORG}/organization-roles/84001/users", f"{ORG}/memberships/alice-m", f"{ORG}/credential-authorizations",
        f"{ORG}/audit-log", f"{ORG}/teams/payments/memberships/alice-m", f"{ORG}/teams/payments/repos",
        f"{REPO}/collaborators", f"{REPO}/keys", f"{REPO}/invitations", f"{REPO}/activity",
    )),
)  # fmt: skip


def _read(world: World) -> Reading:
    return world.connector.read(world.link, NOW)


def _still(world: World) -> dict[str, bool]:
    """What Alice still has, straight from the server's memory, by the part of a reading that would show it."""
    org = world.org
    return {
        "grants": ALICE in org.members
        or any(ALICE in team.members for team in org.teams.values())
        or any(ALICE in repo.direct for repo in org.repos.values())
        or any(ALICE in role.users for role in org.roles.values()),
        "credentials": any(one.user == ALICE for one in org.authorizations)
        or any(one.user == ALICE for one in org.fine_grained),
        "made": any(key.title.startswith("ci-payments") for repo in org.repos.values() for key in repo.keys),
    }


def _honest(reading: Reading, world: World) -> None:
    for name, held in _still(world).items():
        part: Part[object] = getattr(reading, name)
        clean = part.complete and not [one for one in part.items if getattr(one, "active", True)]
        assert not (held and clean), name


def _tried(call: Callable[[], Reading]) -> Reading | None:
    try:
        return call()
    except ConnectorError as error:
        assert error.said.endswith(".")  # noqa: PT017
        return None


def _applied(world: World, change: Change) -> Outcome | None:
    try:
        return world.connector.apply(change)
    except ConnectorError as error:
        assert error.said.endswith(".")  # noqa: PT017
        return None


def _well_again(world: World) -> None:
    world.server.ledger.faults.clear()
    world.server.settle()
    world.org.users[ALICE].login = "alice-m"
    world.org.tokens[seed.TOKEN].scopes |= {"admin:org"}


@pytest.fixture
def world() -> Iterator[World]:
    """Without the description around it: what a broken GitHub answers is not as published."""
    server = github.start()
    try:
        yield World(server)
    finally:
        server.stop()


@pytest.mark.parametrize("day", sorted(DAYS.keys() - WRITES_ONLY))
def test_reading_on_a_bad_day_is_honest_whichever_call_it_hits(world: World, day: str) -> None:
    """Whole, partial with its reason, or an error of ours; never clean while she still has something."""
    for call in READS:
        world.server.ledger.faults.append(DAYS[day](call))
        reading = _tried(lambda: _read(world))
        if reading is not None:
            _honest(reading, world)
        _well_again(world)


@pytest.mark.parametrize("day", sorted(DAYS))
def test_a_removal_on_a_bad_day_ends_well_at_the_second_try(world: World, day: str) -> None:
    """Every write gone wrong once and made again on a good day: then it is so, and a fresh reading bears it out."""
    for change in removals(_read(world), world.connector.spec.can):
        world.server.ledger.faults.append(DAYS[day]("^(DELETE|POST|PUT) "))
        first = _applied(world, change)
        reading = _tried(lambda: _read(world))
        if reading is not None and day != "later":  # what GitHub itself shows late nobody can see
            _honest(reading, world)
        if reading is not None and first is not None and first.result is Result.ALREADY:
            assert judge(change, reading) is not Verdict.CONTRADICTED
        _well_again(world)
        assert world.connector.apply(change).result in {Result.APPLIED, Result.ALREADY}
        assert judge(change, _read(world)) is Verdict.CONFIRMED, change
    assert not any(_still(world)[name] for name in ("grants", "made"))
    assert depth.BEN in {one.user for one in world.org.authorizations}


SEATS = {"deployment reviewer", "rule exemption", "licence"}
QUESTIONS = (
    f"/user/{ALICE}", f"{ORG}/members", f"{ORG}/teams", f"{ORG}/memberships/alice-m", f"{ORG}/organization-roles",
    f"{ORG}/organization-roles/84001/users", f"{ORG}/teams/payments/memberships/alice-m", "/repositories/50001",
    f"{ORG}/credential-authorizations", f"{REPO}/collaborators", f"{REPO}/keys",
)  # fmt: skip


@pytest.mark.parametrize("day", sorted(DAYS.keys() - WRITES_ONLY))
def test_a_removal_never_calls_a_thing_gone_that_is_there(world: World, day: str) -> None:
    """Whichever question before the write goes wrong: "already so" is said only of what is so."""
    for change in removals(_read(world), world.connector.spec.can):
        if isinstance(change, Revoke) and change.grant.entitlement.kind in SEATS:
            continue  # they ask other questions; the suite for every connector goes through those
        for question in QUESTIONS:
            fault = DAYS[day](f"^GET {question}$")
            world.server.ledger.faults.append(fault)
            outcome = _applied(world, change)
            _well_again(world)
            if outcome is not None:
                assert fault.hits == 0 or judge(change, _read(world)) is Verdict.CONFIRMED, (change, question)
            if outcome is not None and outcome.result is not Result.APPLIED and not fault.hits:
                break
