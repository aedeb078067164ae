"""What is dangerous ends with the start: it waits for no other look than that of the plan, which is minutes old."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.lifecycle import RequestState, StepState
from bot.domain.model import Wave
from bot.domain.reading import Part, Work
from bot.domain.request import Step
from bot.engine.look import FRESH, LATEST
from bot.store import journal
from connectors.interface import ConnectorError, Kind
from tests.fakes.memory import Sparing, down
from tests.fakes.town import CLOUD, INES, MARCO, Town
from tests.stories.acts import asked, finish, read_again, wait

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])


def agreed(town: Town, after: timedelta = timedelta(minutes=5)) -> Town:
    """Both said yes so long after the plan was made; nothing has run yet."""
    asked(town)
    town.pass_time(after)
    town.press(MARCO, "approve")
    town.press(INES, "approve")
    return town


def contains(town: Town) -> list[Step]:
    """What ends at once."""
    return [step for step in town.view().steps if step.wave is Wave.CONTAIN]


def happened(town: Town) -> list[str]:
    """Which system was changed or read since the start, in order."""
    with town.engine.db.look() as tx:
        trail = journal.read(tx, request="OFF-101")
        systems = {step.id: step.system for step in town.view().steps}
    since = next(at for at, one in enumerate(trail) if one.kind == "request.started")
    told = [one for one in trail[since:] if one.kind in {"step.started", "system.read"}]
    return [f"{one.kind} {one.facts.get('system') or systems[one.facts['step']]}" for one in told]


def test_what_is_dangerous_ends_before_anything_is_read_again(town: Town) -> None:
    """The plan is minutes old: accounts are locked first, and one look at each system meets the plan and shows it."""
    agreed(town).work()
    order = [line for line in happened(town) if line.endswith("aws")]
    read = order.index("system.read aws")
    assert read == len([step for step in contains(town) if step.system == "aws"])
    assert {step.state for step in contains(town)} == {StepState.CONFIRMED}
    assert town.request().contained_at is not None
    finish(town)
    assert town.request().state is RequestState.CLOSED


def test_what_goes_on_there_is_asked_once(town: Town) -> None:
    """The look at the start asks for no pull requests and pipelines again: those of the plan stand beside it."""
    busy = Part((Work("repo:1", "repository", "payments-api", pulls=2),))
    sparing = Sparing(CLOUD, town.aws.account, town.aws.grants, town.aws.credentials, work=busy)
    town.aws = sparing
    town.engine.connectors = {**town.engine.connectors, CLOUD: sparing}
    agreed(town)
    assert sparing.proved == 0
    town.inline.drain(town.engine, town.tick, most=len(contains(town)) + 2)
    assert sparing.proved == 1
    assert {one.state for one in town.view().reads} == {StepState.CONFIRMED}
    assert town.view().readings[CLOUD].work == busy


def test_memberships_wait_for_the_look(town: Town) -> None:
    """Only what contains goes first: everything else meets what is there now."""
    agreed(town)
    town.aws.before_read = lambda: town.aws.faults.append(down())
    town.work()
    assert not town.aws.account.active
    later = [step for step in town.view().steps if step.system == "aws" and step.wave is Wave.MEMBERSHIPS]
    assert {step.state for step in later} == {StepState.WAITING}


def test_a_system_that_cannot_be_read_is_contained_all_the_same(town: Town) -> None:
    """A look that is forbidden keeps no account alive; nothing is called done before somebody looked (S1-2)."""
    agreed(town)
    forbidden = ConnectorError("The permission iam:ListUsers is missing.", kind=Kind.PERMISSION)
    town.aws.before_read = lambda: town.aws.faults.append(forbidden)
    town.work()
    assert not town.aws.account.active
    assert StepState.CONFIRMED not in {step.state for step in contains(town) if step.system == "aws"}
    assert town.request().contained_at is None


def test_a_look_waits_for_a_lock_that_hangs_for_seconds_only(town: Town) -> None:
    """AWS does not answer the change: it is read at the latest five seconds after the start, and told as open."""
    agreed(town)
    town.aws.faults = [down() for _ in range(3)]
    town.work()
    wait(town, LATEST, times=3)
    assert {step.state for step in town.view().reads} == {StepState.CONFIRMED}
    wait(town, timedelta(minutes=1), times=3)
    assert not town.aws.account.active


def test_an_old_plan_is_read_again_first(town: Town) -> None:
    """Approved hours later: what was already so is seen to be so, and nobody is asked to do it again."""
    read_again(town)
    assert town.aws.log == town.github.log == []
    assert not any(step.tries for step in contains(town))
    town.work()
    assert {step.state for step in contains(town)} == {StepState.CONFIRMED}


def test_at_the_edge_of_an_hour_the_plan_still_counts(town: Town) -> None:
    """Just under an hour old is fresh."""
    agreed(town, FRESH - timedelta(minutes=1))
    town.inline.drain(town.engine, town.tick, most=1)
    assert town.aws.log or town.github.log
