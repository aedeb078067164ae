"""What takes two people: one proposes it, others second it, and only then it happens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.domain.lifecycle import NOT_STARTED, RequestState
from bot.domain.model import PersonId
from bot.domain.request import Request, Step


@dataclass(frozen=True, slots=True)
class Proposal:
    """Something that one person wants and `needs` others must agree to. `asked` never names who proposed it.

    `kind` names what happens on the last yes; `body` is what that needs to know. Open until `decided_at`; `yes` is
    None then where it was about nothing any more.
    """

    id: int
    kind: str
    request: str
    step: str
    body: Mapping[str, Any]
    proposed_by: PersonId
    proposed_at: datetime
    asked: tuple[PersonId, ...]
    needs: int
    decided_at: datetime | None = None
    yes: bool | None = None


@dataclass(frozen=True, slots=True)
class Second:
    """One person's answer to a proposal."""

    proposal: int
    person: PersonId
    yes: bool
    at: datetime


def over(proposal: Proposal, request: Request | None, step: Step | None) -> bool:
    """Whether a yes would be refused: about a step once that or the request ended, about all of it once it began."""
    if request is None:
        return False
    if proposal.step:
        return request.state is not RequestState.RUNNING or step is None or step.ended
    return request.state not in NOT_STARTED
