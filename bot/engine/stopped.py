"""What somebody stopped and nobody lets go on: in their mornings from then on, and told to others when it lasts."""

from __future__ import annotations

from datetime import datetime

from bot.domain.model import PersonId, Power, Trigger
from bot.domain.policy import Crew, Policy
from bot.domain.request import Request
from bot.engine import chain
from bot.engine.context import Engine, scene
from bot.store import again, digests, escalations, journal, outbox, records

TOLD = "stopped"  # the kind of notice


def asked(crew: Crew, request: Request, by: PersonId | None, now: datetime) -> tuple[PersonId, ...]:
    """Who lets it go on or gives it up: whoever stopped it and whoever asked for it; HR where both have left."""
    first = [one for one in (by, request.requester) if one and _able(crew, request, one, now)]
    every = first or [one for one in sorted(crew.holding(Power.HR)) if _able(crew, request, one, now)]
    return tuple(dict.fromkeys(every))


def _able(crew: Crew, request: Request, person: PersonId, now: datetime) -> bool:
    return person != request.subject and crew.working(person, now.date())


def left_stopped(engine: Engine, now: datetime) -> int:
    """Tell others of what has been stopped for longer than policy's silence lasts; how many messages."""
    with engine.db.look() as tx:
        found = digests.stopped(tx)
        policy = engine.policy(tx)[1]
        quiet = min(policy.escalation.urgent, policy.escalation.again) / 2
        late = [(one, by) for one, by in found if _reached(engine.rules(tx, one).policy, one, now)]
        heard = escalations.heard_lately(tx, [_about(one) for one, _by in late], now - quiet) if late else frozenset()
    return sum(_look(engine, one.id, by, now) for one, by in late if _about(one) not in heard)


@again
def _look(engine: Engine, key: str, by: PersonId | None, now: datetime) -> int:
    with engine.db.begin() as tx:
        request = records.lock(tx, key)
        if request.stopped_at is None:
            return 0  # let go on in this very moment
        around = scene(engine, tx, request, now)
        policy = around.rules.policy
        reached = _reached(policy, request, now)
        besides = {request.subject, *([by] if by else [])}
        people = chain.of_question(policy, around.crew, request.requester, besides, now)
        count = 0
        for level, fresh in escalations.tell(tx, _about(request), people[:reached], now) if reached else ():
            for person in fresh:
                outbox.tell(tx, TOLD, now, request=request.id, person=person)
            journal.add(tx, "request.still_stopped", now, request=request.id, facts={"level": level, "to": fresh})
            outbox.tell(tx, "line", now, request=request.id, what="still stopped", to=fresh)
            count += len(fresh)
        return count


def _reached(policy: Policy, request: Request, now: datetime) -> int:
    """How many levels are to hear by now that it stands still."""
    urgent = inside(request, now)
    patience = policy.escalation.urgent if urgent else policy.escalation.approval
    return chain.levels(policy, request.stopped_at + patience, now, urgent=urgent) if request.stopped_at else 0


def inside(request: Request, now: datetime) -> bool:
    """Whether somebody may still get in who should not: what ends at once has not ended, and its time has come."""
    locks = request.trigger in {Trigger.LEAVER, Trigger.LOCK, Trigger.RESCAN}
    return locks and request.contained_at is None and (request.contains_at_once or request.starts_at <= now)


def _about(request: Request) -> str:
    return f"stopped:{request.id}:{request.stopped_at.isoformat() if request.stopped_at else ''}"
