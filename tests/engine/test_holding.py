"""What must never happen with anything that waits, whatever people answer and in whatever order time passes."""

from __future__ import annotations

from contextlib import closing, suppress
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain.errors import Refused
from bot.domain.hold import HOLDS
from bot.domain.lifecycle import StepState
from bot.domain.model import PersonId, Wave
from bot.engine import release
from bot.engine.expire import expire
from bot.engine.tasks import remind
from bot.engine.tend import tend
from bot.store import Database
from tests.fakes.town import BEN, INES, SARA, TOMASZ, Town
from tests.stories.acts import approved
from tests.stories.holding import EVERYTHING, ruled

LONGEST = timedelta(days=30)
PEOPLE = (INES, TOMASZ, SARA, BEN)
ACTS = st.lists(
    st.tuples(
        st.sampled_from(["remove", "keep", "first", "pass", "all", "wait"]),
        st.sampled_from(PEOPLE),
        st.integers(0, 6),
        st.integers(1, 40 * 24),
    ),
    max_size=12,
)


def act(town: Town, what: str, by: PersonId, which: int, hours: int) -> None:
    """Somebody answers something, rightly or wrongly, or time passes."""
    held = [step for step in town.view().steps if step.state is StepState.HELD and step.held in HOLDS]
    if what == "wait" or not held:
        town.pass_time(timedelta(hours=hours))
        return
    step = held[which % len(held)]
    match what:
        case "remove":
            release.remove(town.engine, step.id, by, town.now)
        case "keep":
            release.keep(town.engine, step.id, by, town.now + timedelta(hours=hours), town.now)
        case "first":
            release.hand_first(town.engine, step.id, by, town.now)
        case "pass":
            release.pass_on(town.engine, step.id, by, PEOPLE[hours % len(PEOPLE)], town.now)
        case _:
            release.remove_all(town.engine, step.request, {one.number for one in held}, by, town.now)


def turn(town: Town) -> None:
    """The clock looks, and everything that is due happens."""
    expire(town.engine, town.now)
    remind(town.engine, town.now)
    tend(town.engine, town.now)
    town.work()


def check(town: Town) -> None:
    """What holds at every moment."""
    seen = town.view()
    held = [step for step in seen.steps if step.state is StepState.HELD and step.held in HOLDS]
    assert all(step.wave is not Wave.CONTAIN for step in held)
    assert all(step.assignee and step.due and town.now <= step.due <= town.now + LONGEST for step in held)
    assert all(step.ended for step in seen.contain)
    number = {step.number: step for step in seen.steps}
    for step in seen.steps:  # what waits, waits for itself or for what it depends on
        if step.state is StepState.WAITING:
            assert any(not number[one].ended for one in (*step.after, *step.after_done))


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=ACTS)
def test_every_hold_has_an_owner_and_an_end_and_delays_nothing_else(
    migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory, acts: list[tuple[str, PersonId, int, int]]
) -> None:
    """Whatever is answered: contained stays contained, no hold is endless, and in the end all of it goes (S1-9)."""
    path = tmp_path_factory.mktemp("acts") / "usher.sqlite3"
    path.write_bytes(migrated_sqlite.read_bytes())
    with closing(Database(f"sqlite:///{path}")) as db:
        town = approved(ruled(Town(db), EVERYTHING))
        check(town)
        for what, person, which, hours in acts:
            with suppress(Refused):
                act(town, what, person, which, hours)
            turn(town)
            check(town)
        for _ in range(4):
            town.pass_time(LONGEST)
            turn(town)
        assert not [step for step in town.view().steps if step.state is StepState.HELD and step.held in HOLDS]
