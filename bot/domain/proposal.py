"""What takes two people: one proposes it, others second it, and only then it happens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.domain.model import PersonId


@dataclass(frozen=True, slots=True)
class Proposal:
    """Something that one person wants and `needs` others must agree to. `asked` never names who proposed it.

    `kind` names what happens on the last yes; `body` is what that needs to know. Open until `decided_at`.
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
