"""A request and its steps: what counts as enough people, and what a later step need not wait for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.lifecycle import ENDED_STEPS, RequestState, StepState
from bot.domain.model import PersonId, Power, RequestId, StepId, Trigger, Wave
from bot.domain.policy import Crew
from bot.domain.request import Approval, Request, Step, StepKind, covered
from tests.domain.things import CODE, NOW, OWNER

INES, MARCO = PersonId("ines"), PersonId("marco")
REQUEST = RequestId("OFF-101")
STEP = Step(StepId("OFF-101.1"), REQUEST, 1, StepKind.APPLY, CODE, Wave.CONTAIN, None, StepState.WAITING)


def yes(person: PersonId, **facts: object) -> Approval:
    """Somebody said yes to steps 1 and 2."""
    one = Approval(1, REQUEST, "digest", person, yes=True, at=NOW, items=(1, 2))
    return replace(one, **facts)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("approvals", "enough"),
    [
        ((), False),
        ((yes(INES),), False),
        ((yes(INES), yes(INES)), False),
        ((yes(INES), yes(MARCO)), True),
        ((yes(INES), yes(MARCO, yes=False)), False),
        ((yes(INES), yes(MARCO, withdrawn_at=NOW)), False),
        ((yes(INES), yes(MARCO, digest="another")), False),
        ((yes(INES), yes(MARCO, items=(2,))), False),
    ],
)
def test_two_people_are_two_people(approvals: tuple[Approval, ...], enough: bool) -> None:
    """Distinct people, a living yes, to this plan and to this very step: anything else does not count (S4-8)."""
    assert covered(approvals, "digest", 1, 2) is enough
    assert covered(approvals, "digest", 1, 0) is False


@pytest.mark.parametrize("state", StepState)
def test_a_later_wave_waits_for_a_try_and_never_for_a_success(state: StepState) -> None:
    """Tried once, over, or in the hands of a person: what comes after goes on (S0-21, S1-9)."""
    step = replace(STEP, state=state)
    hands = {StepState.HELD, StepState.PARKED}
    assert step.ended is (state in ENDED_STEPS)
    assert step.tried is (state in ENDED_STEPS | hands)
    assert replace(step, tries=1).tried


@pytest.mark.parametrize(
    ("immediate", "voluntary", "at_once"), [(True, True, True), (False, False, True), (False, True, False)]
)
def test_against_their_will_contains_at_once(immediate: bool, voluntary: bool, at_once: bool) -> None:
    """Now and involuntary exits contain on approval, others at the chosen time (S0-20)."""
    facts = (REQUEST, Trigger.LEAVER, RequestState.SUBMITTED, OWNER, INES, NOW, NOW, 1, 1)
    request = Request(*facts, immediate=immediate, voluntary=voluntary)
    assert request.contains_at_once is at_once


def test_a_power_is_held_or_not() -> None:
    """One of several is enough, none is none."""
    crew = Crew({}, {INES: frozenset({Power.IT})})
    assert crew.may(INES, Power.HR, Power.IT)
    assert not crew.may(INES, Power.HR)
    assert not crew.may(MARCO, Power.IT)
