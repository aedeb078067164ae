"""The states of requests and steps, and the two tables that say what may follow what."""

from __future__ import annotations

from enum import StrEnum
from typing import TypeVar

from bot.domain.errors import IllegalMove


class RequestState(StrEnum):
    """Where a request stands."""

    SUBMITTED = "submitted"
    PLANNING = "planning"
    AWAITING_APPROVAL = "awaiting_approval"
    APPROVED = "approved"
    SCHEDULED = "scheduled"
    RUNNING = "running"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"
    DENIED = "denied"
    EXPIRED = "expired"


class StepState(StrEnum):
    """Where a step stands. `applied` is never shown as done."""

    WAITING = "waiting"
    READY = "ready"
    HELD = "held"
    RUNNING = "running"
    APPLIED = "applied"
    CONFIRMED = "confirmed"
    PARKED = "parked"
    ATTESTED = "attested"
    WAIVED = "waived"
    DROPPED = "dropped"
    LAPSED = "lapsed"
    FAILED = "failed"


R, S = RequestState, StepState

NEXT_REQUEST: dict[RequestState, frozenset[RequestState]] = {
    R.SUBMITTED: frozenset({R.PLANNING, R.WITHDRAWN}),
    R.PLANNING: frozenset({R.AWAITING_APPROVAL, R.APPROVED, R.WITHDRAWN}),
    R.AWAITING_APPROVAL: frozenset({R.APPROVED, R.DENIED, R.WITHDRAWN, R.EXPIRED}),
    # An approver may take a yes back, and a new date asks again, until the first step has started.
    R.APPROVED: frozenset({R.SCHEDULED, R.RUNNING, R.AWAITING_APPROVAL, R.WITHDRAWN}),
    R.SCHEDULED: frozenset({R.RUNNING, R.AWAITING_APPROVAL, R.WITHDRAWN}),
    R.RUNNING: frozenset({R.CLOSED}),
    R.CLOSED: frozenset(),
    R.WITHDRAWN: frozenset(),
    R.DENIED: frozenset(),
    R.EXPIRED: frozenset(),
}

ENDED_STEPS = frozenset({S.CONFIRMED, S.ATTESTED, S.WAIVED, S.DROPPED, S.LAPSED, S.FAILED})
OPEN_REQUESTS = frozenset(
    {R.SUBMITTED, R.PLANNING, R.AWAITING_APPROVAL, R.APPROVED, R.SCHEDULED, R.RUNNING},
)
NOT_STARTED = OPEN_REQUESTS - {R.RUNNING}
_BY_PEOPLE = frozenset({S.ATTESTED, S.WAIVED, S.DROPPED})

NEXT_STEP: dict[StepState, frozenset[StepState]] = {
    S.WAITING: frozenset({S.READY, S.HELD, S.CONFIRMED}) | _BY_PEOPLE,
    S.READY: frozenset({S.RUNNING, S.HELD, S.PARKED, S.CONFIRMED}) | _BY_PEOPLE,
    S.HELD: frozenset({S.READY, S.WAITING, S.CONFIRMED}) | _BY_PEOPLE,
    S.RUNNING: frozenset({S.APPLIED, S.CONFIRMED, S.READY, S.PARKED, S.FAILED}) | _BY_PEOPLE,
    S.APPLIED: frozenset({S.CONFIRMED, S.READY, S.LAPSED, S.PARKED}) | _BY_PEOPLE,
    S.PARKED: frozenset({S.READY, S.HELD, S.CONFIRMED}) | _BY_PEOPLE,
    **{ended: frozenset() for ended in ENDED_STEPS},
}

State = TypeVar("State", bound=StrEnum)


def move(now: State, to: State) -> State:
    """The next state. Raises IllegalMove when the table does not know the way."""
    after: frozenset[StrEnum] = frozenset()
    if isinstance(now, RequestState):
        after = frozenset(NEXT_REQUEST[now])
    elif isinstance(now, StepState):
        after = frozenset(NEXT_STEP[now])
    if to not in after:
        message = f"{now} cannot become {to}"
        raise IllegalMove(message)
    return to
