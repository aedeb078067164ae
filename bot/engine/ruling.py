"""The rule table of a request, ready for a plan: its own version of the policy, the people and the clock of today."""

from __future__ import annotations

from datetime import datetime

from bot.domain.planning import Ruled
from bot.domain.request import Request
from bot.domain.rules import Leaver, ruled
from bot.engine.context import Scene


def table(around: Scene, request: Request, now: datetime) -> Ruled:
    """What puts the ruling of the table on each line of the plan of this request."""
    return ruled(around.rules.policy, around.crew, leaver_of(around, request, now), now)


def leaver_of(around: Scene, request: Request, now: datetime) -> Leaver:
    """What the table may know of the person; the access ends at the chosen moment, or now."""
    return Leaver(around.person(request.subject), request.voluntary, max(now, request.starts_at))
