"""The retry law: a retry is a new attempt with a delay, never a sleep; a revocation is retried without end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random

from bot.domain.lifecycle import RequestState, StepState
from bot.domain.model import Action, Delete, Disable, EndSessions, Revoke, Suspend, Trigger
from bot.domain.request import Step
from bot.engine import desk, progress, revive, trouble
from bot.engine.context import Engine, queue, scene
from bot.engine.fail import fail_closed
from bot.store import Tx, journal, outbox, records
from connectors.interface import ConnectorError, Kind

Clock = Callable[[], datetime]

UNEXPECTED = "Something unexpected happened inside Usher."
ABSENT = "absent"  # beside the kinds of an error: nobody could be asked, for no connector of ours runs
NO_CONNECTOR = "The connector of this system is not running."
LONGEST_CALL = timedelta(minutes=10)  # a step at work for longer is shown to people
PROBE = timedelta(minutes=5)
BRISK = timedelta(minutes=15)  # so long we try again within a minute
PATIENT = timedelta(hours=24)  # so long every quarter of an hour, and then every hour, without end
QUARTER = timedelta(minutes=15)
HOUR = timedelta(hours=1)

_PARKED = frozenset({Kind.PERMISSION, Kind.PERMANENT, Kind.GONE})
_ASKING = frozenset({Kind.THROTTLED, Kind.TRANSIENT})


def parks(kind: Kind) -> bool:
    """Whether only a person can help, and waiting cannot."""
    return kind in _PARKED


def removes(action: Action | None) -> bool:
    """Whether the change takes something away: what is not there any more may be just what was wanted."""
    return isinstance(action, Revoke | Disable | Suspend | EndSessions | Delete)


def delay(kind: Kind, tries: int, age: timedelta, asked: timedelta | None, chance: Random) -> timedelta:
    """How long until the next attempt, by the class of the answer, what the system asked for and our patience.

    Jitter comes from `chance`. Never negative, and never more than an hour and a second.
    """
    if kind is Kind.CREDENTIAL:
        return PROBE
    law = _brisk(tries, chance) if kind is Kind.THROTTLED else _patience(tries, age, chance)
    if asked is None or kind not in _ASKING:
        return law
    return max(law, min(asked, HOUR) + timedelta(seconds=chance.uniform(0, 1)))


def _patience(tries: int, age: timedelta, chance: Random) -> timedelta:
    if age > PATIENT:
        return HOUR
    return QUARTER if age > BRISK else _brisk(tries, chance)


def _brisk(tries: int, chance: Random) -> timedelta:
    """1, 2, 4 … 60 seconds at most, with full jitter: many who fail together do not come back together."""
    most = min(60.0, 2.0 ** min(max(tries - 1, 0), 10))
    return timedelta(seconds=chance.uniform(0, most))


def next_check(age: timedelta) -> timedelta:
    """How long until we look again, by ourselves, whether a missing permission was given."""
    if age > PATIENT:
        return HOUR
    return QUARTER if age > BRISK else PROBE


def age_of(step: Step, now: datetime) -> timedelta:
    """How long we have been at it."""
    return now - (step.first_tried_at or now)


def retry_later(engine: Engine, tx: Tx, step: Step, error: ConnectorError, now: datetime) -> None:
    """Put a step back for another attempt, or park it when only a person can help."""
    if parks(error.kind):
        park(engine, tx, step, error.said, error.kind.value, now)
        return
    wait = delay(error.kind, step.tries, age_of(step, now), error.after, engine.chance)
    put_back(engine, tx, step, StepState.READY, (error.kind.value, error.said), now, wait)


def put_back(
    engine: Engine, tx: Tx, step: Step, to: StepState, because: tuple[str, str], now: datetime, wait: timedelta
) -> None:
    """Another attempt after `wait`; `because` is the class of the trouble and what the system said."""
    kind, said = because
    facts = {"error": said, "error_kind": kind, "first_tried_at": step.first_tried_at or now}
    facts |= progress.trouble_deadline(engine, tx, step, now)
    if queue(engine, tx, step, to, now, wait, **facts) is None:
        return
    seen = {"step": step.id, "attempt": step.attempt, "kind": kind, "said": said}
    journal.add(tx, "step.retried", now, request=step.request, facts=seen)
    trouble.begins(tx, step, kind, said, now, now + wait)
    if age_of(step, now) > BRISK:
        outbox.tell(tx, "root", now, request=step.request)  # it says how long this has been open
        _show(engine, tx, step, now)


def _show(engine: Engine, tx: Tx, step: Step, now: datetime) -> None:
    """What could not be done for a while is shown with buttons, also to whoever looks after the system."""
    request = records.get(tx, step.request)
    if request is not None and request.state is RequestState.RUNNING:
        desk.show(tx, step, now, scene(engine, tx, request, now).keeper(request, step.system))


def park(engine: Engine, tx: Tx, step: Step, said: str, kind: str, now: datetime) -> None:
    """Only a person can help now: whoever looks after the system is asked. Access that was to be given is over."""
    request = records.lock(tx, step.request)
    if fail_closed(tx, request, step, said, kind, now) or revive.failed(engine, tx, request, step, said, kind, now):
        return
    around = scene(engine, tx, request, now)
    mine = step.assignee if step.assignee and around.crew.working(step.assignee, around.today) else None
    asked = mine or around.keeper(request, step.system)
    again = now + next_check(age_of(step, now)) if kind in {Kind.PERMISSION.value, ABSENT} else None
    facts = {"error": said, "error_kind": kind, "assignee": asked, "due": again}
    facts |= progress.trouble_deadline(engine, tx, step, now)
    if records.settle(tx, step, StepState.PARKED, **facts) is None:
        return
    seen = {"step": step.id, "attempt": step.attempt, "kind": kind, "said": said}
    journal.add(tx, "step.parked", now, request=step.request, facts=seen)
    known = not trouble.fresh(tx, step, step.id, kind, now)
    if known and step.error_kind and step.error == said and asked == step.assignee:
        return  # we looked again by ourselves, and nothing has changed
    outbox.tell(tx, "root", now, request=step.request)
    outbox.tell(tx, "stuck", now, request=step.request, step=step.id, person=asked)
    desk.show(tx, step, now)
    if request.trigger is Trigger.ACCESS:
        progress.redraw_access(tx, request, now)
    if not (known and step.error_kind):
        told = {"what": "parked", "why": said, "asked": asked}
        outbox.tell(tx, "line", now, request=step.request, step=step.id, **told)
