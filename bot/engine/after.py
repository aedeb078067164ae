"""What is to be looked at later is written down at the end: after somebody left, after a gift that was given up."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.domain.model import Assign, Trigger
from bot.domain.request import Request, Step
from bot.engine.context import Engine
from bot.store import Tx, deletions, journal, outbox, people, records, rescans

ONE_MORE = timedelta(days=1)  # after findings were removed, or where not everything could be read
MOST_MORE = 3  # looks that are added because a system could not be read; the days of policy come in any case
_GIFT = (timedelta(hours=1), timedelta(days=1))


def closed(engine: Engine, tx: Tx, request: Request, now: datetime) -> None:
    """A leaver's request closed: the days of policy. One that removed findings: one more look, to see them gone."""
    if request.trigger is Trigger.LEAVER and not rescans.of(tx, request.id):
        days = engine.rules(tx, request).policy.rescans
        rescans.plan(tx, request.id, [(day, now + timedelta(days=day)) for day in days])
        journal.add(tx, "rescan.planned", now, request=request.id, facts={"days": list(days)})
    elif request.trigger is Trigger.RESCAN and request.parent:
        one_more(tx, request.parent, now)
    if request.trigger is Trigger.LEAVER:
        _deletions(engine, tx, request, now)
    elif request.deletes:
        deletions.end(tx, deletions.for_request(tx, request.id), "over", now)


def _deletions(engine: Engine, tx: Tx, request: Request, now: datetime) -> None:
    """Where the policy in force has accounts deleted some day, that day is written down; once."""
    policy = engine.policy(tx)[1]
    hers = {link.system for link in people.links(tx, request.subject)}
    days = {key: now + wait for key, wait in policy.delete.items() if key in hers and key in policy.systems}
    if days and not deletions.of(tx, request.id):
        deletions.plan(tx, request.id, days.items())
        said = {key: at.isoformat() for key, at in days.items()}
        journal.add(tx, "erase.planned", now, request=request.id, facts={"days": said})
        outbox.tell(tx, "line", now, request=request.id, what="erase planned", days=said)


def one_more(tx: Tx, parent: str, now: datetime) -> bool:
    """A look in a day, unless one is planned until then; whether it was added."""
    then = now + ONE_MORE
    soon = any(one.ended_at is None and one.request is None and one.due <= then for one in rescans.of(tx, parent))
    if not soon:
        rescans.plan(tx, parent, [(0, then)])
    return not soon


def given_up(tx: Tx, step: Step, now: datetime) -> None:
    """A call that may give something later than anybody waits for it: looked at in an hour, and in a day."""
    request = records.get(tx, step.request)
    if request is None or request.trigger is not Trigger.ACCESS or not isinstance(step.action, Assign):
        return
    earlier = [one for one in rescans.of(tx, request.id) if one.step == step.id and one.request is None]
    rescans.end(tx, earlier, "planned anew", now)
    rescans.plan(tx, request.id, [(0, now + wait) for wait in _GIFT], step=step.id)
