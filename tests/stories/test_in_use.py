"""Is this still in use? What a plan says about the last activity of a person, a key and a thing."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import timedelta

from bot.domain.model import Suspend
from bot.domain.reading import Part, Work
from tests.fakes.memory import ALL, Sparing
from tests.fakes.town import CODE, START, Town, words
from tests.stories.acts import approved, asked


def plan(town: Town) -> str:
    """The plan as the approvers read it."""
    asked(town)
    return words(next(card for card in town.ears.every if "Plan for" in card.text))


def test_the_last_activity_of_a_person_and_a_thing_is_told(town: Town) -> None:
    """The day, and who it was, so that nobody has to guess whether the repository is alive."""
    town.github.assets = [replace(town.github.assets[0], last_actor="bokafor")]
    town.aws.account = replace(town.aws.account, last_active=START - timedelta(days=3))
    said = plan(town)
    assert "nobody else administers it; last change yesterday by bokafor" in said
    assert "Lock the account alice.martin (last active 3 days ago)" in said


def test_what_is_not_known_is_told_apart_from_never(town: Town) -> None:
    """A vendor that does not tell is not a vendor that says: never."""
    town.github.assets = [replace(town.github.assets[0], last_activity=None)]
    town.aws.account = replace(town.aws.account, used=False)
    said = plan(town)
    assert "nobody else administers it; last change not known" in said
    assert "Lock the account alice.martin (never used)" in said
    assert "Lock the account alice-m (last activity not known)" in said


def test_where_no_account_is_locked_the_system_tells_it(town: Town) -> None:
    """A code host that cannot lock anybody still knows when she was there last; what is not known is not repeated."""
    town.github.can = town.aws.can = ALL - {Suspend}
    town.github.account = replace(town.github.account, last_active=START - timedelta(hours=2))
    said = plan(town)
    assert "Owner: Ines Ferreira. alice-m last active 2 hours ago" in said
    assert "last activity not known" not in said


def test_whoever_takes_a_thing_over_hears_what_runs_there_in_the_name_of_another(town: Town) -> None:
    """A schedule goes on in the name of who left until somebody takes it over, so the plan says it (S0-7)."""
    town.github.work = Part(
        (Work("repo:1", "repository", "payments-api", schedules=("nightly", "weekly", "yearly", "often", "once")),)
    )
    said = plan(town)
    assert (
        "“nightly”, “weekly”, “yearly” and 2 more run on a schedule in the name of Alice Martin: let somebody" in said
    )


def test_what_goes_on_is_asked_for_a_plan_and_not_for_each_proof(town: Town) -> None:
    """The looks that confirm leave it out; whoever is still asked about an item goes on reading it (S1-3, S0-29)."""
    there = Part((Work("repo:1", "repository", "payments-api", ("team:1",), pulls=2),))
    known = {one.name: getattr(town.github, one.name) for one in fields(town.github)}
    sparing = town.github = Sparing(**known | {"work": there})
    town.engine.connectors = {**town.engine.connectors, CODE: sparing}
    approved(town)
    assert sparing.proved
    assert town.view().readings[CODE].work == there
