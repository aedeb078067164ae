"""A gift whose call was given up is looked at later: what a system gave long afterwards is taken back."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.domain.model import Assign, Revoke, Trigger
from bot.domain.request import Request, Step
from bot.domain.verify import Verdict, judge
from bot.engine import late
from bot.engine.context import Engine
from bot.store import Tx, journal, records, rescans

_AGAIN = timedelta(hours=1)
_PATIENCE = timedelta(days=7)  # so long a system is asked that could not be read


def judged(engine: Engine, tx: Tx, check: Request, parent: Request, now: datetime) -> None:
    """What the reading says of the gift: gone, or there although its end was made, and then ended once more."""
    looks = rescans.for_request(tx, check.id)
    step = records.step(tx, looks[0].step) if looks else None
    if step is None or not isinstance(step.action, Assign):
        return
    seen = records.last_reading(tx, check.id, step.system)
    verdict = judge(Revoke(step.action.grant), seen) if seen else Verdict.UNSEEN
    rescans.end(tx, looks, verdict.value, now)
    if verdict is Verdict.UNSEEN:
        _later(tx, step, parent, now)
    caught = verdict is Verdict.CONTRADICTED and not _lent_anew(tx, step, parent)
    caught = caught and late.take_back(engine, tx, records.lock(tx, parent.id), step, now)
    facts = {"check": check.id, "gift": step.id, "verdict": verdict.value, "caught": caught}
    journal.add(tx, "rescan.gift", now, request=parent.id, facts=facts)


def _later(tx: Tx, step: Step, parent: Request, now: datetime) -> None:
    begun = step.first_tried_at or now
    if now < begun + _PATIENCE and not any(one.due > now and one.step == step.id for one in rescans.of(tx, parent.id)):
        rescans.plan(tx, parent.id, [(0, now + _AGAIN)], step=step.id)


def _lent_anew(tx: Tx, step: Step, parent: Request) -> bool:
    """Whether another request gives the same right to the same person now: then it is not what came late."""
    if not isinstance(step.action, Assign):
        return False
    key = step.action.grant.key
    others = records.open_requests(tx, subject=parent.subject, trigger=Trigger.ACCESS)
    steps = (one for other in others if other.id != parent.id for one in records.steps(tx, other.id))
    gifts = (one.action.grant for one in steps if one.system == step.system and isinstance(one.action, Assign))
    return any(grant.key == key for grant in gifts)
