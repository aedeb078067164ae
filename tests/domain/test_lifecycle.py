"""What may follow what: the two tables, every pair of states, and where a walk can end."""

from __future__ import annotations

from enum import StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.errors import IllegalMove, Refused
from bot.domain.lifecycle import (
    ENDED_STEPS,
    NEXT_REQUEST,
    NEXT_STEP,
    OPEN_REQUESTS,
    RequestState,
    StepState,
    move,
)


class Weather(StrEnum):
    """Not a state of ours."""

    RAIN = "rain"
    SUN = "sun"


@pytest.mark.parametrize("now", RequestState)
@pytest.mark.parametrize("to", RequestState)
def test_a_request_goes_only_where_the_table_says(now: RequestState, to: RequestState) -> None:
    """Every move in the table is made, every other one raises: nothing happens quietly (S0-3)."""
    if to in NEXT_REQUEST[now]:
        assert move(now, to) is to
        return
    with pytest.raises(IllegalMove, match=f"{now} cannot become {to}"):
        move(now, to)


@pytest.mark.parametrize("now", StepState)
@pytest.mark.parametrize("to", StepState)
def test_a_step_goes_only_where_the_table_says(now: StepState, to: StepState) -> None:
    """Every move in the table is made, every other one raises (S0-3)."""
    if to in NEXT_STEP[now]:
        assert move(now, to) is to
        return
    with pytest.raises(IllegalMove):
        move(now, to)


def test_what_has_no_table_goes_nowhere() -> None:
    """A state the lifecycle does not know is our bug and raises."""
    with pytest.raises(IllegalMove):
        move(Weather.RAIN, Weather.SUN)


def test_what_is_over_stays_over() -> None:
    """No move leads out of an end state, and every other state leads somewhere."""
    assert all(not NEXT_STEP[state] for state in ENDED_STEPS)
    assert all(NEXT_STEP[state] for state in set(StepState) - ENDED_STEPS)
    assert {state for state in RequestState if NEXT_REQUEST[state]} == OPEN_REQUESTS


@given(st.data())
def test_no_walk_leaves_a_removal_failed(data: st.DataObject) -> None:
    """However a removal walks, it ends confirmed, attested, waived, dropped or lapsed.

    `failed` is for grants, and from wherever it stands it can still come to a good end (S1-20).
    """
    state = StepState.WAITING
    for _ in range(12):
        ways = sorted(NEXT_STEP[state] - {StepState.FAILED})
        if not ways:
            break
        state = move(state, data.draw(st.sampled_from(ways)))
    assert state is not StepState.FAILED
    assert state in ENDED_STEPS or NEXT_STEP[state] & {StepState.CONFIRMED, StepState.ATTESTED}


def test_only_a_running_step_can_fail() -> None:
    """No removal is set to failed by a person, a reading or a pause."""
    assert [state for state in StepState if StepState.FAILED in NEXT_STEP[state]] == [StepState.RUNNING]


def test_a_refusal_says_why_and_the_way_out() -> None:
    """What a person is told is one sentence, or two where there is a way out (S0-5)."""
    assert Refused("No.").words == "No."
    assert Refused("No.", hint="Ask Sara.", field="day").words == "No. Ask Sara."
