"""The one suite every connector must pass: each fault at each call, and in the end the truth and nothing lost.

Of many calls some are chosen, the same at every run; CONFORMANCE=full takes all of them.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.connectors.conformance import life
from tests.connectors.conformance.faults import Fault
from tests.connectors.conformance.world import Stage, world, worlds

MOST = 3  # calls per fault and world


class Played:
    """A world with the list of its calls, asked once for all its tests."""

    def __init__(self, name: str) -> None:
        self.stage = Stage(world(name))
        self.cases = life.cases(self.stage)


@pytest.fixture(scope="module", params=worlds())
def played(request: pytest.FixtureRequest) -> Iterator[Played]:
    """One world after the other."""
    made = Played(request.param)
    yield made
    made.stage.close()


@pytest.mark.timeout(600 if not life.FULL else 7200)
@pytest.mark.parametrize("fault", Fault)
def test_whatever_one_call_meets_the_end_is_true(played: Played, fault: Fault) -> None:
    """An error of its class or success, never wrongly confirmed; then done, seen, twice the same, and given back."""
    meant = fault in played.stage.world.trouble.knows  # a database has no web pages
    chosen = life.chosen(played.cases, fault, MOST) if meant else ()
    assert chosen or not meant
    for case in chosen:
        try:
            life.endure(played.stage, case, fault)
        except BaseException:
            print(f"{fault}: {case}")  # noqa: T201  pytest shows it with the failure
            played.stage.renew()
            raise
