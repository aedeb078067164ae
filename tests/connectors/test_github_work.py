"""GitHub: what goes on in the repositories somebody works in, so that nothing is taken away too early."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from bot.domain.reading import Completeness, Part, Work
from bot.practice.company import github as practice
from bot.practice.company.github import crowd, faults, seed
from bot.practice.company.github.state import Team
from bot.practice.company.github.things import Pull, Run
from bot.practice.company.wire import Application
from connectors.github import work
from connectors.github.bulk import Direct
from connectors.interface import Kind, Proves
from tests.connectors.contract import NOW, error_of
from tests.connectors.github_world import BEN, World, world

__all__ = ["world"]


def at(found: Part[Work], name: str) -> Work:
    """What goes on in the repository of this name."""
    return next(one for one in found.items if one.label == name)


def test_what_is_open_what_runs_and_whose_it_was_are_told(world: World) -> None:
    """Each repository with the rights that lead there: by name, by a team, by a seat (S1-3)."""
    found = world.read().work
    assert found.complete
    payments = at(found, "payments-api")
    assert (payments.pulls, payments.reviews, payments.running) == (2, 1, 1)
    assert payments.schedules == ("reconcile",)
    assert payments.last_actor is not None
    assert payments.last_actor.label == "alice-m"
    assert {"repo:50001:admin", "team:60001", "environment:50001:87001"} <= set(payments.rights)
    shop = at(found, "web-shop")
    assert (shop.rights, shop.pulls, shop.reviews, shop.running, shop.schedules) == (("team:60001",), 1, 0, 0, ())
    assert shop.last_actor is not None
    assert shop.last_actor.label == "priya-shah"


def test_the_look_that_proves_a_change_asks_none_of_it(world: World) -> None:
    """Open pull requests, pipelines and schedules are for who decides: nothing is judged by them (S0-29)."""
    assert isinstance(world.connector, Proves)
    before = world.server.ledger.calls
    world.connector.read(world.link, NOW)
    whole = world.server.ledger.calls - before
    seen = world.connector.prove(world.link, NOW)
    proof = world.server.ledger.calls - before - whole
    assert seen.work.seen is Completeness.NOT_APPLICABLE
    assert proof <= whole - 3 * 2 - 2, "two repositories, three questions each, and two for all of them"


def test_somebody_else_in_the_same_team_has_their_own_figures(world: World) -> None:
    """A pull request of hers that waits for Ben is one of his reviews, and her schedule is none of his."""
    payments = at(world.read(BEN).work, "payments-api")
    assert (payments.pulls, payments.reviews, payments.schedules) == (1, 1, ())


@pytest.mark.parametrize(
    ("lacking", "blank", "said"),
    [
        ("pull_requests", ("pulls", "reviews"), "Pull requests: read"),
        ("actions", ("running", "schedules"), "Actions: read"),
    ],
)
def test_what_a_permission_hides_is_not_known_and_the_permission_is_named(
    world: World, lacking: str, blank: tuple[str, ...], said: str
) -> None:
    """Never none; the rest is told, and check() names the same permission."""
    del world.org.installations[0].permissions[lacking]
    world.connector = world.as_app()
    found = world.read().work
    payments = at(found, "payments-api")
    values = {name: getattr(payments, name) for name in ("pulls", "reviews", "running", "schedules")}
    assert {name for name, value in values.items() if value is None} == set(blank)
    assert found.seen is Completeness.PARTIAL
    assert said in found.why
    assert any(said in one for one in world.connector.check().limits)


def test_a_bad_day_of_the_pipelines_stops_no_offboarding(world: World) -> None:
    """What nobody answers for is not known; what she may do is read all the same."""
    world.server.ledger.faults.append(faults.broken("GET /repos/.*/actions/runs", times=0))
    reading = world.read()
    assert at(reading.work, "payments-api").running is None
    assert at(reading.work, "payments-api").pulls == 2
    assert reading.work.seen is Completeness.PARTIAL
    assert reading.grants.complete


def test_when_github_asks_us_to_slow_down_we_do(world: World) -> None:
    """A limit is never taken for an answer."""
    world.server.ledger.faults.append(faults.throttled("GET /repos/.*/actions/runs", seconds=7, times=0))
    assert error_of(world.read).kind is Kind.THROTTLED


def test_more_pull_requests_than_a_list_shows_are_not_counted(world: World) -> None:
    """A hundred that were looked at prove nothing about the others."""
    payments = world.org.repos["payments-api"]
    payments.pulls += [Pull(1000 + n, "One of many", seed.BEN) for n in range(100)]
    assert (at(world.read().work, "payments-api").pulls, at(world.read().work, "payments-api").reviews) == (None, None)


def test_a_schedule_belongs_to_the_actor_of_its_newest_run(world: World) -> None:
    """Once somebody took it over it is no more hers, whatever ran in her name before."""
    payments = world.org.repos["payments-api"]
    payments.runs.insert(0, Run(99001, 62001, "reconcile", seed.BEN, "2099-01-01T00:00:00Z", "schedule"))
    assert at(world.read().work, "payments-api").schedules == ()
    assert at(world.read(BEN).work, "payments-api").schedules == ("reconcile",)


def test_more_scheduled_runs_than_a_list_shows_may_hide_one(world: World) -> None:
    """None among the last hundred is not known; one that is seen is told."""
    runs = [Run(99100 + n, 62009, "often", seed.BEN, f"2098-01-01T00:{n % 60:02}:00Z", "schedule") for n in range(120)]
    world.org.repos["web-shop"].runs = runs
    assert at(world.read().work, "web-shop").schedules is None
    found = world.read(BEN).work
    assert at(found, "web-shop").schedules == ("often",)
    assert (found.seen, found.why) == (Completeness.PARTIAL, work.OFTEN), "another of his may be behind these"


def test_of_many_repositories_the_ten_with_the_newest_pushes_are_asked_about() -> None:
    """A team that opens sixty is no reason for hundreds of calls; that there are more is said."""
    asked: Counter[str] = Counter()

    def counted(system: Application) -> Application:
        def one(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
            asked[str(environ["PATH_INFO"]).rpartition("/")[2]] += 1
            return system(environ, start)

        return one

    org = crowd.crowd(members=0, repos=60, teams=0)
    for n in range(60):
        org.repos[f"service-{n}"].pushed_at = f"2026-10-{1 + n // 3:02}T0{n % 3}:00:00Z"
    opens = dict.fromkeys((f"service-{n}" for n in range(60)), "write")
    org.teams["wide"] = Team(69000, "wide", "Wide", {seed.YUKI: "member"}, opens)
    server = practice.start(org=org, around=counted)
    try:
        found = World(server).read(str(seed.YUKI)).work
    finally:
        server.stop()
    assert len(found.items) == work.MOST
    assert {"service-59", "service-58"} <= {one.label for one in found.items}
    assert "service-1" not in {one.label for one in found.items}
    assert (found.seen, found.why) == (Completeness.PARTIAL, work.CUT)
    assert asked["runs"] == 2 * work.MOST


def test_a_list_that_moved_while_it_was_read_is_no_mistake_of_ours() -> None:
    """GitHub's pages shift when somebody adds a repository: one may stand in two of them."""
    row = {"id": 1, "name": "a", "pushed_at": "2026-01-01T00:00:00Z"}
    hers = Direct({"role_name": "write"}, seen=True)
    assert work.chosen([row, row], [hers, hers], work.Told({"totalCount": 0, "nodes": []})).repos == (row,)


def test_a_repository_that_hides_who_may_change_it_is_said_to_be_left_out() -> None:
    """Nothing known of it is not nothing going on in it: whoever is asked reads that something was not shown."""
    rows = [{"id": n, "name": f"r{n}", "pushed_at": "2026-01-01T00:00:00Z"} for n in (1, 2)]
    direct = [Direct({"role_name": "write"}, seen=True), Direct(None, seen=False)]
    reached = work.chosen(rows, direct, work.Told({"totalCount": 0, "nodes": []}))
    assert (reached.repos, reached.why) == ((rows[0],), work.UNSEEN)
