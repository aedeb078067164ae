"""The moments that count, read from rows: never before it was asked, and nothing called done that was not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.lifecycle import ENDED_STEPS, RequestState, StepState
from bot.domain.model import PersonId, RequestId, StepId, SystemKey, Trigger, Wave
from bot.domain.request import Request, Step, StepKind
from bot.domain.stamps import by_system, deadlines, judged, total

T0 = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
ASKED = Request(
    id=RequestId("OFF-1"),
    trigger=Trigger.LEAVER,
    state=RequestState.RUNNING,
    requester=PersonId("P-1"),
    subject=PersonId("P-2"),
    starts_at=T0 + HOUR,
    immediate=False,
    voluntary=True,
    reason="",
    note="",
    created_at=T0,
    policy_version=1,
    runbook_version=1,
    decided_at=T0 + HOUR / 2,
    started_at=T0 + HOUR,
)


def step(number: int, ended: datetime | None, **facts: object) -> Step:
    """A step of AWS that ends first."""
    plain = Step(
        id=StepId(f"OFF-1.{number}"),
        request=ASKED.id,
        number=number,
        kind=StepKind.APPLY,
        system=SystemKey("aws"),
        wave=Wave.CONTAIN,
        action=None,
        state=StepState.CONFIRMED if ended else StepState.READY,
        ended_at=ended,
    )
    return replace(plain, **facts)  # type: ignore[arg-type]  # fields by name


def test_each_system_has_its_own_moments() -> None:
    """AWS was through when GitHub still was not: each says so for itself (S0-4, S0-29, S1-5)."""
    at = T0 + 2 * HOUR
    steps = [step(1, at, applied_at=at - HOUR / 2), step(2, None, system=SystemKey("github"))]
    found = by_system(ASKED, steps)
    aws, github = found[SystemKey("aws")], found[SystemKey("github")]
    assert (aws.asked, aws.approved) == (T0, T0 + HOUR / 2)
    assert (aws.contained, aws.applied, aws.confirmed, aws.closed) == (at, at - HOUR / 2, at, at)
    assert (github.contained, github.applied, github.confirmed, github.closed) == (None, None, None, None)


def test_what_was_left_open_is_never_called_seen() -> None:
    """Closed by decision is an end, and no proof (S1-19)."""
    left = step(1, T0 + 2 * HOUR, state=StepState.WAIVED)
    found = total(replace(ASKED, state=RequestState.CLOSED, closed_at=T0 + 3 * HOUR), [left])
    assert found.confirmed is None
    assert found.closed == T0 + 3 * HOUR


@pytest.mark.parametrize(
    ("contained", "now", "kept"),
    [
        (T0 + 1.5 * HOUR, T0 + 9 * HOUR, True),
        (T0 + 2 * HOUR, T0 + 9 * HOUR, True),
        (T0 + 2.1 * HOUR, T0 + 9 * HOUR, False),
        (None, T0 + 1.9 * HOUR, None),
        (None, T0 + 2.1 * HOUR, False),
    ],
)
def test_within_one_hour_of_the_last_day(contained: datetime | None, now: datetime, kept: bool | None) -> None:
    """Kept, late, or not known yet: the promise is held against what happened (S0-29, S1-5)."""
    found = judged(replace(ASKED, contained_at=contained), [step(1, contained)], HOUR, now)
    assert found is not None
    assert found.due == T0 + 2 * HOUR
    assert found.kept is kept
    assert bool(found.late) is (kept is False)


def test_left_open_in_time_is_not_kept_in_full() -> None:
    """Two people may leave it open, and the promise says so all the same."""
    left = step(1, T0 + 1.5 * HOUR, state=StepState.WAIVED)
    found = judged(replace(ASKED, contained_at=T0 + 1.5 * HOUR), [left], HOUR, T0 + 9 * HOUR)
    assert found is not None
    assert (found.kept, found.late) == (False, (left,))


def test_no_clock_before_it_starts() -> None:
    """Nothing is late that has not begun; against their will the clock starts with the approval."""
    assert judged(replace(ASKED, started_at=None), [], HOUR, T0 + 9 * HOUR) is None
    assert deadlines(ASKED, {Wave.CONTAIN: 1, Wave.TASKS: 48})[Wave.CONTAIN] == T0 + 2 * HOUR
    now = replace(ASKED, immediate=True, decided_at=None)
    assert deadlines(now, {Wave.CONTAIN: 1}) == {}


MOMENTS = st.one_of(st.none(), st.integers(1, 10_000).map(lambda minutes: T0 + timedelta(minutes=minutes)))
ENDED = st.sampled_from(sorted(ENDED_STEPS))


@given(ends=st.lists(st.tuples(MOMENTS, ENDED), max_size=6))
def test_no_moment_comes_before_its_steps(ends: list[tuple[datetime | None, StepState]]) -> None:
    """While a step is open nothing is called finished; what is called seen was seen, every part of it."""
    steps = [
        step(n, at, state=state if at else StepState.READY, applied_at=at)
        for n, (at, state) in enumerate(ends, start=1)
    ]
    for found in by_system(ASKED, steps).values():
        open_yet = [one for one in steps if one.ended_at is None]
        assert not (open_yet and (found.closed or found.confirmed or found.contained))
        if found.confirmed:
            assert all(one.state in {StepState.CONFIRMED, StepState.ATTESTED, StepState.LAPSED} for one in steps)
            assert found.confirmed == max(one.ended_at for one in steps if one.ended_at)
