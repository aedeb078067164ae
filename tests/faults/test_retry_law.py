"""The retry law as a whole: whatever the faults, their order and the luck."""

from __future__ import annotations

import shutil
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain.lifecycle import StepState
from bot.domain.verify import Verdict, judge
from bot.engine.retry import HOUR, PROBE, delay, parks
from bot.store import Database
from connectors.interface import ConnectorError, Kind
from tests.fakes.town import START, Town
from tests.faults.trouble import begun, of_aws, wait
from tests.tools import memory

SPANS = st.timedeltas(timedelta(0), timedelta(days=400))
FAULTS = st.builds(
    lambda kind, after: ConnectorError("It is not well.", kind=kind, after=after),
    st.sampled_from(list(Kind)),
    st.none() | st.timedeltas(timedelta(0), timedelta(hours=1)),
)


@given(st.sampled_from(Kind), st.integers(0, 10**6), SPANS, st.none() | SPANS, st.integers())
def test_no_delay_is_negative_or_longer_than_the_law_says(
    kind: Kind, tries: int, age: timedelta, asked: timedelta | None, seed: int
) -> None:
    """A minute at first, a quarter of an hour for a day, an hour then; what the system asked for, an hour at most."""
    got = delay(kind, tries, age, asked, Random(seed))  # noqa: S311 - jitter
    assert timedelta(0) <= got <= HOUR + timedelta(seconds=1)
    if kind is Kind.CREDENTIAL:
        assert got == PROBE
    elif asked is None and age <= timedelta(minutes=15):
        assert got <= timedelta(minutes=1)
    elif asked is not None and not parks(kind):
        assert got >= min(asked, HOUR)


def test_the_same_seed_tells_the_same_story() -> None:
    """Jitter comes from the engine's own chance, which a simulation seeds."""

    def draws(seed: int) -> list[timedelta]:
        chance = Random(seed)  # noqa: S311
        return [delay(Kind.TRANSIENT, tries, timedelta(0), None, chance) for tries in range(20)]

    assert draws(4) == draws(4)
    assert len(set(draws(4))) > 15


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    faults=st.lists(FAULTS, max_size=25),
    lies=st.integers(0, 5),
    spans=st.lists(st.timedeltas(timedelta(seconds=1), timedelta(hours=30)), min_size=1, max_size=6),
)
def test_no_order_of_faults_ends_in_a_confirmation_that_is_not_so(
    migrated_sqlite: Path, faults: list[Exception], lies: int, spans: list[timedelta]
) -> None:
    """Whatever is answered, what counts as confirmed is gone, no removal has failed, and no try is put off for ever."""
    with memory.folder() as folder:
        path = folder / "usher.sqlite3"
        shutil.copyfile(migrated_sqlite, path)
        with closing(Database(f"sqlite:///{path}")) as db:
            town = begun(Town(db))
            town.aws.faults, town.aws.lies = list(faults), lies
            for span in spans:
                wait(town, span)
                _stays_true(town)


def _stays_true(town: Town) -> None:
    seen = (
        town.aws.read(next(link for link in town.view().links if link.system == "aws"), START)
        if not (town.aws.faults)
        else None
    )
    for step in of_aws(town):
        assert step.state not in {StepState.FAILED, StepState.DROPPED, StepState.LAPSED}
        if step.state in {StepState.READY, StepState.APPLIED} and step.due:
            assert step.due - town.now <= HOUR + timedelta(seconds=10)
        if step.state is StepState.CONFIRMED and seen is not None and step.action is not None:
            assert judge(step.action, seen) is Verdict.CONFIRMED  # type: ignore[arg-type]  # no task in AWS
