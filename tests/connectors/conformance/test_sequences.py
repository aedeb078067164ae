"""No sequence of faults ends in *confirmed* while the server still grants access: the server itself is asked.

Random faults at random calls, in random order, and the attempts the retry law would make; CONFORMANCE=full plays more.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain.model import Disable, EndSessions, Revoke, Suspend
from connectors.interface import ConnectorError
from tests.connectors.conformance import life
from tests.connectors.conformance.faults import Armed, Fault
from tests.connectors.conformance.world import Stage, world, worlds

EXAMPLES = 400 if life.FULL else 8
REMOVALS = (Revoke, Disable, Suspend, EndSessions)

troubles = st.lists(st.tuples(st.sampled_from(Fault), st.integers(0, 30)), min_size=1, max_size=4)
"""Faults, each with the number of the call it waits for."""
rounds = st.lists(st.tuples(troubles, st.booleans()), min_size=1, max_size=3)
"""Attempts: what goes wrong during each, and whether what was put off happens before the next."""


@pytest.fixture(scope="module", params=worlds())
def stage(request: pytest.FixtureRequest) -> Iterator[Stage]:
    """One world after the other."""
    made = Stage(world(request.param))
    yield made
    made.close()


@pytest.mark.timeout(600 if not life.FULL else 7200)
@settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(which=st.integers(0, 30), attempts=rounds)
def test_nothing_is_confirmed_that_the_server_still_grants(
    stage: Stage, which: int, attempts: list[tuple[list[tuple[Fault, int]], bool]]
) -> None:
    """Judged by the server's own state after every attempt, whatever the connector says; and in the end it is done."""
    removals = [change for change in stage.changes if isinstance(change, REMOVALS)]
    change = removals[which % len(removals)]
    world = stage.world
    try:
        for faults, settles in attempts:
            world.trouble.arm(*(Armed(fault, number) for fault, number in faults if fault in world.trouble.knows))
            life.attempt(lambda: world.connector.apply(change), *Fault)
            life.confirmed_truly(stage, change)
            if settles:
                world.trouble.clear()
                life.confirmed_truly(stage, change)
        world.trouble.clear()
        life.finish(world, change)
        assert not world.holds(change)
        undo = life.given_back(stage, change)
        if undo is not None:
            life.finish(world, undo)
        stage.tidy(stage.read())
    except (AssertionError, ConnectorError):
        stage.renew()
        raise
