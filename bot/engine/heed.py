"""A person answers what a signal asks: yes, not so, or later. What was shown must still be what is asked."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.domain.errors import Refused
from bot.domain.model import PersonId, Trigger
from bot.domain.policy import leaving_time
from bot.domain.request import Request
from bot.domain.signals import Ask, Asking, Signal, SignalState
from bot.engine import attend, control, signs
from bot.engine.context import Engine
from bot.engine.lookup import policy_in_force
from bot.engine.submit import Asked, submit_in
from bot.store import Tx, again, people, signals


def stands(engine: Engine, key: int, shown: str, by: PersonId, now: datetime) -> Asking:
    """The question, if it is still the one that was shown and this person may answer it. Raises Refused."""
    with engine.db.look() as tx:
        return _stands(engine, tx, key, shown, by, now)


def start(engine: Engine, key: int, shown: str, by: PersonId, now: datetime) -> Request:
    """Begin the offboarding for the day that was said. Raises Refused, also where that day has passed."""
    with engine.db.begin() as tx:
        found = _stands(engine, tx, key, shown, by, now)
        if found.person is None or found.question.ends is None:
            raise Refused("Say first who it is and when.", hint="Press Other date.")
        at = leaving_time(engine.policy(tx)[1], found.person, found.question.ends)
        return submit_in(engine, tx, Asked(by, found.person.id, at, immediate=False, voluntary=True), now)


def follow(engine: Engine, key: int, shown: str, by: PersonId, now: datetime) -> Request:
    """Move or cancel the request as the source says. Raises Refused. Twice, after a crash, it does no harm."""
    found = stands(engine, key, shown, by, now)
    request = found.question.request
    if request is None:
        raise Refused("There is nothing to change.")
    if found.question.ask is Ask.CANCEL:
        done = control.cancel(engine, request.id, by, now)
    elif found.question.ask is Ask.MOVE and found.person is not None and found.question.ends is not None:
        at = leaving_time(policy_in_force(engine), found.person, found.question.ends)
        done = control.reschedule(engine, request.id, by, at, now)
    else:
        raise Refused("There is nothing to change.")
    with engine.db.begin() as tx:
        signs.settled(tx, _living(tx, key), SignalState.CONFIRMED, now, by=by, request=request.id)
    return done


@again
def dismiss(engine: Engine, key: int, shown: str, by: PersonId, now: datetime) -> None:
    """It is not so, or was read: nothing begins and nothing is changed. Raises Refused."""
    with engine.db.begin() as tx:
        _stands(engine, tx, key, shown, by, now)
        signs.settled(tx, _living(tx, key), SignalState.DISMISSED, now, by=by)


@again
def later(engine: Engine, key: int, shown: str, by: PersonId, now: datetime) -> datetime:
    """Ask me again tomorrow at nine; when that is. Raises Refused."""
    with engine.db.begin() as tx:
        found = _stands(engine, tx, key, shown, by, now)
        person = people.one(tx, by)
        at = attend.morning(now, person.zone if person else "UTC").astimezone(UTC)
        for one in found.signals:
            if one.state is SignalState.OPEN:
                signals.change(tx, one, due=at, decided_by=by)
        signs.draw(tx, signals.asked(tx, key), now)
        return at


@again
def let_go(engine: Engine, key: int, by: PersonId, now: datetime, *, ask: bool) -> int:
    """What too many signals at once held: ask about each, or about none. How many. Raises Refused."""
    with engine.db.begin() as tx:
        _allowed(engine, tx, None, by, now)
        held = [one for one in signals.asked(tx, key) if one.state is SignalState.HELD]
        held = [one for one in held if one.person != by]
        if not held:
            raise Refused("This was answered already.")
        if ask:
            for one in held:
                signals.change(tx, one, state=SignalState.OPEN.value, question=0, turn=-1, asked=None)
            rest = signals.asked(tx, key)
            signs.draw(tx, rest or held, now)
        else:
            signs.settled(tx, held, SignalState.DISMISSED, now, by=by)
        return len(held)


def _living(tx: Tx, key: int) -> list[Signal]:
    return [one for one in signals.asked(tx, key) if one.state is SignalState.OPEN]


def _stands(engine: Engine, tx: Tx, key: int, shown: str, by: PersonId, now: datetime) -> Asking:
    found = signals.asked(tx, key)
    subject = next((one.person for one in found if one.person), None)
    if subject:
        people.hold(tx, subject)
        found = signals.asked(tx, key)
    _allowed(engine, tx, subject, by, now)
    if not any(one.state is SignalState.OPEN for one in found):
        raise Refused("This was answered already. Nothing more is needed.")
    now_asked = signs.asking(tx, found)
    if now_asked.question.shown != shown:
        raise Refused("Something changed since I asked.", hint="Look at the newest message about this person.")
    return now_asked


def _allowed(engine: Engine, tx: Tx, subject: PersonId | None, by: PersonId, now: datetime) -> None:
    _, policy = engine.policy(tx)
    crew = people.crew(tx)
    if by == subject or not crew.working(by, now.date()) or not crew.may(by, *policy.askers(Trigger.LEAVER)):
        raise Refused("You may not answer this.", hint="People who may start an offboarding do.")
