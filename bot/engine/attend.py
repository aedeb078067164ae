"""The clock attends to what was heard: it becomes a question to somebody in HR, or a request where policy trusts it."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import structlog

from bot.domain.errors import Refused
from bot.domain.model import PersonId
from bot.domain.policy import Crew, Policy, leaving_time
from bot.domain.signals import Ask, Asking, Sign, Signal, SignalState
from bot.engine import signs
from bot.engine.context import Engine
from bot.engine.submit import Asked, submit_in
from bot.store import Conflict, Tx, people, signals

log = structlog.get_logger()

HOUR = timedelta(hours=1)
PATIENCE = timedelta(days=1)  # silence for so long: somebody else in HR is asked
BACK = timedelta(days=30)  # a last day that passed so long ago while we were down is still asked about
_RELEASED = -1  # the turn of a signal that was held and let go


def attend(engine: Engine, now: datetime) -> int:
    """Look at everything heard since the last time; ask again what was put off or not answered. How many."""
    with engine.db.look() as tx:
        fresh = signals.unheeded(tx)
        late = signals.again(tx, now)
    count = sum(_one(engine, signal, now) for signal in fresh)
    for key in late:
        with engine.db.begin() as tx:
            _ask_again(engine, tx, key, now)
    return count + len(late)


def look_ahead(engine: Engine, now: datetime) -> int:
    """Keep the last days of the roster that come near, where nobody heard of them yet; how many."""
    with engine.db.look() as tx:
        ahead = timedelta(days=engine.policy(tx)[1].signals.days_ahead)
        near = signals.ending(tx, now.date() - BACK, now.date() + ahead)
        near = tuple((person, ends) for person, ends in near if not _left(tx, person, ends))
    for person, ends in near:
        with engine.db.begin() as tx:
            signs.roster_says(tx, person, ends, now)
    return len(near)


def _left(tx: Tx, person: PersonId, ends: object) -> bool:
    """Whether an offboarding for that very day is over or under way: nothing is to be asked."""
    known = people.one(tx, person)
    return any(one.started_at and signs.day_of(one, known) == ends for one in signs.leaving(tx, person))


def _one(engine: Engine, signal: Signal, now: datetime) -> bool:
    for last in (False, True):
        try:
            with engine.db.begin() as tx:
                return _attend(engine, tx, signal.id, now)
        except Conflict:  # somebody began the same offboarding in this very moment
            if last:
                raise
    return False


def _attend(engine: Engine, tx: Tx, key: int, now: datetime) -> bool:
    found = signals.get(tx, key)
    if found is not None and found.person:
        people.hold(tx, found.person)
        found = signals.get(tx, key)
    if found is None or found.state is not SignalState.OPEN or found.question:
        return False
    released = found.turn == _RELEASED
    earlier = tuple(one for one in signals.of(tx, found.person, state=SignalState.OPEN) if one.question)
    same = [one for one in earlier if one.source is found.source and found.person]
    signals.settle(tx, same, SignalState.SUPERSEDED, now)
    living = tuple(one for one in earlier if one not in same)
    head = next(iter(earlier), None)
    number = head.question if head else found.id
    place = {"turn": head.turn, "asked": head.asked} if head else {"turn": 0, "asked": None}
    found = signals.change(tx, found, question=number, **place)
    now_asked = signs.asking(tx, (*living, found))
    if now_asked.question.ask is Ask.NOTHING:
        request = now_asked.question.request
        over = SignalState.CONFIRMED if request else SignalState.SUPERSEDED
        signs.settled(tx, (*living, found), over, now, request=request.id if request else None)
        return True
    return _heed(engine, tx, now_asked, found, now, known=head is not None or released)


def _heed(engine: Engine, tx: Tx, now_asked: Asking, found: Signal, now: datetime, *, known: bool) -> bool:
    """Begin what a trusted source says; hold what is too much at once; ask about the rest."""
    _, policy = engine.policy(tx)
    crew = people.crew(tx)
    whom = signs.able(policy, crew, found.person, now.date())
    if not whom:
        log.warning("nobody in HR can be asked about a signal", signal=found.id)
        signals.change(tx, found, due=now + PATIENCE)
        return True
    trusted = now_asked.question.ask is Ask.START and policy.signals.trusts(found)
    if trusted and _begin(engine, tx, now_asked, whom, now):
        return True
    single = known or found.sign is Sign.DOUBT or not _too_many(tx, policy, crew, now)
    if not single and _hold(tx, found, whom[0], now):
        return True
    asked = found.asked or whom[0]
    for one in now_asked.signals:
        signals.change(tx, one, asked=asked, due=now + PATIENCE)
    signs.draw(tx, signals.asked(tx, found.question), now)
    return True


def _begin(engine: Engine, tx: Tx, now_asked: Asking, whom: tuple[PersonId, ...], now: datetime) -> bool:
    """Open the request that a trusted source asks for; False, and people are asked, where it cannot be."""
    person, ends = now_asked.person, now_asked.question.ends
    if person is None:
        return False
    at = leaving_time(engine.policy(tx)[1], person, ends) if ends else now
    source = now_asked.signals[-1].source.value
    asked = Asked(whom[0], person.id, at, immediate=at <= now, voluntary=True, source=source)
    try:
        submit_in(engine, tx, asked, now)  # which settles the signals
    except Refused as refused:
        log.warning("a trusted source was not followed", person=person.id, said=refused.words)
        return False
    return True


def _too_many(tx: Tx, policy: Policy, crew: Crew, now: datetime) -> bool:
    working = sum(crew.working(person, now.date()) for person in crew.people)
    return signals.begun_since(tx, now - HOUR) > policy.brake.most(working)


def _hold(tx: Tx, found: Signal, whom: PersonId, now: datetime) -> bool:
    """One card for all that are too many; not for whoever reads that card."""
    held = signals.in_state(tx, SignalState.HELD)
    head = held[0] if held else None
    if head and head.asked == found.person:
        return False
    place = {"question": head.question if head else found.id, "asked": head.asked if head else whom}
    signals.change(tx, found, **place, state=SignalState.HELD.value)
    signs.draw(tx, signals.asked(tx, int(place["question"] or 0)), now)
    return True


def _ask_again(engine: Engine, tx: Tx, key: int, now: datetime) -> None:
    """The same question as a new message: to whoever put it off, else to somebody else in HR."""
    living = _put_off(tx, key, now)
    if living and living[0].person:
        people.hold(tx, living[0].person)  # whoever answers in this very moment is not asked once more
        living = _put_off(tx, key, now)
    if not living:
        return
    _, policy = engine.policy(tx)
    crew = people.crew(tx)
    head, before = living[0], tuple(living)
    put_off = head.decided_by if head.decided_by and crew.working(head.decided_by, now.date()) else None
    last = head.asked or PersonId("")
    whom = put_off or signs.next_asked(policy, crew, head.person, now.date(), last)
    for one in signals.asked(tx, key):
        signals.change(tx, one, turn=head.turn + 1, asked=whom or None, due=now + PATIENCE, decided_by=None)
    signs.draw(tx, before, now)
    signs.draw(tx, signals.asked(tx, key), now)


def _put_off(tx: Tx, key: int, now: datetime) -> list[Signal]:
    return [one for one in signals.asked(tx, key) if one.state is SignalState.OPEN and one.due and one.due <= now]


def morning(now: datetime, zone: str) -> datetime:
    """Nine o'clock of the next day, where somebody works."""
    local = now.astimezone(ZoneInfo(zone))
    return datetime.combine(local.date() + timedelta(days=1), time(9, 0), ZoneInfo(zone))
